//! Tells what people do, line by line, as it happens.

use crate::board::Board;
use crate::phones::{Observer, PhoneEvent, What};
use muster_stand::say::say;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Knows the running number of each incident, and prints.
#[derive(Debug)]
pub(super) struct Teller {
    board: Arc<Board>,
    start: Instant,
    numbers: Mutex<HashMap<String, usize>>,
}

impl Teller {
    pub(super) fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            start: Instant::now(),
            numbers: Mutex::default(),
        }
    }

    /// From now on an incident is called by its number.
    pub(super) fn name(&self, incident_id: &str, n: usize) {
        self.numbers.lock().insert(incident_id.to_owned(), n);
    }

    /// It is over; what still happens on phones is not told any more.
    pub(super) fn forget(&self, incident_id: &str) {
        self.numbers.lock().remove(incident_id);
        self.board.forget(incident_id);
    }

    /// One line about an incident.
    pub(super) fn tell(&self, n: usize, words: &str) {
        say(format!(
            "{:7.1} s  #{n:<4} {words}",
            self.start.elapsed().as_secs_f64()
        ));
    }
}

impl Observer for Teller {
    fn on(&self, event: &PhoneEvent) {
        self.board.on(event);
        let Some(n) = self.numbers.lock().get(&event.incident_id).copied() else {
            return;
        };
        let who = &event.responder_id;
        match &event.what {
            What::Accepted {
                distance_m: Some(m),
            } => {
                self.tell(n, &format!("accepted by {who}, {m:.0} m away"));
            }
            What::Accepted { distance_m: None } => self.tell(n, &format!("accepted by {who}")),
            What::Withdrawn => self.tell(n, &format!("{who} cannot come after all")),
            What::Arrived => self.tell(n, &format!("{who} is on scene")),
            What::Failed(why) => self.tell(n, &format!("{who}: {why}")),
            _ => {}
        }
    }
}
