//! How much of each shard this node knows.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::keys::Shard;

/// A node that is further behind than this may miss somebody, and says so.
const LAG_MAX: Duration = Duration::from_secs(5);

/// Beats of which the instant is remembered: those of a minute, as long as a stream reaches back.
const BEATS: usize = 128;

/// What this node knows of the shards, and how old that is.
#[derive(Debug, Default)]
pub(super) struct Shards {
    all: [Known; Shard::COUNT],
    beats: Mutex<Beats>,
}

#[derive(Debug, Default)]
struct Known {
    /// Everything that was there has been read once.
    loaded: AtomicBool,
    /// And has been, be it that something was missed since.
    was_loaded: AtomicBool,
    /// When the newest own beat that came back had been sent.
    heard: Mutex<Option<Instant>>,
    /// Its number, and that of the newest that Redis has taken.
    heard_number: AtomicU64,
    answered: AtomicU64,
    /// What the shard was last called; it has no name after a flush, and another one then.
    epoch: Mutex<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Beats {
    last: u64,
    sent: VecDeque<(u64, Instant)>,
}

impl Shards {
    /// Whether the tree has what the shard has, but for the last few seconds.
    pub(super) fn is_current(&self, shard: Shard) -> bool {
        let known = self.known(shard);
        known.loaded.load(Relaxed)
            && known
                .heard
                .lock()
                .is_some_and(|sent| sent.elapsed() <= LAG_MAX)
    }

    pub(super) fn is_loaded(&self, shard: Shard) -> bool {
        self.known(shard).loaded.load(Relaxed)
    }

    pub(super) fn set_loaded(&self, shard: Shard) {
        let known = self.known(shard);
        known.loaded.store(true, Relaxed);
        known.was_loaded.store(true, Relaxed);
    }

    /// Whether this node has known the shard since it started.
    pub(super) fn was_loaded(&self, shard: Shard) -> bool {
        self.known(shard).was_loaded.load(Relaxed)
    }

    /// Something may have been missed.
    pub(super) fn unload(&self, shard: Shard) {
        self.known(shard).loaded.store(false, Relaxed);
    }

    /// The stream is read from now on: beats of before do not come back.
    pub(super) fn listens(&self, shard: Shard) {
        let known = self.known(shard);
        let answered = known.answered.load(Relaxed);
        known.heard_number.store(answered, Relaxed);
    }

    /// Redis has taken a beat.
    pub(super) fn answered(&self, shard: Shard, number: u64) {
        self.known(shard).answered.store(number, Relaxed);
    }

    /// How many beats that were taken have not come back.
    pub(super) fn beats_lost(&self, shard: Shard) -> u64 {
        let known = self.known(shard);
        let answered = known.answered.load(Relaxed);
        answered.saturating_sub(known.heard_number.load(Relaxed))
    }

    /// How long ago the newest beat was sent that came back; the longest of all shards.
    pub(super) fn lag(&self) -> Option<Duration> {
        let lags = self.all.iter().map(|known| {
            let heard = known.heard.lock();
            heard.map(|sent| sent.elapsed())
        });
        lags.reduce(|a, b| Some(a?.max(b?))).flatten()
    }

    /// The number of a new beat, which is being sent now.
    pub(super) fn beat(&self) -> u64 {
        let mut beats = self.beats.lock();
        beats.last += 1;
        let number = beats.last;
        beats.sent.push_back((number, Instant::now()));
        if beats.sent.len() > BEATS {
            beats.sent.pop_front();
        }
        number
    }

    /// An own beat came back in the stream of a shard.
    pub(super) fn heard(&self, shard: Shard, number: u64) {
        let sent = {
            let beats = self.beats.lock();
            let sent = beats.sent.iter().find(|(beat, _)| *beat == number);
            sent.map(|(_, at)| *at)
        };
        if let Some(sent) = sent {
            *self.known(shard).heard.lock() = Some(sent);
            self.known(shard).heard_number.store(number, Relaxed);
        }
    }

    /// Whether the shard still has the name that this node knows it by.
    pub(super) fn is_epoch(&self, shard: Shard, epoch: &[u8]) -> bool {
        !epoch.is_empty() && *self.known(shard).epoch.lock() == epoch
    }

    pub(super) fn set_epoch(&self, shard: Shard, epoch: Vec<u8>) {
        *self.known(shard).epoch.lock() = epoch;
    }

    fn known(&self, shard: Shard) -> &Known {
        &self.all[shard.number()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_of_before_a_stream_was_read_are_not_missed() {
        let (shards, shard) = (Shards::default(), Shard::FIRST);
        for _ in 0..10 {
            shards.answered(shard, shards.beat());
        }
        assert_eq!(shards.beats_lost(shard), 10);
        shards.listens(shard);
        assert_eq!(shards.beats_lost(shard), 0);
        let number = shards.beat();
        shards.answered(shard, number);
        assert_eq!(shards.beats_lost(shard), 1);
        shards.heard(shard, number);
        assert_eq!(shards.beats_lost(shard), 0);
    }
}
