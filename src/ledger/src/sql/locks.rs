//! Locks that are no row's. SQLite has one writer and needs none.
//!
//! Names that have no row yet: two transactions that would make the same one follow each other.
//! Incidents, before their rows: whoever waits for a *row* has its transaction's id already, so a
//! later waiter could go first and number its events above those of the one that it overtook.
//! Whoever waits here has no id yet, so events are numbered in the order of the decisions.

use muster_core::domain::ids::OrgNo;
use muster_core::domain::push::PushAddress;
use muster_core::ports::Source;

use super::db::{Sql, sql};
use super::fault::Done;

/// Waits for the lock and holds it until the transaction ends; nothing to lock when it is null.
pub(super) const LOCK: Sql = sql!([pg "SELECT 1 FROM pg_advisory_xact_lock($1)"]);

/// An incident by its id.
pub(super) const LOCK_INCIDENT: Sql =
    sql!([pg "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 4))"]);

/// Kinds of names in the order in which they are locked; the upper half of the lock's number.
const KEY: i64 = 1;
const SOURCE: i64 = 2;
const ADDRESS: i64 = 3;

/// Two names with the same number wait for each other needlessly, and no more than that.
fn number(kind: i64, name: &str) -> i64 {
    (kind << 32) | i64::from(crc32fast::hash(name.as_bytes()))
}

/// An idempotency key.
pub(super) fn of_key(org: OrgNo, key: &str) -> i64 {
    number(KEY, &format!("{}:{key}", org.0))
}

/// The raising system's name for an incident.
pub(super) fn of_source(org: OrgNo, source: &Source) -> i64 {
    number(
        SOURCE,
        &format!("{}:{}:{}", org.0, source.system, source.id),
    )
}

/// Where pushes to a phone go.
pub(super) fn of_address(address: &PushAddress) -> Done<i64> {
    Ok(number(ADDRESS, &serde_json::to_string(address)?))
}
