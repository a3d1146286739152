//! The `Ledger` and `Feed` ports of one node, with everything that can go wrong on the way to a
//! store that is elsewhere: a refusal, a lost answer, a lock to wait for, a crash in between.

use std::sync::Arc;

use async_trait::async_trait;

use super::Broken;
use super::decide::{Made, Writer};
use super::exec::pause_between;
use super::tables::PER_TX;
use super::world::{Inner, Shared};
use crate::domain::event::Actor;
use crate::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use crate::domain::incident::Receipt;
use crate::domain::time::Timestamp;
use crate::ports::{
    Committed, Decision, Engaged, Feed, FeedStep, Ledger, LedgerError, LogLine, Page, Raise,
    Raised, Stored, Which,
};

/// One node's way to the ledger.
#[derive(Clone)]
pub(super) struct SimLedger {
    pub(super) world: Shared,
    pub(super) boot: u64,
}

/// A transaction that has a number and perhaps locks. It ends when it is dropped, also with the
/// node that began it.
struct Tx {
    world: Shared,
    number: Option<u64>,
    locks: Vec<IncidentId>,
}

impl Tx {
    /// Takes the number with the first lock, as a database does.
    fn take(&mut self, lock: Option<&IncidentId>) -> bool {
        let Self {
            world,
            number,
            locks,
        } = self;
        world.with(|w| {
            if let Some(id) = lock {
                if w.tables.locked.contains(id) {
                    return false;
                }
                w.tables.locked.insert(id.clone());
                locks.push(id.clone());
            }
            if number.is_none() {
                w.tables.last_tx += 1;
                *number = Some(w.tables.last_tx);
                w.tables.open_tx.insert(w.tables.last_tx);
            }
            true
        })
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let (number, locks) = (self.number, std::mem::take(&mut self.locks));
        self.world.with(|w| {
            if let Some(number) = number {
                w.tables.open_tx.remove(&number);
            }
            for id in locks {
                w.tables.locked.remove(&id);
            }
        });
    }
}

fn unavailable(why: &str) -> LedgerError {
    LedgerError::Unavailable(why.to_owned())
}

impl SimLedger {
    async fn way_there(&self) -> Result<(), LedgerError> {
        pause_between(&self.world, 0, 4).await;
        let fails = self.world.with(|w| {
            let fails = w.now < w.faults.outage_until || w.rng.chance(w.faults.before);
            if fails {
                w.tell("the ledger cannot be reached");
            }
            fails
        });
        if fails {
            return Err(unavailable("not reached"));
        }
        Ok(())
    }

    async fn way_back(&self) -> Result<(), LedgerError> {
        pause_between(&self.world, 0, 4).await;
        let lost = self.world.with(|w| {
            let lost = w.rng.chance(w.faults.after);
            if lost {
                w.tell("the ledger's answer is lost");
            }
            lost
        });
        if lost {
            return Err(unavailable("answer lost"));
        }
        Ok(())
    }

    pub(super) async fn read<T>(
        &self,
        job: impl FnOnce(&mut Inner) -> Result<T, LedgerError> + Send,
    ) -> Result<T, LedgerError> {
        self.way_there().await?;
        self.world.with(job)
    }

    /// One transaction: locks these incidents in order, then does everything at once.
    pub(super) async fn write<T: Send>(
        &self,
        locks: Vec<IncidentId>,
        job: impl FnOnce(&mut Inner, Writer) -> Made<T> + Send,
    ) -> Result<T, LedgerError> {
        self.way_there().await?;
        let mut tx = Tx {
            world: Arc::clone(&self.world),
            number: None,
            locks: Vec::new(),
        };
        if locks.is_empty() {
            tx.take(None);
        }
        for id in &locks {
            while !tx.take(Some(id)) {
                pause_between(&self.world, 3, 15).await;
            }
            if locks.len() > 1 {
                // only a broken house locks several
                pause_between(&self.world, 0, 300).await;
            }
        }
        // most are quick; a replica that lags makes one wait
        let slow = self.world.with(|w| w.rng.chance(w.faults.slow_commit));
        pause_between(&self.world, 0, if slow { 1_500 } else { 6 }).await;
        let writer = Writer {
            boot: self.boot,
            tx: tx.number.unwrap_or_default(),
        };
        let made = self.world.with(|w| {
            if w.rng.chance(w.faults.before) {
                w.tell("the ledger rolled back");
                return Err(unavailable("rolled back"));
            }
            job(w, writer)
        });
        drop(tx);
        let (value, mut robbed) = made?;
        if self.world.with(|w| w.broken == Some(Broken::TakesBack)) {
            robbed.clear();
        }
        for id in robbed {
            // in a transaction of its own: nobody locks a second incident. A crash in between
            // leaves it to that incident's own next look
            let slow = self.world.with(|w| w.rng.chance(w.faults.slow_commit));
            pause_between(&self.world, 0, if slow { 1_500 } else { 6 }).await;
            self.world.with(|w| {
                let now = w.time();
                w.tables.wake_by(&id, now);
            });
        }
        self.way_back().await?;
        Ok(value)
    }
}

#[async_trait]
impl Ledger for SimLedger {
    async fn raise(&self, raise: Raise) -> Result<Raised, LedgerError> {
        self.write(Vec::new(), |w, writer| w.raise(writer, raise))
            .await
    }

    async fn decide(&self, decision: Decision) -> Result<Committed, LedgerError> {
        let id = decision.incident.clone();
        let seen = self.world.with(|w| {
            let wanted = w.broken == Some(Broken::Interleaves);
            w.tables.cases.get(&id).filter(|_| wanted).cloned()
        });
        if seen.is_some() {
            // without its lock, another decision fits in between
            pause_between(&self.world, 0, 40).await;
        }
        self.write(vec![id], |w, writer| w.decide(writer, seen, decision))
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
        let id = self.world.with(|w| w.incident_of(owner, alert))?;
        let what = (owner, alert.clone());
        self.write(vec![id], |w, writer| {
            w.receipt(writer, what, (receipt, &actor), now)
        })
        .await
    }

    async fn incident(&self, org: OrgNo, id: &IncidentId) -> Result<Stored, LedgerError> {
        let id = id.clone();
        self.read(move |w| {
            let case = w.tables.cases.get(&id);
            case.filter(|case| case.stored.incident.opening.org == org)
                .map(|case| case.stored.clone())
                .ok_or(LedgerError::NotFound)
        })
        .await
    }

    async fn incidents(
        &self,
        org: OrgNo,
        which: Which,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, LedgerError> {
        self.read(move |w| {
            let shown = |stored: &Stored| {
                let incident = &stored.incident;
                incident.opening.org == org
                    && which.holds(incident)
                    && after
                        .as_ref()
                        .is_none_or(|after| incident.opening.id.0 < *after)
            };
            let mut items: Vec<Stored> =
                w.tables.cases.values().map(|c| c.stored.clone()).collect();
            items.retain(shown);
            items.reverse();
            items.truncate(limit);
            let last = items.get(limit.saturating_sub(1));
            Ok(Page {
                next: last.map(|stored| stored.incident.opening.id.0.clone()),
                items,
                head: head(w),
            })
        })
        .await
    }

    async fn log(&self, org: OrgNo, id: &IncidentId) -> Result<Vec<LogLine>, LedgerError> {
        let id = id.clone();
        self.read(move |w| {
            let lines = w.tables.log.iter();
            Ok(lines
                .filter(|(_, line)| line.incident == id && line.org == org)
                .map(|(seq, line)| LogLine {
                    seq: *seq,
                    recorded: line.recorded.clone(),
                    actor: line.actor.clone(),
                    text: None,
                })
                .collect())
        })
        .await
    }

    async fn alerts_of(&self, responder: ResponderNo) -> Result<Vec<Stored>, LedgerError> {
        self.read(move |w| {
            let shows = |stored: &Stored| {
                let mut alerts = stored.incident.alerts.iter();
                alerts.any(|a| a.responder == responder && a.state.is_open())
            };
            let all = w.tables.cases.values().map(|case| &case.stored);
            Ok(all.filter(|s| shows(s)).cloned().collect())
        })
        .await
    }

    async fn incident_of(
        &self,
        responder: ResponderNo,
        alert: &AlertId,
    ) -> Result<IncidentId, LedgerError> {
        let alert = alert.clone();
        self.read(move |w| w.incident_of(responder, &alert)).await
    }
}

fn head(w: &Inner) -> u64 {
    let last = w.tables.log.range(..w.tables.horizon()).next_back();
    last.map_or(0, |(seq, _)| *seq)
}

#[async_trait]
impl Feed for SimLedger {
    fn epoch(&self) -> String {
        PER_TX.to_string()
    }

    async fn head(&self) -> Result<u64, LedgerError> {
        self.read(|w| Ok(head(w))).await
    }

    async fn newest(&self) -> Result<u64, LedgerError> {
        self.read(|w| Ok(w.tables.log.last_key_value().map_or(0, |(seq, _)| *seq)))
            .await
    }

    async fn after(
        &self,
        org: Option<OrgNo>,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<FeedStep>>, LedgerError> {
        self.read(move |w| {
            let horizon = match w.broken {
                Some(Broken::ShowsTooEarly) => u64::MAX,
                _ => w.tables.horizon(),
            };
            let lines = w.tables.log.range(seq + 1..horizon.max(seq + 1));
            let steps = lines
                .filter(|(_, line)| org.is_none_or(|org| line.org == org))
                .take(limit)
                .map(|(seq, line)| FeedStep {
                    seq: *seq,
                    org: line.org,
                    incident: line.incident.clone(),
                    alert: line.recorded.event.alert().cloned(),
                    change: String::new(),
                });
            Ok(Some(steps.collect()))
        })
        .await
    }

    async fn engaged(
        &self,
        org: OrgNo,
        of: Option<&[IncidentId]>,
    ) -> Result<Vec<Engaged>, LedgerError> {
        let of = of.map(<[IncidentId]>::to_vec);
        self.read(move |w| {
            let cases = w.tables.cases.values().map(|case| &case.stored.incident);
            let open = cases.filter(|incident| {
                let asked = of
                    .as_ref()
                    .is_none_or(|of| of.contains(&incident.opening.id));
                asked && incident.opening.org == org && !incident.is_closed()
            });
            let on = open.flat_map(|incident| {
                let engaged = incident.alerts.iter().filter(|a| a.state.is_engaged());
                engaged.map(|alert| Engaged {
                    incident: incident.opening.id.clone(),
                    cell: None,
                    alert: alert.id.clone(),
                    responder: alert.responder,
                    responder_id: alert.responder_id.clone(),
                })
            });
            Ok(on.collect())
        })
        .await
    }
}
