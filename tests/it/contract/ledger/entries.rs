//! How much a raise writes, in entries of the ledger's trees: each may touch a page of its own.

use super::engines::Sqlite;
use super::support::town;

/// Asked in one raise.
const ASKED: u32 = 50;
/// Decision 10 says from what.
const ENTRIES_MAX: i64 = 180;

#[tokio::test]
async fn a_raise_that_asks_fifty_people_writes_a_bounded_number_of_entries() {
    let town = town::<Sqlite>(50).await;
    let mut raise = town.raise_of(&town.people, false);
    raise.opening.plan.max_asked = ASKED;
    for wave in &mut raise.opening.plan.waves {
        wave.at_once = ASKED;
    }
    let before = town.engine.entries();
    let raised = town.raise(raise).await;
    assert_eq!(raised.stored.incident.alerts.len(), ASKED as usize);
    let mut written = Vec::new();
    for (tree, entries) in town.engine.entries() {
        let new = entries - before.get(&tree).unwrap_or(&0);
        if new > 0 {
            written.push((new, tree));
        }
    }
    written.sort();
    let total: i64 = written.iter().map(|(new, _)| new).sum();
    assert!(total <= ENTRIES_MAX, "{total}: {written:?}");
    let of = |table: &str| written.iter().find(|(_, tree)| tree == table);
    assert!(of("event").is_some_and(|(new, _)| *new < 5), "{written:?}");
}
