//! Pushes: each handed over, nothing exact in any.

use super::super::history::{History, Ledger};
use super::{Findings, Rule};
use std::collections::BTreeSet;

/// Lines that explain why an alert was never handed over: refused for good, too old, called off,
/// or answered by somebody who had seen it without a push.
const CALLED_OFF: &[&str] = &[
    "push_failed",
    "expired",
    "stood_down",
    "declined",
    "accepted",
];

pub(super) fn check(history: &History, ledger: &Ledger, found: &mut Findings) {
    let of_kind = |kind: &str| -> BTreeSet<(&str, &str)> {
        let pushes = history.pushes.iter().filter(|push| push.kind == kind);
        pushes.map(|p| (&*p.alert, &*p.responder)).collect()
    };
    let (alerts, stand_downs) = (of_kind("alert"), of_kind("stand_down"));
    for (incident, alert) in ledger.alerts() {
        let to = (&*alert.id, &*alert.responder);
        let handed_over = alerts.contains(&to);
        if !handed_over && !incident.says(&alert.id, CALLED_OFF) {
            let what = format!("{} was never handed over, and nothing says why", alert.id);
            found.says(Rule::Pushed, what);
        }
        let called_off = incident.says(&alert.id, &["stood_down"]);
        let failed = incident.says(&alert.id, &["push_failed"]);
        if handed_over && called_off && !failed && !stand_downs.contains(&to) {
            let what = format!("{}: the stand-down was never handed over", alert.id);
            found.says(Rule::Pushed, what);
        }
    }
    for push in &history.pushes {
        if !history.people.contains(&push.responder) {
            let what = format!("a `{}` went to {}", push.kind, push.responder);
            found.says(Rule::Eligible, what);
        }
        if push.exact {
            let what = format!(
                "the `{}` of {} holds the exact place",
                push.kind, push.alert
            );
            found.says(Rule::Undisclosed, what);
        }
    }
}
