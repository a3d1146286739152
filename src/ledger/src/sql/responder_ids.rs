//! Responders by the name that their organisation gives them.

use muster_core::domain::ids::{ResponderId, ResponderNo};
use muster_core::domain::responder::{Skills, Standing, Travel};
use muster_core::domain::time::Timestamp;
use muster_core::ports::Responder;

use super::db::{Row, Sql, sql};
use super::duty::Duty;
use super::fault::{Done, Fault};
use super::rows::word;

macro_rules! responder {
    () => {
        "SELECT no, id, name, phone, skills, travel, exercises, standing, on_duty, duty_until,
           (SELECT hours FROM quiet_hours WHERE responder_no = responder.no)
         FROM responder WHERE org_no = $1 AND id "
    };
}

/// One of them.
pub(super) const BY_NAME: Sql = sql!([responder] "= $2");
/// Several.
pub(super) const BY_NAMES: Sql = sql!([responder] [many 2]);
/// Locks one.
pub(super) const LOCK_BY_NAME: Sql = sql!([pg
    "SELECT no FROM responder WHERE org_no = $1 AND id = $2 FOR NO KEY UPDATE"]);

/// With duty as of `now`, even before [`super::agenda`] writes it down.
pub(super) fn responder(row: Row<'_>, now: Timestamp) -> Done<Responder> {
    let duty = Duty::of(row, 8, now)?;
    Ok(Responder {
        no: ResponderNo(row.nat(0)?),
        id: ResponderId(row.string(1)?),
        name: row.string(2)?,
        phone: row.opt_text(3)?.map(str::to_owned),
        skills: Skills(
            u16::try_from(row.int(4)?).map_err(|_why| Fault::broken("skills out of range"))?,
        ),
        travel: word(row.text(5)?, Travel::parse)?,
        exercises: row.flag(6)?,
        standing: word(row.text(7)?, Standing::parse)?,
        on_duty: duty.on,
        duty_until: duty.until,
    })
}
