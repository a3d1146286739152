//! Hands pushes to the provider: at once after the commit, again after a crash or a "later".

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::push::PushKind;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Clock, Fate, LedgerError, Outcome, Outgoing, PushGateway, Settled};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use super::alarm::Alarm;
use super::timers::Timers;
use crate::obs::Stage;

/// Rows that wait in memory. A storm of 50 incidents with 20 alerts on 2 phones is 2,000.
const QUEUE: usize = 16_384;
/// Alerts and danger in flight: more than the provider's connections carry, so that the
/// connections and not this bound are the limit.
const URGENT_IN_FLIGHT: usize = 1024;
/// Everything else in flight: must never keep an alert waiting.
const OTHERS_IN_FLIGHT: usize = 256;
/// Rows leased in one read.
const BATCH: usize = 512;
/// Results written down in one transaction.
const SETTLED_BATCH: usize = 256;
/// Results are gathered for so long: the rest of an incident's pushes leave before the processor is
/// busy with writing down the first. A crash meanwhile sends them again, as at any other time.
const GATHERED: Duration = Duration::from_millis(20);
/// First pause after a "later" without a wish of the provider's; doubles with each attempt.
const BACK_OFF_FIRST: Millis = Millis(500);
/// Longest pause: an alert lives ten minutes and must see several attempts.
const BACK_OFF_MAX: Millis = Millis(30_000);

/// A row, and since when it waits.
type Waiting = (Outgoing, Instant);

/// The sender of this node.
pub struct Pushes {
    urgent: mpsc::Sender<Waiting>,
    others: mpsc::Sender<Waiting>,
    receivers: Mutex<Option<(mpsc::Receiver<Waiting>, mpsc::Receiver<Waiting>)>>,
    /// Rows queued or in flight here, so that a lease that ran out while a row still waits in
    /// memory does not send it twice.
    held: Mutex<HashSet<i64>>,
    alarm: Alarm,
    /// The last dead phone of a responder makes the incident due.
    timers: Arc<Timers>,
}

/// What the loops of the sender share.
struct Sending {
    pushes: Arc<Pushes>,
    gateway: Arc<dyn PushGateway>,
    clock: Arc<dyn Clock>,
    settled: mpsc::Sender<Settled>,
}

impl Pushes {
    /// A sender that nobody runs yet.
    pub fn new(timers: Arc<Timers>) -> Self {
        let (urgent, urgent_rx) = mpsc::channel(QUEUE);
        let (others, others_rx) = mpsc::channel(QUEUE);
        Self {
            urgent,
            others,
            receivers: Mutex::new(Some((urgent_rx, others_rx))),
            held: Mutex::new(HashSet::new()),
            alarm: Alarm::new(),
            timers,
        }
    }

    /// Queues rows without waiting. What does not fit is sent when its lease runs out.
    pub fn send(&self, rows: Vec<Outgoing>) {
        let now = Instant::now();
        for row in rows {
            let number = row.row;
            if !self.held.lock().insert(number) {
                continue;
            }
            let lane = if is_urgent(row.message.kind) {
                &self.urgent
            } else {
                &self.others
            };
            if lane.try_send((row, now)).is_err() {
                self.held.lock().remove(&number);
                metrics::counter!("muster_push_queue_full_total").increment(1);
            }
        }
    }

    /// Some push of whichever node may be due by then.
    pub fn look_by(&self, at: Timestamp) {
        self.alarm.by(at);
    }

    /// Runs until shutdown; what is in flight then is waited for.
    pub async fn run(
        self: Arc<Self>,
        gateway: Arc<dyn PushGateway>,
        dispatch: Dispatch,
        shutdown: watch::Receiver<bool>,
    ) {
        let Some((urgent, others)) = self.receivers.lock().take() else {
            error!("the sender of this node was started twice");
            return;
        };
        let (settled, settled_rx) = mpsc::channel(QUEUE);
        let sending = Arc::new(Sending {
            pushes: Arc::clone(&self),
            gateway,
            clock: Arc::clone(&dispatch.clock),
            settled,
        });
        let urgent = lane(
            Arc::clone(&sending),
            urgent,
            URGENT_IN_FLIGHT,
            shutdown.clone(),
        );
        let others = lane(
            Arc::clone(&sending),
            others,
            OTHERS_IN_FLIGHT,
            shutdown.clone(),
        );
        // the settler ends when the last attempt has dropped its sender
        drop(sending);
        tokio::join!(
            urgent,
            others,
            self.settle(settled_rx, &dispatch),
            self.sweep(&dispatch, shutdown),
        );
    }

    /// Leases what nobody is sending: left by a crash, put off until now, or refused by a full
    /// queue.
    async fn sweep(&self, dispatch: &Dispatch, mut shutdown: watch::Receiver<bool>) {
        let clock = &dispatch.clock;
        loop {
            tokio::select! {
                () = self.alarm.sleep(clock.now()) => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
            // another instant, or an earlier one
            if !self.alarm.is_due(clock.now()) {
                continue;
            }
            self.alarm.reset();
            let next = match self.lease(dispatch).await {
                Ok(next) => next,
                Err(error) => {
                    warn!(%error, "pushes that are due could not be read");
                    Some(clock.now() + Millis::from_s(1))
                }
            };
            if let Some(at) = next {
                self.alarm.by(at);
            }
        }
    }

    async fn lease(&self, dispatch: &Dispatch) -> Result<Option<Timestamp>, LedgerError> {
        let agenda = &dispatch.agenda;
        let next = agenda.next_outgoing().await?;
        let now = dispatch.clock.now();
        match next {
            Some(at) if at <= now => {
                let rows = agenda.lease_outgoing(now, BATCH).await?;
                self.send(rows);
                agenda.next_outgoing().await
            }
            next => Ok(next),
        }
    }

    /// Writes results down in batches; a ledger that is away is asked again, because an
    /// unwritten result is a push sent twice.
    async fn settle(&self, mut results: mpsc::Receiver<Settled>, dispatch: &Dispatch) {
        let (agenda, clock) = (&dispatch.agenda, &dispatch.clock);
        let mut batch = Vec::with_capacity(SETTLED_BATCH);
        while gather(&mut results, &mut batch).await {
            let rows: Vec<i64> = batch.iter().map(|settled| settled.row).collect();
            let soonest = batch
                .iter()
                .filter_map(|settled| match settled.fate {
                    Fate::Later(at) => Some(at),
                    _ => None,
                })
                .min();
            let mut pause = Duration::from_millis(50);
            while let Err(error) = agenda.settle_outgoing(batch.clone(), clock.now()).await {
                warn!(%error, "what became of pushes could not be written down");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
            dispatch.bus.changed();
            if batch.iter().any(|settled| settled.fate != Fate::Taken) {
                self.timers.wake_by(clock.now());
            }
            batch.clear();
            let mut held = self.held.lock();
            for row in rows {
                held.remove(&row);
            }
            drop(held);
            if let Some(at) = soonest {
                self.alarm.by(at);
            }
        }
    }
}

/// The next results, and what comes within a moment of the first; false when there are none any
/// more.
async fn gather(results: &mut mpsc::Receiver<Settled>, batch: &mut Vec<Settled>) -> bool {
    if results.recv_many(batch, SETTLED_BATCH).await == 0 {
        return false;
    }
    let until = Instant::now() + GATHERED;
    while batch.len() < SETTLED_BATCH {
        let room = SETTLED_BATCH - batch.len();
        match timeout_at(until, results.recv_many(batch, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => break,
        }
    }
    true
}

fn is_urgent(kind: PushKind) -> bool {
    matches!(kind, PushKind::Alert | PushKind::Danger)
}

/// Sends one lane's rows, each in a task of its own. Ends at shutdown, when its attempts have.
async fn lane(
    sending: Arc<Sending>,
    mut rows: mpsc::Receiver<Waiting>,
    in_flight: usize,
    mut shutdown: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(in_flight));
    loop {
        let row = tokio::select! {
            Some(row) = rows.recv() => row,
            _ = shutdown.wait_for(|down| *down) => break,
        };
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            break;
        };
        tokio::spawn(attempt(Arc::clone(&sending), row, permit));
    }
    // all permits back means that no attempt is under way
    let all = u32::try_from(in_flight).unwrap_or(u32::MAX);
    drop(room.acquire_many(all).await);
}

async fn attempt(sending: Arc<Sending>, (mut row, waiting): Waiting, permit: OwnedSemaphorePermit) {
    if is_urgent(row.message.kind) {
        Stage::PushQueue.took(waiting.elapsed());
    }
    let now = sending.clock.now();
    let fate = if row.message.expires_at <= now {
        Fate::Expired
    } else {
        row.message.sent_at = now;
        let outcome = sending.gateway.send(&row.message).await;
        fate(&outcome, &row, sending.clock.now())
    };
    let settled = Settled { row: row.row, fate };
    if sending.settled.send(settled).await.is_err() {
        // only after the settler ended: the lease runs out and the push repeats
        sending.pushes.held.lock().remove(&row.row);
    }
    drop(permit);
}

fn fate(outcome: &Outcome, row: &Outgoing, now: Timestamp) -> Fate {
    match outcome {
        Outcome::Taken { .. } => Fate::Taken,
        Outcome::Gone { reason } => Fate::Gone((*reason).to_owned()),
        Outcome::Refused { reason, page } => {
            if *page {
                error!(
                    reason,
                    "the push provider refuses our messages; somebody must look"
                );
            }
            Fate::Refused((*reason).to_owned())
        }
        Outcome::Later { after, .. } => Fate::Later(now + after.unwrap_or_else(|| back_off(row))),
    }
}

/// Half a second, doubling, spread by the row's number so that a failed burst does not come back
/// as a burst.
fn back_off(row: &Outgoing) -> Millis {
    let doubled = BACK_OFF_FIRST.0 << row.attempts.min(6);
    let spread = doubled / 2 * (row.row.rem_euclid(64)) / 64;
    Millis((doubled + spread).min(BACK_OFF_MAX.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
    use muster_core::domain::push::{Platform, PushAddress, PushMessage};
    use muster_core::domain::selection::Role;

    fn row(row: i64, attempts: u32) -> Outgoing {
        Outgoing {
            row,
            attempts,
            message: PushMessage {
                kind: PushKind::Alert,
                alert: AlertId::from("a"),
                incident: IncidentId::from("i"),
                version: 1,
                sent_at: Timestamp(0),
                expires_at: Timestamp(600_000),
                role: Role::Cpr,
                exercise: false,
                responder: ResponderNo(1),
                device: DeviceId::from("d"),
                platform: Platform::Android,
                address: PushAddress::FcmToken("t".to_owned()),
                attention: None,
            },
        }
    }

    #[test]
    fn pauses_double_stay_bounded_and_differ_between_rows() {
        assert_eq!(back_off(&row(0, 0)), Millis(500));
        assert_eq!(back_off(&row(0, 2)), Millis(2000));
        assert_eq!(back_off(&row(63, 40)), BACK_OFF_MAX);
        assert_ne!(back_off(&row(1, 3)), back_off(&row(40, 3)));
    }

    #[test]
    fn a_providers_wish_is_honoured() {
        let later = Outcome::Later {
            reason: "quota_exceeded",
            after: Some(Millis(60_000)),
        };
        assert_eq!(
            fate(&later, &row(1, 0), Timestamp(5)),
            Fate::Later(Timestamp(60_005))
        );
    }
}
