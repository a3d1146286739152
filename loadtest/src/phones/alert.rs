//! One alert on one phone, from the push to the end.

use super::register::again;
use super::{Decision, Fleet, Intent, PhoneEvent, What};
use muster_stand::client::{Answer, ApiError, MyAlert, Step};
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// Positions while engaged are not sent more often than this, however fast the run is.
const LEAST_FIX_PAUSE: Duration = Duration::from_secs(1);

/// The task of one alert on one phone.
pub(super) struct Live {
    fleet: Arc<Fleet>,
    n: usize,
    incident_id: String,
    alert_id: String,
    ended: watch::Receiver<bool>,
}

/// Why a wait ended.
#[derive(PartialEq, Eq)]
enum Waited {
    Through,
    StoodDown,
}

impl Live {
    pub(super) fn new(
        fleet: Arc<Fleet>,
        n: usize,
        incident_id: String,
        alert_id: String,
        ended: watch::Receiver<bool>,
    ) -> Self {
        Self {
            fleet,
            n,
            incident_id,
            alert_id,
            ended,
        }
    }

    /// Lives through the alert.
    pub(super) async fn run(mut self) {
        // Drawn from the alert's id, so that the order of arrival does not change who does what.
        let mut hasher = DefaultHasher::new();
        (self.fleet.config.seed, self.n, &self.incident_id).hash(&mut hasher);
        let intent = self
            .fleet
            .config
            .habits
            .draw(&mut Rng::new(hasher.finish()));
        self.answer_alert(&intent).await;
        let phone = &self.fleet.phones[self.n];
        *phone.engaged.lock() = None;
        phone.running.lock().remove(&self.alert_id);
        self.fleet.busy.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn tell(&self, what: What, began: Instant, at: Instant) {
        self.fleet.tell(&PhoneEvent {
            incident_id: self.incident_id.clone(),
            alert_id: self.alert_id.clone(),
            responder_id: self.fleet.phones[self.n].id.clone(),
            what,
            began,
            at,
        });
    }

    fn now(&self, what: What) {
        self.since(Instant::now(), what);
    }

    fn since(&self, began: Instant, what: What) {
        self.tell(what, began, Instant::now());
    }

    async fn answer_alert(&mut self, intent: &Intent) {
        // A phone sends its receipt even when the stand-down came right behind the alert.
        tokio::time::sleep(self.fleet.config.habits.scaled(intent.receipt)).await;
        self.step(Step::Received, What::Received).await;
        let Some(see) = intent.see else { return };
        if self.wait(see).await == Waited::StoodDown {
            return self.now(What::StoodDown);
        }
        self.step(Step::Seen, What::Seen).await;
        if intent.decision == Decision::Ignore {
            return;
        }
        if self.wait(intent.decide).await == Waited::StoodDown {
            return self.now(What::StoodDown);
        }
        if intent.decision == Decision::Decline {
            self.step(Step::Decline, What::Declined).await;
            return;
        }
        self.fleet.network(self.n).await;
        let began = Instant::now();
        match self.post(Step::Accept).await {
            Ok(alert) => {
                let distance_m = alert.distance_m;
                self.since(began, What::Accepted { distance_m });
                self.go(intent, &alert).await;
            }
            Err(e) => self.refused(Step::Accept, &e),
        }
    }

    /// After acceptance: turn out, travel, stay, finish; or give up; or be stood down.
    async fn go(&mut self, intent: &Intent, alert: &MyAlert) {
        let (here, _) = self.fleet.position(self.n);
        *self.fleet.phones[self.n].engaged.lock() = Some(here);
        if let Some(abort) = intent.abort {
            match self.wait_reporting(abort, here, here).await {
                Waited::StoodDown => self.now(What::StoodDown),
                Waited::Through => {
                    self.step(Step::Decline, What::Withdrawn).await;
                }
            }
            return;
        }
        if self.wait_reporting(intent.turnout, here, here).await == Waited::StoodDown {
            return self.now(What::StoodDown);
        }
        if !self.step(Step::Depart, What::Departed).await {
            return;
        }
        let there = place_of(alert).unwrap_or(here);
        let way_m = here.distance_m(there) * self.fleet.config.habits.detour;
        let travel = Duration::from_secs_f64(way_m / intent.pace_mps.max(0.1));
        if self.wait_reporting(travel, here, there).await == Waited::StoodDown {
            return self.now(What::StoodDown);
        }
        if !self.step(Step::Arrive, What::Arrived).await {
            return;
        }
        // Who is on scene is not sent away.
        let stay = Duration::from_secs_f64(self.fleet.config.habits.stay_s);
        tokio::time::sleep(self.fleet.config.habits.scaled(stay)).await;
        self.step(Step::Finish, What::Finished).await;
    }

    /// Waits so many of the people's seconds, or until the stand-down.
    async fn wait(&mut self, time: Duration) -> Waited {
        let time = self.fleet.config.habits.scaled(time);
        match timeout(time, self.ended.wait_for(|ended| *ended)).await {
            Ok(_) => Waited::StoodDown,
            Err(_) => Waited::Through,
        }
    }

    /// Waits while moving from one place to another, reporting the position on the way.
    async fn wait_reporting(&mut self, time: Duration, from: LatLon, to: LatLon) -> Waited {
        let habits = &self.fleet.config.habits;
        let whole = habits.scaled(time);
        let pause = habits
            .scaled(Duration::from_secs_f64(habits.fix_every_s))
            .max(LEAST_FIX_PAUSE);
        let start = Instant::now();
        loop {
            let left = whole.saturating_sub(start.elapsed());
            let pause = pause.min(left);
            if timeout(pause, self.ended.wait_for(|ended| *ended))
                .await
                .is_ok()
            {
                return Waited::StoodDown;
            }
            let share = start.elapsed().as_secs_f64() / whole.as_secs_f64().max(1e-6);
            *self.fleet.phones[self.n].engaged.lock() = Some(from.towards(to, share));
            if start.elapsed() >= whole {
                return Waited::Through;
            }
            if self.fleet.no_network(self.n).is_none() {
                self.fleet.report_fix(self.n).await;
            }
        }
    }

    /// Answers and tells; false when the server did not take it.
    async fn step(&self, step: Step, what: What) -> bool {
        self.fleet.network(self.n).await;
        let began = Instant::now();
        match self.post(step).await {
            Ok(_) => {
                self.since(began, what);
                true
            }
            Err(e) => {
                self.refused(step, &e);
                false
            }
        }
    }

    async fn post(&self, step: Step) -> Result<MyAlert, ApiError> {
        let phone = &self.fleet.phones[self.n];
        let device_id = Some(phone.device.clone());
        let with = Answer {
            device_id,
            fix: Some(self.fleet.fix(self.n)),
            reason: None,
            version: None,
        };
        again(|| phone.api.any().answer(&self.alert_id, step, &with)).await
    }

    fn refused(&self, step: Step, e: &ApiError) {
        match e.status {
            Some(409) if step == Step::Accept => self.now(What::Refused(e.code.clone())),
            Some(409) => self.now(What::Refused(format!("{} {}", step.verb(), e.code))),
            status => {
                let status = status.unwrap_or(0);
                self.now(What::Failed(format!("{} {status} {}", step.verb(), e.code)));
            }
        }
    }
}

/// The place told after acceptance, or else the approximate one.
fn place_of(alert: &MyAlert) -> Option<LatLon> {
    let place = alert
        .location
        .as_ref()
        .or(alert.approximate_location.as_ref())?;
    Some(LatLon::new(place["lat"].as_f64()?, place["lon"].as_f64()?))
}
