//! Incidents on their schedule: raised when due whatever became of the ones before, closed later.

use super::land;
use super::table::{At, Scenario};
use crate::phones::{Fleet, again};
use muster_stand::client::Nodes;
use muster_stand::clock;
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;
use parking_lot::Mutex;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

/// How far from somebody it happens (standard deviation in each direction), metres.
const NEAR_M: f64 = 150.0;

/// One incident, from the desk's side.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    /// Its name; empty while it was not raised.
    pub(super) id: String,
    /// When it should have been raised.
    pub(super) due: Instant,
    /// When its 201 was there.
    pub(super) answered: Option<Instant>,
    /// The alerts that were decided with it.
    pub(super) first: Vec<String>,
    /// The server said that it had to guess where people are.
    pub(super) degraded: bool,
    /// Raised by a probe, so not among the times.
    pub(super) probe: bool,
    /// Whether it was told to the server that it is over.
    pub(super) closed: bool,
    /// Why it could not be raised or closed.
    pub(super) error: Option<String>,
}

/// Everything that was raised.
#[derive(Default)]
pub(super) struct Book(Mutex<Vec<Raised>>);

impl Book {
    /// Everything so far.
    pub(super) fn all(&self) -> Vec<Raised> {
        self.0.lock().clone()
    }

    /// One line.
    pub(super) fn get(&self, line: usize) -> Option<Raised> {
        self.0.lock().get(line).cloned()
    }

    /// A new line; its number.
    pub(super) fn open(&self, due: Instant, probe: bool) -> usize {
        let mut all = self.0.lock();
        all.push(Raised {
            id: String::new(),
            due,
            answered: None,
            first: Vec::new(),
            degraded: false,
            probe,
            closed: false,
            error: None,
        });
        all.len() - 1
    }

    /// Changes a line.
    pub(super) fn note(&self, line: usize, change: impl FnOnce(&mut Raised)) {
        if let Some(raised) = self.0.lock().get_mut(line) {
            change(raised);
        }
    }
}

/// A call handler who raises and closes.
#[derive(Clone)]
pub(super) struct Caller {
    desk: Nodes,
    book: Arc<Book>,
    run: Arc<str>,
    open: Duration,
}

impl Caller {
    pub(super) fn new(desk: &Nodes, book: &Arc<Book>, open_s: f64) -> Self {
        Self {
            desk: desk.clone(),
            book: Arc::clone(book),
            run: clock::now().as_millisecond().to_string().into(),
            open: Duration::from_secs_f64(open_s),
        }
    }

    /// Raises and writes down what the answer said; the line.
    pub(super) async fn raise(&self, place: LatLon, due: Instant, probe: bool) -> usize {
        let line = self.book.open(due, probe);
        let key = format!("scenario-{}-{line}", self.run);
        let body = json!({
            "kind": "cardiac_arrest", "scene": "safe",
            "location": {"lat": place.lat, "lon": place.lon, "uncertainty_m": 15},
            "called_at": clock::now_text(), "ems_eta_s": self.open.as_secs_f64().ceil(),
        });
        let raised = again(|| self.desk.any().raise(&key, &body)).await;
        let answered = Instant::now();
        self.book.note(line, |one| match raised {
            Ok(raised) => {
                one.id = raised.incident.id;
                one.answered = Some(answered);
                one.degraded = raised.incident.warnings.iter().any(|w| w == "degraded");
                let alerts = raised.incident.alerts.into_iter();
                one.first = alerts.map(|alert| alert.id).collect();
            }
            Err(e) => one.error = Some(format!("raising: {e}")),
        });
        line
    }

    /// Says that it is over, once.
    pub(super) async fn close(&self, line: usize) {
        let Some(one) = self.book.get(line) else {
            return;
        };
        if one.closed || one.id.is_empty() {
            return;
        }
        let done = again(|| self.desk.any().close(&one.id, "ems_on_scene")).await;
        self.book.note(line, |one| match done {
            Ok(_) => one.closed = true,
            Err(e) => one.error = Some(format!("closing: {e}")),
        });
    }
}

/// Raises on schedule, from `start` on. Ends when all are closed again: each in its time, or when
/// it is `over`.
pub(super) async fn raise_all(
    scenario: Scenario,
    caller: Caller,
    fleet: Arc<Fleet>,
    schedule: Vec<Duration>,
    (start, seed): (Instant, u64),
    over: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    for (n, after) in schedule.into_iter().enumerate() {
        let due = start + after;
        sleep_until(due).await;
        let mut rng = Rng::split(seed ^ 0x1_4C1D, n as u64);
        let place = place(scenario.at, &fleet, &mut rng);
        let (caller, mut over) = (caller.clone(), over.clone());
        tasks.spawn(async move {
            let line = caller.raise(place, due, false).await;
            // what is lent by the wait must not be held while closing
            let early = async { over.wait_for(|over| *over).await.is_ok() };
            let _either = timeout_at(due + caller.open, early).await;
            caller.close(line).await;
        });
        while tasks.try_join_next().is_some() {}
    }
    while tasks.join_next().await.is_some() {}
}

fn place(at: At, fleet: &Fleet, rng: &mut Rng) -> LatLon {
    match at {
        At::NearSomebody => {
            let (somebody, _) = fleet.position(rng.below(fleet.len()));
            somebody.offset_m(NEAR_M * rng.normal(), NEAR_M * rng.normal())
        }
        At::Square { side_m } => land::in_square(side_m, rng),
    }
}
