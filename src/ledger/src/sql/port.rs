//! The `Ledger` and `Feed` ports: which lane, which statement.

use std::time::Duration;

use async_trait::async_trait;
use muster_core::domain::event::Actor;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{
    Committed, Decision, Engaged, Feed, FeedStep, Ledger, LedgerError, LogLine, Page, Raise,
    Raised, Stored, Which,
};
use tokio::time::Instant;

use super::raise::Claimed;
use super::receipts::Proof;
use super::{Engine, SqlLedger, decide, engaged, events, incidents, raise};
use crate::queue::Lane;

/// Afterwards the lease of the pushes is over, and another node sends them.
const FIND_OUT_FOR: Duration = Duration::from_secs(30);
/// Between two looks.
const FIND_OUT_PAUSE: Duration = Duration::from_millis(100);

impl<E: Engine> SqlLedger<E> {
    /// Makes incidents look at once that lost a responder to another one. Each in a transaction
    /// of its own, because no transaction waits for a second incident. Should it fail, they find
    /// out when they look by themselves.
    async fn wake_losing(&self, mut losing: Vec<IncidentId>, now: Timestamp) {
        losing.sort();
        losing.dedup();
        for id in losing {
            let woken = self
                .write(Lane::Receipts, move |db| incidents::wake_by(db, &id, now))
                .await;
            if let Err(error) = woken {
                tracing::warn!(%error, "an incident that lost a responder was not woken at once");
            }
        }
    }

    /// Finds out what became of a raise whose end nobody saw, so that its pushes do not wait until
    /// their lease is over. Whoever waits for the answer may have gone meanwhile.
    async fn find_out(&self, claimed: Claimed, why: String) -> Result<Raised, LedgerError> {
        // not by the ledger's clock: that one steps with the database's
        let began = Instant::now();
        loop {
            let (claimed, now) = (claimed.clone(), self.clock.now());
            let found = self
                .write(Lane::Emergency, move |db| claimed.found(db, now))
                .await;
            match found {
                Ok(Some(raised)) => return Ok(raised),
                Ok(None) => return Err(LedgerError::Unavailable(why)),
                Err(LedgerError::Unavailable(_) | LedgerError::OutcomeUnknown(_)) => {}
                Err(other) => return Err(other),
            }
            if began.elapsed() > FIND_OUT_FOR {
                return Err(LedgerError::OutcomeUnknown(why));
            }
            self.engine.pause(FIND_OUT_PAUSE).await;
        }
    }
}

impl<E: Engine> SqlLedger<E> {
    /// The incident of an alert, which need not exist. Before the transaction that locks it: those
    /// number their events with their first lock.
    pub(super) async fn of_name(&self, alert: &AlertId) -> Result<IncidentId, LedgerError> {
        if let Some(incident) = alert.incident() {
            return Ok(incident);
        }
        let alert = alert.clone();
        self.read(move |db| incidents::of_name(db, &alert)).await
    }
}

#[async_trait]
impl<E: Engine> Ledger for SqlLedger<E> {
    async fn raise(&self, raise: Raise) -> Result<Raised, LedgerError> {
        let now = raise.opening.opened_at;
        let claimed = Claimed::of(&raise);
        let raising = self
            .write(Lane::Emergency, move |db| raise::raise(db, raise))
            .await;
        let (raised, losing) = match raising {
            Err(LedgerError::OutcomeUnknown(why)) => (self.find_out(claimed, why).await?, vec![]),
            raised => raised?,
        };
        self.wake_losing(losing, now).await;
        Ok(raised)
    }

    async fn decide(&self, decision: Decision) -> Result<Committed, LedgerError> {
        let now = decision.now;
        let (committed, losing) = self
            .write(Lane::Emergency, move |db| decide::decide(db, decision))
            .await?;
        self.wake_losing(losing, now).await;
        Ok(committed)
    }

    async fn receipt(
        &self,
        owner: ResponderNo,
        alert: &AlertId,
        receipt: Receipt,
        actor: Actor,
        now: Timestamp,
    ) -> Result<IncidentId, LedgerError> {
        let incident = self.of_name(alert).await?;
        let proof = Proof {
            owner,
            alert: alert.clone(),
            receipt,
            actor,
            at: now,
        };
        self.write_receipt(&incident, proof).await?;
        Ok(incident)
    }

    async fn incident(&self, org: OrgNo, id: &IncidentId) -> Result<Stored, LedgerError> {
        let id = id.clone();
        self.read(move |db| incidents::load(db, org, &id)).await
    }

    async fn incidents(
        &self,
        org: OrgNo,
        which: Which,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, LedgerError> {
        self.read(move |db| incidents::page(db, org, which, after.as_deref(), limit))
            .await
    }

    async fn log(&self, org: OrgNo, id: &IncidentId) -> Result<Vec<LogLine>, LedgerError> {
        let id = id.clone();
        self.read(move |db| events::log(db, org, &id)).await
    }

    async fn alerts_of(&self, responder: ResponderNo) -> Result<Vec<Stored>, LedgerError> {
        self.read(move |db| incidents::alerts_of(db, responder))
            .await
    }

    async fn incident_of(
        &self,
        responder: ResponderNo,
        alert: &AlertId,
    ) -> Result<IncidentId, LedgerError> {
        let alert = alert.clone();
        self.read(move |db| incidents::of_alert(db, responder, &alert))
            .await
    }
}

#[async_trait]
impl<E: Engine> Feed for SqlLedger<E> {
    fn epoch(&self) -> String {
        self.engine.epoch()
    }

    async fn head(&self) -> Result<u64, LedgerError> {
        self.read(events::head).await
    }

    async fn newest(&self) -> Result<u64, LedgerError> {
        self.read(events::newest).await
    }

    async fn after(
        &self,
        org: Option<OrgNo>,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<FeedStep>>, LedgerError> {
        self.read(move |db| events::steps(db, org, seq, limit))
            .await
    }

    async fn engaged(
        &self,
        org: OrgNo,
        of: Option<&[IncidentId]>,
    ) -> Result<Vec<Engaged>, LedgerError> {
        let of = of.map(|ids| ids.iter().map(|id| id.0.clone()).collect::<Vec<_>>());
        self.read(move |db| engaged::engaged(db, org, of.as_ref()))
            .await
    }
}
