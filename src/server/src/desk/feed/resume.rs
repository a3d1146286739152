//! Where a feed goes on after its connection broke: at the number in the cursor that the browser sends,
//! or anew when that is of another history.

use bytes::Bytes;

/// Tells a viewer that its cursor is worthless: everything is to be read again.
pub(super) fn reset(id: &str) -> Bytes {
    Bytes::from(format!("event: reset\nid: {id}\ndata: {{}}\n\n"))
}

/// Where a feed goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// Number of the last event that the viewer has.
    pub(super) seq: u64,
    /// The cursor is worthless: the viewer has to read everything again.
    pub(super) reset: bool,
}

/// Goes on at the cursor, or begins at the head (the newest event) without one. A cursor of another
/// history, or one beyond the head of a history that was set back, is worthless.
pub(super) fn start(cursor: Option<&str>, epoch: &str, head: u64) -> Start {
    let known = match cursor {
        None => Some(head),
        Some(cursor) => sequence(cursor, epoch).filter(|seq| *seq <= head),
    };
    Start {
        seq: known.unwrap_or(head),
        reset: known.is_none(),
    }
}

/// The cursor of an event: name of the history, and number.
pub(super) fn cursor(epoch: &str, seq: u64) -> String {
    format!("{epoch}-{seq}")
}

/// The number in a cursor of this history.
fn sequence(cursor: &str, epoch: &str) -> Option<u64> {
    let (of, seq) = cursor.rsplit_once('-')?;
    if of != epoch {
        return None;
    }
    seq.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_history_is_worthless() {
        assert_eq!(sequence("a-b-7", "a-b"), Some(7));
        assert_eq!(sequence("a-7", "a-b"), None);
        assert_eq!(sequence("7", "a-b"), None);
        assert_eq!(sequence("a-b-x", "a-b"), None);
    }

    #[test]
    fn a_feed_goes_on_where_it_was_and_says_when_it_cannot() {
        let at = |cursor: Option<&str>| start(cursor, "a-b", 9);
        let goes_on = |seq| Start { seq, reset: false };
        assert_eq!(at(None), goes_on(9));
        assert_eq!(at(Some(&cursor("a-b", 7))), goes_on(7));
        for worthless in ["a-b-10", "a-7", "7"] {
            let anew = Start {
                seq: 9,
                reset: true,
            };
            assert_eq!(at(Some(worthless)), anew, "{worthless}");
        }
    }
}
