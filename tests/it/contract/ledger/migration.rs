//! Tables that an earlier version made are brought up to date and hold what they held.

use muster_core::domain::ids::{IncidentId, OrgId};
use muster_core::ports::{Feed as _, Ledger as _, Roster as _};
use muster_ledger::SqliteLedger;
use tempfile::TempDir;

use super::support::stopped;

/// Those of 0.1.0.
const TABLES_9: &str = include_str!("fixtures/tables-9.sql");
/// The incident in them that is open.
const OPEN: &str = "01a2304b5c9b73efb687b779e5d0768e";

#[tokio::test]
async fn the_history_of_0_1_0_is_read_as_it_was_written() {
    let dir = TempDir::new().unwrap();
    let tables = rusqlite::Connection::open(dir.path().join("muster.db")).unwrap();
    tables.execute_batch(TABLES_9).unwrap();
    drop(tables);
    let ledger = SqliteLedger::open(dir.path(), stopped()).unwrap();
    let org = ledger.org(&OrgId::from("town")).await.unwrap();
    let steps = ledger.after(Some(org), 0, 100).await.unwrap().unwrap();
    let steps: Vec<_> = steps.iter().map(|s| (s.seq, s.change.as_str())).collect();
    let expected = [
        (2, "raised"),
        (3, "wave_launched"),
        (4, "alerted"),
        (5, "alerted"),
        (6, "alerted"),
        (7, "found_too_few"),
        (12, "raised"),
        (13, "wave_launched"),
        (14, "wave_empty"),
        (15, "noted"),
        (16, "wave_launched"),
        (17, "wave_empty"),
        (18, "wave_launched"),
        (19, "found_too_few"),
        (20, "exhausted"),
        (21, "push_put_off"),
        (22, "push_put_off"),
        (23, "push_put_off"),
        (24, "accepted"),
        (25, "closed"),
    ];
    assert_eq!(steps, expected);
    let log = ledger.log(org, &IncidentId::from(OPEN)).await.unwrap();
    let texts: Vec<_> = log.iter().filter_map(|line| line.text.as_deref()).collect();
    assert_eq!(texts, ["door code is with the neighbour"]);
    let stored = ledger.incident(org, &IncidentId::from(OPEN)).await.unwrap();
    assert_eq!(stored.incident.alerts.len(), 3);
}
