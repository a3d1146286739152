//! Small conversions between columns and domain values.

use muster_core::domain::push::PushKind;
use muster_core::domain::time::Timestamp;

use super::fault::{Done, Fault};

/// A count as a column.
pub(super) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A column as a count.
pub(super) fn nat(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// A bound of a query.
pub(super) fn bound(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A column as an instant.
pub(super) fn instant(ms: Option<i64>) -> Option<Timestamp> {
    ms.map(Timestamp)
}

/// A word of the database as a value; the words are ours, so an unknown one is our mistake.
pub(super) fn word<T>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Done<T> {
    parse(word).ok_or_else(|| Fault::broken("an unknown word in a column"))
}

/// The push kind of that word.
pub(super) fn push_kind(word: &str) -> Option<PushKind> {
    PushKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}
