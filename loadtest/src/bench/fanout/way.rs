//! One way to send, and what one round of it was.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::h2load::H2load;
use super::post::Post;
use crate::bench::talker::Talker;
use muster_stand::failure::{Context as _, Outcome};

/// The slowest way needs a second.
const ROUND: Duration = Duration::from_secs(30);

/// Who sends.
pub(super) enum Way<'a> {
    /// A warm process that says when it began.
    Sender(Box<Talker>),
    /// A fresh process over so many connections; begins when its first request arrives.
    H2load(&'a H2load, usize),
}

/// What a sender says of a round.
#[derive(Deserialize)]
struct Said {
    start_ns: u64,
    cpu_ns: u64,
    errors: u64,
    words: String,
}

/// One round.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    /// From the start to the arrival of the last message, seconds; `None` unless every message was
    /// taken exactly once.
    pub(super) last_s: Option<f64>,
    /// Messages whose last is counted in that time.
    timed: usize,
    /// Processor time of the sender, seconds.
    pub(super) cpu_s: f64,
    /// Processor time of the stand-in, seconds.
    pub(super) post_cpu_s: f64,
    /// Messages that the sender gave up, or that were not taken exactly once.
    pub(super) errors: u64,
    /// The first error, in the sender's words.
    pub(super) words: String,
}

impl Shot {
    /// Messages a second.
    pub(super) fn rate(&self) -> Option<f64> {
        let last = self.last_s.filter(|last| *last > 0.0)?;
        Some(self.timed as f64 / last)
    }
}

impl Way<'_> {
    /// Tells a sender what it needs and waits until it is ready; what it said.
    pub(super) async fn greet(talker: &mut Talker, setup: &Value) -> Outcome<Value> {
        talker.ask(setup, ROUND).await
    }

    /// Sends so many.
    pub(super) async fn round(&mut self, post: &Post, count: usize) -> Outcome<Shot> {
        let before = post.arrivals(u64::MAX).await?.taken;
        let post_used = post.cpu_s()?;
        let (start_ns, cpu_s, errors, words, timed) = match self {
            Self::Sender(talker) => {
                let said = talker.ask(&json!({"count": count}), ROUND).await?;
                let said: Said = serde_json::from_value(said).doing("reading a round")?;
                let cpu_s = said.cpu_ns as f64 / 1e9;
                (Some(said.start_ns), cpu_s, said.errors, said.words, count)
            }
            Self::H2load(h2load, clients) => {
                let ran = h2load.run(count, *clients).await?;
                let errors = (count as u64).abs_diff(ran.taken);
                (None, ran.cpu_s, errors, String::new(), count - 1)
            }
        };
        let post_cpu_s = post.cpu_s()? - post_used;
        let arrived = post.arrivals(before).await?;
        let astray = (arrived.taken - before).abs_diff(count as u64);
        let errors = errors.max(astray);
        let last_s = arrived.span_ns().and_then(|(first, last)| {
            // who does not say when it began is timed from its first arrival
            let start = start_ns.unwrap_or(first);
            (errors == 0).then(|| last.saturating_sub(start) as f64 / 1e9)
        });
        Ok(Shot {
            last_s,
            timed,
            cpu_s,
            post_cpu_s,
            errors,
            words,
        })
    }

    /// Ends it.
    pub(super) async fn stop(self) -> Outcome<()> {
        match self {
            Self::Sender(talker) => talker.stop().await,
            Self::H2load(..) => Ok(()),
        }
    }
}

#[cfg(test)]
impl Shot {
    /// All messages in that time, without a fault.
    pub(super) fn of(last_s: f64) -> Self {
        Self {
            last_s: Some(last_s),
            timed: super::ALERTS,
            cpu_s: 0.0,
            post_cpu_s: 0.0,
            errors: 0,
            words: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_with_errors_has_no_rate() {
        let shot = Shot::of(0.01);
        assert_eq!(shot.rate(), Some(50_000.0));
        let lost = Shot {
            last_s: None,
            errors: 1,
            ..shot
        };
        assert_eq!(lost.rate(), None);
    }
}
