//! The live feed to many viewers while incidents are raised, beside a bare handler that streams
//! messages of the same size to as many.
//!
//! The cases take turns: nobody watches, a hundred, a thousand, a hundred beside a hundred who
//! read nothing until the incidents are over, and a hundred who look at the map with everybody.

mod crowded;
mod tell;

use std::collections::HashMap;
use std::time::Duration;

use muster_core::domain::place::Point;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use crate::bench::child::Bare;
use crate::bench::figures::{Report, Times};
use crate::bench::machine::{self, Memory};
use crate::bench::viewers::{Viewers, Watched};
use crate::bench::wire::{self, Call, Wire};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;

/// Between two incidents.
const PERIOD: Duration = Duration::from_secs(1);
/// Raised in each turn of a case.
const INCIDENTS: usize = 8;
const ROUNDS: usize = 3;
/// An incident is closed so long after it was raised, before the next.
const OPEN_FOR: Duration = Duration::from_millis(600);
/// All viewers must know everything by then, counted from the last incident.
const PATIENCE: Duration = Duration::from_mins(1);
/// A feed that is silent for so long has said all it had to say.
const QUIET: Duration = Duration::from_millis(500);
/// Raising with a hundred viewers may take so many times as long as without.
const SLOWER_MAX: f64 = 1.25;

/// Who watches.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    reading: usize,
    /// These read nothing until all incidents are over.
    stalled: usize,
    /// They look at the map: positions and density too.
    looking: bool,
}

const CASES: [Case; 5] = [
    case("nobody", 0, 0),
    case("100", 100, 0),
    case("1,000", 1_000, 0),
    case("100, and 100 who do not read", 100, 100),
    Case {
        looking: true,
        ..case("100 who look at the map", 100, 0)
    },
];
const FLOORS: [Case; 2] = [case("100", 100, 0), case("1,000", 1_000, 0)];

const fn case(name: &'static str, reading: usize, stalled: usize) -> Case {
    Case {
        name,
        reading,
        stalled,
        looking: false,
    }
}

/// The feed without a look at the map.
const FEED: &str = "/v1/feed";

/// The feed with a look at the box that holds everybody.
fn with_a_look(places: &[Point]) -> String {
    let (mut south, mut west, mut north, mut east) = (90.0_f64, 180.0_f64, -90.0_f64, -180.0_f64);
    for place in places {
        (south, north) = (south.min(place.lat()), north.max(place.lat()));
        (west, east) = (west.min(place.lon()), east.max(place.lon()));
    }
    format!("{FEED}?bbox={west},{south},{east},{north}&zoom=14")
}

/// What a case came to in all its turns.
struct Sum {
    raises: Times,
    /// From the 201 to each viewer.
    after: Times,
    /// From the call to each viewer.
    lags: Times,
    /// p50 of the raises of each turn, microseconds.
    each: Vec<f64>,
    incidents: u64,
    messages: u64,
    bytes: u64,
    /// Viewers that did not learn of an incident, counted for each incident.
    missing: u64,
    /// The same of those who read late and were not told to begin anew.
    late_missing: u64,
    resets: u64,
    gone: u64,
    server_cpu_s: f64,
    /// More resident memory for each viewer, bytes: when all are open, and at the end of the first
    /// turn.
    idle: Option<f64>,
    full: Option<f64>,
}

impl Sum {
    fn new() -> Outcome<Self> {
        Ok(Self {
            raises: Times::new()?,
            after: Times::new()?,
            lags: Times::new()?,
            each: Vec::new(),
            incidents: 0,
            messages: 0,
            bytes: 0,
            missing: 0,
            late_missing: 0,
            resets: 0,
            gone: 0,
            server_cpu_s: 0.0,
            idle: None,
            full: None,
        })
    }

    /// Server CPU of a delivered message, microseconds, without what the incidents cost anyway.
    fn cpu_us(&self, without: Option<&Self>) -> f64 {
        let raising = without.map_or(0.0, |base| {
            base.server_cpu_s / base.incidents.max(1) as f64 * self.incidents as f64
        });
        (self.server_cpu_s - raising).max(0.0) * 1e6 / self.messages.max(1) as f64
    }

    fn note(&mut self, told: &[Told], watched: &Watched, reading: usize) {
        let by_name: HashMap<&str, &Told> = told.iter().map(|one| (one.id.as_str(), one)).collect();
        let mut known = 0;
        for (id, at) in &watched.seen {
            if let Some(one) = by_name.get(id.as_str()) {
                known += 1;
                self.lags.add(at.saturating_duration_since(one.sent));
                self.after.add(at.saturating_duration_since(one.answered));
            }
        }
        self.missing += ((told.len() * reading) as u64).saturating_sub(known);
        self.messages += watched.messages;
        self.bytes += watched.bytes;
        self.gone += watched.gone;
        self.resets += watched.resets;
    }
}

/// Something that was told: by raising, or by saying it to the bare handler.
struct Told {
    id: String,
    sent: Instant,
    answered: Instant,
}

/// Where incidents are raised, and by whom.
pub(super) struct Desk<'a> {
    pub(super) url: &'a str,
    /// Of the server's process.
    pub(super) pid: u32,
    pub(super) token: &'a str,
    /// Incidents happen where people are.
    pub(super) places: &'a [Point],
}

/// Measures, prints, judges.
pub(super) async fn run(
    report: &mut Report,
    desk: &Desk<'_>,
    bare: &Bare,
    seed: u64,
) -> Outcome<()> {
    let turns = ROUNDS * (CASES.len() + FLOORS.len());
    say(format!(
        "feed: {turns} turns of {INCIDENTS} incidents, one each {PERIOD:?} …"
    ));
    let mut rng = Rng::split(seed, 11);
    let mut sums = (0..CASES.len())
        .map(|_| Sum::new())
        .collect::<Outcome<Vec<_>>>()?;
    let mut floors = (0..FLOORS.len())
        .map(|_| Sum::new())
        .collect::<Outcome<Vec<_>>>()?;
    for round in 1..=ROUNDS {
        say(format!("  round {round} of {ROUNDS} …"));
        for (case, sum) in CASES.iter().zip(&mut sums) {
            our_turn(desk, *case, sum, &mut rng).await?;
        }
        let (messages, size) = shape(&sums[1]);
        for (case, floor) in FLOORS.iter().zip(&mut floors) {
            floor_turn(bare, *case, floor, (messages, size)).await?;
        }
    }
    tell::tell(report, &sums, &floors);
    crowded::run(report, desk, &mut rng).await
}

/// Messages of an incident to one viewer, and the mean size of one.
fn shape(sum: &Sum) -> (u64, usize) {
    let each = sum.messages / (sum.incidents.max(1) * 100);
    let size = sum.bytes / sum.messages.max(1);
    (each.max(1), usize::try_from(size).unwrap_or(1).max(200))
}

async fn our_turn(desk: &Desk<'_>, case: Case, sum: &mut Sum, rng: &mut Rng) -> Outcome<()> {
    let (url, pid) = (desk.url, desk.pid);
    let path = if case.looking {
        with_a_look(desk.places)
    } else {
        FEED.to_owned()
    };
    let viewers = open((url, &path), desk.token, pid, case, sum).await?;
    let stalled = Viewers::open((url, FEED), desk.token, case.stalled, false).await?;
    let mut wire = Wire::connect(url).await?;
    let before = machine::cpu_s(pid)?;
    let before_bytes = resident(pid)?;
    let (mut told, mut turn) = (Vec::new(), Times::new()?);
    let start = Instant::now();
    for number in 0..INCIDENTS {
        let due = start + PERIOD * u32::try_from(number).unwrap_or(0);
        sleep_until(due).await;
        let one = raise(&mut wire, desk, "cardiac_arrest", rng).await?;
        turn.add(one.answered - one.sent);
        sum.raises.add(one.answered - one.sent);
        sleep_until(due + OPEN_FOR).await;
        close(&mut wire, desk, &one.id).await?;
        told.push(one);
    }
    viewers
        .wait((INCIDENTS * case.reading) as u64, PATIENCE)
        .await;
    viewers.wait_quiet(QUIET, PATIENCE).await;
    sum.server_cpu_s += machine::cpu_s(pid)? - before;
    if case.reading > 0 {
        let grown = resident(pid)? - before_bytes;
        let each = grown.max(0.0) / (case.reading + case.stalled) as f64;
        sum.full.get_or_insert(each + sum.idle.unwrap_or(0.0));
    }
    sum.each.push(turn.us(0.5));
    sum.incidents += INCIDENTS as u64;
    sum.note(&told, &viewers.close().await?, case.reading);
    // whoever did not read may read now, and must learn everything or be told to begin anew
    stalled.read();
    let all = (INCIDENTS * case.stalled) as u64;
    stalled.wait(all, PATIENCE).await;
    let late = stalled.close().await?;
    let known = late.seen.len() as u64 + late.resets * INCIDENTS as u64;
    sum.late_missing += all.saturating_sub(known);
    sum.resets += late.resets;
    sum.gone += late.gone;
    Ok(())
}

/// Bytes of a process in memory.
fn resident(pid: u32) -> Outcome<f64> {
    Ok(Memory::of(pid)?.resident())
}

/// Opens the feeds of those who read, and notes what an open one takes.
async fn open(
    feed: (&str, &str),
    token: &str,
    pid: u32,
    case: Case,
    sum: &mut Sum,
) -> Outcome<Viewers> {
    let before = resident(pid)?;
    let viewers = Viewers::open(feed, token, case.reading, true).await?;
    if case.reading > 0 {
        let grown = resident(pid)? - before;
        sum.idle.get_or_insert(grown.max(0.0) / case.reading as f64);
    }
    Ok(viewers)
}

async fn raise(wire: &mut Wire, desk: &Desk<'_>, kind: &str, rng: &mut Rng) -> Outcome<Told> {
    let place = desk.places[rng.below(desk.places.len())];
    let call = Call {
        path: "/v1/incidents",
        token: desk.token,
        header: &format!("Idempotency-Key: feed-{:x}\r\n", rng.bits()),
        body: &wire::report(kind, place),
    };
    let sent = Instant::now();
    let status = wire.post(&call).await?;
    let answered = Instant::now();
    if status != 201 {
        return Err(Failure::new(format!("raising answered {status}")));
    }
    let incident: Value = serde_json::from_slice(wire.body()).doing("reading an incident")?;
    let id = incident["id"].as_str().unwrap_or_default().to_owned();
    Ok(Told { id, sent, answered })
}

async fn close(wire: &mut Wire, desk: &Desk<'_>, id: &str) -> Outcome<()> {
    let call = Call {
        path: &format!("/v1/incidents/{id}/close"),
        token: desk.token,
        header: "",
        body: "{\"outcome\":\"stood_down\"}",
    };
    match wire.post(&call).await? {
        200 => Ok(()),
        other => Err(Failure::new(format!("closing answered {other}"))),
    }
}

async fn floor_turn(
    bare: &Bare,
    case: Case,
    sum: &mut Sum,
    (messages, size): (u64, usize),
) -> Outcome<()> {
    let (url, pid) = (bare.base_url(), bare.pid());
    let viewers = open((url, FEED), "", pid, case, sum).await?;
    let mut wire = Wire::connect(url).await?;
    let before = machine::cpu_s(pid)?;
    let before_bytes = resident(pid)?;
    let mut told = Vec::new();
    let start = Instant::now();
    for number in 0..INCIDENTS {
        sleep_until(start + PERIOD * u32::try_from(number).unwrap_or(0)).await;
        let id = format!("i{}-{number}", sum.incidents);
        let body = message("raised", &id, size) + &message("others", &id, size);
        let call = Call {
            path: &format!("/say?times={messages}"),
            token: "",
            header: "",
            body: &body,
        };
        let sent = Instant::now();
        if wire.post(&call).await? != 201 {
            return Err(Failure::new("the bare server did not take a message"));
        }
        let answered = Instant::now();
        sum.raises.add(answered - sent);
        told.push(Told { id, sent, answered });
    }
    let all = (INCIDENTS * case.reading) as u64;
    viewers.wait(all, PATIENCE).await;
    viewers.wait_quiet(QUIET, PATIENCE).await;
    sum.server_cpu_s += machine::cpu_s(pid)? - before;
    let grown = resident(pid)? - before_bytes;
    let each = grown.max(0.0) / case.reading as f64;
    sum.full.get_or_insert(each + sum.idle.unwrap_or(0.0));
    sum.incidents += INCIDENTS as u64;
    sum.note(&told, &viewers.close().await?, case.reading);
    Ok(())
}

/// An event of a given length, as the feed has it.
fn message(change: &str, id: &str, size: usize) -> String {
    let mut text = format!(
        "event: incident\nid: floor-1\ndata: {{\"change\":\"{change}\",\"id\":\"{id}\",\"rest\":\""
    );
    let end = "\"}\n\n";
    let missing = size.saturating_sub(text.len() + end.len());
    text.extend(std::iter::repeat_n('x', missing));
    text + end
}
