//! Proves from a round's history and the ledger at its end that every promise was kept.
//!
//! What a violation is, is exact: nothing is forgiven because a fault was near. The order in which
//! transactions were committed is the database's own ([`Line::committed`]), and two transactions
//! that touch the same responder wait for each other, so that "after the acknowledgement" needs no
//! allowance.
//!
//! [`Line::committed`]: super::history::Line::committed

mod feeds;
mod incidents;
mod people;
mod pushes;
mod story;
mod tests;

use super::history::{History, Ledger, Told};
use std::collections::BTreeMap;
use std::fmt;

/// What must be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// An acknowledged incident is there, at every node and at the end.
    Kept,
    /// One key makes one incident, however often it was tried.
    OneForEachKey,
    /// An acknowledged incident asked somebody or says why it did not.
    Explained,
    /// What a phone was told is done is in the log.
    AnswerKept,
    /// Nobody beyond wanted and overbook.
    Capacity,
    /// Nobody is on two incidents, or asked while on one, or asked by two at once.
    OneAtATime,
    /// Nobody is asked twice by an incident.
    AskedOnce,
    /// A closed incident asks nobody.
    ClosedIsQuiet,
    /// Every alert and stand-down was handed to the provider, or the log says why not.
    Pushed,
    /// A receipt comes from a phone.
    Receipt,
    /// Nothing exact before acceptance or after the end.
    Undisclosed,
    /// Nobody is asked after it was acknowledged that they must not be.
    Eligible,
    /// A feed shows every line once, in the log's order.
    Feed,
    /// A line's number and its version grow together.
    Order,
    /// What time brings comes once, not before its time and not much later.
    Timer,
    /// All nodes say the same.
    SameEverywhere,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) rule: Rule,
    pub(super) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)
    }
}

/// What the rules say into.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    fn says(&mut self, rule: Rule, what: impl Into<String>) {
        let what = what.into();
        self.0.push(Violation { rule, what });
    }
}

/// Every promise that was broken.
pub(super) fn check(history: &History, ledger: &Ledger) -> Vec<Violation> {
    let mut found = Findings::default();
    incidents::check(history, ledger, &mut found);
    people::check(history, ledger, &mut found);
    pushes::check(history, ledger, &mut found);
    feeds::check(history, ledger, &mut found);
    found.0
}

/// The sums of a round, for people.
pub(super) fn report(history: &History, ledger: &Ledger, violations: &[Violation]) -> String {
    let lost = |rule| violations.iter().filter(|v| v.rule == rule).count();
    let acked = history.raises.iter().filter(|r| r.told == Told::Done);
    let degraded = acked.clone().filter(|r| r.degraded).count();
    let accepts = |told: &Told| {
        let answers = history.answers.iter();
        answers
            .filter(|a| a.verb == "accept" && a.told == *told)
            .count()
    };
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in &history.answers {
        if let Told::Refused(code) = &answer.told {
            *refusals.entry(code).or_default() += 1;
        }
    }
    let unsure = history
        .raises
        .iter()
        .filter(|r| r.told == Told::Unsure)
        .count();
    let pushes = |kind: &str| history.pushes.iter().filter(|p| p.kind == kind).count();
    let refused = history
        .changes
        .iter()
        .filter(|c| !c.to && c.told == Told::Done)
        .count();
    let steps: usize = history.feeds.iter().map(|feed| feed.steps.len()).sum();
    let reconnects: usize = history.feeds.iter().map(|feed| feed.reconnects).sum();
    [
        format!(
            "incidents: {} acknowledged ({degraded} degraded), {unsure} tries without an answer, {} in the ledger; lost: {}",
            acked.count(),
            ledger.incidents.len(),
            lost(Rule::Kept)
        ),
        format!(
            "alerts: {}, handed over {} times; stand-downs handed over {} times; lost: {}",
            ledger.alerts().count(),
            pushes("alert"),
            pushes("stand_down"),
            lost(Rule::Pushed)
        ),
        format!(
            "accepts: {} acknowledged, {} without an answer; refused: {refusals:?}; lost: {}",
            accepts(&Told::Done),
            accepts(&Told::Unsure),
            lost(Rule::AnswerKept)
        ),
        format!(
            "people taken out: {refused}; fixes: {:?}",
            history.fixes
        ),
        format!(
            "feeds: {}, {steps} steps, {reconnects} connections lost; latest timer {} ms after its time",
            history.feeds.len(),
            incidents::latest_timer(ledger) / 1000
        ),
        format!("violations: {}", violations.len()),
    ]
    .join("\n")
}
