//! People: their answers kept, never too many, never in two places, never asked when they must not
//! be.

use super::super::history::{Answer, Change, History, Incident, Ledger, Standing, Told, Us};
use super::{Findings, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Lines after which a responder who had accepted is free.
const FREED: &[&str] = &["withdrawn", "finished", "expired", "stood_down"];
/// Lines after which somebody who was asked is free.
const LET_GO: &[&str] = &["declined", "lapsed", "unreachable", "expired", "stood_down"];
/// States in which the exact place is shown.
const ENGAGED: &[&str] = &["accepted", "en_route", "on_scene"];

pub(super) fn check(history: &History, ledger: &Ledger, found: &mut Findings) {
    let of: BTreeMap<&str, (&Incident, &str)> = ledger
        .alerts()
        .map(|(incident, alert)| (&*alert.id, (incident, &*alert.responder)))
        .collect();
    for answer in history.answers.iter().filter(|a| a.told == Told::Done) {
        kept(answer, of.get(&*answer.alert).copied(), found);
    }
    for incident in ledger.incidents.values() {
        capacity(incident, found);
        receipts(history, incident, found);
    }
    one_at_a_time(ledger, found);
    eligible(history, ledger, found);
    for shown in history.shown.iter().filter(|shown| shown.exact) {
        let theirs = of.get(&*shown.alert).is_some_and(|(incident, responder)| {
            *responder == shown.responder && incident.says(&shown.alert, &["accepted"])
        });
        if !theirs || !ENGAGED.contains(&&*shown.state) {
            let what = format!(
                "{} was shown the exact place of {} ({})",
                shown.responder, shown.alert, shown.state
            );
            found.says(Rule::Undisclosed, what);
        }
    }
}

/// The lines that the answer must have left.
fn lines_of(verb: &str) -> &'static [&'static str] {
    match verb {
        "accept" => &["accepted"],
        "decline" => &["declined", "withdrawn"],
        "depart" => &["departed", "arrived", "finished"],
        "arrive" => &["arrived", "finished"],
        "finish" => &["finished"],
        "received" => &["received", "seen"],
        _ => &["seen"],
    }
}

fn kept(answer: &Answer, alert: Option<(&Incident, &str)>, found: &mut Findings) {
    let Answer {
        responder,
        alert: id,
        verb,
        ..
    } = answer;
    let Some((incident, of)) = alert else {
        let what = format!("{responder}: {verb} of {id}, which is not there");
        found.says(Rule::AnswerKept, what);
        return;
    };
    if of != responder || !incident.says(id, lines_of(verb)) {
        let what = format!("{responder}: {verb} of {id} was acknowledged and is not in the log");
        found.says(Rule::AnswerKept, what);
    }
}

fn capacity(incident: &Incident, found: &mut Findings) {
    let mut coming: BTreeSet<&str> = BTreeSet::new();
    for line in &incident.log {
        let Some(alert) = &line.alert else { continue };
        match &*line.kind {
            "accepted" => _ = coming.insert(alert),
            "withdrawn" | "expired" | "stood_down" => _ = coming.remove(&**alert),
            _ => {}
        }
        if coming.len() > incident.capacity {
            let what = format!(
                "{}: {} accepted at line {}",
                incident.id,
                coming.len(),
                line.seq
            );
            found.says(Rule::Capacity, what);
            return;
        }
    }
}

fn receipts(history: &History, incident: &Incident, found: &mut Findings) {
    for line in &incident.log {
        let (Some(alert), "received" | "seen") = (&line.alert, &*line.kind) else {
            continue;
        };
        let said = history.answers.iter().any(|answer| answer.alert == *alert);
        if line.by != "responder" || !said {
            let what = format!("{alert}: `{}` without a phone that said so", line.kind);
            found.says(Rule::Receipt, what);
        }
    }
}

/// Why somebody is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Asked,
    Coming,
}

/// From one commit to another.
#[derive(Debug)]
struct Hold<'a> {
    by: Held,
    alert: &'a str,
    from: Us,
    to: Us,
}

/// What holds whom, in the order of commits.
fn holds(ledger: &Ledger) -> BTreeMap<&str, Vec<Hold<'_>>> {
    let mut all: BTreeMap<&str, Vec<Hold<'_>>> = BTreeMap::new();
    for (incident, alert) in ledger.alerts() {
        let mine = all.entry(&alert.responder).or_default();
        let mut open: Option<Hold<'_>> = None;
        for line in incident.lines(&alert.id) {
            let begins = match &*line.kind {
                "alerted" => Some(Held::Asked),
                "accepted" => Some(Held::Coming),
                _ => None,
            };
            let ends = open.as_ref().is_some_and(|hold| match hold.by {
                Held::Asked => begins.is_some() || LET_GO.contains(&&*line.kind),
                Held::Coming => FREED.contains(&&*line.kind),
            });
            if ends && let Some(mut hold) = open.take() {
                hold.to = line.committed;
                mine.push(hold);
            }
            if let (Some(by), None) = (begins, &open) {
                open = Some(Hold {
                    by,
                    alert: &alert.id,
                    from: line.committed,
                    to: Us::MAX,
                });
            }
        }
        mine.extend(open);
    }
    all
}

fn one_at_a_time(ledger: &Ledger, found: &mut Findings) {
    for (who, mut mine) in holds(ledger) {
        mine.sort_by_key(|hold| hold.from);
        // a late yes takes the claim of an incident that only asked, which notices it later
        let coming = mine.iter().filter(|hold| hold.by == Held::Coming);
        let late: Vec<_> = coming.map(|hold| (hold.alert, hold.from)).collect();
        for hold in mine.iter_mut().filter(|hold| hold.by == Held::Asked) {
            let taken = late
                .iter()
                .filter(|(alert, from)| *alert != hold.alert && *from > hold.from);
            let taken = taken.map(|(_, from)| *from).min();
            hold.to = hold.to.min(taken.unwrap_or(hold.to));
        }
        for (n, earlier) in mine.iter().enumerate() {
            for later in mine.iter().skip(n + 1) {
                if earlier.alert != later.alert && later.from < earlier.to {
                    let what = format!("{who} was held by {earlier:?} and by {later:?}");
                    found.says(Rule::OneAtATime, what);
                }
            }
        }
    }
}

/// When somebody must not be asked: from the acknowledgement until somebody began to undo it.
fn closed_to<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<(Us, Us)> {
    let mut windows = Vec::new();
    let mut since = None;
    // a yes that may still take effect makes every later no uncertain
    let mut certain = true;
    for change in changes {
        if change.to {
            if let Some(from) = since.take() {
                windows.push((from, change.span.began));
            }
            certain &= change.told != Told::Unsure;
        } else if change.told == Told::Done && certain && since.is_none() {
            since = Some(change.span.ended);
        }
    }
    windows.extend(since.map(|from| (from, Us::MAX)));
    windows
}

fn eligible(history: &History, ledger: &Ledger, found: &mut Findings) {
    let mut changes: BTreeMap<(&str, Standing), Vec<&Change>> = BTreeMap::new();
    for change in &history.changes {
        let of = (&*change.responder, change.of);
        changes.entry(of).or_default().push(change);
    }
    let mut closed: BTreeMap<&str, Vec<(Us, Us)>> = BTreeMap::new();
    for ((who, _), mut changes) in changes {
        changes.sort_by_key(|change| change.span.began);
        closed
            .entry(who)
            .or_default()
            .extend(closed_to(changes.into_iter()));
    }
    for (incident, alert) in ledger.alerts() {
        let who = &*alert.responder;
        if !history.people.contains(who) {
            let what = format!("{} asked {who} of another organisation", incident.id);
            found.says(Rule::Eligible, what);
        }
        let alerted = incident
            .lines(&alert.id)
            .find(|line| line.kind == "alerted");
        let Some(at) = alerted.map(|line| line.committed) else {
            found.says(
                Rule::Explained,
                format!("{} has no line `alerted`", alert.id),
            );
            continue;
        };
        let windows = closed.get(who).into_iter().flatten();
        if let Some((from, _)) = windows
            .into_iter()
            .find(|(from, to)| (*from..*to).contains(&at))
        {
            let after = (at - from) / 1000;
            let what = format!(
                "{who} was asked ({}) {after} ms after it was acknowledged that they must not be",
                alert.id
            );
            found.says(Rule::Eligible, what);
        }
    }
}
