//! Sign-in of phones: the `PhoneSessions` port.

use async_trait::async_trait;
use muster_core::domain::ids::{DeviceId, OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, NewCode, PhoneSessions, Redeemed};

use super::db::{Db, Sql, args, sql};
use super::fault::{Done, Fault};
use super::rows::int;
use super::{Engine, SqlLedger, people, phone_rows, phones, schema};
use crate::queue::Lane;

/// Sessions of one responder; the oldest make room.
const SESSIONS_MAX: i64 = 8;

/// Under which name the key is kept.
const PUSH_KEY_NAME: &str = "webpush_key";

const FIRST_KEY: Sql =
    sql!("INSERT INTO meta (name, value) VALUES ('webpush_key', $1) ON CONFLICT (name) DO NOTHING");
const FIND: Sql = sql!("SELECT no FROM responder WHERE org_no = $1 AND id = $2");
const PUT_CODE: Sql = sql!(
    "INSERT INTO enrolment_code (responder_no, code_hash, expires_at) VALUES ($1, $2, $3)
     ON CONFLICT (responder_no) DO UPDATE SET
       code_hash = excluded.code_hash, expires_at = excluded.expires_at"
);
/// No phone of theirs is signed in, none is woken, and what each said of itself is forgotten.
const SIGN_OUT_ALL: [Sql; 3] = [
    sql!("DELETE FROM phone_session WHERE responder_no = $1"),
    sql!("DELETE FROM device WHERE responder_no = $1"),
    sql!("DELETE FROM phone_state WHERE responder_no = $1"),
];
/// The live index has yet to hear whether a push still reaches them.
const RENEW_LATER: Sql =
    sql!("UPDATE responder SET version = version + 1, dirty = 1 WHERE no = $1");
/// Whoever deletes the row has the code: two phones with one code do not both sign in.
const USE_UP: Sql = sql!(
    "DELETE FROM enrolment_code WHERE code_hash = $1 AND expires_at > $2 RETURNING responder_no"
);
const NAMES: Sql =
    sql!("SELECT o.id, r.id FROM responder r JOIN org o ON o.no = r.org_no WHERE r.no = $1");
const MAKE_ROOM: Sql = sql!(
    "DELETE FROM phone_session WHERE responder_no = $1 AND device_id IN
       (SELECT device_id FROM phone_session WHERE responder_no = $1
        ORDER BY since DESC, device_id LIMIT 1000 OFFSET $2) RETURNING device_id"
);
const BEGIN: Sql = sql!(
    "INSERT INTO phone_session (responder_no, device_id, since) VALUES ($1, $2, $3)
     ON CONFLICT (responder_no, device_id) DO UPDATE SET since = excluded.since"
);
const STANDS: Sql =
    sql!("SELECT since FROM phone_session WHERE responder_no = $1 AND device_id = $2");
/// Ends the session of a device.
pub(super) const END: Sql =
    sql!("DELETE FROM phone_session WHERE responder_no = $1 AND device_id = $2 RETURNING since");

fn put_code(db: &dyn Db, org: OrgNo, who: &ResponderId, code: &NewCode) -> Done<ResponderNo> {
    let found = db.query_one(FIND, args![org, who])?;
    let no = found.first().ok_or(LedgerError::NotFound)?.nat(0)?;
    let no = ResponderNo(no);
    if code.sign_out_others {
        // under the responder's lock, as a phone is registered
        db.query([(people::LOCK, args![&vec![int(no.0)]])])?;
        for sql in SIGN_OUT_ALL {
            db.execute(sql, args![no])?;
        }
        db.execute(RENEW_LATER, args![no])?;
    }
    db.execute(PUT_CODE, args![no, &code.hash, code.expires_at])?;
    Ok(no)
}

fn redeem(db: &dyn Db, hash: &str, device: &DeviceId, now: Timestamp) -> Done<Redeemed> {
    let used = db.query_one(USE_UP, args![hash, now])?;
    let no = used.first().ok_or(LedgerError::NotFound)?.int(0)?;
    let names = db.query_one(NAMES, args![no])?;
    let names = names.first().ok_or(LedgerError::NotFound)?;
    let [_, ended] = db.query([
        (people::LOCK, args![&vec![no]]),
        (MAKE_ROOM, args![no, SESSIONS_MAX - 1]),
    ])?;
    for row in ended.iter() {
        let device = row.text(0)?;
        db.query_one(phones::DROP_DEVICE, args![no, device])?;
        db.execute(phone_rows::FORGET, args![no, device])?;
        db.execute(RENEW_LATER, args![no])?;
    }
    db.execute(BEGIN, args![no, device, now])?;
    Ok(Redeemed {
        org: OrgId(names.string(0)?),
        responder: ResponderId(names.string(1)?),
    })
}

/// The first key that a node wrote is every node's.
fn push_key(db: &dyn Db, fresh: &str) -> Done<String> {
    db.execute(FIRST_KEY, args![fresh])?;
    let kept = schema::meta(db, PUSH_KEY_NAME)?;
    kept.ok_or_else(|| Fault::broken("a key that was written is not there"))
}

#[async_trait]
impl<E: Engine> PhoneSessions for SqlLedger<E> {
    async fn push_key(&self, fresh: String) -> Result<String, LedgerError> {
        self.write(Lane::Routine, move |db| push_key(db, &fresh))
            .await
    }

    async fn put_code(
        &self,
        org: OrgNo,
        who: &ResponderId,
        code: NewCode,
    ) -> Result<ResponderNo, LedgerError> {
        let who = who.clone();
        self.write(Lane::Routine, move |db| put_code(db, org, &who, &code))
            .await
    }

    async fn redeem(
        &self,
        hash: &str,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<Redeemed, LedgerError> {
        let (hash, device) = (hash.to_owned(), device.clone());
        self.write(Lane::Routine, move |db| redeem(db, &hash, &device, now))
            .await
    }

    async fn session_stands(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<bool, LedgerError> {
        let device = device.clone();
        self.read(move |db| Ok(db.query_one(STANDS, args![who, &device])?.count() > 0))
            .await
    }
}
