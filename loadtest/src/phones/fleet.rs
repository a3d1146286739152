//! All the phones together: who has which address, and what to do with a delivery.

use super::{Counts, Gaps, Habits, Observer, PhoneEvent, Trace, What};
use crate::seed::Crowd;
use jiff::Timestamp;
use muster_stand::client::{Answer, NewFix, Nodes, Step};
use muster_stand::clock;
use muster_stand::geo::LatLon;
use muster_stand::standin::Browsers;
use muster_stand::standin::Delivery;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How a fleet behaves.
#[derive(Debug, Clone)]
pub struct FleetConfig {
    /// Everything random comes from here.
    pub seed: u64,
    /// How people answer.
    pub habits: Habits,
    /// At most so many idle position reports per second, all phones together: the load of
    /// positions is bounded by this and not by the speed. 0 leaves reporting to somebody else.
    pub fixes_per_s: f64,
    /// Who has no network when; absent is nobody ever.
    pub gaps: Option<Gaps>,
    /// Where browsers subscribe: one phone in four is one. Without it all are apps.
    pub browsers: Option<Browsers>,
    /// Start of every responder's id.
    pub prefix: String,
    /// Registrations at once.
    pub at_once: usize,
}

impl FleetConfig {
    /// People as published, at a speed.
    pub fn new(seed: u64, times_faster: f64) -> Self {
        Self {
            seed,
            habits: Habits::published(times_faster),
            fixes_per_s: 200.0,
            gaps: None,
            browsers: None,
            prefix: "sim".to_owned(),
            at_once: 32,
        }
    }
}

/// One phone and its owner.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) id: String,
    pub(super) device: String,
    pub(super) address: String,
    pub(super) api: Nodes,
    pub(super) trace: Trace,
    /// Where it is while engaged; its trace otherwise.
    pub(super) engaged: Mutex<Option<LatLon>>,
    /// The alerts that run here, and the switch that ends each.
    pub(super) running: Mutex<HashMap<String, watch::Sender<bool>>>,
}

/// All the phones.
pub struct Fleet {
    pub(super) config: FleetConfig,
    pub(super) phones: Vec<Phone>,
    pub(super) by_address: HashMap<String, usize>,
    /// The people that the phones are the first of, when they were not registered one by one.
    pub(super) crowd: Option<Crowd>,
    pub(super) counts: Counts,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) busy: AtomicUsize,
    pub(super) started: Instant,
}

/// The tasks of a running fleet; dropping it stops them.
#[derive(Debug)]
pub struct Running(Vec<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Fleet {
    /// What the phones counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many phones there are.
    pub fn len(&self) -> usize {
        self.phones.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.phones.is_empty()
    }

    /// How many alerts are being lived through right now.
    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Starts answering deliveries and reporting positions.
    pub fn run(self: &Arc<Self>, mut deliveries: mpsc::Receiver<Delivery>) -> Running {
        let fleet = Arc::clone(self);
        let answers = tokio::spawn(async move {
            while let Some(delivery) = deliveries.recv().await {
                fleet.deliver(&delivery);
            }
        });
        let moves = tokio::spawn(super::moves::report(Arc::clone(self)));
        Running(vec![answers, moves])
    }

    /// Hands one push to its phone.
    fn deliver(self: &Arc<Self>, push: &Delivery) {
        let n = match &self.crowd {
            Some(crowd) => crowd.number(&push.address),
            None => self.by_address.get(&push.address).copied(),
        };
        let Some(n) = n else {
            self.counts.stranger();
            return;
        };
        if self.no_network(n).is_some() {
            // the provider keeps it meanwhile, as it does for any phone that is not there
            self.counts.held_back();
            let (fleet, push) = (Arc::clone(self), push.clone());
            tokio::spawn(async move {
                fleet.network(n).await;
                fleet.hand_over(n, &push);
            });
        } else {
            self.hand_over(n, push);
        }
    }

    fn hand_over(self: &Arc<Self>, n: usize, push: &Delivery) {
        let alert_id = push.datum("alert_id").to_owned();
        match push.datum("type") {
            "alert" => {
                let expires: Result<Timestamp, _> = push.datum("expires_at").parse();
                let late = expires.is_ok_and(|at| at < clock::now());
                if self.counts.alert(&alert_id, late) {
                    let incident_id = push.datum("incident_id").to_owned();
                    if n < self.phones.len() {
                        self.start(n, incident_id, alert_id, push.arrived);
                    } else {
                        self.tell(&PhoneEvent {
                            incident_id,
                            alert_id,
                            responder_id: Crowd::id(n),
                            what: What::Pushed,
                            began: push.arrived,
                            at: push.arrived,
                        });
                    }
                }
            }
            other => {
                self.counts.other_push(other);
                if other == "stand_down"
                    && let Some(phone) = self.phones.get(n)
                    && let Some(end) = phone.running.lock().get(&alert_id)
                {
                    end.send_replace(true);
                }
                if n < self.phones.len() {
                    let version = push.datum("version").parse().ok();
                    tokio::spawn(Arc::clone(self).confirm(n, alert_id, version));
                }
            }
        }
    }

    /// Tells that the phone shows an update or a stand-down; the next one tells it too.
    async fn confirm(self: Arc<Self>, n: usize, alert_id: String, version: Option<u64>) {
        let phone = &self.phones[n];
        let with = Answer {
            device_id: Some(phone.device.clone()),
            version,
            ..Answer::default()
        };
        let step = Step::Received;
        drop(phone.api.any().answer(&alert_id, step, &with).await);
    }

    fn start(self: &Arc<Self>, n: usize, incident_id: String, alert_id: String, at: Instant) {
        let (end, ended) = watch::channel(false);
        self.phones[n].running.lock().insert(alert_id.clone(), end);
        self.busy.fetch_add(1, Ordering::Relaxed);
        let live = super::alert::Live::new(Arc::clone(self), n, incident_id, alert_id, ended);
        live.tell(What::Pushed, at, at);
        tokio::spawn(live.run());
    }

    pub(super) fn tell(&self, event: &PhoneEvent) {
        self.counts.happened(&event.what);
        self.observer.on(event);
    }

    /// How long a phone stays without network, if it has none.
    pub(crate) fn no_network(&self, n: usize) -> Option<Duration> {
        let gaps = self.config.gaps.as_ref()?;
        gaps.left(n, self.started.elapsed())
    }

    /// Waits until a phone has network.
    pub(super) async fn network(&self, n: usize) {
        while let Some(left) = self.no_network(n) {
            tokio::time::sleep(left).await;
        }
    }

    /// Whether a phone is on its way to somebody, and reports by itself.
    pub(crate) fn is_engaged(&self, n: usize) -> bool {
        self.phones[n].engaged.lock().is_some()
    }

    /// The bearer token of a phone.
    pub(crate) fn token(&self, n: usize) -> &str {
        self.phones[n].api.token()
    }

    /// Where a phone is now, and how exactly it knows.
    pub(crate) fn position(&self, n: usize) -> (LatLon, f64) {
        let phone = &self.phones[n];
        if let Some(place) = *phone.engaged.lock() {
            return (place, 8.0);
        }
        let elapsed = self.started.elapsed().as_secs_f64() * self.config.habits.speed;
        phone.trace.at(elapsed)
    }

    pub(super) fn fix(&self, n: usize) -> NewFix {
        let (place, accuracy_m) = self.position(n);
        NewFix {
            lat: place.lat,
            lon: place.lon,
            accuracy_m,
            at: clock::now_text(),
        }
    }

    /// Reports where a phone is.
    pub(super) async fn report_fix(&self, n: usize) {
        let phone = &self.phones[n];
        match phone.api.any().fixes(&phone.device, &[self.fix(n)]).await {
            Ok(answer) if answer["accepted"] == 1 => self.counts.fix("accepted"),
            Ok(_) => self.counts.fix("rejected"),
            Err(e) => self
                .counts
                .fix(&format!("failed {}", e.status.unwrap_or(0))),
        }
    }
}
