//! The `Ledger` and `Feed` ports: which lane, which statement.

use async_trait::async_trait;
use muster_core::domain::event::Actor;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{
    Committed, Decision, Feed, FeedStep, Ledger, LedgerError, LogLine, Page, Raise, Raised, Stored,
};
use rusqlite::{OptionalExtension as _, params};

use super::queue::Lane;
use super::{SqliteLedger, decide, events, incidents, raise, settle};

#[async_trait]
impl Ledger for SqliteLedger {
    async fn raise(&self, raise: Raise) -> Result<Raised, LedgerError> {
        let boot = self.boot;
        self.write(Lane::Emergency, move |db| raise::raise(db, boot, raise))
            .await
    }

    async fn decide(&self, decision: Decision) -> Result<Committed, LedgerError> {
        let boot = self.boot;
        self.write(Lane::Emergency, move |db| {
            decide::decide(db, boot, decision)
        })
        .await
    }

    async fn receipt(
        &self,
        owner: ResponderNo,
        alert: &AlertId,
        receipt: Receipt,
        actor: Actor,
        now: Timestamp,
    ) -> Result<IncidentId, LedgerError> {
        let proof = (alert.clone(), receipt);
        self.write(Lane::Receipts, move |db| {
            settle::receipt(db, owner, proof, &actor, now)
        })
        .await
    }

    async fn incident(&self, org: OrgNo, id: &IncidentId) -> Result<Stored, LedgerError> {
        let id = id.clone();
        self.read(move |db| incidents::load(db, org, &id)).await
    }

    async fn incidents(
        &self,
        org: OrgNo,
        open_only: bool,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, LedgerError> {
        self.read(move |db| incidents::page(db, org, open_only, after.as_deref(), limit))
            .await
    }

    async fn log(&self, org: OrgNo, id: &IncidentId) -> Result<Vec<LogLine>, LedgerError> {
        let id = id.clone();
        self.read(move |db| {
            let known: Option<i64> = db
                .prepare_cached("SELECT no FROM incident WHERE org_no = $1 AND id = $2")?
                .query_row(params![org.0, id.as_str()], |row| row.get(0))
                .optional()?;
            known.ok_or(LedgerError::NotFound)?;
            events::log(db, &id)
        })
        .await
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
impl Feed for SqliteLedger {
    fn epoch(&self) -> String {
        self.epoch.clone()
    }

    async fn head(&self) -> Result<u64, LedgerError> {
        self.read(events::head).await
    }

    async fn after(
        &self,
        org: OrgNo,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<FeedStep>>, LedgerError> {
        self.read(move |db| events::steps(db, org, seq, limit))
            .await
    }
}
