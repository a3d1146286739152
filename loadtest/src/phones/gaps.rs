//! Phones that have no network for a while: cellars, lifts, the country.

use std::time::Duration;

/// The golden section spreads the phones' gaps evenly over time.
const SPREAD: f64 = 0.618_033_988_749_895;

/// Who is without network when. Each phone is, again and again, for the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaps {
    /// This share of the phones at any time, 0 to 1.
    pub share: f64,
    /// Wall-clock time of one gap.
    pub each: Duration,
}

impl Gaps {
    /// How long the `n`-th phone stays without network, if it has none after so much of the run.
    pub fn left(&self, n: usize, elapsed: Duration) -> Option<Duration> {
        let each = self.each.as_secs_f64();
        if self.share <= 0.0 || each <= 0.0 {
            return None;
        }
        let round = each / self.share.min(1.0);
        let offset = (n as f64 * SPREAD).fract() * round;
        let at = (elapsed.as_secs_f64() + offset) % round;
        (at < each).then(|| Duration::from_secs_f64(each - at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_holds_at_any_time_and_every_phone_comes_back() {
        let gaps = Gaps {
            share: 0.1,
            each: Duration::from_secs(30),
        };
        for second in [0, 17, 1_000] {
            let at = Duration::from_secs(second);
            let away = (0..10_000).filter(|n| gaps.left(*n, at).is_some());
            let away = away.count();
            assert!((950..1_050).contains(&away), "{away} at {second} s");
        }
        let left = gaps.left(0, Duration::ZERO).unwrap();
        let back = left + Duration::from_millis(1);
        assert!(left <= gaps.each && gaps.left(0, back).is_none());
        let never = Gaps { share: 0.0, ..gaps };
        assert!((0..100).all(|n| never.left(n, Duration::ZERO).is_none()));
    }
}
