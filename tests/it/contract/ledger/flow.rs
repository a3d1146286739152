//! One incident from its raising to its forgetting.

use muster_core::domain::alert::AlertState;
use muster_core::domain::event::{FreeText, Outcome};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::incident::{Command, Receipt, Refusal, State};
use muster_core::domain::responder::Standing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda as _, Feed as _, Ledger as _, LedgerError, PushReport, PushResult, Raised, Roster as _,
    Source, Which,
};

use super::support::{Engine, STREET, T0, Town, desk, everybody, town};

/// So far ahead no number of this history is.
const ELSEWHERE: u64 = 1 << 40;

pub(super) async fn an_incident_is_raised_answered_pushed_and_followed<E: Engine>() {
    let town = town::<E>(10).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id.clone();
    assert_eq!(new.stored.incident.alerts.len(), 7);
    assert_eq!(new.outgoing.len(), 7);
    assert!(new.profiles.len() == 7 && new.profiles.iter().all(|p| !p.available));
    let taken = new
        .outgoing
        .iter()
        .map(|o| PushReport {
            id: o.id,
            result: PushResult::Taken,
        })
        .collect();
    town.ledger.settle_outgoing(taken, T0).await.unwrap();
    assert_eq!(town.ledger.next_outgoing().await.unwrap(), None);
    let alert = new.stored.incident.alerts[0].clone();
    let received = Receipt::Received {
        priority_original: None,
        priority_delivered: None,
    };
    for _ in 0..2 {
        let of = town
            .ledger
            .receipt(alert.responder, &alert.id, received.clone(), desk(), T0);
        assert_eq!(of.await.unwrap(), id);
    }
    let foreign = town
        .ledger
        .receipt(town.people[9], &alert.id, Receipt::Seen, desk(), T0)
        .await;
    assert_eq!(foreign, Err(LedgerError::NotFound));
    let yes = town.accept(&id, &alert.id, T0).await.unwrap();
    assert_eq!(yes.stored.incident.accepted(), 1);
    assert_eq!(
        yes.stored.private.unwrap().address.line.as_deref(),
        Some(STREET)
    );
    let log = town.ledger.log(town.org, &id).await.unwrap();
    let head = town.shown(log.last().unwrap().seq).await;
    let after = async |org, seq| town.ledger.after(org, seq, 1000).await.unwrap();
    let steps = after(Some(town.org), 0).await.unwrap();
    assert_eq!(steps.len(), log.len());
    assert_eq!(steps.iter().filter(|s| s.change == "received").count(), 1);
    assert!(after(Some(town.org), head + ELSEWHERE).await.is_none());
    let everywhere = after(None, 0).await.unwrap();
    let own = everywhere.iter().filter(|step| step.org == town.org);
    assert!(
        own.map(|step| step.seq)
            .eq(steps.iter().map(|step| step.seq))
    );
    let shown = town.ledger.alerts_of(alert.responder).await.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].incident.alerts[0].state, AlertState::Accepted);
    assert_eq!(
        town.ledger
            .incident_of(alert.responder, &alert.id)
            .await
            .unwrap(),
        id
    );
    E::check(&town.ledger).await.unwrap();
    E::close(&town.ledger).await;
    assert!(matches!(
        E::check(&town.ledger).await,
        Err(LedgerError::Unavailable(_))
    ));
}

pub(super) async fn the_same_key_gives_the_same_incident_and_another_body_is_refused<E: Engine>() {
    let town = town::<E>(3).await;
    let mut first = town.raise_of(&town.people, false);
    first.idempotency = ("key".to_owned(), b"body".to_vec());
    first.source = Some(Source {
        system: "cad".to_owned(),
        id: "4711".to_owned(),
    });
    let id = town.raise(first).await.stored.incident.opening.id;
    let mut again = town.raise_of(&town.people, false);
    again.idempotency = ("key".to_owned(), b"body".to_vec());
    let Raised::Repeated(known) = town.ledger.raise(again).await.unwrap() else {
        panic!("not repeated")
    };
    assert_eq!(known.stored.incident.opening.id, id);
    let mut other = town.raise_of(&town.people, false);
    other.idempotency = ("key".to_owned(), b"another".to_vec());
    assert_eq!(
        town.ledger.raise(other).await.err(),
        Some(LedgerError::KeyMismatch)
    );
    let mut source = town.raise_of(&town.people, false);
    source.source = Some(Source {
        system: "cad".to_owned(),
        id: "4711".to_owned(),
    });
    assert!(matches!(
        town.ledger.raise(source).await.unwrap(),
        Raised::SourceOpen(_)
    ));
    let near = town.raise(town.raise_of(&town.people, false)).await;
    assert_eq!(near.stored.possible_duplicates, [id]);
}

pub(super) async fn a_stale_version_a_foreign_organisation_and_a_refused_rule_change_nothing<
    E: Engine,
>() {
    let town = town::<E>(2).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id.clone();
    let mut stale = town.decision(&id, T0, Box::new(|_, _| vec![Command::SetAddress]));
    stale.needs.if_match = Some(new.stored.incident.version + 1);
    assert_eq!(
        town.ledger.decide(stale).await.err(),
        Some(Refusal::Stale.into())
    );
    let before = town.ledger.log(town.org, &id).await.unwrap().len();
    let rule = |_: &_, _| {
        let note = Command::Note(FreeText("kept only with the rest".to_owned()));
        vec![note, Command::Release(FreeText::default(), None)]
    };
    let refused = town
        .ledger
        .decide(town.decision(&id, T0, Box::new(rule)))
        .await;
    assert_eq!(refused.err(), Some(Refusal::NotHeld.into()));
    assert_eq!(town.ledger.log(town.org, &id).await.unwrap().len(), before);
    let other = muster_core::domain::ids::OrgNo(99);
    assert_eq!(
        town.ledger.incident(other, &id).await.err(),
        Some(LedgerError::NotFound)
    );
    assert_eq!(
        town.ledger.log(other, &id).await.err(),
        Some(LedgerError::NotFound)
    );
}

pub(super) async fn a_ledger_that_was_closed_opens_again_with_everything_and_the_same_epoch<
    E: Engine,
>() {
    let town = town::<E>(3).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let (id, epoch) = (new.stored.incident.opening.id, town.ledger.epoch());
    E::close(&town.ledger).await;
    drop(town.ledger);
    let ledger = town.engine.open().await;
    assert_eq!(ledger.epoch(), epoch);
    assert_eq!(
        ledger
            .incident(town.org, &id)
            .await
            .unwrap()
            .incident
            .alerts
            .len(),
        3
    );
    assert_eq!(ledger.lease_outgoing(T0, 100).await.unwrap().len(), 3);
}

pub(super) async fn duty_ends_by_itself_and_suspension_names_the_incident<E: Engine>() {
    let town = town::<E>(1).await;
    let who = town.people[0];
    let end = T0 + Millis::from_s(60);
    assert!(
        town.ledger
            .set_duty(who, true, Some(end))
            .await
            .unwrap()
            .available
    );
    let changed = town.ledger.duty_changes(end).await.unwrap();
    assert!(changed.len() == 1 && !changed[0].available);
    assert!(
        town.ledger
            .set_duty(who, true, None)
            .await
            .unwrap()
            .available
    );
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = town.ledger.find(town.org, everybody()).await.unwrap()[0]
        .id
        .clone();
    let suspended = town
        .ledger
        .set_standing(town.org, &id, Standing::Suspended)
        .await
        .unwrap();
    assert_eq!(suspended.2, Some(new.stored.incident.opening.id));
    assert!(!suspended.1.available);
}

pub(super) async fn what_is_private_is_nowhere_in_the_open_and_gone_after_retention<E: Engine>() {
    let town = town::<E>(5).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id.clone();
    let note = Command::Note(FreeText("the neighbour Secretgarden has a key".to_owned()));
    town.command(&id, T0, note).await.unwrap();
    let alert = new.stored.incident.alerts[0].id.clone();
    let no = Command::Decline(alert, FreeText("my Secretgarden child is ill".to_owned()));
    town.command(&id, T0, no).await.unwrap();
    let ended = town
        .command(&id, T0, Command::Close(Outcome::Completed, None))
        .await
        .unwrap();
    assert_eq!(ended.stored.incident.state, State::Closed);
    for table in [
        "event",
        "outbox",
        "idempotency",
        "incident",
        "alert",
        "incident_private",
        "incident_text",
    ] {
        let rows = town.engine.dump(table).await;
        assert!(!rows.is_empty(), "{table}");
        for private in ["Secretgarden", "Person ", "token-"] {
            assert!(!rows.contains(private), "{private} in {table}");
        }
    }
    let texts = town.ledger.log(town.org, &id).await.unwrap();
    assert_eq!(texts.iter().filter(|l| l.text.is_some()).count(), 2);
    assert_eq!(town.ledger.forget_private(T0).await.unwrap(), 0);
    let after = T0 + Millis(1);
    assert_eq!(town.ledger.forget_private(after).await.unwrap(), 1);
    assert_eq!(town.ledger.forget_private(after).await.unwrap(), 0);
    let texts = town.ledger.log(town.org, &id).await.unwrap();
    assert!(texts.len() > 5 && texts.iter().all(|l| l.text.is_none()));
    assert!(
        town.ledger
            .incident(town.org, &id)
            .await
            .unwrap()
            .private
            .is_none()
    );
    let page = town
        .ledger
        .incidents(town.org, Which::Open, None, 10)
        .await
        .unwrap();
    assert!(page.items.is_empty());
}

/// Raises under this key, as a control room repeats itself.
async fn raise_as<E: Engine>(
    town: &Town<E>,
    (key, body): (&str, &str),
    at: Timestamp,
) -> Result<Raised, LedgerError> {
    let mut raise = town.raise_of(&[], false);
    raise.opening.opened_at = at;
    raise.idempotency = (key.to_owned(), body.as_bytes().to_vec());
    town.ledger.raise(raise).await
}

pub(super) async fn a_key_is_remembered_for_a_day_whatever_retention_says<E: Engine>() {
    let town = town::<E>(0).await;
    let day = Millis::from_s(24 * 3600);
    let mut first = Vec::new();
    for (key, at) in [
        ("now", T0),
        ("hours ago", T0 - Millis(day.0 - 1)),
        ("a day ago", T0 - day - Millis(1)),
    ] {
        let mut raised = raise_as(&town, (key, "body"), at).await.unwrap();
        let id = raised.committed().stored.incident.opening.id.clone();
        town.command(&id, at, Command::Close(Outcome::Completed, None))
            .await
            .unwrap();
        first.push(id);
    }
    // retention of no time at all, more than once
    for _ in 0..2 {
        town.ledger.forget_private(T0 + Millis(1)).await.unwrap();
    }
    let town = town.reopened().await;
    for (key, id) in ["now", "hours ago"].into_iter().zip(&first) {
        // what came with the key was destroyed, so it can no longer be compared
        for body in ["body", "another"] {
            let raised = raise_as(&town, (key, body), T0).await.unwrap();
            let Raised::Repeated(known) = raised else {
                panic!("{key} made a second incident");
            };
            assert_eq!(known.stored.incident.opening.id, *id);
            assert!(known.stored.private.is_none());
        }
    }
    let raised = raise_as(&town, ("a day ago", "body"), T0).await.unwrap();
    assert!(matches!(raised, Raised::New(_)));
}

pub(super) async fn pages_follow_each_other_newest_first<E: Engine>() {
    let town = town::<E>(1).await;
    for _ in 0..5 {
        town.raise(town.raise_of(&[], false)).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = town
            .ledger
            .incidents(town.org, Which::Open, after, 2)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|s| s.incident.opening.id.0));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!((seen.len(), &seen), (5, &sorted));
}

/// A profile's version, by which the live index knows the newer one, grows with each claim; what
/// is added to the responder's own row later changes none.
pub(super) async fn a_profile_grows_newer_with_each_claim<E: Engine>() {
    let town = town::<E>(3).await;
    let versions = async || -> Vec<u64> {
        let all = town.ledger.profiles(ResponderNo(0), 10).await.unwrap();
        all.iter().map(|profile| profile.version).collect()
    };
    let mut last = versions().await;
    for _ in 0..2 {
        let new = town.raise(town.raise_of(&town.people, false)).await;
        let id = new.stored.incident.opening.id.clone();
        assert_eq!(new.profiles.len(), 3);
        let claimed = versions().await;
        assert!(claimed.iter().zip(&last).all(|(new, old)| new > old));
        let close = Command::Close(Outcome::StoodDown, None);
        let closed = town.command(&id, T0, close).await.unwrap();
        assert!(closed.profiles.iter().all(|profile| profile.available));
        let let_go = versions().await;
        assert!(let_go.iter().zip(&claimed).all(|(new, old)| new > old));
        assert_eq!(town.ledger.forget_claims().await, Ok(3));
        assert_eq!(town.ledger.forget_claims().await, Ok(0));
        assert_eq!(versions().await, let_go);
        last = let_go;
    }
}
