//! The page says what the program prints.
//!
//! Simulating every line takes half a minute without optimisation, so one line stands for all: what
//! changes the others changes it too, and their shares are reckoned, not simulated.

use super::measured::Measured;
use super::{INCIDENTS, SEED, cases, table};

const STALE: &str = "docs/scale.md is stale, `muster-loadtest scale` prints otherwise";

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scale.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn what_is_reckoned_stands_on_the_page() {
    let (page, measured) = (page(), Measured::default());
    for text in [table::breaks(&measured), table::cost()] {
        assert!(page.contains(&text), "{STALE}:\n{text}");
    }
    for case in cases::all() {
        let line = table::shares(&measured, &case);
        assert!(page.contains(&line), "{STALE}:\n{line}");
    }
}

#[test]
fn what_is_simulated_stands_on_the_page() {
    let (measured, case) = (Measured::default(), cases::all()[0]);
    let shares = table::shares(&measured, &case);
    let took = table::took(&measured, &case, INCIDENTS, SEED);
    let line = format!("{shares} {took} |");
    assert!(page().contains(&line), "{STALE}:\n{line}");
}
