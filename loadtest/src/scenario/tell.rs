//! What a run left behind, as a report.

use super::ScenarioArgs;
use super::incidents::Raised;
use super::judge::{Facts, judge, passed};
use super::run::Done;
use super::sheets::{Said, Sheets};
use super::table::{Arrivals, Scenario};
use crate::bench::machine;
use crate::report::{Figure, Point, Report, quarters};
use crate::world::Kind;
use muster_stand::failure::Outcome;
use std::time::Duration;
use tokio::time::Instant;

/// Neighbours that use more than this make the tails, cores.
const LOUD: f64 = 0.2;
/// At a slower pace most of what people do lies beyond a run of minutes.
const REAL_PACE: f64 = 2.0;
/// Errors that are shown.
const SHOWN: usize = 10;

/// The whole report.
pub(super) async fn report(
    scenario: &Scenario,
    args: &ScenarioArgs,
    mut done: Done,
    sheets: &Sheets,
) -> Outcome<Report> {
    let figures = figures(&mut done, sheets)?;
    let facts = facts(scenario, &done, &figures);
    let judged = judge(scenario.aims, &facts);
    Ok(Report {
        name: scenario.name.to_owned(),
        about: scenario.about.to_owned(),
        setting: setting(scenario, args).await,
        counts: counts(&done),
        notes: notes(scenario, &done),
        passed: passed(&judged),
        stages: done.stages,
        usage: done.usage,
        figures,
        judged,
    })
}

/// The incidents whose times count: raised, on schedule, after the warm-up.
fn counted(done: &Done) -> impl Iterator<Item = (&Raised, Instant)> {
    let raised = done.raised.iter();
    let counted = raised.filter(|one| !one.probe && one.due >= done.count_from);
    counted.filter_map(|one| Some((one, one.answered?)))
}

fn figures(done: &mut Done, sheets: &Sheets) -> Outcome<Vec<Figure>> {
    let positions = positions(done)?;
    let done = &*done;
    let from = done.count_from;
    let since =
        |due: Instant, at: Instant| Point::new(due, from, at.saturating_duration_since(due));
    let committed = counted(done).map(|(one, answered)| since(one.due, answered));
    let reached = |one: &Raised| {
        let alerts = one.first.iter().map(|alert| sheets.alert(alert));
        alerts.collect::<Option<Vec<_>>>()
    };
    let pushed = counted(done).filter_map(|(one, _)| {
        let last = reached(one)?.iter().map(|alert| alert.pushed).max()?;
        Some(since(one.due, last))
    });
    let received = counted(done).filter_map(|(one, _)| {
        let alerts = one.first.iter().filter_map(|alert| sheets.alert(alert));
        let first = alerts.filter_map(|alert| alert.receipt).min()?;
        Some(since(one.due, first))
    });
    let sent = done.account.pushes.iter();
    let sent = sent.filter(|(at, _)| *at >= from);
    let sent = sent.map(|(at, took)| Point::new(*at, from, *took));
    let answers = |all: Vec<Said>| {
        let counted = all.into_iter().filter(|said| said.began >= from);
        let points = counted.map(|said| Point::new(said.began, from, said.took));
        points.collect::<Vec<_>>()
    };
    let feed = done.feed.iter().filter(|(at, _)| *at >= from);
    let feed = feed.flat_map(|(at, lags)| {
        let lags = lags.iter().flatten();
        lags.map(|lag| Point::new(*at, from, *lag))
    });
    let mut all = vec![
        Figure::of(POST, committed.collect())?,
        Figure::of("POST → last of its first pushes taken", pushed.collect())?,
        Figure::of(
            "POST → first receipt (the phone waits too)",
            received.collect(),
        )?,
        Figure::of("any alert decided → taken by the provider", sent.collect())?,
        Figure::of("receipt → answered", answers(sheets.receipts()))?,
        Figure::of("acceptance → answered", answers(sheets.yeses()))?,
        Figure::of("201 → on the feed (0: before it)", feed.collect())?,
    ];
    all.extend(positions);
    Ok(all)
}

const POST: &str = "POST → 201";

fn positions(done: &mut Done) -> Outcome<Vec<Figure>> {
    let found = done.found.lock().points.clone();
    let mut all = vec![Figure::of(
        "position → 201 of a raise that found it",
        found,
    )?];
    if let Some((times, series)) = done.fix_times.take() {
        all.push(Figure {
            name: "position → 202",
            times,
            points: series.points(),
        });
    }
    if let Some(back) = &done.back {
        all.push(Figure::of("everybody at once → 202", back.points.clone())?);
    }
    Ok(all)
}

fn facts(scenario: &Scenario, done: &Done, figures: &[Figure]) -> Facts {
    let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let fixes = &done.fixes;
    let back = done.back.as_ref();
    let lags = done.feed.iter().flat_map(|(_, lags)| lags);
    let pushes = done.account.pushes.iter();
    let pushes = pushes.filter(|(at, _)| *at >= done.count_from);
    let post = figures.iter().find(|figure| figure.name == POST);
    Facts {
        decided: done.account.decided,
        lost: done.account.lost,
        duplicates: done.phones.duplicates,
        unknown: done.account.unknown,
        due: done.raised.iter().filter(|one| !one.probe).count() as u64,
        failed: failed(done).count() as u64 + done.account.unread,
        unseen: lags.filter(|lag| lag.is_none()).count() as u64,
        not_found: done.found.lock().never,
        slowest_push: pushes
            .map(|(_, took)| *took)
            .max()
            .unwrap_or(Duration::ZERO),
        fixes: share(fixes.taken, fixes.due),
        back: back.map_or(0.0, |back| share(back.taken, back.due)),
        memory: quarters(&done.usage.servers(), scenario.length_s),
        answers: post.and_then(|post| quarters(&post.points, scenario.length_s)),
    }
}

fn failed(done: &Done) -> impl Iterator<Item = &String> {
    done.raised.iter().filter_map(|one| one.error.as_ref())
}

fn counts(done: &Done) -> Vec<(String, u64)> {
    let (account, phones, fixes) = (&done.account, &done.phones, &done.fixes);
    let probes = done.raised.iter().filter(|one| one.probe).count() as u64;
    let degraded = done.raised.iter().filter(|one| one.degraded).count() as u64;
    let found = done.found.lock();
    let mut all: Vec<(String, u64)> = [
        (
            "incidents raised on schedule",
            done.raised.len() as u64 - probes,
        ),
        ("incidents raised by probes", probes),
        ("alerts decided, by the logs", account.decided),
        ("alerts that reached their phone", account.arrived),
        (
            "alerts taken back before they were sent",
            account.taken_back,
        ),
        ("alerts lost", account.lost),
        ("alerts that arrived twice", phones.duplicates),
        ("alerts that arrived after their end", phones.late),
        (
            "pushes that waited for a phone without network",
            phones.held_back,
        ),
        ("position reports due", fixes.due),
        ("position reports answered 202", fixes.taken),
        ("position reports refused", fixes.refused),
        ("position reports without an answer", fixes.failed),
        (
            "position reports left out, too many waiting",
            fixes.left_out,
        ),
        ("new positions found by the first search", found.at_once),
        (
            "new positions found by a later search",
            found.points.len() as u64 - found.at_once,
        ),
        ("new positions not found", found.never),
        (
            "new positions not found, and the search had to guess",
            found.guessed,
        ),
        ("incidents whose search had to guess", degraded),
    ]
    .map(|(name, count)| (name.to_owned(), count))
    .into();
    let happened = phones.happened.iter();
    all.extend(happened.map(|(what, count)| (format!("on the phones: {what}"), *count)));
    let pushed = phones.other_pushes.iter();
    all.extend(pushed.map(|(what, count)| (format!("other pushes: {what}"), *count)));
    all
}

async fn setting(scenario: &Scenario, args: &ScenarioArgs) -> Vec<(&'static str, String)> {
    let world = match scenario.world {
        Kind::Embedded => "embedded: one node",
        Kind::Scaled => "scaled: three nodes, PostgreSQL, Redis",
    };
    let arrivals = match scenario.arrivals {
        Arrivals::Random { per_s } => format!("{per_s} a second, at random"),
        Arrivals::Bursts { count, every_s } => format!("{count} in a second, each {every_s} s"),
    };
    let ways = args.moves.as_ref().and_then(|file| file.file_name());
    let ways = ways.map_or("made up".into(), |name| name.to_string_lossy());
    let (share, each_s) = scenario.gaps;
    let built = if cfg!(debug_assertions) {
        "without optimisation"
    } else {
        "optimised"
    };
    vec![
        ("world", world.to_owned()),
        ("commit", machine::commit().await.unwrap_or_default()),
        ("this program was built", built.to_owned()),
        (
            "machine",
            format!("{} × {}", machine::cores(), machine::processor()),
        ),
        ("seed", args.seed.to_string()),
        ("seconds that count", format!("{}", scenario.length_s)),
        ("seconds of warm-up", format!("{}", scenario.warm_up_s)),
        ("responders in the index", scenario.people.to_string()),
        ("living phones", scenario.phones.to_string()),
        ("ways", ways.into_owned()),
        (
            "position reports a second",
            scenario.fixes_per_s.to_string(),
        ),
        ("incidents", arrivals),
        ("closed after, s", scenario.open_s.to_string()),
        (
            "people and plans faster than life",
            format!("{} ×", scenario.speed),
        ),
        (
            "phones without network",
            format!("{:.0} % at any time, {each_s} s each", 100.0 * share),
        ),
    ]
}

fn notes(scenario: &Scenario, done: &Done) -> Vec<String> {
    let mut notes = Vec::new();
    if scenario.speed < REAL_PACE {
        notes.push(format!(
            "People answer at their real pace: a receipt after a second, a yes after twenty, a turnout \
             of 105 s. A run of {} s shows receipts and acceptances, and hardly anybody arriving.",
            scenario.length_s
        ));
    }
    let neighbours = done.usage.sums().pop().map_or(0.0, |used| used.cores);
    if neighbours > LOUD {
        notes.push(format!(
            "Other processes used {neighbours:.2} cores meanwhile: no time of this run says anything \
             about muster."
        ));
    }
    let errors = failed(done).take(SHOWN);
    notes.extend(errors.map(|error| format!("failed: {error}")));
    let lost = done.account.lost_ids.iter().take(SHOWN);
    notes.extend(lost.map(|alert| format!("lost: {alert}")));
    notes
}
