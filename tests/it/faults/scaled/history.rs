//! What was asked and answered during a round, and what is there at its end: plain facts, so that
//! the checker can be given invented ones.

use std::collections::{BTreeMap, BTreeSet};

/// Microseconds since 1970 by the clock of this machine, which is also the database's.
pub(super) type Us = i64;

/// From just before a request left until just after its answer came: rounded outwards, so that
/// "after" and "before" are never claimed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) began: Us,
    pub(super) ended: Us,
}

/// How a request ended for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// 2xx: acknowledged.
    Done,
    /// 4xx with this code: nothing was changed.
    Refused(String),
    /// No answer, or 5xx: it may have taken effect, or may do so later.
    Unsure,
}

/// One try to raise.
#[derive(Debug, Clone)]
pub(super) struct Raise {
    pub(super) key: String,
    pub(super) told: Told,
    /// The incident of the answer.
    pub(super) incident: Option<String>,
    /// The answer had the warning.
    pub(super) degraded: bool,
}

/// An acknowledged incident was read by its id.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) incident: String,
    /// Whether the node knew it; `None` when it did not say.
    pub(super) known: Option<bool>,
}

/// One try of a phone to say something about an alert.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) responder: String,
    pub(super) alert: String,
    /// The last part of the path.
    pub(super) verb: &'static str,
    pub(super) told: Told,
}

/// What a phone was shown of an alert.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) responder: String,
    pub(super) alert: String,
    pub(super) state: String,
    /// The exact place or the address was in it.
    pub(super) exact: bool,
}

/// Which of the two things that make somebody eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// The responder's own wish.
    Duty,
    /// The organisation's word.
    Verified,
}

/// One try to change whether somebody may be asked.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) responder: String,
    pub(super) of: Standing,
    pub(super) to: bool,
    pub(super) span: Span,
    pub(super) told: Told,
}

/// A push that the provider took.
#[derive(Debug, Clone)]
pub(super) struct Push {
    /// Whose phone it went to; the address when it is nobody's.
    pub(super) responder: String,
    pub(super) kind: String,
    pub(super) alert: String,
    /// The exact place or the address was in it.
    pub(super) exact: bool,
}

/// One step of a coordinator's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) seq: u64,
    pub(super) incident: String,
    pub(super) change: String,
}

/// A feed as one coordinator followed it, over all nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    /// The number it began behind.
    pub(super) from: Option<u64>,
    /// The number it has reached.
    pub(super) to: u64,
    pub(super) steps: Vec<Step>,
    /// How often it was told to read everything again.
    pub(super) resets: usize,
    /// How often it had to connect again.
    pub(super) reconnects: usize,
}

/// Everything that was asked, answered and pushed.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// The people of the organisation.
    pub(super) people: BTreeSet<String>,
    pub(super) raises: Vec<Raise>,
    pub(super) reads: Vec<Read>,
    pub(super) answers: Vec<Answer>,
    pub(super) shown: Vec<Shown>,
    pub(super) changes: Vec<Change>,
    pub(super) pushes: Vec<Push>,
    pub(super) feeds: Vec<Feed>,
    /// Positions by what became of them.
    pub(super) fixes: BTreeMap<String, usize>,
}

/// One line of an incident's log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) seq: u64,
    /// When it was decided, by the deciding node.
    pub(super) at: Us,
    /// When it was committed, by the database.
    pub(super) committed: Us,
    pub(super) version: u64,
    pub(super) kind: String,
    /// Role of the actor.
    pub(super) by: String,
    pub(super) alert: Option<String>,
}

/// An alert at the end.
#[derive(Debug, Clone)]
pub(super) struct Alert {
    pub(super) id: String,
    pub(super) responder: String,
    pub(super) answer_by: Us,
}

/// An incident at the end.
#[derive(Debug, Clone)]
pub(super) struct Incident {
    pub(super) id: String,
    /// The key it was raised under, as its address says.
    pub(super) key: String,
    /// Its version as each node says.
    pub(super) versions: Vec<u64>,
    /// Most that may have accepted.
    pub(super) capacity: usize,
    pub(super) alerts: Vec<Alert>,
    /// Oldest first.
    pub(super) log: Vec<Line>,
}

impl Incident {
    /// The lines about an alert, oldest first.
    pub(super) fn lines<'a>(&'a self, alert: &'a str) -> impl Iterator<Item = &'a Line> {
        let lines = self.log.iter();
        lines.filter(move |line| line.alert.as_deref() == Some(alert))
    }

    /// Whether there is a line of one of these kinds about an alert.
    pub(super) fn says(&self, alert: &str, kinds: &[&str]) -> bool {
        self.lines(alert).any(|line| kinds.contains(&&*line.kind))
    }
}

/// Everything that is in the ledger at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    pub(super) incidents: BTreeMap<String, Incident>,
}

impl Ledger {
    /// Every alert with its incident.
    pub(super) fn alerts(&self) -> impl Iterator<Item = (&Incident, &Alert)> {
        let incidents = self.incidents.values();
        incidents.flat_map(|i| i.alerts.iter().map(move |alert| (i, alert)))
    }
}
