//! What the phones counted. An alert is told apart by its id: the same one twice is a duplicate.

use super::What;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The sums of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Different alerts that arrived.
    pub alerts: u64,
    /// Arrivals of an alert beyond its first.
    pub duplicates: u64,
    /// Alerts that arrived after their own `expires_at`.
    pub late: u64,
    /// Deliveries that waited until their phone had network again.
    pub held_back: u64,
    /// Pushes for an address that no phone has.
    pub strangers: u64,
    /// Other pushes by type.
    pub other_pushes: BTreeMap<String, u64>,
    /// What happened on the phones.
    pub happened: BTreeMap<String, u64>,
    /// Positions reported, refused or not sent for want of a free slot.
    pub fixes: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct State {
    totals: Totals,
    arrivals: HashMap<String, u32>,
}

/// Thread-safe counters of a fleet.
#[derive(Debug, Default)]
pub struct Counts(Mutex<State>);

impl Counts {
    /// Counts the arrival of an alert; true when it is the first of its id.
    pub fn alert(&self, alert_id: &str, late: bool) -> bool {
        let mut state = self.0.lock();
        let arrivals = state.arrivals.entry(alert_id.to_owned()).or_default();
        *arrivals += 1;
        let first = *arrivals == 1;
        if first {
            state.totals.alerts += 1;
            state.totals.late += u64::from(late);
        } else {
            state.totals.duplicates += 1;
        }
        first
    }

    /// Whether an alert ever arrived.
    pub fn arrived(&self, alert_id: &str) -> bool {
        self.0.lock().arrivals.contains_key(alert_id)
    }

    /// The sums so far.
    pub fn totals(&self) -> Totals {
        self.0.lock().totals.clone()
    }

    pub(super) fn other_push(&self, kind: &str) {
        *self
            .0
            .lock()
            .totals
            .other_pushes
            .entry(kind.to_owned())
            .or_default() += 1;
    }

    pub(super) fn held_back(&self) {
        self.0.lock().totals.held_back += 1;
    }

    pub(super) fn stranger(&self) {
        self.0.lock().totals.strangers += 1;
    }

    pub(super) fn fix(&self, how: &str) {
        let mut state = self.0.lock();
        match state.totals.fixes.get_mut(how) {
            Some(n) => *n += 1,
            None => {
                state.totals.fixes.insert(how.to_owned(), 1);
            }
        }
    }

    pub(super) fn happened(&self, what: &What) {
        let name = match what {
            What::Pushed => return,
            What::Received => "received".to_owned(),
            What::Seen => "seen".to_owned(),
            What::Accepted { .. } => "accepted".to_owned(),
            What::Refused(code) => format!("refused: {code}"),
            What::Declined => "declined".to_owned(),
            What::Withdrawn => "withdrawn".to_owned(),
            What::Departed => "departed".to_owned(),
            What::Arrived => "arrived".to_owned(),
            What::Finished => "finished".to_owned(),
            What::StoodDown => "stood down".to_owned(),
            What::Failed(why) => format!("failed: {why}"),
        };
        *self.0.lock().totals.happened.entry(name).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_alert_twice_is_one_alert_and_one_duplicate() {
        let counts = Counts::default();
        assert!(counts.alert("a", false));
        assert!(!counts.alert("a", true));
        assert!(counts.alert("b", true));
        let totals = counts.totals();
        assert_eq!((totals.alerts, totals.duplicates, totals.late), (2, 1, 1));
        assert!(counts.arrived("a") && !counts.arrived("c"));
    }
}
