//! Feeds: every line, once, in order.

use super::super::history::{Feed, History, Ledger, Step};
use super::{Findings, Rule};

pub(super) fn check(history: &History, ledger: &Ledger, found: &mut Findings) {
    let mut all: Vec<Step> = Vec::new();
    for incident in ledger.incidents.values() {
        all.extend(incident.log.iter().map(|line| Step {
            seq: line.seq,
            incident: incident.id.clone(),
            change: line.kind.clone(),
        }));
    }
    all.sort_by_key(|step| step.seq);
    let newest = all.last().map_or(0, |step| step.seq);
    for (n, feed) in history.feeds.iter().enumerate() {
        one(n, feed, &all, newest, found);
    }
}

fn one(n: usize, feed: &Feed, all: &[Step], newest: u64, found: &mut Findings) {
    let Some(from) = feed.from else {
        found.says(Rule::Feed, format!("feed {n} never began"));
        return;
    };
    if feed.resets > 0 {
        let what = format!("feed {n} was told {} times to read everything", feed.resets);
        found.says(Rule::Feed, what);
    }
    if feed.to < newest {
        let what = format!("feed {n} ended at {} of {newest}", feed.to);
        found.says(Rule::Feed, what);
    }
    let range = from + 1..=feed.to;
    let expected: Vec<_> = all
        .iter()
        .filter(|step| range.contains(&step.seq))
        .collect();
    let got: Vec<_> = feed.steps.iter().collect();
    if expected == got {
        return;
    }
    let differ = expected.iter().zip(&got).position(|(a, b)| a != b);
    let at = differ.unwrap_or(expected.len().min(got.len()));
    let what = format!(
        "feed {n} ({} steps of {}) differs from the logs at step {at}: {:?} instead of {:?}",
        got.len(),
        expected.len(),
        got.get(at),
        expected.get(at)
    );
    found.says(Rule::Feed, what);
}
