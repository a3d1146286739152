//! Pauses, what follows from an answer, and a queue that is full.

use std::collections::BTreeMap;

use async_trait::async_trait;
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress, PushMessage};
use muster_core::domain::responder::Profile;
use muster_core::domain::selection::Role;
use muster_core::ports::Later;

use super::*;

fn push(no: i64, attempts: u32) -> Outgoing {
    Outgoing {
        id: PushId {
            row: no,
            no,
            generation: 1,
        },
        attempts,
        message: PushMessage {
            kind: PushKind::Alert,
            alert: AlertId::from("a"),
            incident: IncidentId::from("i"),
            version: 1,
            sent_at: Timestamp(0),
            expires_at: Timestamp(600_000),
            role: Role::Cpr,
            exercise: false,
            responder: ResponderNo(1),
            device: DeviceId::from("d"),
            platform: Platform::Android,
            address: PushAddress::FcmToken("t".to_owned()),
            attention: None,
        },
    }
}

#[test]
fn pauses_double_stay_bounded_and_differ_between_pushes() {
    assert_eq!(back_off(&push(0, 0)), Millis(500));
    assert_eq!(back_off(&push(0, 2)), Millis(2000));
    assert_ne!(back_off(&push(1, 3)), back_off(&push(40, 3)));
    for (kind, longest) in [
        (PushKind::Alert, BACK_OFF_URGENT),
        (PushKind::Danger, BACK_OFF_URGENT),
        (PushKind::StandDown, BACK_OFF_OTHERS),
        (PushKind::Test, BACK_OFF_CAN_WAIT),
    ] {
        let mut last = push(63, 40);
        last.message.kind = kind;
        assert!(back_off(&last) <= longest, "{kind:?}");
        let mut first = push(0, 40);
        first.message.kind = kind;
        assert!(
            back_off(&first) < back_off(&last),
            "{kind:?}: a burst stays spread"
        );
        assert!(back_off(&first).0 > longest.0 / 2, "{kind:?}");
    }
}

/// A thousand alerts that are refused until they expire: so many attempts and no more.
#[test]
fn a_storm_of_refusals_does_not_spin() {
    for number in 0..1_000 {
        let (mut now, mut attempts) = (Timestamp(0), 0);
        let mut one = push(number, 0);
        while now < one.message.expires_at {
            let no = later("permission_denied", true, None);
            let PushResult::PutOff(put_off) = result(no, &one, false, now) else {
                panic!("a refusal ends no alert");
            };
            now = put_off.until.unwrap();
            one.attempts += 1;
            attempts += 1;
        }
        assert!((120..=200).contains(&attempts), "{attempts} in ten minutes");
    }
}

fn later(reason: &'static str, refused: bool, after: Option<Millis>) -> SendResult {
    SendResult::Later(Later {
        reason,
        after,
        refused,
        all: refused,
    })
}

fn put_off(until: i64, why: &str, all: bool) -> PushResult {
    PushResult::PutOff(PutOff {
        until: Some(Timestamp(until)),
        why: why.to_owned(),
        all,
    })
}

#[test]
fn a_providers_wish_is_honoured() {
    let wish = later("quota", false, Some(Millis(60_000)));
    assert_eq!(
        result(wish, &push(1, 0), false, Timestamp(5)),
        put_off(60_005, "quota", false)
    );
    let soon = later("quota", false, Some(Millis(2_000)));
    assert_eq!(
        result(soon, &push(1, 0), false, Timestamp(5)),
        PushResult::Later(Timestamp(2_005))
    );
}

#[test]
fn an_ask_waits_when_it_is_refused_or_busy_for_long_and_not_for_a_hiccup() {
    let busy = || later("unavailable", false, None);
    assert!(matches!(
        result(busy(), &push(0, 0), false, Timestamp(0)),
        PushResult::Later(_)
    ));
    assert!(matches!(
        result(busy(), &push(0, 1), false, Timestamp(0)),
        PushResult::Later(_)
    ));
    assert!(matches!(
        result(busy(), &push(0, 2), false, Timestamp(0)),
        PushResult::PutOff(_)
    ));
    let no = || later("permission_denied", true, None);
    let waits = put_off(500, "permission_denied", true);
    assert_eq!(result(no(), &push(0, 0), false, Timestamp(0)), waits);
    // a connected phone has the ask already
    assert_eq!(
        result(no(), &push(0, 0), true, Timestamp(0)),
        PushResult::Later(Timestamp(500))
    );
}

/// A ledger that has rows due, and takes note of what is given back.
#[derive(Default)]
struct Rows {
    /// Until when each is leased.
    due: Mutex<BTreeMap<i64, Timestamp>>,
}

#[async_trait]
impl Agenda for Rows {
    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<(OrgNo, IncidentId)>, LedgerError> {
        Ok(Vec::new())
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(None)
    }

    async fn lease_outgoing(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, LedgerError> {
        let mut due = self.due.lock();
        let rows = due.iter_mut().filter(|(_, at)| **at <= now).take(limit);
        let leased = rows.map(|(no, at)| {
            *at = now + Millis::from_s(30);
            push(*no, 1)
        });
        Ok(leased.collect())
    }

    async fn next_outgoing(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(self.due.lock().values().min().copied())
    }

    async fn settle_outgoing(
        &self,
        settled: Vec<PushReport>,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        for PushReport { id, result } in settled {
            let PushResult::Later(at) = result else {
                panic!("nothing was sent");
            };
            self.due.lock().insert(id.no, at);
        }
        Ok(())
    }

    async fn revive(&self, _: Vec<(ResponderNo, DeviceId)>) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn forget_private(&self, _: Timestamp) -> Result<usize, LedgerError> {
        Ok(0)
    }

    async fn duty_changes(&self, _: Timestamp) -> Result<Vec<Profile>, LedgerError> {
        Ok(Vec::new())
    }

    async fn forget_claims(&self) -> Result<usize, LedgerError> {
        Ok(0)
    }
}

struct Now(Timestamp);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[tokio::test]
async fn a_push_that_found_the_queue_full_is_swept_as_soon_as_there_is_room() {
    let pushes = Pushes::new(Arc::new(Timers::new()));
    let (mut urgent, _others) = pushes.receivers.lock().take().unwrap();
    let rows = Rows::default();
    let now = Now(Timestamp(1_000));
    let many = i64::try_from(QUEUE).unwrap() + 5;
    for number in 0..many {
        rows.due.lock().insert(number, now.0 + Millis::from_s(30));
    }
    pushes.send((0..many).map(|number| push(number, 0)).collect());
    assert!(pushes.alarm.is_due(now.0), "somebody looks at once");
    let next = pushes.lease(&rows, &now).await.unwrap();
    assert_eq!(
        next,
        Some(now.0 + FULL_AGAIN),
        "still full: no turning in circles"
    );
    let mut sent = HashSet::new();
    for _ in 0..2 * BATCH {
        sent.insert(urgent.recv().await.unwrap().0.id.no);
    }
    pushes.lease(&rows, &now).await.unwrap();
    while let Ok((push, _)) = urgent.try_recv() {
        assert!(sent.insert(push.id.no), "{} twice", push.id.no);
    }
    assert_eq!(sent.len(), usize::try_from(many).unwrap());
    assert!(pushes.refused.lock().is_empty());
}
