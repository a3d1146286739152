//! Who is connected to this node.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use muster_core::domain::ids::ResponderNo;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Sockets of one node; above this somebody should add a node.
const PHONES_MAX: usize = 50_000;
/// Connections of one responder: a phone, a tablet, and what has not noticed yet that it is gone.
const OF_ONE_MAX: usize = 4;
/// Locks, so that a raise and a connecting phone seldom meet.
const SHARDS: u64 = 64;

/// No place is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowded;

/// What rings in a connection.
#[derive(Default)]
pub(crate) struct Bell {
    /// There is news. Rings once for any number of changes.
    pub(crate) news: Notify,
    /// The session of this device may have ended.
    pub(crate) signed_out: Notify,
    /// A newer connection of the same device is there.
    pub(crate) replaced: Notify,
}

struct Entry {
    number: u64,
    device: String,
    bell: Arc<Bell>,
}

type Shard = Mutex<HashMap<ResponderNo, Vec<Entry>>>;

/// The connected phones of this node.
pub(crate) struct Phones {
    shards: Vec<Shard>,
    count: AtomicUsize,
    sockets: AtomicUsize,
    next: AtomicU64,
}

impl Default for Phones {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            count: AtomicUsize::new(0),
            sockets: AtomicUsize::new(0),
            next: AtomicU64::new(0),
        }
    }
}

impl Phones {
    fn shard(&self, of: ResponderNo) -> &Shard {
        let at = usize::try_from(of.0 % SHARDS).unwrap_or_default();
        &self.shards[at]
    }

    /// How many phones are connected.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether a phone of this responder is connected here.
    pub(crate) fn has(&self, of: ResponderNo) -> bool {
        self.shard(of).lock().contains_key(&of)
    }

    /// A slot for another socket, whether or not it has said yet whose it is.
    pub(crate) fn slot(self: &Arc<Self>) -> Result<Slot, Crowded> {
        let slot = Slot(Arc::clone(self));
        if self.sockets.fetch_add(1, Ordering::Relaxed) >= PHONES_MAX {
            // dropping the slot gives it back
            return Err(Crowded);
        }
        Ok(slot)
    }

    /// Takes a place. An older connection of the same device is told to go; beyond the bound of
    /// one responder, the oldest is.
    pub(crate) fn enter(self: &Arc<Self>, of: ResponderNo, device: String) -> Connection {
        let bell = Arc::new(Bell::default());
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut shard = self.shard(of).lock();
        let own = shard.entry(of).or_default();
        let same = own.iter().position(|entry| entry.device == device);
        let leaves = same.or((own.len() >= OF_ONE_MAX).then_some(0));
        match leaves {
            Some(at) => own.remove(at).bell.replaced.notify_one(),
            None => {
                self.count.fetch_add(1, Ordering::Relaxed);
            }
        }
        own.push(Entry {
            number,
            device,
            bell: Arc::clone(&bell),
        });
        drop(shard);
        Connection {
            phones: Arc::clone(self),
            of,
            number,
            bell,
        }
    }

    /// Rings for these responders. On the path of a raise: no waiting, no allocation.
    pub(crate) fn ring(&self, of: &[ResponderNo]) {
        if self.count() == 0 {
            return;
        }
        for responder in of {
            if let Some(own) = self.shard(*responder).lock().get(responder) {
                for entry in own {
                    entry.bell.news.notify_one();
                }
            }
        }
    }

    /// Makes the connections of these responders ask whether their sessions still stand.
    pub(crate) fn signed_out(&self, of: &[ResponderNo]) {
        for responder in of {
            if let Some(own) = self.shard(*responder).lock().get(responder) {
                for entry in own {
                    entry.bell.signed_out.notify_one();
                }
            }
        }
    }

    /// Rings for everybody.
    pub(crate) fn ring_all(&self) {
        for shard in &self.shards {
            for entry in shard.lock().values().flatten() {
                entry.bell.news.notify_one();
            }
        }
    }

    fn leave(&self, of: ResponderNo, number: u64) {
        let mut shard = self.shard(of).lock();
        let Some(own) = shard.get_mut(&of) else {
            return;
        };
        let before = own.len();
        own.retain(|entry| entry.number != number);
        // who was replaced has given the place to another
        self.count.fetch_sub(before - own.len(), Ordering::Relaxed);
        if own.is_empty() {
            shard.remove(&of);
        }
    }
}

/// A socket's slot among the bounded number of them.
pub(crate) struct Slot(Arc<Phones>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection's place, given back when it ends.
pub(crate) struct Connection {
    phones: Arc<Phones>,
    of: ResponderNo,
    number: u64,
    pub(crate) bell: Arc<Bell>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.phones.leave(self.of, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const ANNA: ResponderNo = ResponderNo(1);
    /// Behind the same lock as Anna.
    const BEN: ResponderNo = ResponderNo(1 + SHARDS);

    #[test]
    fn the_newest_connection_of_a_device_takes_the_place_of_the_older() {
        let phones = Arc::new(Phones::default());
        let first = phones.enter(ANNA, "a".to_owned());
        let second = phones.enter(ANNA, "a".to_owned());
        assert_eq!(phones.count(), 1);
        assert!(first.bell.replaced.notified().now_or_never().is_some());
        phones.ring(&[ANNA]);
        assert!(first.bell.news.notified().now_or_never().is_none());
        assert!(second.bell.news.notified().now_or_never().is_some());
        drop(first);
        assert_eq!(phones.count(), 1, "the older one had no place any more");
        assert!(phones.has(ANNA));
        drop(second);
        assert_eq!(phones.count(), 0);
        assert!(!phones.has(ANNA));
    }

    #[test]
    fn every_phone_of_a_responder_hears_and_nobody_elses() {
        let phones = Arc::new(Phones::default());
        let own = ["a", "b"].map(|device| phones.enter(ANNA, device.to_owned()));
        let other = phones.enter(BEN, "a".to_owned());
        phones.ring(&[ANNA]);
        phones.ring(&[ANNA]);
        for place in &own {
            assert!(place.bell.news.notified().now_or_never().is_some());
            assert!(place.bell.news.notified().now_or_never().is_none(), "once");
        }
        assert!(other.bell.news.notified().now_or_never().is_none());
        phones.ring_all();
        assert!(other.bell.news.notified().now_or_never().is_some());
    }

    #[test]
    fn one_responder_has_a_bounded_number_of_places() {
        let phones = Arc::new(Phones::default());
        let many: Vec<_> = (0..6).map(|n| phones.enter(ANNA, n.to_string())).collect();
        assert_eq!(phones.count(), OF_ONE_MAX);
        let gone = |place: &Connection| place.bell.replaced.notified().now_or_never().is_some();
        let left: Vec<bool> = many.iter().map(gone).collect();
        assert_eq!(left, [true, true, false, false, false, false]);
        drop(many);
        assert_eq!(phones.count(), 0);
    }
}
