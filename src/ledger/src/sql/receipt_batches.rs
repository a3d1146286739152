//! Receipts of one incident are written together: one transaction at a time, with all that came
//! meanwhile. Each alone would hold a connection while it waits for the incident's lock, and the
//! decisions about the incident would wait behind all of them.

use std::collections::HashMap;
use std::sync::Arc;

use muster_core::domain::ids::IncidentId;
use muster_core::ports::LedgerError;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::receipts::{self, Proof};
use super::{Engine, SqlLedger};
use crate::queue::Lane;

/// Most receipts of one transaction.
const TOGETHER_MAX: usize = 64;

type Answer = Result<(), LedgerError>;

/// Receipts that wait, by incident: as many as there are requests under way.
#[derive(Default)]
pub(super) struct ReceiptBatches {
    incidents: Mutex<HashMap<IncidentId, Arc<Waiting>>>,
}

/// Those of one incident.
#[derive(Default)]
struct Waiting {
    /// Held by whoever writes.
    turn: tokio::sync::Mutex<()>,
    receipts: Mutex<Vec<(Proof, oneshot::Sender<Answer>)>>,
}

/// One receipt's place among those of its incident; the last one to leave takes the list away.
struct Place<'a> {
    batches: &'a ReceiptBatches,
    incident: &'a IncidentId,
    waiting: Arc<Waiting>,
}

impl ReceiptBatches {
    fn place<'a>(&'a self, incident: &'a IncidentId) -> Place<'a> {
        let waiting = Arc::clone(self.incidents.lock().entry(incident.clone()).or_default());
        Place {
            batches: self,
            incident,
            waiting,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut incidents = self.batches.incidents.lock();
        // the map and this one
        if Arc::strong_count(&self.waiting) == 2 {
            incidents.remove(self.incident);
        }
    }
}

impl<E: Engine> SqlLedger<E> {
    /// Writes one, with those of the same incident that wait.
    pub(super) async fn write_receipt(&self, incident: &IncidentId, proof: Proof) -> Answer {
        let place = self.receipt_batches.place(incident);
        loop {
            let (tell, mut told) = oneshot::channel();
            place.waiting.receipts.lock().push((proof.clone(), tell));
            let _turn = place.waiting.turn.lock().await;
            loop {
                match told.try_recv() {
                    Ok(answer) => return answer,
                    Err(TryRecvError::Empty) => self.write_receipts(&place).await,
                    // whoever wrote it went away before the end was known
                    Err(TryRecvError::Closed) => break,
                }
            }
        }
    }

    async fn write_receipts(&self, place: &Place<'_>) {
        let (proofs, waiting): (Vec<Proof>, Vec<_>) = {
            let mut receipts = place.waiting.receipts.lock();
            let count = receipts.len().min(TOGETHER_MAX);
            receipts.drain(..count).unzip()
        };
        let incident = place.incident.clone();
        let written = self
            .write(Lane::Receipts, move |db| {
                receipts::write(db, &incident, &proofs)
            })
            .await;
        match written {
            Ok(answers) => {
                for (tell, answer) in waiting.into_iter().zip(answers) {
                    // of whoever went away nobody wants to know
                    drop(tell.send(answer));
                }
            }
            Err(error) => {
                for tell in waiting {
                    drop(tell.send(Err(error.clone())));
                }
            }
        }
    }
}
