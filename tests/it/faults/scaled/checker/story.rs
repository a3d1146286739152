//! A story that keeps every promise, to be doctored.

use super::super::history::{
    Alert, Answer, Change, Feed, History, Incident, Ledger, Line, Push, Raise, Read, Shown, Span,
    Standing, Step, Told, Us,
};
pub(super) const SECOND: Us = 1_000_000;

/// An incident asks anna and ben; anna accepts and is done, ben stays silent; carl was suspended
/// before. A second one then asks anna, who declines.
pub(super) fn story() -> (History, Ledger) {
    let mut history = History {
        people: ["anna", "ben", "carl"].map(str::to_owned).into(),
        ..History::default()
    };
    let ledger = story_ledger();
    for id in ["i1", "i2"] {
        history.raises.push(Raise {
            key: format!("key-{id}"),
            told: Told::Done,
            incident: Some(id.to_owned()),
            degraded: false,
        });
        history.reads.push(Read {
            incident: id.to_owned(),
            known: Some(true),
        });
    }
    for (alert, verb) in [
        ("a1", "received"),
        ("a1", "accept"),
        ("a1", "arrive"),
        ("a1", "finish"),
        ("a3", "decline"),
    ] {
        history.answers.push(Answer {
            responder: "anna".to_owned(),
            alert: alert.to_owned(),
            verb,
            told: Told::Done,
        });
    }
    history.shown.push(Shown {
        responder: "anna".to_owned(),
        alert: "a1".to_owned(),
        state: "accepted".to_owned(),
        exact: true,
    });
    history.changes.push(Change {
        responder: "carl".to_owned(),
        of: Standing::Verified,
        to: false,
        span: span(3, 4),
        told: Told::Done,
    });
    for (kind, alert, responder) in [
        ("alert", "a1", "anna"),
        ("alert", "a2", "ben"),
        ("alert", "a3", "anna"),
        ("stand_down", "a2", "ben"),
    ] {
        history.pushes.push(Push {
            responder: responder.to_owned(),
            kind: kind.to_owned(),
            alert: alert.to_owned(),
            exact: false,
        });
    }
    let steps = ledger.steps();
    history.feeds.push(Feed {
        from: Some(0),
        to: steps.last().unwrap().seq,
        steps,
        ..Feed::default()
    });
    (history, ledger)
}

fn story_ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.add(
        "i1",
        &[("a1", "anna", 15), ("a2", "ben", 15)],
        &[
            (10, "raised", ""),
            (10, "alerted", "a1"),
            (10, "alerted", "a2"),
            (11, "received", "a1"),
            (12, "accepted", "a1"),
            (13, "arrived", "a1"),
            (16, "lapsed", "a2"),
            (20, "finished", "a1"),
            (22, "stood_down", "a2"),
            (22, "closed", ""),
        ],
    );
    ledger.add(
        "i2",
        &[("a3", "anna", 35)],
        &[
            (30, "raised", ""),
            (30, "alerted", "a3"),
            (31, "declined", "a3"),
            (40, "closed", ""),
        ],
    );
    ledger
}

pub(super) fn span(began_s: Us, ended_s: Us) -> Span {
    Span {
        began: began_s * SECOND,
        ended: ended_s * SECOND,
    }
}

impl Ledger {
    /// An incident with alerts `(id, responder, answer by)` and lines `(second, type, alert)`.
    pub(super) fn add(
        &mut self,
        id: &str,
        alerts: &[(&str, &str, Us)],
        lines: &[(Us, &str, &str)],
    ) {
        let log = lines.iter().zip(1..).map(|((at, kind, alert), n)| Line {
            // room between the numbers, and those of one incident before the other's
            seq: u64::try_from(at * 10 + n).unwrap(),
            at: at * SECOND,
            committed: at * SECOND + 1_000,
            version: u64::try_from(n).unwrap(),
            kind: (*kind).to_owned(),
            by: if *kind == "lapsed" {
                "timer"
            } else {
                "responder"
            }
            .to_owned(),
            alert: (!alert.is_empty()).then(|| (*alert).to_owned()),
        });
        let incident = Incident {
            id: id.to_owned(),
            key: format!("key-{id}"),
            versions: vec![9, 9, 9],
            capacity: 1,
            alerts: alerts
                .iter()
                .map(|(id, responder, by)| Alert {
                    id: (*id).to_owned(),
                    responder: (*responder).to_owned(),
                    answer_by: by * SECOND,
                })
                .collect(),
            log: log.collect(),
        };
        self.incidents.insert(id.to_owned(), incident);
    }

    pub(super) fn incident(&mut self, id: &str) -> &mut Incident {
        self.incidents.get_mut(id).unwrap()
    }

    pub(super) fn line(&mut self, incident: &str, kind: &str) -> &mut Line {
        let mut lines = self.incident(incident).log.iter_mut();
        lines.find(|line| line.kind == kind).unwrap()
    }

    /// Takes a line out of an incident's log.
    pub(super) fn forget(&mut self, incident: &str, kind: &str) {
        self.incident(incident).log.retain(|line| line.kind != kind);
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<_> = self
            .incidents
            .values()
            .flat_map(|incident| {
                incident.log.iter().map(|line| Step {
                    seq: line.seq,
                    incident: incident.id.clone(),
                    change: line.kind.clone(),
                })
            })
            .collect();
        steps.sort_by_key(|step| step.seq);
        steps
    }
}
