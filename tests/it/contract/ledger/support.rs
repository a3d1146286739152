//! A small town: one organisation, some verified responders with a phone each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use muster_core::domain::event::Actor;
use muster_core::domain::ids::{
    AlertId, DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo,
};
use muster_core::domain::incident::{Command, Opening, PlaceKind};
use muster_core::domain::place::Point;
use muster_core::domain::plan::{Plans, Scene};
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::responder::{Skill, Source, Standing, Travel};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{
    Address, Agenda, Clock, Committed, Decision, Device, Enrolment, Feed, LastKnown, Ledger,
    LedgerError, Location, Needs, PeopleQuery, PhoneLedger, Private, PrivateChange, Raise, Raised,
    Records, Roster, Rule, Trackers,
};

use crate::support::eventually;

pub(super) const T0: Timestamp = Timestamp(1_800_000_000_000);
pub(super) const STREET: &str = "17 Secretgarden Lane";

pub(super) struct Stopped(pub(super) AtomicI64);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// A database of its own for one test.
pub(super) trait Engine: Sized + Send + Sync + 'static {
    type Ledger: Ledger + Agenda + Feed + Roster + LastKnown + Trackers + PhoneLedger + Records;

    /// An empty database.
    async fn start() -> Self;
    /// A ledger over it.
    async fn open(&self) -> Arc<Self::Ledger>;
    /// A ledger over what is left when `crashed` ends without a word.
    async fn after_crash(&self, crashed: &Self::Ledger) -> Arc<Self::Ledger>;
    /// Every text of a table's rows, a line each.
    async fn dump(&self, table: &str) -> String;
    /// Does statements beside the ledger.
    async fn run(&self, sql: &str);
    async fn check(ledger: &Self::Ledger) -> Result<(), LedgerError>;
    async fn close(ledger: &Self::Ledger);
}

pub(super) struct Town<E: Engine> {
    pub(super) engine: E,
    pub(super) ledger: Arc<E::Ledger>,
    pub(super) org: OrgNo,
    pub(super) people: Vec<ResponderNo>,
    names: AtomicU64,
}

/// These people, as a search finds them: each 1 m further away than the one before.
pub(super) fn candidates(people: &[ResponderNo]) -> Vec<Candidate> {
    people
        .iter()
        .enumerate()
        .map(|(n, responder)| Candidate {
            responder: *responder,
            skills: [Skill::Bls].into_iter().collect(),
            travel: Travel::Foot,
            distance_m: 100.0 + n as f64,
            eta_s: 60,
            accuracy_m: 10.0,
            fix_at: T0,
            source: Source::Live,
        })
        .collect()
}

pub(super) fn stopped() -> Arc<Stopped> {
    Arc::new(Stopped(AtomicI64::new(T0.0)))
}

/// A question that finds the first ten.
pub(super) fn everybody() -> PeopleQuery {
    PeopleQuery {
        limit: 10,
        ..PeopleQuery::default()
    }
}

pub(super) fn address(n: usize) -> PushAddress {
    PushAddress::FcmToken(format!("token-{n}"))
}

pub(super) fn device(n: usize) -> Device {
    Device {
        id: DeviceId("phone".to_owned()),
        platform: Platform::Android,
        address: address(n),
    }
}

pub(super) fn desk() -> Actor {
    Actor {
        role: "call_handler".to_owned(),
        subject: "desk-1".to_owned(),
        device: None,
    }
}

pub(super) async fn town<E: Engine>(people: usize) -> Town<E> {
    town_in(E::start().await, people).await
}

pub(super) async fn town_in<E: Engine>(engine: E, people: usize) -> Town<E> {
    let ledger = engine.open().await;
    let org = ledger.org(&OrgId::from("town")).await.unwrap();
    let mut numbers = Vec::new();
    for n in 0..people {
        let id = ResponderId(format!("r{n:03}"));
        let who = Enrolment {
            id: id.clone(),
            name: format!("Person {n}"),
            phone: None,
            skills: [Skill::Bls].into_iter().collect(),
            travel: Travel::Foot,
            exercises: true,
        };
        let no = ledger.enrol(org, who).await.unwrap().no;
        ledger
            .set_standing(org, &id, Standing::Verified)
            .await
            .unwrap();
        let profiles = ledger.put_device(no, device(n)).await.unwrap();
        assert!(profiles[0].available);
        numbers.push(no);
    }
    Town {
        engine,
        ledger,
        org,
        people: numbers,
        names: AtomicU64::new(1),
    }
}

impl<E: Engine> Town<E> {
    /// The same after its server was stopped and started.
    pub(super) async fn reopened(self) -> Self {
        E::close(&self.ledger).await;
        drop(self.ledger);
        let ledger = self.engine.open().await;
        Self { ledger, ..self }
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn raise_of(&self, people: &[ResponderNo], exercise: bool) -> Raise {
        let plan = Plans::built_in().of_kind("cardiac_arrest").0.clone();
        let id = self.name("incident");
        Raise {
            actor: desk(),
            opening: Opening {
                id: IncidentId(id.clone()),
                org: self.org,
                kind: "cardiac_arrest".to_owned(),
                plan,
                exercise,
                scene: Scene::Safe,
                place: PlaceKind::Private,
                patient_age_y: None,
                called_at: None,
                ems_eta_at: None,
                opened_at: T0,
            },
            private: Private {
                location: Location {
                    point: Point::new(50.0, 8.0).unwrap(),
                    uncertainty_m: None,
                },
                address: Address {
                    line: Some(STREET.to_owned()),
                    ..Address::default()
                },
                message: None,
                moved_from: None,
                kind: None,
            },
            source: None,
            idempotency: (id, STREET.as_bytes().to_vec()),
            candidates: candidates(people),
            complete: true,
        }
    }

    pub(super) async fn raise(&self, raise: Raise) -> Committed {
        match self.ledger.raise(raise).await.unwrap() {
            Raised::New(new) => *new,
            _ => panic!("it was known"),
        }
    }

    pub(super) fn decision(&self, incident: &IncidentId, now: Timestamp, rule: Rule) -> Decision {
        Decision {
            org: self.org,
            incident: incident.clone(),
            actor: desk(),
            now,
            needs: Needs::default(),
            private: PrivateChange::default(),
            rule,
        }
    }

    pub(super) async fn command(
        &self,
        incident: &IncidentId,
        now: Timestamp,
        command: Command,
    ) -> Result<Committed, LedgerError> {
        let rule: Rule = Box::new(move |_, _| vec![command]);
        self.ledger.decide(self.decision(incident, now, rule)).await
    }

    pub(super) async fn accept(
        &self,
        incident: &IncidentId,
        alert: &AlertId,
        now: Timestamp,
    ) -> Result<Committed, LedgerError> {
        let id = alert.clone();
        let rule: Rule = Box::new(move |_, facts| {
            vec![Command::Accept {
                alert: id,
                claim: facts.claim,
                knowing: false,
            }]
        });
        let mut decision = self.decision(incident, now, rule);
        decision.needs.claim_for = Some(alert.clone());
        self.ledger.decide(decision).await
    }

    /// Raises as a control room does: as long as the ledger is busy, again, with the same key.
    pub(super) async fn raise_at_last(&self, people: &[ResponderNo]) -> Raised {
        self.raise_at_last_on(&*self.ledger, people).await
    }

    /// The same on another node.
    pub(super) async fn raise_at_last_on(
        &self,
        ledger: &dyn Ledger,
        people: &[ResponderNo],
    ) -> Raised {
        let key = self.name("key");
        loop {
            let mut raise = self.raise_of(people, false);
            raise.idempotency = (key.clone(), b"body".to_vec());
            match ledger.raise(raise).await {
                Err(LedgerError::Unavailable(_)) => tokio::task::yield_now().await,
                raised => return raised.unwrap(),
            }
        }
    }

    /// Waits until the feed shows this event: a transaction that is still open anywhere in the
    /// server, also in another test's database, may hold it back.
    pub(super) async fn shown(&self, seq: u64) -> u64 {
        eventually("shown", async || {
            let head = self.ledger.head().await.unwrap();
            (head >= seq).then_some(head)
        })
        .await
    }

    /// Accepts as a phone does: as long as the ledger is busy, again.
    pub(super) async fn accept_at_last(
        &self,
        incident: &IncidentId,
        alert: &AlertId,
    ) -> Result<(), LedgerError> {
        loop {
            match self.accept(incident, alert, T0).await {
                Err(LedgerError::Unavailable(_)) => tokio::task::yield_now().await,
                answer => return answer.map(drop),
            }
        }
    }

    pub(super) async fn wake(&self, incident: &IncidentId, now: Timestamp) -> Committed {
        let rule: Rule = Box::new(|_, facts| {
            vec![Command::Wake {
                lost: facts.lost,
                heard: Vec::new(),
            }]
        });
        let mut decision = self.decision(incident, now, rule);
        decision.needs.lost_claims = true;
        self.ledger.decide(decision).await.unwrap()
    }
}
