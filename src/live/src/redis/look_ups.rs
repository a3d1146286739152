//! Asks the ledger who reports for the first time, those of concurrent callers together: a position
//! never makes somebody findable whom the ledger does not want found.

use std::collections::HashMap;
use std::sync::Arc;

use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::Profile;
use muster_core::ports::Profiles;
use tokio::sync::{mpsc, oneshot};

/// Questions that wait; who comes on top reports again.
const WAITING_MAX: usize = 8_192;

/// At most so many in one question.
const TOGETHER: usize = 512;

/// The ledger does not answer.
pub(super) struct Silent;

type Answer = Result<Option<Profile>, Silent>;

/// Where questions go in.
pub(super) struct LookUps {
    queue: mpsc::Sender<(ResponderNo, oneshot::Sender<Answer>)>,
}

impl LookUps {
    /// Starts the loop, which ends when this is dropped.
    pub(super) fn start(ledger: Arc<dyn Profiles>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        drop(tokio::spawn(answer(ledger, waiting)));
        Self { queue }
    }

    /// Who that is, as the ledger says.
    pub(super) async fn profile(&self, responder: ResponderNo) -> Answer {
        let (done, answer) = oneshot::channel();
        self.queue
            .try_send((responder, done))
            .map_err(|_full| Silent)?;
        answer.await.map_err(|_ended| Silent)?
    }
}

async fn answer(
    ledger: Arc<dyn Profiles>,
    mut waiting: mpsc::Receiver<(ResponderNo, oneshot::Sender<Answer>)>,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
        let asked = batch.iter().map(|(responder, _)| *responder).collect();
        let profiles = match ledger.profiles_of(asked).await {
            Ok(profiles) => profiles.into_iter(),
            Err(error) => {
                tracing::warn!(%error, "reporting responders could not be looked up");
                for (_, done) in batch.drain(..) {
                    done.send(Err(Silent)).ok();
                }
                continue;
            }
        };
        let profiles: HashMap<ResponderNo, Profile> = profiles
            .map(|profile| (profile.responder, profile))
            .collect();
        for (responder, done) in batch.drain(..) {
            done.send(Ok(profiles.get(&responder).copied())).ok();
        }
    }
}
