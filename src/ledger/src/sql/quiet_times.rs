//! Weekly quiet hours: the `QuietTimes` port.

use async_trait::async_trait;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::responder::Profile;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, QuietTimes};

use super::db::{Sql, args, sql};
use super::{Engine, SqlLedger, roster};
use crate::queue::Lane;

const OF: Sql = sql!("SELECT hours FROM quiet_hours WHERE responder_no = $1");

#[async_trait]
impl<E: Engine> QuietTimes for SqlLedger<E> {
    async fn quiet_of(&self, who: ResponderNo) -> Result<Option<QuietHours>, LedgerError> {
        self.read(move |db| {
            let found = db.query_one(OF, args![who])?;
            let hours = found.first().map(|row| row.text(0)).transpose()?;
            Ok(hours.map(serde_json::from_str).transpose()?)
        })
        .await
    }

    async fn set_quiet(
        &self,
        who: ResponderNo,
        hours: Option<QuietHours>,
        now: Timestamp,
    ) -> Result<Profile, LedgerError> {
        self.write(Lane::Routine, move |db| {
            roster::set_quiet(db, who, hours.as_ref(), now)
        })
        .await
    }
}
