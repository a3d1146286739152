//! Reads the ledger at the end of a round: over HTTP from every node, and the order of commits
//! from the database.

use super::history::{Alert, Incident, Ledger, Line, Told, Us};
use super::people::STREET;
use super::town::{NODES, Town};
use muster_stand::engines::Postgres;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// When each event was committed.
const COMMITS: &str =
    "SELECT generate_series(first_seq, last_seq), (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint
     FROM event";

impl Town {
    /// Closes whatever is open.
    pub(super) async fn close_all(&self) {
        let body = json!({"outcome": "ems_on_scene"});
        for incident in self.list("open").await {
            let path = format!("/v1/incidents/{}/close", text(&incident, "id"));
            let heard = self.ask(0, ("POST", &path), &self.desk, Some(&body)).await;
            let closed = Told::Refused("incident_closed".to_owned());
            assert!(
                heard.told == Told::Done || heard.told == closed,
                "{}",
                heard.text
            );
        }
    }

    /// Everything that is there.
    pub(super) async fn ledger(&self) -> Ledger {
        let commits = commits(&self.database).await;
        let mut ledger = Ledger::default();
        for (n, shown) in self.list("all").await.into_iter().enumerate() {
            let incident = self.incident(n, &shown, &commits).await;
            ledger.incidents.insert(incident.id.clone(), incident);
        }
        ledger
    }

    async fn list(&self, state: &str) -> Vec<Value> {
        let first = format!("/v1/incidents?limit=100&state={state}");
        let (mut all, mut path) = (Vec::new(), first.clone());
        loop {
            let page = self.ask(0, ("GET", &path), &self.desk, None).await.done();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else {
                return all;
            };
            path = format!("{first}&after={next}");
        }
    }

    async fn incident(&self, n: usize, shown: &Value, commits: &BTreeMap<u64, Us>) -> Incident {
        let id = text(shown, "id");
        let path = format!("/v1/incidents/{id}");
        let mut versions = Vec::new();
        for node in 0..NODES {
            let said = self
                .ask(node, ("GET", &path), &self.desk, None)
                .await
                .done();
            versions.push(said["version"].as_u64().unwrap());
        }
        let log = format!("{path}/log");
        let log = self
            .ask(n, ("GET", &log), &self.coordinator, None)
            .await
            .done();
        let address = shown["address"]["line"].as_str().unwrap_or_default();
        let capacity = [&shown["wanted"], &shown["overbook"]].map(|n| n.as_u64().unwrap());
        Incident {
            key: address.trim_start_matches(STREET).trim().to_owned(),
            id,
            versions,
            capacity: usize::try_from(capacity[0] + capacity[1]).unwrap(),
            alerts: shown["alerts"]
                .as_array()
                .unwrap()
                .iter()
                .map(alert)
                .collect(),
            log: log["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| line(item, commits))
                .collect(),
        }
    }
}

async fn commits(database: &str) -> BTreeMap<u64, Us> {
    let rows = Postgres::ask(database, COMMITS).await.unwrap();
    let number = |cell: &Option<String>| cell.as_ref().unwrap().parse::<i64>().unwrap();
    rows.iter()
        .map(|row| (u64::try_from(number(&row[0])).unwrap(), number(&row[1])))
        .collect()
}

fn alert(shown: &Value) -> Alert {
    Alert {
        id: text(shown, "id"),
        responder: text(shown, "responder_id"),
        answer_by: time(shown, "answer_by"),
    }
}

fn line(item: &Value, commits: &BTreeMap<u64, Us>) -> Line {
    let seq = item["seq"].as_u64().unwrap();
    Line {
        seq,
        at: time(item, "at"),
        // a line that came after the commits were read is seen by the next reading
        committed: commits.get(&seq).copied().unwrap_or(Us::MAX),
        version: item["version"].as_u64().unwrap(),
        kind: text(item, "type"),
        by: text(&item["actor"], "role"),
        alert: item["alert_id"].as_str().map(str::to_owned),
    }
}

fn text(value: &Value, field: &str) -> String {
    crate::support::text(value, field).to_owned()
}

fn time(value: &Value, field: &str) -> Us {
    let at: jiff::Timestamp = text(value, field).parse().unwrap();
    at.as_microsecond()
}
