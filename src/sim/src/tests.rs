//! Two hundred towns, and the mistakes that must be found in them.

use std::thread;

use super::*;

/// Seeds of the usual run.
const SEEDS: u64 = 200;

/// Does something with each, on as many threads as there are processors.
fn with_each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work = &work;
        let shares: Vec<_> = all
            .chunks(all.len().div_ceil(threads).max(1))
            .map(|share| scope.spawn(move || share.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let done = shares.into_iter().map(|share| share.join().unwrap());
        done.flatten().collect()
    })
}

#[test]
fn every_promise_holds_in_two_hundred_towns() {
    let seeds: Vec<u64> = (0..SEEDS).collect();
    let mut seen = Summary::default();
    for summary in with_each(&seeds, |seed| run(&Setup::of(*seed))) {
        match summary {
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

/// The first seed that shows a mistake.
fn found(mistake: &'static Mistake) -> Option<Failure> {
    (0..SEEDS).find_map(|seed| {
        let setup = Setup {
            mistake: Some(mistake),
            ..Setup::of(seed)
        };
        run(&setup).err()
    })
}

#[test]
fn each_mistake_in_a_statement_is_found() {
    let all: Vec<&'static Mistake> = MISTAKES.iter().collect();
    with_each(&all, |mistake| {
        let name = mistake.name;
        let failure = found(mistake).unwrap_or_else(|| panic!("{name}: not found"));
        assert!(mistake.rules.contains(&failure.rule), "{name}: {failure}");
        assert!(!failure.story.is_empty());
    });
}
