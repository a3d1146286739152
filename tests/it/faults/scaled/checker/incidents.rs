//! Incidents: none lost, none twice, each with its people or its reason, its timers and its order.

use super::super::history::{History, Incident, Ledger, Told, Us};
use super::{Findings, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Lines that say why nobody was asked. Each wave that finds nobody says so, and an incident may be closed
/// before its next one: `next_waves` asks that it comes otherwise.
const REASONS: &[&str] = &["wave_empty", "found_too_few", "exhausted"];
/// Lines that end the wait for an answer.
const ANSWERED: &[&str] = &[
    "accepted",
    "declined",
    "expired",
    "stood_down",
    "lapsed",
    "unreachable",
];
/// Lines that may come next after an empty wave: the next one, or the end.
const AFTER_EMPTY: &[&str] = &["wave_launched", "closed"];
/// Lines of which an alert can have one only.
const ONCE: &[&str] = &["alerted", "lapsed", "unreachable", "expired"];
/// A node's clock follows the database's, as well as one round trip can measure it.
const CLOCK_ERROR: Us = 1_000_000;
/// A timer may be late by the longest fault of a round, a node's death (four seconds) and a little.
const LATE: Us = 20_000_000;

pub(super) fn check(history: &History, ledger: &Ledger, found: &mut Findings) {
    raises(history, ledger, found);
    for incident in ledger.incidents.values() {
        order(incident, found);
        closed(incident, found);
        timers(incident, found);
        asked_once(incident, found);
        next_waves(incident, found);
        let versions: BTreeSet<_> = incident.versions.iter().collect();
        if versions.len() > 1 {
            let what = format!("{}: nodes say versions {versions:?}", incident.id);
            found.says(Rule::SameEverywhere, what);
        }
    }
}

fn raises(history: &History, ledger: &Ledger, found: &mut Findings) {
    let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for incident in ledger.incidents.values() {
        by_key.entry(&incident.key).or_default().push(&incident.id);
    }
    for (key, ids) in by_key {
        if ids.len() > 1 {
            found.says(Rule::OneForEachKey, format!("key {key} made {ids:?}"));
        }
    }
    for raise in history.raises.iter().filter(|r| r.told == Told::Done) {
        let key = &raise.key;
        let Some(id) = &raise.incident else {
            found.says(
                Rule::Kept,
                format!("key {key}: an answer without an incident"),
            );
            continue;
        };
        match ledger.incidents.get(id) {
            None => found.says(Rule::Kept, format!("{id} (key {key}) is not there")),
            Some(incident) if incident.key != *key => {
                let what = format!("key {key} was answered with {id} of key {}", incident.key);
                found.says(Rule::OneForEachKey, what);
            }
            Some(incident) => {
                let reason = |line: &str| REASONS.contains(&line);
                let said = incident.log.iter().any(|line| reason(&line.kind));
                if incident.alerts.is_empty() && !said {
                    found.says(
                        Rule::Explained,
                        format!("{id} asked nobody and says nothing"),
                    );
                }
            }
        }
    }
    for read in history
        .reads
        .iter()
        .filter(|read| read.known == Some(false))
    {
        let what = format!(
            "{} was acknowledged, and a node did not know it",
            read.incident
        );
        found.says(Rule::Kept, what);
    }
}

fn order(incident: &Incident, found: &mut Findings) {
    let unsorted = incident
        .log
        .windows(2)
        .any(|pair| pair[0].seq >= pair[1].seq);
    if unsorted {
        let what = format!(
            "{}: its log is not in the order of its numbers",
            incident.id
        );
        found.says(Rule::Order, what);
    }
    for pair in incident.log.windows(2) {
        if pair[0].version > pair[1].version {
            let what = format!(
                "{}: `{}` {} (version {}) stands before `{}` {} (version {})",
                incident.id,
                pair[0].kind,
                pair[0].seq,
                pair[0].version,
                pair[1].kind,
                pair[1].seq,
                pair[1].version
            );
            found.says(Rule::Order, what);
        }
    }
    for alert in &incident.alerts {
        let first = incident.lines(&alert.id).next();
        if first.is_none_or(|line| line.kind != "alerted") {
            let what = format!("{}: {first:?} stands before `alerted`", alert.id);
            found.says(Rule::Order, what);
        }
    }
}

fn closed(incident: &Incident, found: &mut Findings) {
    let mut closed = false;
    for line in &incident.log {
        match &*line.kind {
            "closed" => closed = true,
            "reopened" => closed = false,
            "alerted" if closed => {
                let what = format!("{}: line {} asks after the end", incident.id, line.seq);
                found.says(Rule::ClosedIsQuiet, what);
            }
            _ => {}
        }
    }
}

/// Whoever was called off may be asked again, nobody else.
fn asked_once(incident: &Incident, found: &mut Findings) {
    let mut asked: BTreeMap<&str, bool> = BTreeMap::new();
    for alert in &incident.alerts {
        let called_off = incident.says(&alert.id, &["stood_down"]);
        if asked.insert(&alert.responder, called_off) == Some(false) {
            let what = format!("{} asked {} twice", incident.id, alert.responder);
            found.says(Rule::AskedOnce, what);
        }
    }
}

/// A wave that finds nobody is followed by the next at once, or by the end of asking.
fn next_waves(incident: &Incident, found: &mut Findings) {
    for (at, line) in incident.log.iter().enumerate() {
        if line.kind != "wave_empty" {
            continue;
        }
        let next = incident.log[at + 1..]
            .iter()
            .find(|later| AFTER_EMPTY.contains(&&*later.kind));
        match next {
            None => {
                let what = format!("{}: nothing comes after an empty wave", incident.id);
                found.says(Rule::Timer, what);
            }
            Some(next) if next.at > line.at + LATE => {
                let after = (next.at - line.at) / 1000;
                let what = format!(
                    "{}: nothing for {after} ms after an empty wave",
                    incident.id
                );
                found.says(Rule::Timer, what);
            }
            Some(_) => {}
        }
    }
}

fn timers(incident: &Incident, found: &mut Findings) {
    for alert in &incident.alerts {
        let lines: Vec<_> = incident.lines(&alert.id).collect();
        for kind in ONCE {
            if lines.iter().filter(|line| line.kind == *kind).count() > 1 {
                let what = format!("{}: `{kind}` more than once", alert.id);
                found.says(Rule::Timer, what);
            }
        }
        let early = |kind: &str, at: Us| kind == "lapsed" && at < alert.answer_by - CLOCK_ERROR;
        if let Some(line) = lines.iter().find(|line| early(&line.kind, line.at)) {
            let before = (alert.answer_by - line.at) / 1000;
            let what = format!("{}: lapsed {before} ms before its time", alert.id);
            found.says(Rule::Timer, what);
        }
        let end = lines.iter().find(|line| ANSWERED.contains(&&*line.kind));
        match end {
            None => found.says(Rule::Timer, format!("{} never came to an end", alert.id)),
            Some(line) if line.at > alert.answer_by + LATE => {
                let after = (line.at - alert.answer_by) / 1000;
                let what = format!("{}: nothing until {after} ms after its time", alert.id);
                found.says(Rule::Timer, what);
            }
            Some(_) => {}
        }
    }
}

/// How late the latest lapse was.
pub(super) fn latest_timer(ledger: &Ledger) -> Us {
    let late = ledger.alerts().filter_map(|(incident, alert)| {
        let lapsed = incident
            .lines(&alert.id)
            .find(|line| line.kind == "lapsed")?;
        Some(lapsed.at - alert.answer_by)
    });
    late.max().unwrap_or(0)
}
