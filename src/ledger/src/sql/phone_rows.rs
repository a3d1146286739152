//! What phones last said of themselves, as it is read.

use muster_core::domain::failing_phone::{Failing, Failure, Told};
use muster_core::domain::ids::{AlertId, DeviceId};
use muster_core::domain::push::Platform;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Alarm, PhoneReport, PhoneState, PhoneTest, PositionSource};

use super::db::{Row, Sql, sql};
use super::fault::Done;
use super::rows::{instant, word};

macro_rules! phones {
    () => {
        "SELECT d.id, d.platform, d.dead_reason, s.alarm, s.position, s.report, s.reported_at,
           s.received_at, s.test_id, s.test_sent_at, s.test_received_at, d.generation, s.told_id,
           s.told_why, s.told_mark, s.told_at, d.responder_no, s.look_at
         FROM device d
         LEFT JOIN phone_state s ON s.responder_no = d.responder_no AND s.device_id = d.id "
    };
}
/// The phones of a responder.
pub(super) const PHONES: Sql = sql!([phones] "WHERE d.responder_no = $1 ORDER BY d.no");
/// The phones of these responders, those of one together.
pub(super) const PHONES_OF: Sql =
    sql!([phones] "WHERE d.responder_no " [many 1] " ORDER BY d.responder_no, d.no");
/// Kept while its phone is registered and no longer.
pub(super) const FORGET: Sql =
    sql!("DELETE FROM phone_state WHERE responder_no = $1 AND device_id = $2");

/// One row of `phones!`.
pub(super) fn state(row: Row<'_>) -> Done<PhoneState> {
    let report = match (row.opt_text(3)?, row.opt_text(4)?, row.opt_text(5)?) {
        (Some(alarm), Some(position), Some(whole)) => Some(PhoneReport {
            alarm: word(alarm, Alarm::parse)?,
            position: word(position, PositionSource::parse)?,
            whole: whole.to_owned(),
        }),
        _ => None,
    };
    let test = match (row.opt_text(8)?, row.opt_int(9)?) {
        (Some(id), Some(sent_at)) => Some(PhoneTest {
            id: AlertId::from(id),
            sent_at: Timestamp(sent_at),
            received_at: instant(row.opt_int(10)?),
        }),
        _ => None,
    };
    let told = match (row.opt_text(12)?, row.opt_text(13)?, row.opt_text(14)?) {
        (Some(id), Some(why), Some(mark)) => Some(Told {
            id: AlertId::from(id),
            failure: Failure {
                why: word(why, Failing::parse)?,
                mark: mark.to_owned(),
            },
            at: row.instant(15)?,
        }),
        _ => None,
    };
    Ok(PhoneState {
        device: DeviceId(row.string(0)?),
        platform: word(row.text(1)?, Platform::parse)?,
        dead_reason: row.opt_text(2)?.map(str::to_owned),
        report: report.zip(instant(row.opt_int(6)?)),
        received_at: instant(row.opt_int(7)?),
        test,
        generation: row.int(11)?,
        told,
    })
}
