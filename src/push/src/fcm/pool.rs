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

/// One HTTP/2 connection with its bounds.
struct Pooled {
    transport: Transport,
    reserved: Semaphore,
    shared: Semaphore,
    urgent: AtomicUsize,
    other: AtomicUsize,
}

/// The connections.
pub(super) struct Pool {
    connections: Vec<Pooled>,
    next: AtomicUsize,
}

impl Pool {
    pub(super) fn new(transports: impl IntoIterator<Item = Transport>) -> Self {
        let connection = |transport| Pooled {
            transport,
            reserved: Semaphore::new(RESERVED),
            shared: Semaphore::new(STREAMS - RESERVED),
            urgent: AtomicUsize::new(0),
            other: AtomicUsize::new(0),
        };
        Self {
            connections: transports.into_iter().map(connection).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// Every connection, to warm each.
    pub(super) fn transports(&self) -> impl Iterator<Item = &Transport> {
        self.connections
            .iter()
            .map(|connection| &connection.transport)
    }

    /// A place on the connection least used by messages of this lane, in turn among equals. Waits
    /// while that connection is full; urgent messages may use all of it, others only their part.
    /// `None` only if there is no connection.
    pub(super) async fn slot(&self, urgent: bool) -> Option<Slot<'_>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let (before, after) = self.connections.split_at_checked(first)?;
        let in_turn = after.iter().chain(before);
        let connection =
            in_turn.min_by_key(|connection| connection.lane(urgent).load(Ordering::Relaxed))?;
        let counted = Counted::new(connection.lane(urgent));
        let permit = connection.permit(urgent).await?;
        Some(Slot {
            transport: &connection.transport,
            _permit: permit,
            _counted: counted,
        })
    }
}

impl Pooled {
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
    pub(super) transport: &'a Transport,
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

    fn pool(count: usize) -> Pool {
        let nowhere = reqwest::Url::parse("http://127.0.0.1/").unwrap();
        let transport = || Transport::Clear(reqwest::Client::new(), nowhere.clone());
        Pool::new((0..count).map(|_| transport()))
    }

    #[test]
    fn bulk_messages_leave_room_for_alerts_on_every_connection() {
        let pool = pool(2);
        let bulk: Vec<_> = (0..2 * (STREAMS - RESERVED))
            .map(|_| pool.slot(false).now_or_never().flatten().expect("room"))
            .collect();
        assert!(pool.slot(false).now_or_never().is_none(), "bulk is full");
        let urgent: Vec<_> = (0..2 * RESERVED)
            .map(|_| pool.slot(true).now_or_never().flatten().expect("reserved"))
            .collect();
        assert!(
            pool.slot(true).now_or_never().is_none(),
            "streams are bounded"
        );
        drop((bulk, urgent));
        assert!(
            pool.slot(false).now_or_never().is_some(),
            "places come back"
        );
    }

    #[test]
    fn alerts_use_the_whole_connection_when_nobody_else_does() {
        let pool = pool(1);
        let held: Vec<_> = (0..STREAMS)
            .map(|_| pool.slot(true).now_or_never().flatten().expect("room"))
            .collect();
        assert!(pool.slot(true).now_or_never().is_none());
        assert_eq!(held.len(), STREAMS);
    }

    #[test]
    fn messages_spread_evenly_over_the_connections() {
        let pool = pool(4);
        let _held: Vec<_> = (0..20).map(|_| pool.slot(true).now_or_never()).collect();
        for connection in &pool.connections {
            assert_eq!(connection.urgent.load(Ordering::Relaxed), 5);
        }
    }
}
