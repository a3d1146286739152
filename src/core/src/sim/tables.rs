//! What the ledger keeps, as rows in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::{Actor, Recorded};
use crate::domain::ids::{IncidentId, OrgNo};
use crate::domain::push::PushMessage;
use crate::domain::responder::Claim;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{Device, Responder, Stored};

/// Numbers of events: that of their transaction, times this, plus their place in it.
pub(super) const PER_TX: u64 = 65_536;
/// A node whose heartbeat is older is dead.
pub(super) const DEAD_AFTER: Millis = Millis::from_s(4);

#[derive(Clone)]
pub(super) struct Case {
    pub(super) stored: Stored,
    pub(super) wake_at: Option<Timestamp>,
}

pub(super) struct Line {
    pub(super) org: OrgNo,
    pub(super) incident: IncidentId,
    pub(super) actor: Actor,
    pub(super) recorded: Recorded,
}

pub(super) struct Phone {
    pub(super) device: Device,
    /// Grows with each new address.
    pub(super) generation: u64,
    pub(super) dead: bool,
}

pub(super) struct Person {
    pub(super) org: OrgNo,
    pub(super) who: Responder,
    pub(super) version: u64,
    /// The live index has yet to hear of it.
    pub(super) dirty: bool,
    pub(super) phones: BTreeMap<String, Phone>,
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) message: PushMessage,
    pub(super) generation: u64,
    pub(super) attempts: u32,
    pub(super) due_at: Timestamp,
    /// The life of the node that has the lease.
    pub(super) owner: u64,
    /// A provider has answered something.
    pub(super) tried: bool,
    /// Nobody takes it for now; true when so it is for everybody on the same service.
    pub(super) put_off: Option<bool>,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) cases: BTreeMap<IncidentId, Case>,
    /// `(org, key)` to the incident and the body.
    pub(super) keys: BTreeMap<(OrgNo, String), (IncidentId, Vec<u8>)>,
    pub(super) log: BTreeMap<u64, Line>,
    pub(super) people: BTreeMap<u64, Person>,
    pub(super) claims: BTreeMap<u64, (Claim, IncidentId)>,
    pub(super) outbox: BTreeMap<i64, Row>,
    pub(super) last_row: i64,
    /// Last heartbeat of each life of a node, on the database's clock.
    pub(super) beats: BTreeMap<u64, i64>,
    pub(super) last_tx: u64,
    /// Transactions that have a number and have not ended.
    pub(super) open_tx: BTreeSet<u64>,
    pub(super) locked: BTreeSet<IncidentId>,
}

impl Tables {
    /// Everything below this number is settled: it is there, or never will be.
    pub(super) fn horizon(&self) -> u64 {
        let first_open = self.open_tx.first().copied();
        first_open.unwrap_or(self.last_tx + 1) * PER_TX
    }

    /// Makes an incident due no later than `at`.
    pub(super) fn wake_by(&mut self, id: &IncidentId, at: Timestamp) {
        if let Some(case) = self.cases.get_mut(id) {
            case.wake_at = Some(case.wake_at.map_or(at, |held| held.min(at)));
        }
    }

    /// Whether that life of a node may still be trusted to send what it leased.
    pub(super) fn beats_still(&self, boot: u64, now: i64) -> bool {
        self.beats
            .get(&boot)
            .is_some_and(|beat| now - beat <= DEAD_AFTER.0)
    }
}
