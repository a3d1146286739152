//! What the phones did, incident by incident.

use crate::phones::{Observer, PhoneEvent, What};
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::time::Instant;

/// Somebody who accepted.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// Who.
    pub responder_id: String,
    /// How far away.
    pub distance_m: Option<f64>,
    /// When.
    pub at: Instant,
}

/// The phones' side of one incident.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// When each alert was taken by the push provider.
    pub pushed: Vec<Instant>,
    /// Receipts taken by the server.
    pub received: usize,
    /// Everybody who ever accepted, in order.
    pub accepted: Vec<Acceptance>,
    /// Who is or was on scene.
    pub arrived: usize,
    /// Who gave up after accepting.
    pub withdrawn: usize,
}

/// All sheets; entries stay until taken.
#[derive(Debug, Default)]
pub struct Board(Mutex<HashMap<String, Sheet>>);

impl Board {
    /// The sheet of an incident as it is now.
    pub fn sheet(&self, incident_id: &str) -> Sheet {
        self.0.lock().get(incident_id).cloned().unwrap_or_default()
    }

    /// Forgets an incident, so that an endless run stays bounded.
    pub fn forget(&self, incident_id: &str) {
        self.0.lock().remove(incident_id);
    }
}

impl Observer for Board {
    fn on(&self, event: &PhoneEvent) {
        let mut sheets = self.0.lock();
        let sheet = sheets.entry(event.incident_id.clone()).or_default();
        match &event.what {
            What::Pushed => sheet.pushed.push(event.at),
            What::Received => sheet.received += 1,
            What::Accepted { distance_m } => sheet.accepted.push(Acceptance {
                responder_id: event.responder_id.clone(),
                distance_m: *distance_m,
                at: event.at,
            }),
            What::Arrived => sheet.arrived += 1,
            What::Withdrawn => sheet.withdrawn += 1,
            _ => {}
        }
    }
}
