//! Who sends what of the outbox: leases, and taking over from nodes that are gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Outgoing, PushId};

use super::db::{Db, Sql, args, sql};
use super::fault::Done;
use super::outbox::{self, LEASE, OutboxRow, Waits, outbox};
use super::phones::{Phone, phone};
use super::rows::{bound, word};

const DUE: Sql = sql!(
    [outbox] "WHERE o.due_at <= $1 ORDER BY o.class, o.no LIMIT $2" [pg " FOR UPDATE SKIP LOCKED"]
);
const LEASE_ROWS: Sql = sql!(
    "UPDATE outbox SET due_at = $1, attempts = attempts + 1, owner = $2 WHERE no " [many 3]
);
/// Rows of an incident that another node was to send first, and of which it has said nothing yet;
/// with the last value 1 also this node's own.
const UNSENT: Sql = sql!(
    [outbox] "WHERE o.incident_id = $1 AND o.due_at = o.created_at + $2
       AND (o.owner <> $3 OR CAST($4 AS BIGINT) = 1) ORDER BY o.no"
    [pg " FOR UPDATE SKIP LOCKED"]
);
const TAKE_OVER: Sql =
    sql!("UPDATE outbox SET due_at = $1, created_at = $2, owner = $3 WHERE no " [many 4]);
const OF_INCIDENT: Sql = sql!([outbox] "WHERE o.incident_id = $1 ORDER BY o.no");
const OPEN_ALERTS: Sql = sql!("SELECT id FROM alert WHERE is_open = 1 AND incident_id " [many 1]);
const PHONES: Sql =
    sql!("SELECT " [phone] " FROM device d WHERE d.dead_reason IS NULL AND d.no " [many 1]);
const ADDRESSES: Sql = sql!("SELECT platform, address FROM device WHERE no " [many 1]);
/// Makes the rows of other owners due at once.
pub(crate) const ADOPT_ALL: Sql =
    sql!("UPDATE outbox SET due_at = 0 WHERE owner <> $1 AND due_at > 0");
/// Rows of nodes that are gone.
const ADOPT: Sql = sql!(
    "UPDATE outbox SET due_at = 0 WHERE no IN
       (SELECT no FROM outbox WHERE owner " [many 1] " AND due_at > 0 ORDER BY no"
    [pg " FOR UPDATE"] ") RETURNING no"
);

/// Makes the pushes of these nodes due at once, because they will not send them. Returns how many
/// rows those were.
pub fn adopt(db: &dyn Db, gone: &Vec<i64>) -> Done<usize> {
    Ok(db.query_one(ADOPT, args![gone])?.count())
}

/// What was found of rows that are to be sent.
#[derive(Default)]
struct Sorted {
    worth: Vec<Outgoing>,
    moot: Vec<PushId>,
}

/// Looks which of their pushes are still worth sending, and to which addresses.
fn sort(db: &dyn Db, rows: &[OutboxRow], now: Timestamp) -> Done<Sorted> {
    let all = || rows.iter().flat_map(|row| &row.recipients);
    let incidents = rows.iter().filter_map(|row| row.content.incident.as_ref());
    let incidents: BTreeSet<&String> = incidents.map(|id| &id.0).collect();
    let incidents: Vec<String> = incidents.into_iter().cloned().collect();
    let devices: Vec<i64> = all().map(|to| to.device).collect();
    let [open, phones] = db.query([(OPEN_ALERTS, args![&incidents]), (PHONES, args![&devices])])?;
    let open = open
        .iter()
        .map(|row| row.string(0).map(AlertId))
        .collect::<Done<HashSet<_>>>()?;
    let mut alive = HashMap::new();
    for row in phones.iter() {
        alive.extend(Phone::of(row, 0)?.map(|phone| (phone.no, phone)));
    }
    let mut sorted = Sorted::default();
    for row in rows {
        for to in &row.recipients {
            let phone = alive.get(&to.device);
            let facts = (open.contains(&to.alert), phone.is_some());
            let worth = phone.filter(|_| row.content.moot(facts, now).is_none());
            match worth {
                Some(phone) => sorted.worth.push(row.outgoing(to, phone, now)),
                None => sorted.moot.push(PushId {
                    row: row.no,
                    no: to.no,
                    // it is sent to no address
                    generation: 0,
                }),
            }
        }
    }
    Ok(sorted)
}

/// Takes over the pushes of an incident from a node that may be gone before it sent them, so that
/// whoever answers can send them at once. A node that is not gone sends them too: phones drop
/// repeats.
pub(super) fn take_over(
    db: &dyn Db,
    incident: &IncidentId,
    (own, now): (bool, Timestamp),
) -> Done<Vec<Outgoing>> {
    let rows = db.query_one(UNSENT, args![incident, LEASE.0, db.node(), own])?;
    let unsent = outbox::read(&rows);
    if unsent.is_empty() {
        return Ok(Vec::new());
    }
    let sorted = sort(db, &unsent, now)?;
    let taken: BTreeSet<i64> = sorted.worth.iter().map(|push| push.id.row).collect();
    let taken: Vec<i64> = taken.into_iter().collect();
    db.execute(TAKE_OVER, args![now + LEASE, now, db.node(), &taken])?;
    Ok(sorted.worth)
}

/// Services that take nothing, as far as asks of this incident wait for them.
pub(super) fn stuck(db: &dyn Db, incident: &Incident) -> Done<BTreeSet<String>> {
    if !incident.alerts.iter().any(Alert::is_waiting) {
        return Ok(BTreeSet::new());
    }
    let waits = |alert: &AlertId| incident.alert(alert).is_some_and(Alert::is_waiting);
    let rows = outbox::read(&db.query_one(OF_INCIDENT, args![&incident.opening.id])?);
    let phones: Vec<i64> = rows
        .iter()
        .flat_map(|row| &row.recipients)
        .filter(|to| to.put_off == Some(Waits::Service) && waits(&to.alert))
        .map(|to| to.device)
        .collect();
    db.query_one(ADDRESSES, args![&phones])?
        .iter()
        .map(|row| {
            let platform = word(row.text(0)?, Platform::parse)?;
            let address: PushAddress = serde_json::from_str(row.text(1)?)?;
            Ok(address.service(platform).to_owned())
        })
        .collect()
}

/// Leases rows that nobody is sending, of about `limit` pushes. The second list are pushes that are
/// worth nothing any more: they are leased too, and dropped in a transaction that locks their
/// incidents first.
pub(super) fn lease(
    db: &dyn Db,
    now: Timestamp,
    limit: usize,
) -> Done<(Vec<Outgoing>, Vec<PushId>)> {
    let found = db.query_one(DUE, args![now, bound(limit)])?;
    let mut due = outbox::read(&found);
    let readable: HashSet<i64> = due.iter().map(|row| row.no).collect();
    let mut pushes = 0;
    let fitting = due.iter().take_while(|row| {
        let first = pushes == 0;
        pushes += row.recipients.len();
        first || pushes <= limit
    });
    let fitting = fitting.count();
    due.truncate(fitting);
    // one that cannot be read is leased too, so that it is not in the way of others all the time
    let mut leased = found.ints()?;
    leased.retain(|no| !readable.contains(no));
    leased.extend(due.iter().map(|row| row.no));
    if leased.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let sorted = sort(db, &due, now)?;
    db.execute(LEASE_ROWS, args![now + LEASE, db.node(), &leased])?;
    Ok((sorted.worth, sorted.moot))
}
