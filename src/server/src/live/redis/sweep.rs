//! The upkeep: forgets old positions, takes away what crashes left behind, makes cells whole
//! again whose crowd has gone home.

use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use muster_core::domain::time::{Millis, Timestamp};

use super::change::{Change, Outcome};
use super::flush::{read_record, record};
use super::ground::Spot;
use super::keys::{self, ALL_BUCKETS, Tag};
use super::record::{Entry, LEN, Record};
use super::scripts;
use super::store::{Ask, Cursor, Lane, Store, Value, cmd};
use super::walk::{self, Occupied};
use super::writer::Writer;

/// An entry without a record may be of a change under way: it is left alone for so long.
const YOUNG: Millis = Millis::from_s(600);

/// No responder has this number.
const NOBODY: u64 = u64::MAX;

/// What the upkeep needs.
pub(super) struct Sweeper<'a> {
    pub(super) store: &'a Arc<Store>,
    pub(super) writer: &'a Writer,
    pub(super) resolution: Resolution,
    /// A split cell with no more people is made whole.
    pub(super) small: usize,
    pub(super) now: Timestamp,
}

impl Sweeper<'_> {
    /// Forgets fixes taken before `before`; returns how many.
    pub(super) async fn forget(&self, before: Timestamp) -> usize {
        let mut forgotten = 0;
        let mut cursor = Cursor::default();
        while let Some(page) = self.store.scan(ALL_BUCKETS, cursor).await {
            let asks = page.keys.iter().filter_map(|key| {
                let bucket = keys::parse_records(key)?;
                let mut read = cmd("HVALS");
                read.arg(keys::records(bucket));
                Some(Ask::new(Tag::Bucket(bucket), read))
            });
            let buckets = self.store.ask(Lane::Work, asks.collect()).await;
            let mut old = Vec::new();
            for bucket in buckets.into_iter().flatten() {
                let Value::Array(records) = bucket else {
                    continue;
                };
                let records = records.iter().filter_map(record);
                let past = records.filter(|r| r.fix.is_some_and(|fix| fix.at < before));
                old.extend(past.map(|record| record.profile.responder.0));
            }
            let changes = old
                .into_iter()
                .map(|number| self.writer.change(number, Change::Older(before)));
            let outcomes = futures_util::future::join_all(changes).await;
            forgotten += outcomes.iter().filter(|o| **o == Outcome::Done).count();
            match page.next {
                Some(next) => cursor = next,
                None => break,
            }
        }
        forgotten
    }

    /// Goes through all regions; returns how many entries were taken away.
    pub(super) async fn tidy(&self) -> usize {
        let mut removed = 0;
        let Some(regions) = walk::regions(self.store, self.resolution).await else {
            return 0;
        };
        for region in regions {
            removed += self.region(region).await.unwrap_or(0);
        }
        removed
    }

    async fn region(&self, region: CellIndex) -> Option<usize> {
        let all = walk::occupied(self.store, region, self.resolution).await?;
        let removed = self.orphans(&all).await;
        let mut asks = Vec::new();
        for occupied in &all {
            let spot = occupied.spot;
            // an empty part or cell that is still pointed to
            if occupied.entries.is_empty() {
                let nothing = [0; LEN];
                asks.push(scripts::remove(NOBODY, &nothing, spot, self.resolution));
            }
        }
        for (at, occupied) in all.iter().enumerate() {
            if !occupied.is_part && self.is_small(&all, at) {
                for entry in &occupied.entries {
                    if let Entry::Pointer(part) = entry {
                        let part = Spot {
                            part: *part,
                            ..occupied.spot
                        };
                        asks.push(scripts::merge(part, self.small));
                    }
                }
            }
        }
        self.store.ask(Lane::Work, asks).await;
        Some(removed)
    }

    fn is_small(&self, all: &[Occupied], at: usize) -> bool {
        let cell = all[at].spot.cell;
        let of_cell = all.iter().filter(|occupied| occupied.spot.cell == cell);
        let people = of_cell.map(|occupied| {
            let people = |entry: &&Entry| matches!(entry, Entry::Person(_));
            occupied.entries.iter().filter(people).count()
        });
        people.sum::<usize>() <= self.small
    }

    /// Takes away entries whose record says that their owner is elsewhere, or nowhere.
    async fn orphans(&self, all: &[Occupied]) -> usize {
        let mut asks = Vec::new();
        for occupied in all {
            let people: Vec<Record> = occupied
                .entries
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Person(record) => Some(*record),
                    Entry::Pointer(_) => None,
                })
                .collect();
            let reads = people
                .iter()
                .map(|entry| read_record(entry.profile.responder.0));
            let answers = self.store.ask(Lane::Work, reads.collect()).await;
            for (entry, answer) in people.iter().zip(answers) {
                let Some(answer) = answer else {
                    continue;
                };
                if self.is_orphan(entry, record(&answer), occupied.spot.cell) {
                    asks.push(scripts::remove(
                        entry.profile.responder.0,
                        &entry.pack(),
                        occupied.spot,
                        self.resolution,
                    ));
                }
            }
        }
        let answers = self.store.ask(Lane::Work, asks).await;
        let gone = |answer: Option<Value>| match answer {
            Some(Value::Int(n)) => usize::try_from(n).unwrap_or(0),
            _ => 0,
        };
        answers.into_iter().map(gone).sum()
    }

    /// An entry newer than the record is of a change under way.
    fn is_orphan(&self, entry: &Record, held: Option<Record>, cell: CellIndex) -> bool {
        let at = entry.fix.map_or(Timestamp(0), |fix| fix.at);
        match held {
            None => at < self.now - YOUNG,
            Some(held) => {
                let elsewhere = held.spot(self.resolution).is_none_or(|s| s.cell != cell);
                let forgotten = held.fix.is_none() && at < self.now - YOUNG;
                elsewhere && (entry.is_before(&held) || forgotten)
            }
        }
    }
}
