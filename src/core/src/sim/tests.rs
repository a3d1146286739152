//! Two hundred towns, and the mistakes that must be found in them.

use super::*;

/// Seeds of the usual run.
const SEEDS: u64 = 200;

#[test]
fn every_promise_holds_in_two_hundred_towns() {
    let mut seen = Summary::default();
    for seed in 0..SEEDS {
        match run(&Setup::of(seed)) {
            Ok(summary) => {
                seen.raised += summary.raised;
                seen.accepted += summary.accepted;
                seen.crashes += summary.crashes;
            }
            Err(failure) => panic!("{failure}"),
        }
    }
    // towns in which nothing happens prove nothing
    let least = usize::try_from(SEEDS).unwrap();
    assert!(seen.raised > least, "{seen:?}");
    assert!(seen.accepted > least, "{seen:?}");
    assert!(seen.crashes > SEEDS, "{seen:?}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let setup = Setup {
        trace: true,
        ..Setup::of(7)
    };
    let (first, second) = (run(&setup).unwrap(), run(&setup).unwrap());
    assert_eq!(first, second);
    assert!(first.story.len() > 100);
}

/// Some seed shows the mistake, and as the rule that it breaks.
fn is_found(broken: Broken, rules: &[&str]) {
    let found = (0..200).find_map(|seed| {
        let setup = Setup {
            broken: Some(broken),
            ..Setup::of(seed)
        };
        run(&setup).err()
    });
    let failure = found.unwrap_or_else(|| panic!("{broken:?} was not found"));
    assert!(rules.contains(&failure.rule), "{broken:?}: {failure}");
    assert!(!failure.story.is_empty());
}

#[test]
fn a_ledger_that_ignores_claims_is_found() {
    is_found(Broken::IgnoresClaims, &["P3-eligible", "P3-one-claim"]);
}

#[test]
fn a_ledger_that_asks_anybody_is_found() {
    is_found(Broken::AsksAnybody, &["P3-eligible"]);
}

#[test]
fn an_exercise_that_takes_people_back_from_a_real_incident_is_found() {
    is_found(Broken::TakesBack, &["P3-one-claim", "P3-real-stays"]);
}

#[test]
fn decisions_that_interleave_are_found() {
    is_found(
        Broken::Interleaves,
        &[
            "P6-replay",
            "P6-log-order",
            "P3-capacity",
            "P3-asked-once",
            "P3-one-claim",
        ],
    );
}

#[test]
fn forgotten_keys_are_found() {
    is_found(Broken::ForgetsKeys, &["P1-one-per-key"]);
}

#[test]
fn dropped_outbox_rows_are_found() {
    is_found(Broken::DropsRows, &["P2-pushes", "D6-danger-told"]);
}

#[test]
fn a_feed_that_shows_numbers_before_the_commit_order_is_found() {
    is_found(Broken::ShowsTooEarly, &["P6-feed-gap"]);
}

#[test]
fn a_transaction_that_waits_with_its_number_is_found() {
    is_found(Broken::WaitsWithNumber, &["P6-log-order"]);
}

#[test]
fn an_incident_that_is_never_woken_is_found() {
    is_found(Broken::Oversleeps, &["P2-woken", "P2-ends"]);
}

#[test]
fn lost_events_are_found() {
    is_found(Broken::LosesEvents, &["P6-replay"]);
}

#[test]
fn an_index_that_weighs_only_the_nearest_is_found() {
    is_found(Broken::NearestOnly, &["P6-best-asked"]);
}

#[test]
fn lost_incidents_are_found() {
    is_found(Broken::LosesRaises, &["P1-raise-kept", "P3-one-claim"]);
}
