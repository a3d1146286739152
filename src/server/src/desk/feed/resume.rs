//! Where a feed goes on after its connection broke: at the number in the cursor that the browser sends,
//! or anew when that is of another history.

use bytes::Bytes;

/// Tells a viewer that its cursor is worthless: everything is to be read again.
pub(super) fn reset(id: &str) -> Bytes {
    Bytes::from(format!("event: reset\nid: {id}\ndata: {{}}\n\n"))
}

/// The number in a cursor of this history.
pub(super) fn sequence(cursor: &str, epoch: &str) -> Option<u64> {
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
}
