//! Credentials of trackers.

use muster_core::domain::ids::{OrgId, OrgNo, ResponderId, TrackerId};
use muster_core::ports::{LedgerError, Roster as _, TRACKERS_MAX, Tracker, Trackers as _};

use super::support::{Engine, T0, Town, town};

fn tracker(id: &str, label: Option<&str>) -> Tracker {
    Tracker {
        id: id.into(),
        label: label.map(str::to_owned),
        made_at: T0,
        made_by: "ada".to_owned(),
    }
}

async fn add<E: Engine>(
    town: &Town<E>,
    org: OrgNo,
    who: &ResponderId,
    id: &str,
) -> Result<(), LedgerError> {
    let hash = [u8::try_from(id.len()).unwrap(); 32];
    let new = tracker(id, None);
    town.ledger.add_tracker(org, who, new, hash).await
}

pub(super) async fn a_credential_is_kept_found_and_ended<E: Engine>() {
    let town = town::<E>(2).await;
    let (anna, ben) = (ResponderId::from("r000"), ResponderId::from("r001"));
    let (first, second) = (tracker("aaa", Some("old phone")), tracker("bb", None));
    for new in [&first, &second] {
        let hash = [u8::try_from(new.id.0.len()).unwrap(); 32];
        let adding = town.ledger.add_tracker(town.org, &anna, new.clone(), hash);
        adding.await.unwrap();
    }
    add(&town, town.org, &ben, "c").await.unwrap();
    let listed = town.ledger.trackers(town.org, &anna).await.unwrap();
    assert_eq!(listed, [first.clone(), second.clone()]);
    let key = town.ledger.tracker_key(&first.id).await.unwrap();
    assert!(key.responder == town.people[0] && key.secret_hash == [3; 32]);
    let other = town.ledger.tracker_key(&"c".into()).await.unwrap();
    assert!(other.responder == town.people[1] && other.no != key.no);

    let again = add(&town, town.org, &ben, "aaa").await;
    assert_eq!(again, Err(LedgerError::Taken));
    let revoke = async |who: &ResponderId, id: &TrackerId| {
        town.ledger.revoke_tracker(town.org, who, id).await
    };
    assert_eq!(revoke(&ben, &first.id).await, Err(LedgerError::NotFound));
    revoke(&anna, &first.id).await.unwrap();
    assert_eq!(revoke(&anna, &first.id).await, Err(LedgerError::NotFound));
    let gone = town.ledger.tracker_key(&first.id).await;
    assert_eq!(gone.err(), Some(LedgerError::NotFound));
    assert_eq!(
        town.ledger.trackers(town.org, &anna).await.unwrap(),
        [second]
    );

    // what stands, stands after the next start as well
    E::close(&town.ledger).await;
    drop(town.ledger);
    let reopened = town.engine.open().await;
    let kept = reopened.tracker_key(&"c".into()).await.unwrap();
    assert!(kept == other);
}

pub(super) async fn credentials_are_bounded_and_of_one_organisation<E: Engine>() {
    let town = town::<E>(1).await;
    let anna = ResponderId::from("r000");
    let foreign = town.ledger.org(&OrgId::from("elsewhere")).await.unwrap();
    let not_found = Err(LedgerError::NotFound);
    assert_eq!(add(&town, foreign, &anna, "a").await, not_found);
    let nobody = ResponderId::from("nobody");
    assert_eq!(add(&town, town.org, &nobody, "a").await, not_found);
    let unlisted = town.ledger.trackers(town.org, &nobody).await;
    assert_eq!(unlisted.err(), Some(LedgerError::NotFound));
    // all at once: the bound holds even so
    let names: Vec<String> = (0..TRACKERS_MAX + 3).map(|n| format!("t{n}")).collect();
    let adding = names.iter().map(|name| add(&town, town.org, &anna, name));
    let added = futures_util::future::join_all(adding).await;
    let refused = added
        .iter()
        .filter(|one| **one == Err(LedgerError::TooMany));
    assert_eq!(refused.count(), 3, "{added:?}");
    let listed = town.ledger.trackers(town.org, &anna).await.unwrap();
    assert_eq!(listed.len(), TRACKERS_MAX);
    let id = listed[0].id.clone();
    assert_eq!(
        town.ledger.revoke_tracker(foreign, &anna, &id).await,
        not_found
    );
    assert!(town.ledger.trackers(foreign, &anna).await.is_err());
}
