//! Who of an organisation can be alerted now, and who has gone silent.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::failing_phone::{Failing, SILENT_AFTER};
use muster_core::domain::ids::{OrgNo, ResponderId};
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::PhoneLedger;
use muster_core::ports::{Alarm, OnDuty, PositionSource};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::auth::permissions::Coordinator;
use crate::view::deadline::{DEADLINE, read};
use crate::view::error::{ApiError, Code};
use crate::view::time::WireTime;

/// Counted once for all desks of an organisation, this often at most.
const COUNTED_EVERY: Millis = Millis::from_s(10);
/// Most people named as silent.
const SILENT_MAX: usize = 200;
/// Organisations whose counts are remembered.
const ORGS_MAX: usize = 1_000;
/// The last counts, one of each organisation.
#[derive(Default)]
pub(crate) struct Counts(Mutex<HashMap<OrgNo, Arc<Count>>>);
/// That of one organisation. Counting holds its lock: two desks count once, and wait for no desk
/// of another.
type Count = AsyncMutex<Option<(Timestamp, Arc<ReadinessView>)>>;

/// Who can be alerted now, and who wants alerts and has gone silent. Ten seconds old at most.
#[utoipa::path(
    get, path = "/v1/readiness", tag = "responders",
    responses((status = 200, body = ReadinessView)),
)]
pub(crate) async fn readiness(
    dispatch: web::Data<Dispatch>,
    phone_ledger: web::Data<dyn PhoneLedger>,
    counts: web::Data<Counts>,
    desk: Coordinator,
) -> Result<HttpResponse, ApiError> {
    let own = {
        let mut counted = counts.0.lock();
        if counted.len() >= ORGS_MAX {
            counted.clear();
        }
        Arc::clone(counted.entry(desk.org).or_default())
    };
    let waiting = timeout(DEADLINE, own.lock()).await;
    let mut last = waiting.map_err(|_elapsed| Code::Deadline)?;
    let now = dispatch.clock.now();
    if let Some((at, view)) = &*last
        && now - *at < COUNTED_EVERY
    {
        return Ok(HttpResponse::Ok().json(&**view));
    }
    let (verified, people) = read(phone_ledger.on_duty(desk.org, now)).await?;
    let mut view = count(verified, &people, now);
    view.connected = people
        .iter()
        .filter(|one| one.reachable && dispatch.bus.connected(one.no))
        .count();
    name(&dispatch, desk.org, &mut view.silent).await?;
    let view = Arc::new(view);
    *last = Some((now, Arc::clone(&view)));
    Ok(HttpResponse::Ok().json(&*view))
}

/// Calls the silent by their names; whoever is gone meanwhile stays an id.
async fn name(dispatch: &Dispatch, org: OrgNo, silent: &mut [SilentView]) -> Result<(), ApiError> {
    let ids: Vec<ResponderId> = silent
        .iter()
        .map(|one| ResponderId(one.responder_id.clone()))
        .collect();
    let people = read(dispatch.roster.named(org, &ids)).await?;
    let mut names: HashMap<String, String> =
        people.into_iter().map(|who| (who.id.0, who.name)).collect();
    for one in silent {
        if let Some(name) = names.remove(&one.responder_id) {
            one.name = name;
        }
    }
    Ok(())
}

fn count(verified: usize, people: &[OnDuty], now: Timestamp) -> ReadinessView {
    let (mut alarm, mut position) = (AlarmCounts::default(), PositionCounts::default());
    for one in people.iter().filter(|one| one.reachable) {
        match one.alarm {
            Alarm::Loud => alarm.loud += 1,
            Alarm::Quiet => alarm.quiet += 1,
            Alarm::Unknown => alarm.unknown += 1,
        }
        match one.position {
            PositionSource::Live => position.live += 1,
            PositionSource::Place => position.place += 1,
            PositionSource::None => position.none += 1,
        }
    }
    let mut silent: Vec<(&OnDuty, &'static str)> = people
        .iter()
        .filter_map(|one| Some((one, why_silent(one, now)?)))
        .collect();
    silent.sort_by_key(|(one, _)| one.heard_at);
    silent.truncate(SILENT_MAX);
    ReadinessView {
        verified,
        on_duty: people.len(),
        reachable: people.iter().filter(|one| one.reachable).count(),
        connected: 0,
        alarm,
        position,
        silent: silent
            .into_iter()
            .map(|(one, why)| SilentView {
                responder_id: one.id.0.clone(),
                name: one.id.0.clone(),
                last_heard_at: one.heard_at.map(WireTime),
                why,
            })
            .collect(),
        as_of: now.into(),
    }
}

fn why_silent(one: &OnDuty, now: Timestamp) -> Option<&'static str> {
    if !one.reachable {
        return Some("no_phone");
    }
    if one.test_missed {
        return Some(Failing::TestMissed.as_str());
    }
    // an app that never reports has its receipts alone; that is no silence
    let heard_at = one.heard_at?;
    (now - heard_at > SILENT_AFTER).then_some(Failing::NotHeardFrom.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_core::domain::ids::ResponderNo;

    const NOW: Timestamp = Timestamp(1_900_000_000_000);

    fn one(id: &str, change: impl FnOnce(&mut OnDuty)) -> OnDuty {
        let mut one = OnDuty {
            no: ResponderNo(1),
            id: ResponderId::from(id),
            reachable: true,
            alarm: Alarm::Loud,
            position: PositionSource::Live,
            heard_at: Some(NOW),
            test_missed: false,
        };
        change(&mut one);
        one
    }

    #[test]
    fn only_the_reachable_are_counted_by_their_phones() {
        let people = [
            one("a", |_| {}),
            one("b", |b| {
                (b.alarm, b.position) = (Alarm::Quiet, PositionSource::Place);
            }),
            one("c", |c| c.alarm = Alarm::Unknown),
            one("d", |d| d.reachable = false),
        ];
        let view = count(7, &people, NOW);
        assert_eq!((view.verified, view.on_duty, view.reachable), (7, 4, 3));
        assert_eq!(
            (view.alarm.loud, view.alarm.quiet, view.alarm.unknown),
            (1, 1, 1)
        );
        let position = view.position;
        assert_eq!((position.live, position.place, position.none), (2, 1, 0));
        assert_eq!(view.silent.len(), 1);
        assert_eq!(
            (view.silent[0].responder_id.as_str(), view.silent[0].why),
            ("d", "no_phone")
        );
    }

    #[test]
    fn the_longest_silent_come_first_and_not_too_many() {
        let old = NOW - Millis::from_s(72 * 3600);
        let mut people: Vec<_> = (0..300)
            .map(|n| one(&n.to_string(), |one| one.heard_at = Some(old + Millis(n))))
            .collect();
        people.reverse();
        let view = count(300, &people, NOW);
        assert_eq!(view.silent.len(), SILENT_MAX);
        assert_eq!(view.silent[0].responder_id, "0");
        assert_eq!(view.silent[0].why, "not_heard_from");
        let missed = count(1, &[one("a", |a| a.test_missed = true)], NOW);
        assert_eq!(missed.silent[0].why, "test_missed");
    }
}

/// Who of an organisation can be alerted now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReadinessView {
    /// Verified responders.
    pub verified: usize,
    /// Of these, who wants alerts now.
    pub on_duty: usize,
    /// Of these, who has a phone that a push reaches.
    pub reachable: usize,
    /// Of these, who has the channel open to the node that answers.
    pub connected: usize,
    /// Of the reachable: will their phone wake them, by its own word?
    pub alarm: AlarmCounts,
    /// Of the reachable: where do their positions come from?
    pub position: PositionCounts,
    /// On duty, but probably not to be reached; at most 200, the longest silent first.
    pub silent: Vec<SilentView>,
    /// When it was counted.
    pub as_of: WireTime,
}

/// How many will be woken.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct AlarmCounts {
    /// It rings.
    pub loud: usize,
    /// It shows, but may be silent.
    pub quiet: usize,
    /// Nobody can tell.
    pub unknown: usize,
}

/// Where positions come from.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct PositionCounts {
    /// From the phone, as it moves.
    pub live: usize,
    /// From a place that its owner named.
    pub place: usize,
    /// From nowhere.
    pub none: usize,
}

/// Somebody who wants alerts and will probably not get one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SilentView {
    /// Who.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// When one of their phones last said anything that was kept.
    pub last_heard_at: Option<WireTime>,
    /// `no_phone`, `test_missed` or `not_heard_from`.
    #[schema(example = "no_phone")]
    pub why: &'static str,
}
