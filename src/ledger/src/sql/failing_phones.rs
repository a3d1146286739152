//! Owners of phones that fail are told: by a push to their phones, and a word that stays.
//!
//! Each phone has an instant at which it should have been heard from. A phone that reports moves
//! its own ahead, so that looking costs as much as there are phones that failed, not as there are
//! phones.

use muster_core::domain::failing_phone::{Attention, Failure, Next};
use muster_core::domain::ids::{AlertId, DeviceId, ResponderNo};
use muster_core::domain::push::PushKind;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Attended, Outgoing, PhoneState};

use super::db::{Db, Sql, args, sql};
use super::fault::Done;

use super::people::{self, Person};
use super::phone_rows::{self, PHONES_OF};
use super::rows::instant;
use super::wakeups::{self, Word};

/// Most phones that are looked at in one job: an emergency waits for no longer.
const BATCH: i64 = 50;
/// Worth reading until the next day.
const WORTH: Millis = Millis::from_s(24 * 3600);
/// Somebody who wants no alerts is not told; whether they do by then is asked again.
const OFF_DUTY: Millis = Millis::from_s(24 * 3600);

const LOOK: Sql = sql!(
    "INSERT INTO phone_state (responder_no, device_id, look_at)
     SELECT responder_no, id, CAST($1 AS BIGINT) FROM device WHERE no = $2
     ON CONFLICT (responder_no, device_id) DO UPDATE SET look_at = excluded.look_at"
);
const FIRST: Sql = sql!("SELECT MIN(look_at) FROM phone_state WHERE look_at IS NOT NULL");
const DUE: Sql = sql!(
    "SELECT responder_no FROM phone_state WHERE look_at IS NOT NULL AND look_at <= $1
     ORDER BY look_at LIMIT $2"
);
/// All of theirs that were due, also of phones that are gone.
const LOOKED: Sql = sql!(
    "UPDATE phone_state SET look_at = NULL WHERE look_at <= $1 AND responder_no " [many 2]
);
const LATER: Sql =
    sql!("UPDATE phone_state SET look_at = $1 WHERE responder_no = $2 AND device_id = $3");
const TOLD: Sql = sql!(
    "UPDATE phone_state SET told_id = $1, told_why = $2, told_mark = $3, told_at = $4
     WHERE responder_no = $5 AND device_id = $6"
);

/// The phone of this number is to be looked at.
pub(super) fn look(db: &dyn Db, device_no: i64, at: Timestamp) -> Done<()> {
    db.execute(LOOK, args![at, device_no])
}

/// Whether some phone is to be looked at.
pub(super) fn is_due(db: &dyn Db, now: Timestamp) -> Done<bool> {
    let rows = db.query_one(FIRST, &[])?;
    let first = rows.first().map(|row| row.opt_int(0)).transpose()?;
    Ok(instant(first.flatten()).is_some_and(|at| at <= now))
}

/// One responder with all their phones, and when each is to be looked at.
struct Owner {
    person: Person,
    phones: Vec<PhoneState>,
    look_at: Vec<Option<Timestamp>>,
}

/// Looks at what is due, tells whom it concerns, and says when to look again.
pub(super) fn tell(db: &dyn Db, now: Timestamp) -> Done<Attended> {
    let mut numbers = db.query_one(DUE, args![now, BATCH])?.ints()?;
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(Attended::default());
    }
    // another node that looks at the same phones waits here, and then finds nothing due
    let [_, people, phones] = db.query([
        (people::LOCK, args![&numbers]),
        (people::OF_NUMBERS, args![&numbers]),
        (PHONES_OF, args![&numbers]),
    ])?;
    db.execute(LOOKED, args![now, &numbers])?;
    let mut owners = people
        .iter()
        .map(|row| {
            Ok(Owner {
                person: Person::of(row)?,
                phones: Vec::new(),
                look_at: Vec::new(),
            })
        })
        .collect::<Done<Vec<_>>>()?;
    for row in phones.iter() {
        let no = ResponderNo(row.nat(16)?);
        if let Some(owner) = owners.iter_mut().find(|owner| owner.person.no == no) {
            owner.phones.push(phone_rows::state(row)?);
            owner.look_at.push(instant(row.opt_int(17)?));
        }
    }
    let mut attended = Attended::default();
    for owner in &owners {
        owner.attend(db, now, &mut attended)?;
    }
    Ok(attended)
}

impl Owner {
    fn attend(&self, db: &dyn Db, now: Timestamp, attended: &mut Attended) -> Done<()> {
        let no = self.person.no;
        let wants = self.person.is_verified() && self.person.wants_alerts(now);
        let heard_at = PhoneState::last_heard(&self.phones);
        let mut told = false;
        for (phone, look_at) in self.phones.iter().zip(&self.look_at) {
            if look_at.is_none_or(|at| at > now) {
                continue;
            }
            let again = match phone.signs().next(heard_at, now) {
                Next::Rest(again) => again,
                Next::Tell(failure) if wants => {
                    let rows = say(db, no, &phone.device, (&failure, now))?;
                    attended.rows.extend(rows);
                    told = true;
                    None
                }
                Next::Tell(_) => {
                    let duty = self.person.duty.at(self.person.hours.as_ref(), now);
                    Some(duty.until.unwrap_or(now + OFF_DUTY))
                }
            };
            if let Some(again) = again {
                db.execute(LATER, args![again, no, &phone.device])?;
            }
        }
        if told {
            attended.who.push(no);
        }
        Ok(())
    }
}

/// Tells one owner of one phone: a push to each of their phones that one can reach. That is the
/// failing one too while its address lives: it may be there again by then.
fn say(
    db: &dyn Db,
    who: ResponderNo,
    device: &DeviceId,
    (failure, now): (&Failure, Timestamp),
) -> Done<Vec<Outgoing>> {
    let id = AlertId(format!("attention-{}", db.number()?));
    let (why, mark) = (failure.why.as_str(), failure.mark.as_str());
    db.execute(TOLD, args![&id, why, mark, now, who, device])?;
    let said = Word {
        kind: PushKind::Attention,
        id: &id,
        expires_at: now + WORTH,
        attention: Some(Attention {
            device: device.clone(),
            why: failure.why,
        }),
    };
    wakeups::enqueue_word(db, who, &said, now)
}
