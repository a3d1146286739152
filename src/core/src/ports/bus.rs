//! Telling whoever watches that something changed.

use crate::domain::ids::OrgNo;

/// A hint that the ledger has new events. Hints may be lost or merged: a watcher reads the ledger
/// from its own cursor.
pub trait Bus: Send + Sync {
    /// Something of this organisation changed.
    fn changed(&self, org: OrgNo);
}
