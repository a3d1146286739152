//! The `Agenda` port of one node: leases of wakes and pushes.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Broken;
use super::ledger::SimLedger;
use super::world::Inner;
use crate::domain::ids::{DeviceId, IncidentId, OrgNo, ResponderNo};
use crate::domain::responder::Profile;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{Agenda, LedgerError, Outgoing, PushReport};

/// So long a woken incident has until it is woken again.
const WAKE_LEASE: Millis = Millis::from_s(5);

/// Rows that one transaction deals with, and the incidents that it locks.
type Share = (Vec<IncidentId>, Vec<i64>);

/// The rows by incident. A transaction that waits for a second incident already has its number,
/// and would write behind events with higher ones: so each has one incident only.
fn shares(w: &Inner, rows: &[i64]) -> Vec<Share> {
    let mut by_incident: BTreeMap<IncidentId, Vec<i64>> = BTreeMap::new();
    for no in rows {
        if let Some(row) = w.tables.outbox.get(no) {
            let id = row.message.incident.clone();
            by_incident.entry(id).or_default().push(*no);
        }
    }
    if w.broken == Some(Broken::WaitsWithNumber) {
        let (ids, rows): (Vec<_>, Vec<_>) = by_incident.into_iter().unzip();
        return vec![(ids, rows.concat())];
    }
    let share = |(id, rows)| (vec![id], rows);
    by_incident.into_iter().map(share).collect()
}

#[async_trait]
impl Agenda for SimLedger {
    async fn due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(OrgNo, IncidentId)>, LedgerError> {
        self.write(Vec::new(), |w, _| {
            let mut due: Vec<_> = w
                .tables
                .cases
                .iter_mut()
                .filter(|(_, case)| case.wake_at.is_some_and(|at| at <= now))
                .collect();
            due.sort_by_key(|(_, case)| case.wake_at);
            due.truncate(limit);
            let mut leased = Vec::new();
            for (id, case) in due {
                case.wake_at = Some(now + WAKE_LEASE);
                leased.push((case.stored.incident.opening.org, id.clone()));
            }
            for (_, id) in &leased {
                w.witness.woken(id, w.healed);
            }
            Ok((leased, Vec::new()))
        })
        .await
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|w| Ok(w.tables.cases.values().filter_map(|c| c.wake_at).min()))
            .await
    }

    async fn lease_outgoing(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, LedgerError> {
        let shares = self.world.with(|w| shares(w, &w.due_rows(now, limit)));
        let mut leased = Vec::new();
        for (locks, rows) in shares {
            let some = self.write(locks, |w, writer| {
                // leased by somebody else while this one waited
                let still = w.due_rows(now, usize::MAX);
                let rows: Vec<i64> = rows.into_iter().filter(|no| still.contains(no)).collect();
                Ok((w.lease(writer, &rows, now), Vec::new()))
            });
            match some.await {
                Ok(mut some) => leased.append(&mut some),
                // what is leased already is sent; the rest is still due
                Err(error) if leased.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(leased)
    }

    async fn next_outgoing(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|w| {
            let now = w.now;
            let tables = &w.tables;
            let due = |boot: u64, at: Timestamp| {
                if tables.beats_still(boot, now) {
                    at
                } else {
                    Timestamp(0)
                }
            };
            let rows = tables.outbox.values();
            Ok(rows.map(|row| due(row.owner, row.due_at)).min())
        })
        .await
    }

    async fn settle_outgoing(
        &self,
        settled: Vec<PushReport>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let rows: Vec<i64> = settled.iter().map(|settled| settled.row).collect();
        for (locks, rows) in self.world.with(|w| shares(w, &rows)) {
            let mut share = settled.clone();
            share.retain(|settled| rows.contains(&settled.row));
            // settled before an error stays settled: doing it again is harmless
            self.write(locks, |w, writer| {
                w.settle(writer, share, now);
                Ok(((), Vec::new()))
            })
            .await?;
        }
        Ok(())
    }

    /// Retention is not part of what is simulated: nothing here lives for a day.
    async fn revive(&self, _phones: Vec<(ResponderNo, DeviceId)>) -> Result<(), LedgerError> {
        // the provider of this world takes no word back
        Ok(())
    }

    async fn forget_private(&self, _: Timestamp) -> Result<usize, LedgerError> {
        Ok(0)
    }

    /// A claim here is gone once its responder is let go.
    async fn forget_claims(&self) -> Result<usize, LedgerError> {
        Ok(0)
    }

    async fn duty_changes(&self, now: Timestamp) -> Result<Vec<Profile>, LedgerError> {
        self.write(Vec::new(), |w, _| {
            let mut changed = Vec::new();
            for (no, person) in &mut w.tables.people {
                if person.who.duty_until.is_some_and(|until| until <= now) {
                    person.who.on_duty = !person.who.on_duty;
                    person.who.duty_until = None;
                    person.version += 1;
                    person.dirty = true;
                }
                if person.dirty {
                    person.dirty = false;
                    changed.push(*no);
                }
            }
            let profile = |no: u64| w.tables.profile(no, now);
            let profiles = changed.into_iter().filter_map(profile).collect();
            Ok((profiles, Vec::new()))
        })
        .await
    }
}
