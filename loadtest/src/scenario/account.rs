//! What must have happened, from the ledger's own words, held against what the phones saw.

use super::incidents::Raised;
use super::sheets::Sheets;
use crate::phones::{Fleet, again};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use muster_stand::client::Nodes;
use muster_stand::clock;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Logs read at once.
const AT_ONCE: usize = 16;
/// An alert that was taken back sooner need not have left the house.
const TAKEN_BACK: Duration = Duration::from_secs(10);
/// Names of lost alerts that are kept for the report.
const NAMED: usize = 20;

/// One alert, as the log of its incident has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decided {
    at: Option<Timestamp>,
    /// A provider took a push of it.
    sent: bool,
    stood_down: Option<Timestamp>,
}

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Arrived,
    /// Taken back before it was sent.
    TakenBack,
    Lost,
}

impl Decided {
    fn fate(&self, arrived: bool) -> Fate {
        let soon = |from: Timestamp, to: Timestamp| {
            let span = to.duration_since(from);
            span.unsigned_abs() <= TAKEN_BACK
        };
        match (self.at, self.stood_down) {
            _ if arrived => Fate::Arrived,
            (Some(at), Some(end)) if !self.sent && soon(at, end) => Fate::TakenBack,
            _ => Fate::Lost,
        }
    }
}

/// The account of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    /// Alerts that the ledger decided.
    pub(super) decided: u64,
    /// Of them, those that reached their phone.
    pub(super) arrived: u64,
    /// Of them, those taken back before they were sent.
    pub(super) taken_back: u64,
    /// Of them, all others.
    pub(super) lost: u64,
    /// Names of the first lost ones, with their incident.
    pub(super) lost_ids: Vec<String>,
    /// Alerts on phones that no log knows.
    pub(super) unknown: u64,
    /// Incidents whose log could not be read.
    pub(super) unread: u64,
    /// From the decision to the provider's taking it, of all alerts.
    pub(super) pushes: Vec<(Instant, Duration)>,
}

/// Reads the log of everything that was raised.
pub(super) async fn account(
    desk: &Nodes,
    raised: &[Raised],
    fleet: &Fleet,
    sheets: &Sheets,
) -> Account {
    let named = raised.iter().filter(|one| !one.id.is_empty());
    let logs = stream::iter(named).map(async |one| {
        let log = again(|| desk.any().log(&one.id)).await;
        (one.id.clone(), log)
    });
    let mut logs = logs.buffer_unordered(AT_ONCE);
    let mut account = Account::default();
    // both clocks at one instant: the ledger writes wall time, pushes are stamped with the other
    let here = (Instant::now(), clock::now());
    while let Some((incident, log)) = logs.next().await {
        let Ok(log) = log else {
            account.unread += 1;
            continue;
        };
        for (alert, decided) in alerts(&log) {
            account.count(&incident, &alert, &decided, fleet);
            let pushed = sheets.alert(&alert).map(|reached| reached.pushed);
            if let (Some(at), Some(pushed)) = (decided.at, pushed) {
                account.pushes.push((pushed, between(at, pushed, here)));
            }
        }
    }
    account.unknown = fleet
        .counts()
        .totals()
        .alerts
        .saturating_sub(account.arrived);
    account
}

impl Account {
    fn count(&mut self, incident: &str, alert: &str, decided: &Decided, fleet: &Fleet) {
        self.decided += 1;
        match decided.fate(fleet.counts().arrived(alert)) {
            Fate::Arrived => self.arrived += 1,
            Fate::TakenBack => self.taken_back += 1,
            Fate::Lost => {
                self.lost += 1;
                if self.lost_ids.len() < NAMED {
                    self.lost_ids.push(format!("{alert} of {incident}"));
                }
            }
        }
    }
}

/// From a wall time to an instant; nothing is pushed before it is decided, so never less than 0.
fn between(from: Timestamp, to: Instant, (here, now): (Instant, Timestamp)) -> Duration {
    let ago = Duration::try_from(now.duration_since(from)).unwrap_or_default();
    let since = here.saturating_duration_since(to);
    ago.saturating_sub(since)
}

/// Every alert in a log.
fn alerts(log: &[Value]) -> HashMap<String, Decided> {
    let mut all: HashMap<String, Decided> = HashMap::new();
    for line in log {
        let Some(id) = line["alert_id"].as_str() else {
            continue;
        };
        let at = line["at"].as_str().and_then(|at| at.parse().ok());
        let alert = all.entry(id.to_owned()).or_default();
        match line["type"].as_str() {
            Some("alerted") => alert.at = at,
            Some("sent") => alert.sent = true,
            Some("stood_down") => alert.stood_down = at,
            _ => {}
        }
    }
    all.retain(|_, alert| alert.at.is_some());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fate(lines: &[(&str, &str)], arrived: bool) -> Fate {
        let line = |(kind, second): &(&str, &str)| {
            json!({"type": kind, "alert_id": "a",
                   "at": format!("2026-11-22T10:00:{second}.000Z")})
        };
        let log: Vec<_> = lines.iter().map(line).collect();
        alerts(&log)["a"].fate(arrived)
    }

    #[test]
    fn an_alert_that_was_sent_and_did_not_arrive_is_lost_whatever_came_later() {
        let sent = [("alerted", "00"), ("sent", "01"), ("stood_down", "02")];
        assert_eq!(fate(&sent, false), Fate::Lost);
        assert_eq!(fate(&sent, true), Fate::Arrived);
        assert_eq!(fate(&sent[..1], false), Fate::Lost, "never sent at all");
        let unreached = [("alerted", "00"), ("unreachable", "12")];
        assert_eq!(fate(&unreached, false), Fate::Lost);
    }

    #[test]
    fn only_what_was_taken_back_at_once_and_never_sent_need_not_arrive() {
        let soon = [("alerted", "00"), ("stood_down", "09")];
        assert_eq!(fate(&soon, false), Fate::TakenBack);
        let late = [("alerted", "00"), ("stood_down", "30")];
        assert_eq!(fate(&late, false), Fate::Lost);
    }
}
