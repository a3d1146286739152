//! What an answer of a push service means for the push: taken, a subscription that ended, or
//! later. Whether it is believed: `trust.rs`.

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Later, SendResult};

/// 429 without `Retry-After`.
const QUOTA_WAIT: Millis = Millis::from_s(30);
/// The least and the most we believe of a `Retry-After`.
const WAIT: std::ops::RangeInclusive<i64> = 1..=3600;

/// `Retry-After` in seconds or as a date, held to sane bounds.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Millis> {
    let header = header.trim();
    let seconds = if let Ok(seconds) = header.parse::<i64>() {
        seconds
    } else {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        let date = parser.parse_timestamp(header).ok()?;
        Millis(date.as_millisecond().saturating_sub(now.0)).as_s()
    };
    Some(Millis::from_s(seconds.clamp(*WAIT.start(), *WAIT.end())))
}

/// A no that does not say that the subscription ended.
pub(super) fn refused(reason: &'static str, after: Option<Millis>) -> SendResult {
    SendResult::Later(Later {
        reason,
        after,
        refused: true,
        all: false,
    })
}

/// What an answer of a push service means.
pub(super) fn verdict(status: u16, wait: Option<Millis>) -> SendResult {
    // about this phone's subscription for all that one answer tells: it was made for another key,
    // or its service is a stranger's. Whether the whole service takes nothing is seen beside others
    let refused = |reason| refused(reason, wait);
    let later = |reason, after| {
        SendResult::Later(Later {
            reason,
            after,
            refused: false,
            all: false,
        })
    };
    match status {
        200..=299 => SendResult::Taken {
            name: "webpush".to_owned(),
        },
        404 | 410 => SendResult::Gone {
            reason: "unregistered",
        },
        401 | 403 => refused("vapid_refused"),
        413 => refused("payload_too_large"),
        429 => later("quota", Some(wait.unwrap_or(QUOTA_WAIT))),
        408 | 500..=599 => later("unavailable", wait),
        400..=499 => refused("invalid_argument"),
        // redirects are not followed: they lead wherever the stranger likes
        _ => later("not_an_answer", wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_subscriptions_are_buried_and_busy_services_waited_for() {
        for status in [404, 410] {
            assert!(matches!(verdict(status, None), SendResult::Gone { .. }));
        }
        assert!(matches!(verdict(201, None), SendResult::Taken { .. }));
        assert!(matches!(
            verdict(302, None),
            SendResult::Later(Later { refused: false, .. })
        ));
        let asked = Some(Millis::from_s(7));
        for status in [429, 503] {
            let SendResult::Later(later) = verdict(status, asked) else {
                panic!("{status} is not for ever");
            };
            assert_eq!((later.after, later.refused), (asked, false));
        }
    }

    #[test]
    fn no_answer_ends_a_message_but_one_that_names_the_subscription() {
        for status in 100..=599 {
            match verdict(status, None) {
                SendResult::Taken { .. } => assert!((200..300).contains(&status), "{status}"),
                SendResult::Gone { .. } => assert!([404, 410].contains(&status), "{status}"),
                SendResult::Later(later) => {
                    let no = (400..500).contains(&status) && ![408, 429].contains(&status);
                    assert_eq!(later.refused, no, "{status}");
                }
            }
        }
    }

    #[test]
    fn a_wish_is_read_in_both_spellings_and_held_to_bounds() {
        let now = Timestamp(784_111_777_000);
        let wait = |text| retry_after(text, now).map(Millis::as_s);
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(wait("-5"), Some(1));
        assert_eq!(wait("999999"), Some(3600));
        assert_eq!(wait("soon"), None);
    }
}
