//! Raising an incident, once per key and source.

use std::collections::BTreeSet;

use h3o::CellIndex;
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::incident::{Command, Incident, Opening};
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::domain::selection::rank;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Committed, LedgerError, Location, Private, Raise, Raised, Source, Stored,
};

use super::db::{Db, Rows, Sql, args, sql};
use super::decide::{Change, Effect, commit};
use super::fault::Done;
use super::new_incident::{Fresh, KEEP_KEY};
use super::responders::{QUESTIONS, ResponderQuery, Responders};
use super::rows::int;
use super::sealed::Key;
use super::{incidents, lease, locks, people, sealed};

/// So far back another incident may be the same one.
const SAME_SPAN: Millis = Millis::from_s(30 * 60);
/// So near, beside what both places leave uncertain, metres.
const SAME_M: f64 = 100.0;
/// So many more than are to be asked are read at first: the index knows who is free, but for what
/// happened in the last moments.
const SPARE: usize = 8;
/// No more neighbours than this are compared.
const SAME_MAX: i64 = 16;

const OF_KEY: Sql = sql!(
    "SELECT y.incident_id, y.body_mac, k.secret FROM idempotency y
     LEFT JOIN incident_key k ON k.incident_id = y.incident_id
     WHERE y.org_no = $1 AND y.key = $2"
);
const NEIGHBOURS: Sql = sql!(
    "SELECT k.incident_id, k.secret, p.sealed FROM incident i
     JOIN incident_key k ON k.incident_id = i.id
     JOIN incident_private p ON p.incident_id = i.id
     WHERE i.cell " [many 1] " AND i.is_open = 1 AND i.org_no = $2 AND i.exercise = $3
       AND i.opened_at >= $4
     ORDER BY i.no DESC LIMIT $5"
);

/// What the tables say before a raise.
struct Before {
    known: Rows,
    of_source: Rows,
    neighbours: Rows,
    responders: Responders,
}

impl Before {
    /// Asks in one round trip. `everybody` is locked at once, so that two raises never wait for
    /// each other; `first` of them are read.
    fn ask(
        db: &dyn Db,
        opening: &Opening,
        (private, source, key): (&Private, Option<&Source>, &str),
        [everybody, first]: [&ResponderQuery<'_>; 2],
    ) -> Done<Self> {
        let org = opening.org;
        let near: Vec<i64> = private
            .location
            .point
            .cell(DISCLOSED_RESOLUTION)
            .grid_disk::<Vec<CellIndex>>(1)
            .into_iter()
            .map(|cell| int(u64::from(cell)))
            .collect();
        let [lock, read] = QUESTIONS;
        let (system, id) = (source.map(|s| &s.system), source.map(|s| &s.id));
        let since = opening.opened_at - SAME_SPAN;
        let [_, _, known, of_source, neighbours, _, responders] = db.query([
            (locks::LOCK, args![locks::of_key(org, key)]),
            (locks::LOCK, args![source.map(|s| locks::of_source(org, s))]),
            (OF_KEY, args![org, key]),
            (incidents::ID_OF_SOURCE, args![org, system, id]),
            (
                NEIGHBOURS,
                args![&near, org, opening.exercise, since, SAME_MAX],
            ),
            (lock, &everybody.args()),
            (read, &first.args()),
        ])?;
        Ok(Self {
            known,
            of_source,
            neighbours,
            responders: Responders::of(&responders)?,
        })
    }
}

/// Raises it, or finds the one that was raised before.
pub(super) fn raise(db: &dyn Db, raise: Raise) -> Done<Effect<Raised>> {
    let Raise {
        actor,
        opening,
        private,
        source,
        idempotency,
        mut candidates,
        complete,
    } = raise;
    let (org, now) = (opening.org, opening.opened_at);
    let (incident, raised) = Incident::raise(opening);
    let opening = &incident.opening;
    // best first: nobody reads people who will hardly be needed
    let places = incident.wants(now).map_or(0, |want| want.places as usize);
    rank(&mut candidates, opening.plan.weighing(now));
    let everybody = ResponderQuery::new(&opening.id, None, &candidates);
    let later = candidates.split_off(candidates.len().min(places + SPARE));
    let first = ResponderQuery::new(&opening.id, None, &candidates);
    let about = (&private, source.as_ref(), idempotency.0.as_str());
    let before = Before::ask(db, opening, about, [&everybody, &first])?;
    if let Some(id) = repeated(&before.known, &idempotency.1)? {
        let known = known(db, org, &id, (false, now))?;
        return Ok((Raised::Repeated(Box::new(known)), Vec::new()));
    }
    if let Some(row) = before.of_source.first() {
        let open = IncidentId(row.string(0)?);
        remember(db, (org, &open), &idempotency, now)?;
        let open = known(db, org, &open, (false, now))?;
        return Ok((Raised::SourceOpen(Box::new(open)), Vec::new()));
    }
    let possible_duplicates = duplicates(&before.neighbours, &private.location)?;
    let mut responders = before.responders;
    // nothing waits for a push of an incident that begins
    let (nobody, nothing) = (BTreeSet::new(), BTreeSet::new());
    let mut candidates = responders.eligibility(&incident, (candidates, &nobody), &nothing, now);
    let free = candidates.iter().filter(|(_, word)| word.barred.is_none());
    if free.count() < places && !later.is_empty() {
        let [_, read] = QUESTIONS;
        let rest = ResponderQuery::new(&incident.opening.id, None, &later);
        responders.join(&db.query_one(read, &rest.args())?)?;
        let later = responders.eligibility(&incident, (later, &nobody), &nothing, now);
        candidates.extend(later);
    }
    let mut change = Change {
        stored: Stored {
            incident,
            private: Some(private),
            source,
            possible_duplicates,
        },
        key: None,
        before: Vec::new(),
        fresh: Some(Fresh {
            idempotency,
            opened_at: now,
        }),
        responders,
        events: vec![raised],
        actor,
        now,
    };
    change.obey(&Command::Ask {
        candidates,
        complete,
    })?;
    let (new, losing): Effect<Committed> = commit(db, change)?;
    Ok((Raised::New(Box::new(new)), losing))
}

/// Which raise, for a node that lost the connection while it was being kept.
#[derive(Clone)]
pub(super) struct Claimed {
    org: OrgNo,
    incident: IncidentId,
    idempotency: (String, Vec<u8>),
}

impl Claimed {
    pub(super) fn of(raise: &Raise) -> Self {
        Self {
            org: raise.opening.org,
            incident: raise.opening.id.clone(),
            idempotency: raise.idempotency.clone(),
        }
    }

    /// What became of it. The lock of its key is free only when its transaction has ended, so the
    /// answer is final: `None` means that nothing of it stands.
    pub(super) fn found(&self, db: &dyn Db, now: Timestamp) -> Done<Option<Raised>> {
        let (key, body) = &self.idempotency;
        let [_, rows] = db.query([
            (locks::LOCK, args![locks::of_key(self.org, key)]),
            (OF_KEY, args![self.org, key]),
        ])?;
        let Some(id) = repeated(&rows, body)? else {
            return Ok(None);
        };
        let known = Box::new(known(db, self.org, &id, (true, now))?);
        Ok(Some(if id == self.incident {
            Raised::New(known)
        } else {
            Raised::Repeated(known)
        }))
    }
}

/// An incident that was raised before, with the pushes that nobody is known to send; `own` when
/// this node cannot have begun to.
fn known(
    db: &dyn Db,
    org: OrgNo,
    id: &IncidentId,
    (own, now): (bool, Timestamp),
) -> Done<Committed> {
    let stored = incidents::load(db, org, id)?;
    let outgoing = lease::take_over(db, id, (own, now))?;
    let mut profiles = Vec::new();
    if own {
        let alerts = stored.incident.alerts.iter();
        let asked: Vec<i64> = alerts.map(|alert| int(alert.responder.0)).collect();
        profiles = people::profiles_of(&db.query_one(people::OF_NUMBERS, args![&asked])?, now)?;
    }
    Ok(Committed {
        outgoing,
        profiles,
        ..Committed::already(stored)
    })
}

/// Keeps a key that meant an incident of another key: it means that one too once it is closed.
fn remember(
    db: &dyn Db,
    (org, open): (OrgNo, &IncidentId),
    (name, body): &(String, Vec<u8>),
    now: Timestamp,
) -> Done<()> {
    let rows = db.query_one(sealed::OF_INCIDENT, args![open])?;
    if let (Some(key), _) = sealed::of_rows(&rows)? {
        db.execute(KEEP_KEY, args![org, name, open, &key.mac(body), now])?;
    }
    Ok(())
}

/// The incident of a key that was used; an error when it came with another body. After retention
/// there is nothing to compare a body with, and the key alone says which incident is meant.
fn repeated(rows: &Rows, body: &[u8]) -> Done<Option<IncidentId>> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let id = IncidentId(row.string(0)?);
    let mac = row.opt_blob(1)?.unwrap_or_default();
    let same = row
        .opt_blob(2)?
        .is_none_or(|secret| Key::of(&id, secret).is_mac(body, mac));
    if same {
        Ok(Some(id))
    } else {
        Err(LedgerError::KeyMismatch.into())
    }
}

/// Open incidents that may be the same: near in place and time, and as real.
fn duplicates(neighbours: &Rows, here: &Location) -> Done<Vec<IncidentId>> {
    let mut same = Vec::new();
    for row in neighbours.iter() {
        let (_, there) = sealed::of_row(row)?;
        if there.is_some_and(|there| may_be_same(here, &there.location)) {
            same.push(IncidentId(row.string(0)?));
        }
    }
    Ok(same)
}

fn may_be_same(a: &Location, b: &Location) -> bool {
    let reach = SAME_M + a.uncertainty_m.unwrap_or(0.0) + b.uncertainty_m.unwrap_or(0.0);
    a.point.distance_m(b.point) <= reach
}
