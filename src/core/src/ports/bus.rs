//! Telling whoever watches that something changed.

/// A hint that the ledger has new events. Hints may be lost or merged: a watcher reads the ledger
/// from its own cursor.
pub trait Bus: Send + Sync {
    /// Something changed.
    fn changed(&self);
}
