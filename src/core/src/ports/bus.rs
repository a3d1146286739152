//! Telling whoever watches that something changed.

use crate::domain::ids::ResponderNo;

/// Hints about what the ledger holds. They may be lost or merged: whoever follows one reads the
/// ledger.
pub trait Bus: Send + Sync {
    /// There are new events: watchers read on from their own cursor.
    fn changed(&self);
    /// Something about alerts of these responders changed: their connected phones look again.
    /// Returns at once.
    fn news(&self, of: &[ResponderNo]);
    /// Phones of these responders were signed out: no node believes any longer what it remembers
    /// of their sessions. Returns at once.
    fn signed_out(&self, of: &[ResponderNo]);
    /// Whether a phone of this responder is connected to this node, so that news reach it without
    /// a push.
    fn connected(&self, of: ResponderNo) -> bool;
}
