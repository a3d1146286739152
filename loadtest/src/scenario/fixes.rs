//! Idle phones report in turn at a fixed rate, whatever the answers do (open loop). A time begins
//! when the report was due, so that a server that stalls is charged for everybody who waited.

use crate::bench::wire::{Call, Wire, fixes_body};
use crate::phones::Fleet;
use crate::report::{Series, Times};
use muster_core::domain::place::Point;
use muster_stand::failure::{Context as _, Outcome};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Between two bursts of the driver.
const TICK: Duration = Duration::from_millis(2);
const TICKS_PER_S: u32 = 500;
/// Connections, all nodes together. Every phone has one of its own, so the load must not wait for
/// them: 5,000 reports a second that are answered after 50 ms are 250 under way.
const CONNECTIONS: usize = 300;
/// Reports that may wait for each connection; more are not sent, and counted.
const WAITING_MAX: usize = 16;
/// A report without an answer by then failed.
const PATIENCE: Duration = Duration::from_secs(10);
pub(super) const PATH: &str = "/v1/me/fixes";

/// What became of the reports that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// All that were due.
    pub(super) due: u64,
    /// Answered 202.
    pub(super) taken: u64,
    /// Answered otherwise.
    pub(super) refused: u64,
    /// Not answered.
    pub(super) failed: u64,
    /// Not sent, because too many waited.
    pub(super) left_out: u64,
}

struct Seen {
    counted: Counted,
    times: Times,
    series: Series,
}

/// Who reports, and to whom.
struct Shared {
    fleet: Arc<Fleet>,
    /// What is due before this is not counted.
    count_from: Instant,
    seen: Mutex<Seen>,
}

/// Reports at a fixed rate, until it is stopped.
pub(super) struct Fixes {
    driver: JoinHandle<()>,
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
}

impl Fixes {
    /// Starts; what is due from `count_from` on is counted.
    pub(super) async fn start(
        nodes: &[String],
        fleet: &Arc<Fleet>,
        per_s: u32,
        count_from: Instant,
    ) -> Outcome<Self> {
        let shared = Arc::new(Shared {
            fleet: Arc::clone(fleet),
            count_from,
            seen: Mutex::new(Seen {
                counted: Counted::default(),
                times: Times::new()?,
                series: Series::new(count_from)?,
            }),
        });
        let mut tasks = JoinSet::new();
        let mut to = Vec::new();
        for (_, node) in (0..CONNECTIONS).zip(nodes.iter().cycle()) {
            let (sender, due) = mpsc::channel(WAITING_MAX);
            to.push(sender);
            let wire = Wire::connect(node).await?;
            tasks.spawn(follow(wire, node.clone(), due, Arc::clone(&shared)));
        }
        let driver = tokio::spawn(drive(to, per_s, Arc::clone(&shared)));
        Ok(Self {
            driver,
            tasks,
            shared,
        })
    }

    /// Stops and says what became of the reports.
    pub(super) async fn stop(mut self) -> Outcome<(Counted, Times, Series)> {
        self.driver.abort();
        let _aborted = (&mut self.driver).await;
        // with the driver went the senders: whoever follows ends when nothing waits any more
        let rest = async { while self.tasks.join_next().await.is_some() {} };
        let _late = timeout(PATIENCE, rest).await;
        self.tasks.shutdown().await;
        let shared = Arc::into_inner(self.shared);
        let seen = shared.ok_or("a connection still counts");
        let seen = seen.doing("stopping the reports")?.seen.into_inner();
        Ok((seen.counted, seen.times, seen.series))
    }
}

async fn drive(to: Vec<mpsc::Sender<(usize, Instant)>>, per_s: u32, shared: Arc<Shared>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut owed, mut turn, mut phone) = (0, 0_usize, 0_usize);
    let phones = shared.fleet.len().max(1);
    loop {
        let due = ticks.tick().await;
        owed += per_s;
        while owed >= TICKS_PER_S {
            owed -= TICKS_PER_S;
            turn += 1;
            // whoever has no network or is on the way to somebody leaves the turn to the next
            let idle = |n: &usize| {
                let n = *n % phones;
                !shared.fleet.is_engaged(n) && shared.fleet.no_network(n).is_none()
            };
            let Some(next) = (phone..phone + phones).find(idle) else {
                continue;
            };
            phone = (next + 1) % phones;
            let sent = to[turn % to.len()].try_send((next % phones, due));
            if due >= shared.count_from {
                let mut seen = shared.seen.lock();
                seen.counted.due += 1;
                seen.counted.left_out += u64::from(sent.is_err());
            }
        }
    }
}

async fn follow(
    wire: Wire,
    node: String,
    mut due: mpsc::Receiver<(usize, Instant)>,
    shared: Arc<Shared>,
) {
    let mut wire = Some(wire);
    while let Some((phone, at)) = due.recv().await {
        if wire.is_none() {
            wire = Wire::connect(&node).await.ok();
        }
        let answer = match &mut wire {
            Some(wire) => report(wire, &shared.fleet, phone).await,
            None => None,
        };
        if answer.is_none() {
            wire = None;
        }
        if at < shared.count_from {
            continue;
        }
        let took = at.elapsed();
        let mut seen = shared.seen.lock();
        match answer {
            Some(202) => {
                seen.counted.taken += 1;
                seen.times.add(took);
                seen.series.add(took);
            }
            Some(_) => seen.counted.refused += 1,
            None => seen.counted.failed += 1,
        }
    }
}

/// One report of where a phone is; the status, if there was an answer.
pub(super) async fn report(wire: &mut Wire, fleet: &Fleet, phone: usize) -> Option<u16> {
    let (place, _) = fleet.position(phone);
    let body = fixes_body(&[Point::new(place.lat, place.lon).ok()?]);
    let call = Call {
        path: PATH,
        token: fleet.token(phone),
        header: "",
        body: &body,
    };
    timeout(PATIENCE, wire.post(&call)).await.ok()?.ok()
}
