//! The connections, and who may use how much of each.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::transport::Transport;

/// Requests under way on one connection: 100 is what FCM was seen to allow
/// (`SETTINGS_MAX_CONCURRENT_STREAMS`), and what RFC 9113 asks servers to allow at least. Should it
/// be less, the rest queues inside the connection.
pub(super) const STREAMS: usize = 100;
/// Of these, kept free for alerts and dangers.
pub(super) const RESERVED: usize = 60;

/// One line, which is one HTTP/2 connection, with its bounds.
struct Wire {
    line: Transport,
    reserved: Semaphore,
    shared: Semaphore,
    urgent: AtomicUsize,
    other: AtomicUsize,
}

/// The connections.
pub(super) struct Wires {
    wires: Vec<Wire>,
    next: AtomicUsize,
}

impl Wires {
    pub(super) fn new(lines: impl IntoIterator<Item = Transport>) -> Self {
        let wire = |line| Wire {
            line,
            reserved: Semaphore::new(RESERVED),
            shared: Semaphore::new(STREAMS - RESERVED),
            urgent: AtomicUsize::new(0),
            other: AtomicUsize::new(0),
        };
        Self {
            wires: lines.into_iter().map(wire).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// Every line, to warm each.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Transport> {
        self.wires.iter().map(|wire| &wire.line)
    }

    /// A place on the connection least used by messages of this lane, in turn among equals. Waits
    /// while that connection is full; urgent messages may use all of it, others only their part.
    /// `None` only if there is no connection.
    pub(super) async fn slot(&self, urgent: bool) -> Option<Slot<'_>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.wires.len().max(1);
        let (before, after) = self.wires.split_at_checked(first)?;
        let in_turn = after.iter().chain(before);
        let wire = in_turn.min_by_key(|wire| wire.lane(urgent).load(Ordering::Relaxed))?;
        let counted = Counted::new(wire.lane(urgent));
        let permit = wire.permit(urgent).await?;
        Some(Slot {
            line: &wire.line,
            _permit: permit,
            _counted: counted,
        })
    }
}

impl Wire {
    fn lane(&self, urgent: bool) -> &AtomicUsize {
        if urgent { &self.urgent } else { &self.other }
    }

    async fn permit(&self, urgent: bool) -> Option<SemaphorePermit<'_>> {
        if !urgent {
            return self.shared.acquire().await.ok();
        }
        if let Ok(permit) = self.reserved.try_acquire() {
            return Some(permit);
        }
        tokio::select! {
            permit = self.reserved.acquire() => permit.ok(),
            permit = self.shared.acquire() => permit.ok(),
        }
    }
}

/// A place on a connection; given back on drop.
pub(super) struct Slot<'a> {
    /// The connection.
    pub(super) line: &'a Transport,
    _permit: SemaphorePermit<'a>,
    _counted: Counted<'a>,
}

/// One more in a lane, waiting or under way.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn wires(count: usize) -> Wires {
        let nowhere = reqwest::Url::parse("http://127.0.0.1/").unwrap();
        let line = || Transport::Clear(reqwest::Client::new(), nowhere.clone());
        Wires::new((0..count).map(|_| line()))
    }

    #[test]
    fn bulk_messages_leave_room_for_alerts_on_every_connection() {
        let wires = wires(2);
        let bulk: Vec<_> = (0..2 * (STREAMS - RESERVED))
            .map(|_| wires.slot(false).now_or_never().flatten().expect("room"))
            .collect();
        assert!(wires.slot(false).now_or_never().is_none(), "bulk is full");
        let urgent: Vec<_> = (0..2 * RESERVED)
            .map(|_| wires.slot(true).now_or_never().flatten().expect("reserved"))
            .collect();
        assert!(
            wires.slot(true).now_or_never().is_none(),
            "streams are bounded"
        );
        drop((bulk, urgent));
        assert!(
            wires.slot(false).now_or_never().is_some(),
            "places come back"
        );
    }

    #[test]
    fn alerts_use_the_whole_connection_when_nobody_else_does() {
        let wires = wires(1);
        let held: Vec<_> = (0..STREAMS)
            .map(|_| wires.slot(true).now_or_never().flatten().expect("room"))
            .collect();
        assert!(wires.slot(true).now_or_never().is_none());
        assert_eq!(held.len(), STREAMS);
    }

    #[test]
    fn messages_spread_evenly_over_the_connections() {
        let wires = wires(4);
        let _held: Vec<_> = (0..20).map(|_| wires.slot(true).now_or_never()).collect();
        for wire in &wires.wires {
            assert_eq!(wire.urgent.load(Ordering::Relaxed), 5);
        }
    }
}
