//! The newest steps of every organisation that has a viewer on this node, read and written out once
//! for all of them.
//!
//! Invariants:
//! - with a thousand viewers of a hundred organisations the ledger is asked as often as with one,
//!   and no more often than each [`REST`];
//! - what is kept is bounded; a viewer further behind reads for itself until it has caught up.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::OrgNo;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until};

use crate::desk::feed::text::{Text, texts};
use crate::view::deadline::read;
use crate::view::error::{ApiError, Code};

/// Steps read at once for all.
const BATCH: usize = 256;
/// Steps read at once for a viewer that is behind, and texts given at once to any: what a
/// connection does not take stays here.
const GIVEN: usize = 64;
/// Most texts that are kept of one organisation, and most bytes of them.
const KEPT_MAX: usize = 1024;
const KEPT_BYTES_MAX: usize = 4 << 20;
/// Between two readings: what happens meanwhile goes together. The first after a pause is at once.
const REST: Duration = Duration::from_millis(20);
/// After a failure nobody asks for so long: those who wait are told at once.
const PAUSE: Duration = Duration::from_secs(1);

/// What this node has read.
#[derive(Default)]
pub(crate) struct RecentSteps(Mutex<Option<Recent>>);

/// A viewer's part of what is read: held as long as it watches.
pub(crate) struct Subscription(OrgNo);

/// Where a viewer is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    /// The last step that it was given.
    pub(crate) seq: u64,
    /// Which history it follows, counted on this node; not known before the first answer.
    pub(crate) history: Option<u64>,
}

/// What a viewer is given.
pub(crate) enum Given {
    /// What came since, perhaps nothing, and where it is then.
    Texts(Vec<Text>, At),
    /// Its number is of another history; where the present one stands.
    Gone(At),
}

impl RecentSteps {
    /// A subscription for a viewer of that organisation. `head` is the newest step or an older one, and
    /// `hints` were subscribed to before it was read.
    pub(crate) async fn subscribe(
        &self,
        org: OrgNo,
        head: u64,
        hints: watch::Receiver<u64>,
    ) -> Arc<Subscription> {
        let mut recent = self.0.lock().await;
        recent
            .get_or_insert_with(|| Recent::at(head, hints))
            .subscribe(org, head)
    }

    /// What came after `at`.
    pub(crate) async fn after(
        &self,
        dispatch: &Dispatch,
        subscription: &Subscription,
        at: At,
    ) -> Result<Given, ApiError> {
        let mut recent = self.0.lock().await;
        let Some(recent_now) = recent.as_mut() else {
            return Err(Code::Internal.into());
        };
        if recent_now.is_behind(at) {
            recent_now.follow(dispatch).await?;
        }
        let now = At {
            seq: recent_now.to,
            history: Some(recent_now.histories),
        };
        let other = at.history.is_some_and(|of| of != recent_now.histories);
        if other || at.seq > recent_now.to {
            return Ok(Given::Gone(now));
        }
        if let Some(kept) = recent_now
            .kept
            .get(&subscription.0)
            .filter(|kept| kept.from <= at.seq)
        {
            return Ok(kept.after(at, now));
        }
        drop(recent);
        behind(dispatch, subscription.0, at, now).await
    }
}

/// For a viewer that is further behind than what is kept.
async fn behind(dispatch: &Dispatch, org: OrgNo, at: At, now: At) -> Result<Given, ApiError> {
    let steps = read(dispatch.feed.after(Some(org), at.seq, GIVEN)).await?;
    let Some(steps) = steps else {
        return Ok(Given::Gone(now));
    };
    let seq = steps.last().map_or(now.seq, |last| last.seq);
    let texts = texts(dispatch, steps.iter()).await?;
    Ok(Given::Texts(texts, At { seq, ..now }))
}

/// The newest steps.
struct Recent {
    /// Every step up to here was read.
    to: u64,
    kept: HashMap<OrgNo, Kept>,
    hints: watch::Receiver<u64>,
    /// When it was last read, and last failed.
    read_at: Option<Instant>,
    failed_at: Option<Instant>,
    /// How often another history was met.
    histories: u64,
}

/// Those of one organisation.
struct Kept {
    /// Every step after `from` that was read stands in `texts`.
    from: u64,
    texts: VecDeque<Text>,
    bytes: usize,
    subscription: Weak<Subscription>,
}

impl Recent {
    fn at(head: u64, hints: watch::Receiver<u64>) -> Self {
        Self {
            to: head,
            kept: HashMap::new(),
            hints,
            read_at: None,
            failed_at: None,
            histories: 0,
        }
    }

    fn subscribe(&mut self, org: OrgNo, head: u64) -> Arc<Subscription> {
        self.kept
            .retain(|_, kept| kept.subscription.strong_count() > 0);
        if self.kept.is_empty() {
            // nobody watched: what happened since is not read
            self.to = self.to.max(head);
        }
        if let Some(subscription) = self
            .kept
            .get(&org)
            .and_then(|kept| kept.subscription.upgrade())
        {
            return subscription;
        }
        let subscription = Arc::new(Subscription(org));
        let kept = Kept {
            from: self.to,
            texts: VecDeque::new(),
            bytes: 0,
            subscription: Arc::downgrade(&subscription),
        };
        self.kept.insert(org, kept);
        subscription
    }

    fn is_behind(&self, at: At) -> bool {
        self.hints.has_changed().unwrap_or(true) || at.seq > self.to
    }

    /// Reads what came since. Whoever waits for it meanwhile finds it read. After an error, or
    /// when the viewer whose turn it was goes away, the next one reads the same.
    async fn follow(&mut self, dispatch: &Dispatch) -> Result<(), ApiError> {
        if self.failed_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(Code::Unavailable.into());
        }
        if let Some(at) = self.read_at {
            sleep_until(at + REST).await;
        }
        let mut hints = self.hints.clone();
        // seen before the reading: a change during it is read by the next turn
        hints.borrow_and_update();
        let news = self.news(dispatch).await;
        self.failed_at = news.is_err().then(Instant::now);
        match news? {
            News::OtherHistory(head) => self.begin_anew(head),
            News::Steps { texts, to, more } => {
                if more {
                    hints.mark_changed();
                }
                self.to = to;
                self.keep(texts);
            }
        }
        self.hints = hints;
        self.read_at = Some(Instant::now());
        Ok(())
    }

    async fn news(&self, dispatch: &Dispatch) -> Result<News, ApiError> {
        let feed = &dispatch.feed;
        let head = read(feed.head()).await?;
        if head < self.to {
            return Ok(News::OtherHistory(head));
        }
        let Some(steps) = read(feed.after(None, self.to, BATCH)).await? else {
            return Ok(News::OtherHistory(head));
        };
        let watched = steps
            .iter()
            .filter(|step| self.kept.contains_key(&step.org));
        let more = steps.len() == BATCH;
        let last = steps.last().map_or(self.to, |last| last.seq);
        Ok(News::Steps {
            texts: texts(dispatch, watched).await?,
            to: if more { last } else { last.max(head) },
            more,
        })
    }

    /// The ledger was set back to an older state.
    fn begin_anew(&mut self, head: u64) {
        self.histories += 1;
        self.to = head;
        for kept in self.kept.values_mut() {
            kept.from = head;
            kept.texts.clear();
            kept.bytes = 0;
        }
    }

    fn keep(&mut self, texts: Vec<Text>) {
        for text in texts {
            if let Some(kept) = self.kept.get_mut(&text.org) {
                kept.keep(text);
            }
        }
    }
}

/// What a reading found.
enum News {
    OtherHistory(u64),
    Steps {
        texts: Vec<Text>,
        to: u64,
        more: bool,
    },
}

impl Kept {
    fn keep(&mut self, text: Text) {
        self.bytes += text.bytes.len();
        self.texts.push_back(text);
        while self.texts.len() > KEPT_MAX || self.bytes > KEPT_BYTES_MAX {
            let Some(oldest) = self.texts.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes.len();
            self.from = oldest.seq;
        }
    }

    fn after(&self, at: At, now: At) -> Given {
        let first = self.texts.partition_point(|text| text.seq <= at.seq);
        let new = self.texts.range(first..);
        let more = new.len() > GIVEN;
        let texts: Vec<Text> = new.take(GIVEN).cloned().collect();
        let seq = match texts.last() {
            Some(last) if more => last.seq,
            _ => now.seq,
        };
        Given::Texts(texts, At { seq, ..now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const ORG: OrgNo = OrgNo(7);

    fn text(seq: u64, bytes: usize) -> Text {
        Text {
            seq,
            org: ORG,
            bytes: Bytes::from(vec![b'x'; bytes]),
        }
    }

    fn recent(head: u64) -> Recent {
        let (_, hints) = watch::channel(0);
        Recent::at(head, hints)
    }

    fn given(recent: &Recent, seq: u64) -> (Vec<u64>, u64) {
        let now = At {
            seq: recent.to,
            history: Some(recent.histories),
        };
        match recent.kept[&ORG].after(At { seq, ..now }, now) {
            Given::Texts(texts, at) => (texts.iter().map(|text| text.seq).collect(), at.seq),
            Given::Gone(_) => panic!("of this history"),
        }
    }

    #[test]
    fn a_viewer_is_given_what_it_lacks_and_a_bounded_part_at_once() {
        let mut recent = recent(10);
        let _seat = recent.subscribe(ORG, 10);
        recent.keep((11..=200).map(|seq| text(seq, 1)).collect());
        recent.to = 205;
        assert_eq!(
            given(&recent, 198),
            (vec![199, 200], 205),
            "and the numbers of others"
        );
        assert_eq!(given(&recent, 205), (Vec::new(), 205));
        let (seqs, at) = given(&recent, 10);
        assert_eq!((seqs.len(), seqs[0], at), (GIVEN, 11, 10 + GIVEN as u64));
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes() {
        let mut recent = recent(0);
        let _seat = recent.subscribe(ORG, 0);
        recent.keep((1..=2000).map(|seq| text(seq, 1)).collect());
        let kept = &recent.kept[&ORG];
        assert_eq!(
            (kept.texts.len(), kept.from),
            (KEPT_MAX, 2000 - KEPT_MAX as u64)
        );
        recent.keep((2001..=2010).map(|seq| text(seq, 1 << 20)).collect());
        let kept = &recent.kept[&ORG];
        assert_eq!(
            (kept.texts.len(), kept.bytes, kept.from),
            (4, 4 << 20, 2006)
        );
    }

    #[test]
    fn after_a_time_without_viewers_nothing_old_is_read() {
        let mut recent = recent(10);
        let first = recent.subscribe(ORG, 10);
        assert!(
            Arc::ptr_eq(&first, &recent.subscribe(ORG, 12)),
            "one for all of them"
        );
        recent.subscribe(OrgNo(8), 12);
        assert_eq!(recent.to, 10, "the first goes on where it is");
        drop(first);
        let _third = recent.subscribe(ORG, 99);
        assert_eq!((recent.to, recent.kept.len()), (99, 1));
    }

    #[test]
    fn a_ledger_that_was_set_back_begins_anew() {
        let mut recent = recent(10);
        let _seat = recent.subscribe(ORG, 10);
        recent.keep(vec![text(11, 5)]);
        recent.begin_anew(4);
        let kept = &recent.kept[&ORG];
        assert_eq!((recent.to, recent.histories), (4, 1));
        assert_eq!((kept.from, kept.bytes, kept.texts.len()), (4, 0, 0));
    }
}
