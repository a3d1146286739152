//! What the phones did, alert by alert, and how long the server took to hear them.

use crate::phones::{Observer, PhoneEvent, What};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// One alert, from the phones' side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// When the provider took it.
    pub(super) pushed: Instant,
    /// When the server had taken the phone's receipt.
    pub(super) receipt: Option<Instant>,
}

/// An answer that the server took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// When the phone began to say it.
    pub(super) began: Instant,
    /// Until the server's answer.
    pub(super) took: Duration,
}

#[derive(Debug, Default)]
struct State {
    alerts: HashMap<String, Reached>,
    receipts: Vec<Said>,
    yeses: Vec<Said>,
}

/// All of it; one entry for each alert of the run.
#[derive(Debug, Default)]
pub(super) struct Sheets(Mutex<State>);

impl Sheets {
    /// What is known of an alert; nothing when it never reached its phone.
    pub(super) fn alert(&self, id: &str) -> Option<Reached> {
        self.0.lock().alerts.get(id).copied()
    }

    /// Receipts that the server took.
    pub(super) fn receipts(&self) -> Vec<Said> {
        self.0.lock().receipts.clone()
    }

    /// Acceptances that the server took.
    pub(super) fn yeses(&self) -> Vec<Said> {
        self.0.lock().yeses.clone()
    }
}

impl Observer for Sheets {
    fn on(&self, event: &PhoneEvent) {
        let mut state = self.0.lock();
        let said = Said {
            began: event.began,
            took: event.at.saturating_duration_since(event.began),
        };
        match event.what {
            What::Pushed => {
                let reached = Reached {
                    pushed: event.at,
                    receipt: None,
                };
                state.alerts.insert(event.alert_id.clone(), reached);
            }
            What::Received => {
                if let Some(alert) = state.alerts.get_mut(&event.alert_id) {
                    alert.receipt = Some(event.at);
                }
                state.receipts.push(said);
            }
            What::Accepted { .. } => state.yeses.push(said),
            _ => {}
        }
    }
}
