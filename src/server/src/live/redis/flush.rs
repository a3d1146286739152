//! Brings a batch of changes into Redis.
//!
//! For each responder: read the record; write the new entry into its cell; replace the record if
//! it is still what was read, and otherwise begin again from what it is now; take the old entry
//! away. Whoever replaced a record removes what it stood for, and an attempt that failed removes
//! what it wrote, so that after any interleaving there is one entry and it is that of the record.
//! A crash between two steps leaves one entry too many, never one too few.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use h3o::Resolution;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::Profile;
use muster_core::ports::Roster;
use tokio::sync::oneshot;

use super::change::{Change, Outcome, Pending};
use super::crowd::Crowds;
use super::ground::{Spot, bit};
use super::keys::{self, Tag, bitmap, people};
use super::record::{Record, pointer};
use super::scripts;
use super::stats::Stats;
use super::store::{Ask, Lane, Store, Value, cmd};

/// A record that changes under every attempt is given up after so many.
const ATTEMPTS: usize = 8;

/// So many people without a record are looked up at a time.
const LOOK_UPS: usize = 8;

/// What a flush needs.
pub(super) struct Flusher {
    pub(super) store: Arc<Store>,
    pub(super) roster: Arc<dyn Roster>,
    pub(super) stats: Arc<Stats>,
    pub(super) crowds: Arc<Crowds>,
    pub(super) resolution: Resolution,
}

type Waiting = (Change, Option<oneshot::Sender<Outcome>>);

/// One responder's changes of a batch.
#[derive(Default)]
struct Job {
    number: u64,
    changes: Vec<Waiting>,
    outcomes: Vec<Outcome>,
    /// The record as it is in Redis; empty for none.
    raw: Vec<u8>,
    held: Option<Record>,
    named: Option<Profile>,
    new: Option<Record>,
    /// Entries of attempts whose record was not taken.
    tried: Vec<Entry>,
    /// The entry of the attempt under way.
    entry: Option<Entry>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    Done,
    Failed,
}

/// Somebody in a hash.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    record: Record,
    spot: Spot,
    key: String,
    /// The key is that of a part.
    split: bool,
    /// By the record they are in this hash already.
    stays: bool,
    /// The hash did not have the field.
    fresh: bool,
}

impl Flusher {
    /// Returns the changes that must not be lost and could not be made.
    pub(super) async fn flush(&self, batch: Vec<Pending>) -> Vec<(u64, Change)> {
        self.stats.flushed(batch.len());
        let mut by_number: BTreeMap<u64, Job> = BTreeMap::new();
        for Pending {
            number,
            change,
            done,
        } in batch
        {
            let job = by_number.entry(number).or_default();
            job.number = number;
            job.changes.push((change, done));
        }
        let mut jobs: Vec<Job> = by_number.into_values().collect();
        self.read(&mut jobs).await;
        self.name(&mut jobs).await;
        for _ in 0..ATTEMPTS {
            for job in open(&mut jobs) {
                job.plan(self.resolution);
            }
            if open(&mut jobs).next().is_none() {
                break;
            }
            self.put(&mut jobs).await;
            self.replace(&mut jobs).await;
        }
        let mut owed = Vec::new();
        for job in jobs {
            let failed = job.state != State::Done;
            for (at, (change, done)) in job.changes.into_iter().enumerate() {
                if failed && matches!(change, Change::Admit(_) | Change::Forget) {
                    owed.push((job.number, change));
                }
                let outcome = match job.outcomes.get(at) {
                    Some(&outcome) if !failed => outcome,
                    _ => Outcome::Failed,
                };
                // nobody waits any more: all the same to us
                if let Some(done) = done {
                    done.send(outcome).ok();
                }
            }
        }
        owed
    }

    async fn ask(&self, asks: Vec<Ask>) -> Vec<Option<Value>> {
        self.stats.wrote(asks.len());
        self.store.ask(Lane::Work, asks).await
    }

    async fn read(&self, jobs: &mut [Job]) {
        let asks = jobs.iter().map(|job| read_record(job.number)).collect();
        for (job, answer) in jobs.iter_mut().zip(self.ask(asks).await) {
            match answer {
                Some(value) => job.hold(value),
                None => job.state = State::Failed,
            }
        }
    }

    /// Asks the ledger who they are that report and have no record: a fix never makes somebody
    /// findable whom the ledger does not want found.
    async fn name(&self, jobs: &mut [Job]) {
        let reports = |job: &Job| {
            let first = job.changes.first();
            first.is_some_and(|(change, _)| matches!(change, Change::Report(_)))
        };
        let strangers: Vec<usize> = (0..jobs.len())
            .filter(|&at| {
                let job = &jobs[at];
                job.state == State::Open && job.held.is_none() && reports(job)
            })
            .collect();
        let named = strangers.into_iter().map(|at| {
            let number = jobs[at].number;
            async move { (at, self.profile(number).await) }
        });
        let mut named = futures_util::stream::iter(named.collect::<Vec<_>>())
            .buffer_unordered(LOOK_UPS)
            .collect::<Vec<_>>()
            .await;
        for (at, profile) in named.drain(..) {
            match profile {
                Some(profile) => jobs[at].named = profile,
                None => jobs[at].state = State::Failed,
            }
        }
    }

    /// The ledger's profile; the outer `None` when it does not answer.
    async fn profile(&self, number: u64) -> Option<Option<Profile>> {
        let before = ResponderNo(number.checked_sub(1)?);
        match self.roster.profiles(before, 1).await {
            Ok(profiles) => Some(
                profiles
                    .into_iter()
                    .find(|profile| profile.responder.0 == number),
            ),
            Err(error) => {
                tracing::warn!(%error, "a reporting responder could not be looked up");
                None
            }
        }
    }

    /// Writes the entries: people first, then what leads there, so that the script that clears
    /// the bits of empty cells cannot come between; nobody relies on an entry before all of it is
    /// answered.
    async fn put(&self, jobs: &mut [Job]) {
        let mut asks = Vec::new();
        let mut counts = Vec::new();
        for job in open(jobs) {
            job.entry = job
                .place(self.resolution)
                .map(|place| self.entry(job, place));
            let Some(entry) = &job.entry else { continue };
            let before = asks.len();
            self.ask_to_put(job.number, entry, &mut asks);
            counts.push(asks.len() - before);
        }
        let mut answers = self.ask(asks).await.into_iter();
        let mut counts = counts.into_iter();
        for job in open(jobs) {
            let Some(entry) = &mut job.entry else {
                continue;
            };
            let answers: Vec<_> = answers.by_ref().take(counts.next().unwrap_or(0)).collect();
            entry.fresh = matches!(answers.first(), Some(Some(Value::Int(1))));
            if answers.iter().any(Option::is_none) {
                job.state = State::Failed;
            } else if !entry.stays
                && let Some(Some(Value::Int(len))) = answers.last()
            {
                let len = usize::try_from(*len).unwrap_or(0);
                self.crowds.counted(entry.spot, len);
            }
        }
    }

    fn entry(&self, job: &Job, (record, spot): (Record, Spot)) -> Entry {
        let split = self.crowds.is_split(spot.cell);
        let held = job.held.and_then(|held| held.spot(self.resolution));
        Entry {
            record,
            spot,
            key: people(spot.region, if split { spot.part } else { spot.cell }),
            split,
            stays: held
                .is_some_and(|held| held.cell == spot.cell && (!split || held.part == spot.part)),
            fresh: false,
        }
    }

    /// The entry, and what leads to it: written again with each report, because a failover may
    /// have kept the entry and lost the bit, and nobody would be found there. Who stays in a hash
    /// was counted when they came.
    fn ask_to_put(&self, number: u64, entry: &Entry, asks: &mut Vec<Ask>) {
        let Spot { region, cell, part } = entry.spot;
        let mut ask = |command| asks.push(Ask::new(Tag::Region(region.into()), command));
        let mut put = cmd("HSET");
        put.arg(&entry.key)
            .arg(&keys::field(number))
            .arg(&entry.record.pack()[..]);
        ask(put);
        if entry.split {
            let pointer = pointer(part);
            let mut point = cmd("HSET");
            point
                .arg(people(region, cell))
                .arg(&pointer[..])
                .arg(&pointer[..]);
            ask(point);
        }
        let mut set = cmd("SETBIT");
        set.arg(bitmap(region, self.resolution))
            .arg(bit(cell))
            .arg(1);
        ask(set);
        if !entry.stays {
            let mut count = cmd("HLEN");
            count.arg(&entry.key);
            ask(count);
        }
    }

    async fn replace(&self, jobs: &mut [Job]) {
        let asks = open(jobs).map(|job| {
            let new = job.new.map(|record| record.pack());
            scripts::replace(job.number, &job.raw, new.as_ref())
        });
        let answers = self.ask(asks.collect()).await;
        let mut removals = Vec::new();
        let mut whose = Vec::new();
        for (job, answer) in open(jobs).zip(answers) {
            match answer {
                Some(Value::Int(_)) => {
                    job.state = State::Done;
                    for (old, spot) in job.leftovers(self.resolution) {
                        let (number, packed) = (job.number, old.pack());
                        removals.push(scripts::remove(number, &packed, spot, self.resolution));
                        whose.push((spot, job.stays_in(spot)));
                    }
                }
                Some(value) => {
                    job.hold(value);
                    job.tried.extend(job.entry.take());
                }
                None => job.state = State::Failed,
            }
        }
        let gone = self.ask(removals).await;
        for ((spot, same_cell), gone) in whose.into_iter().zip(gone) {
            // it was in another hash of the same cell: somebody has split it
            if same_cell && matches!(gone, Some(Value::Int(n)) if n > 0) {
                self.crowds.note(spot.cell);
            }
        }
    }
}

impl Job {
    fn hold(&mut self, value: Value) {
        self.held = record(&value);
        self.raw = match value {
            Value::BulkString(bytes) => bytes,
            _ => Vec::new(),
        };
    }

    /// Works out the record after all changes; done when there is nothing to write.
    fn plan(&mut self, resolution: Resolution) {
        let mut new = self.held;
        self.outcomes.clear();
        for (change, _) in &self.changes {
            let (after, outcome) = change.apply(new, self.named);
            new = after;
            self.outcomes.push(outcome);
        }
        self.new = new;
        // somebody new without a place in any cell still needs a record
        let nothing = new == self.held && self.tried.is_empty();
        let refused = self.outcomes.iter().all(|o| *o == Outcome::Refused);
        let placed = new.and_then(|record| record.spot(resolution)).is_some();
        if nothing && (refused || !placed) {
            self.state = State::Done;
        }
    }

    fn place(&self, resolution: Resolution) -> Option<(Record, Spot)> {
        let record = self.new?;
        Some((record, record.spot(resolution)?))
    }

    /// What the replaced record and failed attempts left behind. What reads the same as the new
    /// entry and is in the same cell stays: it may have been moved, and be all there is.
    fn leftovers(&self, resolution: Resolution) -> Vec<(Record, Spot)> {
        let mut left = Vec::new();
        let now = self.entry.as_ref();
        let is_now = |record: Record, spot: Spot| {
            now.is_some_and(|now| now.record == record && now.spot.cell == spot.cell)
        };
        if let Some(held) = self.held
            && let Some(spot) = held.spot(resolution)
            && !(self.stays_in(spot) && now.is_some_and(|now| !now.fresh))
            && !is_now(held, spot)
        {
            left.push((held, spot));
        }
        for tried in &self.tried {
            if now.is_none_or(|now| now.key != tried.key) && !is_now(tried.record, tried.spot) {
                left.push((tried.record, tried.spot));
            }
        }
        left
    }

    /// Whether their entry is in the cell of this spot.
    fn stays_in(&self, spot: Spot) -> bool {
        let now = self.entry.as_ref();
        now.is_some_and(|now| now.spot.cell == spot.cell)
    }
}

fn open(jobs: &mut [Job]) -> impl Iterator<Item = &mut Job> {
    jobs.iter_mut().filter(|job| job.state == State::Open)
}

/// The command that reads a record.
pub(super) fn read_record(number: u64) -> Ask {
    let bucket = keys::bucket_of(number);
    let mut command = cmd("HGET");
    command.arg(keys::records(bucket)).arg(&keys::field(number));
    Ask::new(Tag::Bucket(bucket), command)
}

/// The record in an answer.
pub(super) fn record(value: &Value) -> Option<Record> {
    match value {
        Value::BulkString(bytes) => Record::unpack(bytes),
        _ => None,
    }
}
