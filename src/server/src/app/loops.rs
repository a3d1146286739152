//! The loops that run beside the requests, from boot until shutdown. A world adds those that only it
//! has: `embedded.rs`, `scaled.rs`.

use std::sync::Arc;

use muster_core::domain::time::Millis;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::services::Services;
use crate::config::Config;
use crate::worker::{follow_duty, follow_places, upkeep};

impl Services {
    pub(super) fn start_loops(
        &self,
        config: &Config,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let private_kept = Millis::from_s(i64::from(config.retention.private_h) * 3600);
        let timers = Arc::clone(&self.loops.timers);
        let (dispatch, timers_stop) = (self.dispatch.clone(), stop.clone());
        let warming = Arc::clone(&self.senders.gateway);
        let pushes = Arc::clone(&self.loops.pushes).run(
            Arc::clone(&self.senders.gateway),
            self.dispatch.clone(),
            stop.clone(),
        );
        let mut running = Arc::clone(&self.world).start_loops(config, stop);
        running.extend([
            tokio::spawn(pushes),
            tokio::spawn(async move { timers.run(dispatch, timers_stop).await }),
            tokio::spawn(upkeep(
                self.dispatch.clone(),
                Arc::clone(&self.phone_ledger),
                private_kept,
                stop.clone(),
            )),
            tokio::spawn(follow_duty(self.dispatch.clone(), stop.clone())),
            tokio::spawn(follow_places(
                self.dispatch.clone(),
                Arc::clone(&self.phone_ledger),
                stop.clone(),
            )),
            tokio::spawn(async move { warming.warm().await }),
        ]);
        running
    }
}
