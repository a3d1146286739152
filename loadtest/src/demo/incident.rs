//! One incident of the demo, from the raise to its close, told step by step.

use super::DemoArgs;
use super::teller::Teller;
use crate::board::Board;
use crate::replay::logged_reason;
use crate::world::World;
use muster_stand::client::{ApiError, Incident, Nodes};
use muster_stand::clock;
use muster_stand::geo::LatLon;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// From the call to the ambulance, in the people's seconds.
const EMS_S: f64 = 600.0;
/// Between two looks at an incident.
const LOOK: Duration = Duration::from_millis(250);
/// Pushes that are not taken by then are told as missing.
const PUSHES: Duration = Duration::from_secs(5);
const KINDS: [&str; 6] = [
    "cardiac_arrest",
    "unconscious",
    "cardiac_arrest",
    "breathing",
    "cardiac_arrest",
    "allergy",
];

/// How an incident ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    pub(super) n: usize,
    /// From the raise to the last push of the first wave taken.
    pub(super) pushed_after: Option<Duration>,
    pub(super) covered_after: Option<Duration>,
    /// The state last seen.
    state: String,
    /// Why nobody is left, from the log.
    exhausted_because: Option<String>,
    error: Option<String>,
}

impl Ending {
    /// Covered, or exhausted with a reason.
    pub(super) fn handled(&self) -> bool {
        self.covered_after.is_some() || self.exhausted_because.is_some()
    }

    pub(super) fn words(&self) -> String {
        let error = self
            .error
            .as_deref()
            .unwrap_or("neither covered nor exhausted in time");
        format!("last state {:?}: {error}", self.state)
    }
}

/// Follows incidents.
pub(super) struct Follower {
    desk: Nodes,
    board: Arc<Board>,
    teller: Arc<Teller>,
    phones: usize,
    speed: f64,
    run: String,
}

impl Follower {
    pub(super) fn new(
        world: &World,
        args: &DemoArgs,
        board: Arc<Board>,
        teller: Arc<Teller>,
    ) -> Self {
        Self {
            desk: world.desk.clone(),
            board,
            teller,
            phones: world.fleet.len(),
            speed: args.speed.max(1e-3),
            run: clock::now().as_millisecond().to_string(),
        }
    }

    /// Raises and follows; returns when it is closed.
    pub(super) async fn follow(
        &self,
        n: usize,
        place: LatLon,
        finishing: watch::Receiver<bool>,
    ) -> Ending {
        let mut ending = Ending {
            n,
            ..Ending::default()
        };
        if let Err(e) = self.live(place, finishing, &mut ending).await {
            self.teller.tell(n, &format!("error: {e}"));
            ending.error = Some(e.to_string());
        }
        ending
    }

    async fn live(
        &self,
        place: LatLon,
        finishing: watch::Receiver<bool>,
        ending: &mut Ending,
    ) -> Result<(), ApiError> {
        let kind = KINDS[ending.n % KINDS.len()];
        let body = json!({
            "kind": kind,
            "location": {"lat": place.lat, "lon": place.lon, "uncertainty_m": 15},
            "address": {"line": format!("{} Main Street", ending.n), "floor": "2"},
            "called_at": clock::now_text(), "scene": "safe",
            "ems_eta_s": (EMS_S / self.speed).ceil(),
        });
        let start = Instant::now();
        let raised = self
            .desk
            .any()
            .raise(&format!("demo-{}-{}", self.run, ending.n), &body)
            .await?;
        let incident = raised.incident;
        self.teller.name(&incident.id, ending.n);
        self.tell_raised(ending.n, kind, start.elapsed(), &incident);
        self.pushes(start, &incident, ending).await;
        let last = self
            .until_ems(start, &incident.id, finishing, ending)
            .await?;
        self.desk.any().close(&incident.id, "ems_on_scene").await?;
        let sheet = self.board.sheet(&incident.id);
        let coming = last.accepted as usize;
        let words = format!(
            "closed, the ambulance is there: {} got there first, {coming} had accepted, {} asked",
            sheet.arrived,
            last.alerts.len()
        );
        self.teller.tell(ending.n, &words);
        self.teller.forget(&incident.id);
        Ok(())
    }

    fn tell_raised(&self, n: usize, kind: &str, took: Duration, incident: &Incident) {
        let far = incident.alerts.iter().filter_map(|a| a.distance_m);
        let (near, far) = far.fold((f64::MAX, 0.0_f64), |(a, b), m| (a.min(m), b.max(m)));
        let asked = incident.alerts.len();
        let who = match asked {
            0 => "nobody in reach yet".to_owned(),
            _ => format!(
                "asking {asked} of {} phones, {near:.0} to {far:.0} m away",
                self.phones
            ),
        };
        let ms = took.as_secs_f64() * 1_000.0;
        self.teller.tell(
            n,
            &format!("raised: {kind}; {who} (answered in {ms:.1} ms)"),
        );
    }

    /// Waits for the pushes of the first wave.
    async fn pushes(&self, start: Instant, incident: &Incident, ending: &mut Ending) {
        let asked = incident.alerts.len();
        if asked == 0 {
            return;
        }
        let until = start + PUSHES;
        let mut sheet = self.board.sheet(&incident.id);
        while sheet.pushed.len() < asked && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
            sheet = self.board.sheet(&incident.id);
        }
        let last = sheet.pushed.iter().take(asked).max();
        let took = last
            .map(|at| at.saturating_duration_since(start))
            .unwrap_or_default();
        let (pushed, ms) = (sheet.pushed.len().min(asked), took.as_secs_f64() * 1_000.0);
        ending.pushed_after = (pushed == asked).then_some(took);
        let words = format!("pushed {pushed} of {asked}, the last {ms:.1} ms after the raise");
        self.teller.tell(ending.n, &words);
    }

    /// Looks until the ambulance is there, or, when the demo is finishing, until it is handled.
    async fn until_ems(
        &self,
        start: Instant,
        id: &str,
        finishing: watch::Receiver<bool>,
        ending: &mut Ending,
    ) -> Result<Incident, ApiError> {
        let ems = start + Duration::from_secs_f64(EMS_S / self.speed);
        loop {
            let incident = self.desk.any().incident(id).await?;
            self.tell_change(start, &incident, ending).await;
            let over = Instant::now() >= ems || (*finishing.borrow() && ending.handled());
            if over || incident.state == "closed" {
                return Ok(incident);
            }
            sleep(LOOK).await;
        }
    }

    async fn tell_change(&self, start: Instant, incident: &Incident, ending: &mut Ending) {
        if ending.state == incident.state {
            return;
        }
        ending.state.clone_from(&incident.state);
        let sheet = self.board.sheet(&incident.id);
        let words = match incident.state.as_str() {
            "covered" => {
                let after = start.elapsed();
                ending.covered_after.get_or_insert(after);
                format!(
                    "covered: {} of {} coming, after {:.1} s ({:.0} s at the people's pace); \
                     {} asked, {} received",
                    incident.accepted,
                    incident.wanted,
                    after.as_secs_f64(),
                    after.as_secs_f64() * self.speed,
                    incident.alerts.len(),
                    sheet.received
                )
            }
            "exhausted" => {
                let log = self.desk.any().log(&incident.id).await.unwrap_or_default();
                ending.exhausted_because = logged_reason(&log);
                let why = ending
                    .exhausted_because
                    .as_deref()
                    .unwrap_or("no reason is logged");
                format!(
                    "nobody left to ask for now: {why}; {} asked",
                    incident.alerts.len()
                )
            }
            "alerting" if ending.covered_after.is_some() => {
                format!(
                    "looking again: {} of {} coming",
                    incident.accepted, incident.wanted
                )
            }
            "alerting" => return,
            other => other.to_owned(),
        };
        self.teller.tell(ending.n, &words);
    }
}
