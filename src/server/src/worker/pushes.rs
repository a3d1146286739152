//! Hands pushes to the provider: at once after the commit, again after a crash or a "later".

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::push::PushKind;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda, Bus, Clock, LedgerError, Outgoing, PushGateway, PushId, PushReport, PushResult, PutOff,
    SendResult,
};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{error, warn};

use super::alarm::Alarm;
use super::timers::Timers;

/// Pushes that wait in memory. A storm of 50 incidents with 20 alerts on 2 phones is 2,000.
const QUEUE: usize = 16_384;
/// Alerts and danger in flight: more than the provider's connections carry, so that the
/// connections and not this bound are the limit.
const URGENT_IN_FLIGHT: usize = 1024;
/// Everything else in flight: must never keep an alert waiting.
const OTHERS_IN_FLIGHT: usize = 256;
/// Pushes leased in one transaction: an emergency waits in the ledger for no longer than that takes.
/// A row is leased whole, so up to as many more may come.
const BATCH: usize = 64;
/// Results written down in one transaction.
const SETTLED_BATCH: usize = 256;
/// Results are gathered for so long: the rest of an incident's pushes leave before the processor is
/// busy with writing down the first. A crash meanwhile sends them again, as at any other time.
const GATHERED: Duration = Duration::from_millis(20);
/// First pause after a "later" without a wish of the provider's; doubles with each attempt.
const BACK_OFF_FIRST: Millis = Millis(500);
/// Longest pause of what somebody's life hangs on: so long after a provider is back it has all of
/// it. A thousand alerts that wait are two hundred attempts a second, and end when they expire.
const BACK_OFF_URGENT: Millis = Millis(5_000);
/// Longest pause of everything else about an incident.
const BACK_OFF_OTHERS: Millis = Millis(30_000);
/// Longest pause of what lives a day.
const BACK_OFF_CAN_WAIT: Millis = Millis(600_000);
/// An ask that no provider has answered by then, or that will not be tried again sooner, waits:
/// somebody else is asked, and the desk is told within five seconds of the raise.
const SILENT: Millis = Millis(3_000);
/// So does one whose third try was met by a service that is busy: the first two are over soon.
const TRIES: u32 = 2;
/// A full queue is looked at again after so long.
const FULL_AGAIN: Millis = Millis(100);

/// A push, and since when it waits.
type Waiting = (Outgoing, Instant);

/// The sender of this node.
pub struct Pushes {
    urgent: mpsc::Sender<Waiting>,
    others: mpsc::Sender<Waiting>,
    receivers: Mutex<Option<(mpsc::Receiver<Waiting>, mpsc::Receiver<Waiting>)>>,
    /// Numbers of the pushes that are queued or in flight here, so that a lease that ran out while
    /// one still waits in memory does not send it twice.
    held: Mutex<HashSet<i64>>,
    /// Leased pushes that found the queue full: they are given back as soon as there is room.
    refused: Mutex<Vec<PushId>>,
    alarm: Alarm,
    /// The last dead phone of a responder makes the incident due.
    timers: Arc<Timers>,
}

/// What the loops of the sender share.
struct Sending {
    pushes: Arc<Pushes>,
    gateway: Arc<dyn PushGateway>,
    clock: Arc<dyn Clock>,
    bus: Arc<dyn Bus>,
    settled: mpsc::Sender<Attempted>,
}

/// What became of an attempt, and whether it was not the first: somebody may have waited for it.
type Attempted = (PushReport, bool);

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
            refused: Mutex::new(Vec::new()),
            alarm: Alarm::new(),
            timers,
        }
    }

    /// Queues pushes without waiting. What does not fit is given back, and swept as soon as there is
    /// room.
    pub fn send(&self, pushes: Vec<Outgoing>) {
        let now = Instant::now();
        for push in pushes {
            let id = push.id;
            if !self.held.lock().insert(id.no) {
                continue;
            }
            let lane = if is_urgent(push.message.kind) {
                &self.urgent
            } else {
                &self.others
            };
            if lane.try_send((push, now)).is_err() {
                self.held.lock().remove(&id.no);
                self.refused.lock().push(id);
                self.alarm.by(Timestamp(i64::MIN + 1));
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
            bus: Arc::clone(&dispatch.bus),
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
        let gateway = Arc::clone(&sending.gateway);
        drop(sending);
        tokio::join!(
            urgent,
            others,
            self.settle(settled_rx, &*gateway, &dispatch),
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
            let next = match self.lease(&*dispatch.agenda, &**clock).await {
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

    /// Queues what is due; gives the instant of the next look.
    async fn lease(
        &self,
        agenda: &dyn Agenda,
        clock: &dyn Clock,
    ) -> Result<Option<Timestamp>, LedgerError> {
        let now = clock.now();
        let room = self.urgent.capacity().min(self.others.capacity());
        // what is leased and finds no room counts as an attempt
        if room < 2 * BATCH {
            return Ok(Some(now + FULL_AGAIN));
        }
        self.give_back(agenda, now).await?;
        match agenda.next_outgoing().await? {
            Some(at) if at <= now => {
                let pushes = agenda.lease_outgoing(now, BATCH).await?;
                self.send(pushes);
                agenda.next_outgoing().await
            }
            next => Ok(next),
        }
    }

    /// Pushes that found the queue full are due at once, whoever sends them: their lease would keep
    /// them from it for half a minute.
    async fn give_back(&self, agenda: &dyn Agenda, now: Timestamp) -> Result<(), LedgerError> {
        let refused = std::mem::take(&mut *self.refused.lock());
        if refused.is_empty() {
            return Ok(());
        }
        let due = |id: &PushId| PushReport {
            id: *id,
            result: PushResult::Later(now),
        };
        let given = agenda.settle_outgoing(refused.iter().map(due).collect(), now);
        given
            .await
            .inspect_err(|_away| self.refused.lock().extend(refused))
    }

    /// Writes results down in batches; a ledger that is away is asked again, because an
    /// unwritten result is a push sent twice.
    async fn settle(
        &self,
        mut results: mpsc::Receiver<Attempted>,
        gateway: &dyn PushGateway,
        dispatch: &Dispatch,
    ) {
        let (agenda, clock) = (&dispatch.agenda, &dispatch.clock);
        let mut gathered = Vec::with_capacity(SETTLED_BATCH);
        while gather(&mut results, &mut gathered).await {
            let again = gathered.iter().any(|(_, again)| *again);
            let batch: Vec<PushReport> = gathered.drain(..).map(|(settled, _)| settled).collect();
            let over = batch.iter().filter(|settled| !is_under_way(settled));
            let over: Vec<i64> = over.map(|settled| settled.id.no).collect();
            let soonest = batch
                .iter()
                .filter_map(|settled| match &settled.result {
                    PushResult::Later(at) => Some(*at),
                    PushResult::PutOff(put_off) => put_off.until,
                    _ => None,
                })
                .min();
            let mut pause = Duration::from_millis(50);
            while let Err(error) = agenda.settle_outgoing(batch.clone(), clock.now()).await {
                warn!(%error, "what became of pushes could not be written down");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
            let wronged = gateway.wronged();
            if !wronged.is_empty()
                && let Err(error) = agenda.revive(wronged).await
            {
                // whoever it was registers again with the next start of the app
                warn!(%error, "phones that were called gone by mistake could not be brought back");
            }
            dispatch.bus.changed();
            if again
                || batch
                    .iter()
                    .any(|settled| settled.result != PushResult::Taken)
            {
                self.timers.wake_by(clock.now());
            }
            let mut held = self.held.lock();
            for no in over {
                held.remove(&no);
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
async fn gather(results: &mut mpsc::Receiver<Attempted>, batch: &mut Vec<Attempted>) -> bool {
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

/// Sends one lane's pushes, each in a task of its own. Ends at shutdown, when its attempts have.
async fn lane(
    sending: Arc<Sending>,
    mut pushes: mpsc::Receiver<Waiting>,
    in_flight: usize,
    mut shutdown: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(in_flight));
    loop {
        let push = tokio::select! {
            Some(push) = pushes.recv() => push,
            _ = shutdown.wait_for(|down| *down) => break,
        };
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            break;
        };
        tokio::spawn(attempt(Arc::clone(&sending), push, permit));
    }
    // all permits back means that no attempt is under way
    let all = u32::try_from(in_flight).unwrap_or(u32::MAX);
    drop(room.acquire_many(all).await);
}

/// The attempt goes on: only what waits for it was told.
fn is_under_way(settled: &PushReport) -> bool {
    matches!(
        &settled.result,
        PushResult::PutOff(PutOff { until: None, .. })
    )
}

async fn attempt(
    sending: Arc<Sending>,
    (mut push, waiting): Waiting,
    permit: OwnedSemaphorePermit,
) {
    if is_urgent(push.message.kind) {
        let span = waiting.elapsed().as_secs_f64();
        metrics::histogram!("muster_stage_seconds", "stage" => "push_queue").record(span);
    }
    let now = sending.clock.now();
    let result = if push.message.expires_at <= now {
        PushResult::Expired
    } else {
        push.message.sent_at = now;
        let outcome = sending.answered(&push).await;
        // who is connected has it by now, or never will that way: the second try tells
        let told = push.attempts == 0 && sending.bus.connected(push.message.responder);
        result(outcome, &push, told, sending.clock.now())
    };
    let settled = PushReport {
        id: push.id,
        result,
    };
    if sending
        .settled
        .send((settled, push.attempts > 0))
        .await
        .is_err()
    {
        // only after the settler ended: the lease runs out and the push repeats
        sending.pushes.held.lock().remove(&push.id.no);
    }
    drop(permit);
}

impl Sending {
    /// The provider's answer. An ask that has none for a while waits, and is told to do so.
    async fn answered(&self, push: &Outgoing) -> SendResult {
        let sent = self.gateway.send(&push.message);
        if push.message.kind != PushKind::Alert {
            return sent.await;
        }
        let silent = Duration::from_millis(SILENT.0.unsigned_abs());
        let mut sent = std::pin::pin!(sent);
        if let Ok(outcome) = timeout(silent, &mut sent).await {
            return outcome;
        }
        let result = PushResult::PutOff(PutOff {
            until: None,
            why: "no_answer".to_owned(),
            all: true,
        });
        let settled = PushReport {
            id: push.id,
            result,
        };
        // nobody listens any more: what is on disk says so too
        drop(self.settled.send((settled, true)).await);
        sent.await
    }
}

/// What follows from an answer; `told`: the ask may have reached the phone without the push.
fn result(outcome: SendResult, push: &Outgoing, told: bool, now: Timestamp) -> PushResult {
    let later = match outcome {
        SendResult::Taken { .. } => return PushResult::Taken,
        SendResult::Gone { reason } => return PushResult::Gone(reason.to_owned()),
        SendResult::Later(later) => later,
    };
    let pause = later.after.unwrap_or_else(|| back_off(push));
    let waits = later.refused || push.attempts >= TRIES || pause > SILENT;
    if !waits || told {
        return PushResult::Later(now + pause);
    }
    PushResult::PutOff(PutOff {
        until: Some(now + pause),
        why: later.reason.to_owned(),
        all: later.all,
    })
}

/// Half a second, doubling, spread by the push's number so that a failed burst does not come back
/// as a burst.
fn back_off(push: &Outgoing) -> Millis {
    let kind = push.message.kind;
    let longest = if is_urgent(kind) {
        BACK_OFF_URGENT
    } else if kind.can_wait() {
        BACK_OFF_CAN_WAIT
    } else {
        BACK_OFF_OTHERS
    };
    let doubled = (BACK_OFF_FIRST.0 << push.attempts.min(16)).min(longest.0 / 3 * 2);
    Millis(doubled + doubled / 2 * push.id.no.rem_euclid(64) / 64)
}

#[cfg(test)]
#[path = "pushes_tests.rs"]
mod tests;
