//! Wakes incidents when their time has come.

use std::sync::Arc;

use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Timestamp;
use muster_core::ports::LedgerError;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::warn;

use super::alarm::Alarm;

/// Incidents looked at side by side. Each costs two decisions; more would only queue.
const SIDE_BY_SIDE: usize = 16;

/// Incidents leased in one read.
const BATCH: usize = 64;

/// The loop behind `wake_at`. What is due is leased in the ledger; an incident whose look failed
/// is due again when its lease runs out.
#[derive(Debug)]
pub struct Timers {
    alarm: Alarm,
}

impl Timers {
    /// Timers that nobody runs yet.
    pub fn new() -> Self {
        Self {
            alarm: Alarm::new(),
        }
    }

    /// Some incident wants to be looked at no later than this.
    pub fn wake_by(&self, at: Timestamp) {
        self.alarm.by(at);
    }

    /// Runs until shutdown.
    pub async fn run(&self, dispatch: Dispatch, mut shutdown: watch::Receiver<bool>) {
        let room = Arc::new(Semaphore::new(SIDE_BY_SIDE));
        let mut looks = JoinSet::new();
        loop {
            tokio::select! {
                // another instant, or an earlier one
                () = self.alarm.sleep(dispatch.clock.now()) => {}
                // finished looks, so that the set stays small
                Some(_) = looks.join_next(), if !looks.is_empty() => continue,
                _ = shutdown.wait_for(|down| *down) => break,
            }
            if !self.alarm.is_due(dispatch.clock.now()) {
                continue;
            }
            self.alarm.reset();
            if let Err(error) = self.look(&dispatch, &room, &mut looks).await {
                warn!(%error, "timers could not read what is due");
                let soon = dispatch.clock.now() + muster_core::domain::time::Millis::from_s(1);
                self.alarm.by(soon);
            }
        }
        while looks.join_next().await.is_some() {}
    }

    async fn look(
        &self,
        dispatch: &Dispatch,
        room: &Arc<Semaphore>,
        looks: &mut JoinSet<()>,
    ) -> Result<(), LedgerError> {
        loop {
            // a read first: leasing is a write, and most alarms turn out to be early
            match dispatch.agenda.next_wake().await? {
                Some(at) if at <= dispatch.clock.now() => {}
                Some(at) => {
                    self.alarm.by(at);
                    return Ok(());
                }
                None => return Ok(()),
            }
            let due = dispatch.agenda.due(dispatch.clock.now(), BATCH).await?;
            for (org, incident) in due {
                let permit = Arc::clone(room).acquire_owned().await;
                let dispatch = dispatch.clone();
                looks.spawn(async move {
                    let _permit = permit;
                    if let Err(error) = dispatch.wake(org, &incident).await {
                        warn!(%incident, %error, "an incident could not be looked at; it is due again soon");
                        metrics::counter!("muster_wakes_failed_total").increment(1);
                    }
                });
            }
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}
