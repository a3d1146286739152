//! Phones that report: as fast as answers come (closed loop), or at a fixed rate whatever the
//! answers do (open loop).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::figures::Times;
use super::places;
use super::town::Phone;
use super::wire::{Call, Wire, fixes_body};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;

/// Between two bursts of the open loop.
const TICK: Duration = Duration::from_millis(2);
const TICKS_PER_S: u32 = 500;
/// Connections of the open loop, all nodes together. Every phone has one of its own, so the load must
/// not wait for them: 5,000 fixes a second that are answered after 50 ms are 250 under way.
const OPEN_CONNECTIONS: usize = 300;
/// Fixes that may wait for each of them; more are not sent, and counted.
const WAITING_MAX: usize = 16;
/// A step between two fixes, metres.
const STEP_M: f64 = 20.0;
const PATH: &str = "/v1/me/fixes";

/// What a closed loop did.
pub(super) struct Driven {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) took: Duration,
}

/// When a closed loop ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Until {
    /// Every phone has reported once.
    AllReported,
    /// This much time has passed.
    Passed(Duration),
}

/// Phones report over so many connections, so many fixes a request, the next request when the last
/// is answered.
pub(super) async fn closed_loop(
    base_url: &str,
    phones: &Arc<Vec<Phone>>,
    (connections, batch): (usize, usize),
    until: Until,
) -> Outcome<Driven> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..connections {
        let wire = Wire::connect(base_url).await?;
        let phones = Arc::clone(phones);
        tasks.spawn(one_connection(
            wire,
            phones,
            (first, connections, batch),
            until,
        ));
    }
    let (mut accepted, mut refused) = (0, 0);
    while let Some(done) = tasks.join_next().await {
        let (yes, no) = done.doing("waiting for a connection")??;
        accepted += yes;
        refused += no;
    }
    Ok(Driven {
        accepted,
        refused,
        took: start.elapsed(),
    })
}

async fn one_connection(
    mut wire: Wire,
    phones: Arc<Vec<Phone>>,
    (first, by, batch): (usize, usize, usize),
    until: Until,
) -> Outcome<(u64, u64)> {
    let mut rng = Rng::split(7, first as u64);
    let (mut accepted, mut refused) = (0, 0);
    let start = Instant::now();
    loop {
        for phone in phones.iter().skip(first).step_by(by) {
            if let Until::Passed(span) = until
                && start.elapsed() >= span
            {
                return Ok((accepted, refused));
            }
            if report(&mut wire, phone, batch, &mut rng).await? == 202 {
                accepted += 1;
            } else {
                refused += 1;
            }
        }
        if matches!(until, Until::AllReported) {
            return Ok((accepted, refused));
        }
    }
}

async fn report(wire: &mut Wire, phone: &Phone, batch: usize, rng: &mut Rng) -> Outcome<u16> {
    let mut fixes = Vec::with_capacity(batch);
    for _ in 0..batch {
        fixes.push(places::step(phone.place, STEP_M, rng)?);
    }
    let body = fixes_body(&fixes);
    let call = Call {
        path: PATH,
        token: &phone.token,
        header: "",
        body: &body,
    };
    wire.post(&call).await
}

/// Fixes at a fixed rate, until it is stopped.
pub(super) struct Background {
    driver: JoinHandle<()>,
    tasks: JoinSet<Outcome<()>>,
    seen: Arc<Seen>,
    start: Instant,
}

struct Seen {
    accepted: AtomicU64,
    refused: AtomicU64,
    left_out: AtomicU64,
    times: Mutex<Times>,
}

/// What became of the fixes in the background.
pub(super) struct Behind {
    pub(super) per_s: f64,
    pub(super) refused: u64,
    /// Not sent, because too many waited.
    pub(super) left_out: u64,
    /// From when it was due to the answer.
    pub(super) times: Times,
}

impl Background {
    /// Starts, one fix a request, as a phone that is watched sends them; nodes in turn. `per_s` 0
    /// does nothing.
    pub(super) async fn start(
        base_urls: &[String],
        phones: &Arc<Vec<Phone>>,
        per_s: u32,
    ) -> Outcome<Self> {
        let seen = Arc::new(Seen {
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            times: Mutex::new(Times::new()?),
        });
        let mut tasks = JoinSet::new();
        let mut to = Vec::new();
        for number in 0..OPEN_CONNECTIONS {
            let (sender, due) = mpsc::channel(WAITING_MAX);
            to.push(sender);
            let url = base_urls[number % base_urls.len()].clone();
            let wire = Wire::connect(&url).await?;
            let rng = Rng::split(8, number as u64);
            tasks.spawn(follow(
                (wire, url),
                due,
                Arc::clone(phones),
                (rng, Arc::clone(&seen)),
            ));
        }
        let driver = tokio::spawn(drive(to, phones.len(), per_s, Arc::clone(&seen)));
        Ok(Self {
            driver,
            tasks,
            seen,
            start: Instant::now(),
        })
    }

    /// Stops and says what became of the fixes.
    pub(super) async fn stop(mut self) -> Outcome<Behind> {
        self.driver.abort();
        let _aborted = self.driver.await;
        let took = self.start.elapsed().as_secs_f64();
        while let Some(done) = self.tasks.join_next().await {
            done.doing("waiting for a connection")??;
        }
        let seen =
            Arc::into_inner(self.seen).ok_or_else(|| Failure::new("a connection still counts"))?;
        Ok(Behind {
            per_s: seen.accepted.into_inner() as f64 / took,
            refused: seen.refused.into_inner(),
            left_out: seen.left_out.into_inner(),
            times: seen.times.into_inner(),
        })
    }
}

async fn drive(
    to: Vec<mpsc::Sender<(usize, Instant)>>,
    phones: usize,
    per_s: u32,
    seen: Arc<Seen>,
) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut owed, mut next) = (0, 0_usize);
    loop {
        let due = ticks.tick().await;
        owed += per_s;
        while owed >= TICKS_PER_S {
            owed -= TICKS_PER_S;
            next += 1;
            // somebody always reports to the same node, over the same connection
            let phone = next % phones.max(1);
            if to[phone % to.len()].try_send((phone, due)).is_err() {
                seen.left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

async fn follow(
    (mut wire, url): (Wire, String),
    mut due: mpsc::Receiver<(usize, Instant)>,
    phones: Arc<Vec<Phone>>,
    (mut rng, seen): (Rng, Arc<Seen>),
) -> Outcome<()> {
    while let Some((phone, at)) = due.recv().await {
        let status = report(&mut wire, &phones[phone], 1, &mut rng).await;
        let count = if matches!(status, Ok(202)) {
            &seen.accepted
        } else {
            &seen.refused
        };
        count.fetch_add(1, Ordering::Relaxed);
        if status.is_err() || !wire.is_open() {
            wire = Wire::connect(&url).await?;
        }
        seen.times.lock().add(at.elapsed());
    }
    Ok(())
}
