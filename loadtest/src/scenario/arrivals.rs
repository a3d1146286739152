//! When incidents are due. The schedule is made before the run and does not wait for answers.

use super::table::Arrivals;
use muster_stand::rng::Rng;
use std::time::Duration;

/// More incidents than this are a mistake in the table or on the command line.
const MOST: usize = 100_000;

/// From the start of the run to each incident, ascending.
pub(super) fn schedule(arrivals: Arrivals, whole: Duration, seed: u64) -> Vec<Duration> {
    let mut rng = Rng::split(seed, 5);
    let whole_s = whole.as_secs_f64();
    let mut all = match arrivals {
        Arrivals::Random { per_s } => {
            let mut at = 0.0;
            let next = || {
                // exponential gaps make a Poisson process; 1 - unit is never 0
                at += -(1.0 - rng.unit()).ln() / per_s.max(1e-6);
                Some(at)
            };
            let all = std::iter::from_fn(next).take_while(|at| *at < whole_s);
            all.take(MOST).collect::<Vec<_>>()
        }
        Arrivals::Bursts { count, every_s } => {
            let every_s = every_s.max(1.0);
            let starts = (0_u32..).map(|n| every_s * (f64::from(n) + 0.5));
            let starts = starts.take_while(|start| start + 1.0 < whole_s);
            let all = starts.flat_map(|start| {
                let within: Vec<_> = (0..count).map(|_| start + rng.unit()).collect();
                within
            });
            all.take(MOST).collect()
        }
    };
    all.sort_by(f64::total_cmp);
    all.into_iter().map(Duration::from_secs_f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap_s(from: Duration, to: Duration) -> f64 {
        to.as_secs_f64() - from.as_secs_f64()
    }

    #[test]
    fn random_arrivals_are_as_many_as_they_should_be_and_the_same_for_the_same_seed() {
        let of = |seed| {
            schedule(
                Arrivals::Random { per_s: 2.0 },
                Duration::from_secs(5_000),
                seed,
            )
        };
        let all = of(1);
        assert!((9_700..10_300).contains(&all.len()), "{}", all.len());
        assert!(all.is_sorted());
        assert_eq!(all, of(1));
        assert_ne!(all, of(2));
        // as many short gaps as a memoryless process has: 1 - 1/e are below the mean
        let gaps = all.windows(2).filter(|w| gap_s(w[0], w[1]) < 0.5);
        let share = gaps.count() as f64 / all.len() as f64;
        assert!((share - 0.632).abs() < 0.02, "{share}");
    }

    #[test]
    fn a_burst_is_over_within_a_second() {
        let bursts = Arrivals::Bursts {
            count: 50,
            every_s: 20.0,
        };
        let all = schedule(bursts, Duration::from_mins(1), 1);
        assert_eq!(all.len(), 150);
        assert!(gap_s(all[0], all[49]) < 1.0);
        assert!(gap_s(all[49], all[50]) > 18.0);
    }
}
