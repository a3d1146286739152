//! Weekly hours in which somebody wants no alerts.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::ResponderNo;
use crate::domain::quiet::QuietHours;
use crate::domain::responder::Profile;
use crate::domain::time::Timestamp;

/// Quiet hours of responders.
#[async_trait]
pub trait QuietTimes: Send + Sync {
    /// Somebody's quiet hours.
    async fn quiet_of(&self, who: ResponderNo) -> Result<Option<QuietHours>, LedgerError>;
    /// Keeps quiet hours, and sets duty as they say it now; none ends them, and duty is on.
    /// Returns the profile that the live index must learn.
    async fn set_quiet(
        &self,
        who: ResponderNo,
        hours: Option<QuietHours>,
        now: Timestamp,
    ) -> Result<Profile, LedgerError>;
}
