//! How people answer, from published figures of the services in Denmark, Sweden, France and the
//! United Kingdom.
//!
//! Published: seen 75.6 %, accepted given seen 50 %, more than 20 % abort after accepting, turnout
//! median 105 s from the alert, 2.3 m/s on the way. Not published, so chosen here: half of those
//! who see and do not accept say so, the other half stay silent; the spread of the delays.

use muster_stand::rng::Rng;
use std::time::Duration;

/// The distribution of answers. Times are in the people's seconds; `speed` divides them.
#[derive(Debug, Clone)]
pub struct Habits {
    /// How many times faster than real people.
    pub speed: f64,
    /// Share of alerts that are seen at all.
    pub seen: f64,
    /// Share of those seen that are accepted.
    pub accept: f64,
    /// Share of those seen and not accepted that are declined rather than ignored.
    pub decline: f64,
    /// Share of those accepted that are given up.
    pub abort: f64,
    /// Median from push to the phone's receipt.
    pub receipt_s: f64,
    /// Median from receipt to being seen.
    pub see_s: f64,
    /// Median from being seen to the decision.
    pub decide_s: f64,
    /// Median from acceptance to setting off, so that turnout is 105 s from the alert.
    pub turnout_s: f64,
    /// Speed on the way.
    pub pace_mps: f64,
    /// Way over beeline.
    pub detour: f64,
    /// How long somebody stays on scene.
    pub stay_s: f64,
    /// Between positions while engaged.
    pub fix_every_s: f64,
}

impl Habits {
    /// The published figures at a speed.
    pub fn published(speed: f64) -> Self {
        Self {
            speed: speed.max(1e-3),
            seen: 0.756,
            accept: 0.5,
            decline: 0.5,
            abort: 0.2,
            receipt_s: 1.0,
            see_s: 8.0,
            decide_s: 10.0,
            turnout_s: 86.0,
            pace_mps: 2.3,
            detour: 1.3,
            stay_s: 300.0,
            fix_every_s: 15.0,
        }
    }

    /// Wall-clock time for so many of the people's seconds.
    pub fn scaled(&self, time: Duration) -> Duration {
        time.div_f64(self.speed)
    }

    /// What one person will do about one alert.
    pub fn draw(&self, rng: &mut Rng) -> Intent {
        let receipt = rng.delay(self.receipt_s, 0.6);
        let seen = rng.chance(self.seen);
        let see = rng.delay(self.see_s, 0.8);
        let decide = rng.delay(self.decide_s, 0.6);
        let decision = match (rng.chance(self.accept), rng.chance(self.decline)) {
            (true, _) => Decision::Accept,
            (false, true) => Decision::Decline,
            (false, false) => Decision::Ignore,
        };
        let turnout = rng.delay(self.turnout_s, 0.5);
        let gives_up = rng.chance(self.abort);
        let abort = Duration::from_secs_f64(rng.between(10.0, 120.0));
        Intent {
            receipt,
            see: seen.then_some(see),
            decide,
            decision,
            turnout,
            abort: gives_up.then_some(abort),
            pace_mps: self.pace_mps * rng.between(0.8, 1.35),
        }
    }
}

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// I go.
    Accept,
    /// I do not.
    Decline,
    /// No answer.
    Ignore,
}

/// What one person will do about one alert, in the people's seconds.
#[derive(Debug, Clone)]
pub struct Intent {
    /// From push to receipt.
    pub receipt: Duration,
    /// From receipt to being seen; `None` is never.
    pub see: Option<Duration>,
    /// From being seen to the decision.
    pub decide: Duration,
    /// The decision.
    pub decision: Decision,
    /// From acceptance to setting off.
    pub turnout: Duration,
    /// From acceptance to giving up; `None` is never.
    pub abort: Option<Duration>,
    /// Speed on the way.
    pub pace_mps: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_people_together_answer_as_published() {
        let habits = Habits::published(1.0);
        let mut rng = Rng::new(3);
        let all: Vec<_> = (0..20_000).map(|_| habits.draw(&mut rng)).collect();
        let seen: Vec<_> = all.iter().filter(|i| i.see.is_some()).collect();
        let accepted = seen
            .iter()
            .filter(|i| i.decision == Decision::Accept)
            .count();
        let share = |n: usize, of: usize| n as f64 / of as f64;
        assert!((share(seen.len(), all.len()) - 0.756).abs() < 0.01);
        assert!((share(accepted, seen.len()) - 0.5).abs() < 0.02);
        assert!(
            (share(all.iter().filter(|i| i.abort.is_some()).count(), all.len()) - 0.2).abs() < 0.01
        );
    }

    #[test]
    fn speed_divides_every_wait() {
        let habits = Habits::published(60.0);
        assert_eq!(
            habits.scaled(Duration::from_secs(105)),
            Duration::from_millis(1_750)
        );
    }
}
