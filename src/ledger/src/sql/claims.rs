//! Claims of those who were let go: what they say is added to the responders, and they are gone.

use super::db::{Db, Sql, args, sql};
use super::fault::Done;
use super::rows::bound;

const ANY: Sql = sql!("SELECT 1 FROM responder_claim WHERE incident_id IS NULL LIMIT 1");
/// Whoever was let go, under their lock, with what their row has yet to learn.
const LET_GO: Sql = sql!(
    "SELECT no FROM responder WHERE no IN
       (SELECT responder_no FROM responder_claim WHERE incident_id IS NULL LIMIT $1) ORDER BY no"
    [pg " FOR NO KEY UPDATE SKIP LOCKED"]
);
const SETTLE_VERSIONS: Sql = sql!(
    "UPDATE responder SET version = version + (SELECT renewed FROM responder_claim c
       WHERE c.responder_no = responder.no)
     WHERE no IN (SELECT responder_no FROM responder_claim
       WHERE incident_id IS NULL AND responder_no " [many 1] ")"
);
const DROP_LET_GO: Sql = sql!(
    "DELETE FROM responder_claim WHERE incident_id IS NULL AND responder_no " [many 1]
);

/// Whether anybody was let go whose claim is still there.
pub(super) fn any_let_go(db: &dyn Db) -> Done<bool> {
    Ok(db.one(ANY, &[])?.first().is_some())
}

/// Adds to the rows of some who were let go how often a claim changed their profile, and forgets
/// the claims, so that their table stays small: a raise writes to pages that are at hand. Off the
/// path of emergencies, because rows of responders lie apart, and each is a page to be written.
pub(super) fn forget(db: &dyn Db, limit: usize) -> Done<usize> {
    let numbers = db.one(LET_GO, args![bound(limit)])?.ints()?;
    if !numbers.is_empty() {
        // one may have been claimed again before the lock was had: their row has an incident
        db.tell(SETTLE_VERSIONS, args![&numbers])?;
        db.tell(DROP_LET_GO, args![&numbers])?;
    }
    Ok(numbers.len())
}
