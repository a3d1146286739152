//! Raising while ten thousand incidents are open and a hundred people look at the map with all of
//! them on it, beside the same without anybody who looks.

use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::Instant;

use super::{CASES, Case, Desk, INCIDENTS, ROUNDS, SLOWER_MAX, Sum, our_turn, raise};
use crate::bench::figures::{Report, round, show_us};
use crate::bench::town::{ASKED_ALSO, kind};
use crate::bench::wire::Wire;
use muster_stand::failure::Outcome;
use muster_stand::rng::Rng;
use muster_stand::say::say;

/// Open at once.
const OPEN: usize = 10_000;
/// Connections over which they are raised.
const CONNECTIONS: usize = 8;

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report, desk: &Desk<'_>, rng: &mut Rng) -> Outcome<()> {
    say(format!("feed: raising {OPEN} incidents that stay open …"));
    let start = Instant::now();
    try_join_all((0..CONNECTIONS).map(|number| {
        let own = Rng::split(rng.bits(), number as u64);
        fill(desk, OPEN / CONNECTIONS, own)
    }))
    .await?;
    say(format!("  {:.1} s", start.elapsed().as_secs_f64()));
    let cases: Vec<Case> = CASES
        .into_iter()
        .filter(|case| case.reading == 0 || case.looking)
        .collect();
    let mut sums = cases
        .iter()
        .map(|_| Sum::new())
        .collect::<Outcome<Vec<_>>>()?;
    for _ in 0..ROUNDS {
        for (case, sum) in cases.iter().zip(&mut sums) {
            our_turn(desk, *case, sum, rng).await?;
        }
    }
    let line = |(case, sum): (&Case, &Sum)| {
        let (p50, p99) = (sum.raises.us(0.5), sum.raises.us(0.99));
        vec![case.name.to_owned(), show_us(p50), show_us(p99)]
    };
    let lines: Vec<_> = cases.iter().zip(&sums).map(line).collect();
    let head = ["viewers", "raise p50", "p99"];
    Report::table(
        &format!("Raising beside {OPEN} open incidents"),
        &head,
        &lines,
    );
    if let [nobody, looking] = sums.as_slice() {
        let slower = looking.raises.us(0.5) / nobody.raises.us(0.5);
        report.judge(
            slower <= SLOWER_MAX,
            &format!(
                "raising beside {OPEN} open incidents with a hundred who look at the map: \
                 {slower:.2} × as long as without, aim {SLOWER_MAX}"
            ),
        );
        report.judge(
            looking.missing == 0,
            &format!(
                "feed: of {} incidents beside {OPEN} open ones {} were not seen in time",
                INCIDENTS * ROUNDS * 100,
                looking.missing
            ),
        );
        report.figure(
            "feed_crowded",
            json!({"open": OPEN, "nobody": nobody.raises.json(),
                   "looking": looking.raises.json(), "slower": round(slower)}),
        );
    }
    Ok(())
}

/// Raises so many, which ask few people each.
async fn fill(desk: &Desk<'_>, many: usize, mut rng: Rng) -> Outcome<()> {
    let few = kind(ASKED_ALSO.into_iter().min().unwrap_or(1));
    let mut wire = Wire::connect(desk.url).await?;
    for _ in 0..many {
        raise(&mut wire, desk, &few, &mut rng).await?;
    }
    Ok(())
}
