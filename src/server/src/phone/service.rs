//! What the answers of a phone need, however they come: by HTTP or over the channel.

use std::sync::Arc;

use actix_web::web::Data;
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Timestamp;
use muster_core::ports::PhoneLedger;

use crate::auth::identities::Identities;
use crate::fixes::intake::Intake;
use crate::map::Map;

/// What the answers of a phone need.
pub(crate) struct Service {
    /// The use-cases.
    pub(crate) dispatch: Dispatch,
    /// What only phones and their owners need of the ledger.
    pub(crate) phone_ledger: Arc<dyn PhoneLedger>,
    /// Takes positions.
    pub(crate) intake: Data<Intake>,
    /// Knows the defibrillators.
    pub(crate) map: Data<Map>,
    /// Knows which sessions stand.
    pub(crate) access: Data<Identities>,
}

impl Service {
    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.dispatch.clock.now()
    }
}
