//! Phones that a push can reach.

use std::collections::BTreeMap;

use muster_core::domain::ids::{DeviceId, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress};

use super::db::{Db, Row, Sql, args, sql};
use super::fault::Done;
use super::people;
use super::rows::{int, word};

/// Columns of a phone, read by [`Phone::of`].
macro_rules! phone {
    () => {
        "d.no, d.id, d.platform, d.address, d.generation"
    };
}
pub(super) use phone;

const OF_RESPONDERS: Sql = sql!(
    "SELECT " [phone] ", d.responder_no FROM device d
     WHERE d.responder_no " [many 1] " AND d.dead_reason IS NULL ORDER BY d.no"
);

const REVIVE: Sql =
    sql!("UPDATE device SET dead_reason = NULL WHERE responder_no = $1 AND id = $2");

/// Takes a phone away.
pub(super) const DROP_DEVICE: Sql =
    sql!("DELETE FROM device WHERE responder_no = $1 AND id = $2 RETURNING no");

/// One of them.
#[derive(Clone)]
pub(super) struct Phone {
    pub(super) no: i64,
    pub(super) id: DeviceId,
    pub(super) platform: Platform,
    pub(super) address: PushAddress,
    /// Of the address.
    pub(super) generation: i64,
}

/// Column of the owner behind those of `phone!`.
const OWNER: usize = 5;

impl Phone {
    /// From the columns of `phone!`, the first of which is at `at`; nothing where they are empty.
    pub(super) fn of(row: Row<'_>, at: usize) -> Done<Option<Self>> {
        let Some(no) = row.opt_int(at)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            no,
            id: DeviceId(row.string(at + 1)?),
            platform: word(row.text(at + 2)?, Platform::parse)?,
            address: serde_json::from_str(row.text(at + 3)?)?,
            generation: row.int(at + 4)?,
        }))
    }
}

/// Phones by their owners, each owner's by number.
pub(super) type Phones = BTreeMap<ResponderNo, Vec<Phone>>;

/// Those of these responders.
pub(super) fn of_responders(db: &dyn Db, numbers: &[ResponderNo]) -> Done<Phones> {
    let mut phones = Phones::new();
    if numbers.is_empty() {
        return Ok(phones);
    }
    let numbers: Vec<i64> = numbers.iter().map(|no| int(no.0)).collect();
    for row in db.query_one(OF_RESPONDERS, args![&numbers])?.iter() {
        let of = phones.entry(ResponderNo(row.nat(OWNER)?)).or_default();
        of.extend(Phone::of(row, 0)?);
    }
    Ok(phones)
}

/// Brings phones back that were buried by mistake. One that registered anew is alive already.
pub(super) fn revive(db: &dyn Db, phones: &[(ResponderNo, DeviceId)]) -> Done<()> {
    let mut owners: Vec<i64> = phones.iter().map(|(owner, _)| int(owner.0)).collect();
    owners.sort_unstable();
    owners.dedup();
    db.query_one(people::LOCK, args![&owners])?;
    for (owner, device) in phones {
        db.execute(REVIVE, args![*owner, device])?;
    }
    db.execute(people::RENEW_LATER, args![&owners])
}
