//! Says when something is due. Tokio's timers go by whole milliseconds, which would be a fifth of
//! what is measured; a thread of its own is as late as the system makes it, some 0.1 ms.

use tokio::sync::mpsc;
use tokio::time::Instant;

/// Hands out each thing when it is due, with that instant; in the order given, which is that of
/// time. Ends early when nobody listens any more.
pub(super) fn when_due<T: Send + 'static>(
    things: Vec<(Instant, T)>,
) -> mpsc::Receiver<(Instant, T)> {
    let (to, from) = mpsc::channel(things.len().max(1));
    std::thread::spawn(move || {
        for (due, thing) in things {
            loop {
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                // it may wake early, so it looks again
                std::thread::park_timeout(left);
            }
            if to.blocking_send((due, thing)).is_err() {
                return;
            }
        }
    });
    from
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn things_come_in_order_and_not_before_they_are_due() {
        let start = Instant::now();
        let due = [5, 5, 9].map(|ms| start + Duration::from_millis(ms));
        let mut things = when_due(due.into_iter().zip(["a", "b", "c"]).collect());
        for (at, name) in due.into_iter().zip(["a", "b", "c"]) {
            assert_eq!(things.recv().await, Some((at, name)));
            assert!(Instant::now() >= at);
        }
        assert_eq!(things.recv().await, None);
    }
}
