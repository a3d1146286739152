//! What phones last said of themselves: the `PhoneStates` port.

use std::collections::BTreeMap;

use async_trait::async_trait;
use muster_core::domain::failing_phone::{SILENT_AFTER, TEST_MISSED};
use muster_core::domain::ids::{AlertId, DeviceId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::push::PushKind;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Alarm, Attended, LedgerError, NewTest, OnDuty, Outgoing, PhoneReport, PhoneState, PhoneStates,
    PositionSource,
};

use super::db::{Db, Sql, args, sql};
use super::duty::Duty;
use super::fault::Done;
use super::phone_rows::{PHONES, state};
use super::rows::{instant, int};
use super::wakeups::{self, Word};
use super::{Engine, SqlLedger, failing_phones, people};
use crate::queue::Lane;

/// A phone that is fine is looked at later with each report. One with a test under way, or that
/// failed, is looked at when it was to be.
const PUT_STATE: Sql = sql!(
    "INSERT INTO phone_state (responder_no, device_id, alarm, position, report, reported_at,
       look_at)
     SELECT responder_no, id, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT),
       CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM device WHERE responder_no = $6 AND id = $7
     ON CONFLICT (responder_no, device_id) DO UPDATE SET alarm = excluded.alarm,
       position = excluded.position, report = excluded.report, reported_at = excluded.reported_at,
       look_at = CASE WHEN phone_state.look_at < excluded.look_at
           AND (phone_state.told_id IS NOT NULL
             OR (phone_state.test_id IS NOT NULL AND phone_state.test_received_at IS NULL))
         THEN phone_state.look_at ELSE excluded.look_at END
     RETURNING responder_no"
);
const HAD_ALERT: Sql = sql!(
    "INSERT INTO phone_state (responder_no, device_id, received_at)
     SELECT responder_no, id, CAST($1 AS BIGINT) FROM device WHERE responder_no = $2 AND id = $3
     ON CONFLICT (responder_no, device_id) DO UPDATE SET received_at = excluded.received_at"
);
const LAST_TEST: Sql = sql!("SELECT MAX(test_sent_at) FROM phone_state WHERE responder_no = $1");
const BEGIN_TEST: Sql = sql!(
    "INSERT INTO phone_state (responder_no, device_id, test_id, test_sent_at, look_at)
     SELECT responder_no, id, CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)
       FROM device WHERE responder_no = $4 AND dead_reason IS NULL
     ON CONFLICT (responder_no, device_id) DO UPDATE SET test_id = excluded.test_id,
       test_sent_at = excluded.test_sent_at, test_received_at = NULL,
       look_at = excluded.look_at"
);
const TEST_RECEIVED: Sql = sql!(
    "UPDATE phone_state SET test_received_at = COALESCE(test_received_at, $1)
     WHERE responder_no = $2 AND device_id = $3 AND test_id = $4 RETURNING responder_no"
);
const VERIFIED: Sql =
    sql!("SELECT COUNT(*) FROM responder WHERE org_no = $1 AND standing = 'verified'");
/// Everybody who may want alerts as of $2, once for each of their phones.
const ON_DUTY: Sql = sql!(
    "SELECT r.no, r.id,
       CASE WHEN d.no IS NOT NULL AND d.dead_reason IS NULL THEN 1 ELSE 0 END,
       s.alarm, s.position, s.reported_at, s.received_at, s.test_sent_at, s.test_received_at,
       CASE WHEN u.responder_no IS NULL THEN 0 ELSE 1 END, r.on_duty, r.duty_until,
       (SELECT q.hours FROM quiet_hours q WHERE q.responder_no = r.no)
     FROM responder r
     LEFT JOIN usual_place u ON u.responder_no = r.no
     LEFT JOIN device d ON d.responder_no = r.no
     LEFT JOIN phone_state s ON s.responder_no = d.responder_no AND s.device_id = d.id
     WHERE r.org_no = $1 AND r.standing = 'verified'
       AND (r.on_duty = 1 OR r.duty_until <= $2)
     ORDER BY r.no"
);

fn put_state(
    db: &dyn Db,
    who: ResponderNo,
    device: &DeviceId,
    (report, now): (&PhoneReport, Timestamp),
) -> Done<()> {
    let (alarm, position) = (report.alarm.as_str(), report.position.as_str());
    let put = db.query_one(
        PUT_STATE,
        args![
            alarm,
            position,
            &report.whole,
            now,
            now + SILENT_AFTER + Millis(1),
            who,
            device
        ],
    )?;
    put.first().ok_or(LedgerError::NotFound)?;
    Ok(())
}

fn begin_test(
    db: &dyn Db,
    who: ResponderNo,
    test: &NewTest,
    now: Timestamp,
) -> Done<Option<Vec<Outgoing>>> {
    let number = vec![int(who.0)];
    // under the responder's lock, so that two tests at once are one
    let [_, last] = db.query([(people::LOCK, args![&number]), (LAST_TEST, args![who])])?;
    let last = last.first().map(|row| row.opt_int(0)).transpose()?;
    if instant(last.flatten()).is_some_and(|last| last > test.not_after) {
        return Ok(None);
    }
    let missed_at = now + TEST_MISSED + Millis(1);
    db.execute(BEGIN_TEST, args![&test.id, now, missed_at, who])?;
    let said = Word {
        kind: PushKind::Test,
        id: &test.id,
        expires_at: test.expires_at,
        attention: None,
    };
    wakeups::enqueue_word(db, who, &said, now).map(Some)
}

fn on_duty(db: &dyn Db, org: OrgNo, now: Timestamp) -> Done<(usize, Vec<OnDuty>)> {
    let [verified, rows] = db.query([(VERIFIED, args![org]), (ON_DUTY, args![org, now])])?;
    let verified = verified.first().map(|row| row.nat(0)).transpose()?;
    let mut people: BTreeMap<ResponderNo, OnDuty> = BTreeMap::new();
    for row in rows.iter() {
        let no = ResponderNo(row.nat(0)?);
        if !Duty::of(row, 10, now)?.on {
            continue;
        }
        let alarm = row.opt_text(3)?.and_then(Alarm::parse);
        let position = row.opt_text(4)?.and_then(PositionSource::parse);
        // a phone that knows nothing of its owner's places does not hide them
        let usual = if row.flag(9)? {
            PositionSource::Place
        } else {
            PositionSource::None
        };
        let heard = [5, 6, 8].map(|at| row.opt_int(at));
        let mut heard_at = None;
        for at in heard {
            heard_at = heard_at.max(instant(at?));
        }
        let (sent, came) = (instant(row.opt_int(7)?), row.opt_int(8)?);
        let received = instant(row.opt_int(6)?);
        let missed = came.is_none()
            && sent.is_some_and(|sent| now - sent > TEST_MISSED && received < Some(sent));
        let one = OnDuty {
            no,
            id: ResponderId(row.string(1)?),
            reachable: row.flag(2)?,
            alarm: alarm.unwrap_or(Alarm::Unknown),
            position: position.map_or(usual, |position| position.max(usual)),
            heard_at,
            test_missed: missed,
        };
        let entry = people.entry(no).or_insert_with(|| OnDuty {
            // a test that came to any phone proves the person
            test_missed: true,
            ..one.clone()
        });
        // only a phone that a push reaches can wake anybody
        if one.reachable && (!entry.reachable || one.alarm > entry.alarm) {
            entry.alarm = one.alarm;
        }
        entry.reachable |= one.reachable;
        entry.position = entry.position.max(one.position);
        entry.heard_at = entry.heard_at.max(one.heard_at);
        entry.test_missed &= one.test_missed;
    }
    let verified = usize::try_from(verified.unwrap_or_default()).unwrap_or(usize::MAX);
    Ok((verified, people.into_values().collect()))
}

#[async_trait]
impl<E: Engine> PhoneStates for SqlLedger<E> {
    async fn phones_of(&self, who: ResponderNo) -> Result<Vec<PhoneState>, LedgerError> {
        self.read(move |db| {
            db.query_one(PHONES, args![who])?
                .iter()
                .map(state)
                .collect()
        })
        .await
    }

    async fn put_state(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        report: PhoneReport,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let device = device.clone();
        self.write(Lane::Routine, move |db| {
            put_state(db, who, &device, (&report, now))
        })
        .await
    }

    async fn had_alert(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let device = device.clone();
        self.write(Lane::Routine, move |db| {
            db.execute(HAD_ALERT, args![now, who, &device])
        })
        .await
    }

    async fn begin_test(
        &self,
        who: ResponderNo,
        test: NewTest,
        now: Timestamp,
    ) -> Result<Option<Vec<Outgoing>>, LedgerError> {
        self.write(Lane::Routine, move |db| begin_test(db, who, &test, now))
            .await
    }

    async fn tell_failing(&self, now: Timestamp) -> Result<Attended, LedgerError> {
        // most ticks find nothing, and write nothing
        if !self.read(move |db| failing_phones::is_due(db, now)).await? {
            return Ok(Attended::default());
        }
        self.write(Lane::Routine, move |db| failing_phones::tell(db, now))
            .await
    }

    async fn test_received(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        test: &AlertId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (device, test) = (device.clone(), test.clone());
        self.write(Lane::Routine, move |db| {
            let found = db.query_one(TEST_RECEIVED, args![now, who, &device, &test])?;
            found.first().ok_or(LedgerError::NotFound)?;
            Ok(())
        })
        .await
    }

    async fn on_duty(
        &self,
        org: OrgNo,
        now: Timestamp,
    ) -> Result<(usize, Vec<OnDuty>), LedgerError> {
        self.read(move |db| on_duty(db, org, now)).await
    }
}
