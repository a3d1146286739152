//! What is written once, with the row of a new incident.

use muster_core::domain::time::Timestamp;
use muster_core::ports::Stored;

use super::db::{Db, Sql, args, sql};
use super::fault::Done;
use super::incidents;
use super::sealed::Key;

/// Keeps the key by which a raise is known again.
pub(super) const KEEP_KEY: Sql = sql!(
    "INSERT INTO idempotency (org_no, key, incident_id, body_mac, at) VALUES ($1, $2, $3, $4, $5)"
);

/// What is written once, with the row of a new incident.
pub(super) struct Fresh {
    pub(super) idempotency: (String, Vec<u8>),
    pub(super) opened_at: Timestamp,
}

impl Fresh {
    /// Writes the row, the key, the private part and the idempotency key.
    pub(super) fn write(
        self,
        db: &dyn Db,
        stored: &Stored,
        wake_at: Option<Timestamp>,
    ) -> Done<Key> {
        let opening = &stored.incident.opening;
        incidents::insert(db, stored, wake_at)?;
        let key = Key::make(db, &opening.id)?;
        if let Some(part) = &stored.private {
            key.store(db, part)?;
        }
        let (name, body) = self.idempotency;
        db.execute(
            KEEP_KEY,
            args![
                opening.org,
                &name,
                &opening.id,
                &key.mac(&body),
                self.opened_at
            ],
        )?;
        Ok(key)
    }
}
