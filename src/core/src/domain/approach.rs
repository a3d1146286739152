//! How far somebody who said yes still has to go, from where they were last.
//!
//! Invariant: nothing here counts down by itself. Who stands still stays as far away as they are.

use super::alert::{Alert, AlertState};
use super::place::Point;
use super::responder::{Fix, Source};
use super::time::{Millis, Timestamp};

/// Somebody has left when they are nearer than when they were asked by more than so many metres,
/// and by more than their position may be wrong.
const LEFT_M: f64 = 50.0;
/// A caller is promised nobody whose position is older.
const RECENT: Millis = Millis::from_s(60);

/// Where somebody engaged is, seen from the place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approach {
    /// Great-circle metres to the place as it is now.
    pub distance_m: f64,
    /// Seconds until they are there: of whoever has left less by the age of the position, as long
    /// as it is recent.
    pub eta_s: u32,
    /// When that position was taken.
    pub position_at: Timestamp,
    /// They have left, by their word or as their position shows.
    pub left: bool,
}

impl Approach {
    /// From the last position; `None` when none was sent since the yes. `travel_s` is how long it
    /// takes from there.
    pub fn of(
        alert: &Alert,
        fix: &Fix,
        place: Point,
        travel_s: f64,
        now: Timestamp,
    ) -> Option<Self> {
        let since_the_yes = alert.accepted_at.is_some_and(|at| fix.at >= at);
        // by their hours somebody is at home, which says nothing of whoever is on the way
        if !since_the_yes || !fix.source.is_live() {
            return None;
        }
        let distance_m = fix.point.distance_m(place);
        // where they usually are is no place to have left from
        let nearer = alert.position == Source::Live
            && alert.distance_m - distance_m > LEFT_M.max(f64::from(fix.accuracy_m));
        let left = alert.state == AlertState::EnRoute || nearer;
        let age = (now - fix.at).clamp(Millis(0), RECENT);
        let gone = if left { age } else { Millis(0) };
        let eta_s = travel_s - gone.0 as f64 / 1000.0;
        Some(Self {
            distance_m,
            eta_s: whole_seconds(eta_s),
            position_at: fix.at,
            left,
        })
    }

    /// Whether the position says something about now.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now - self.position_at <= RECENT
    }
}

/// Rounded up, so that nobody is promised too early.
pub fn whole_seconds(eta_s: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of u32 first"
    )]
    let seconds = eta_s.ceil().clamp(0.0, f64::from(u32::MAX)) as u32;
    seconds
}

impl Alert {
    /// Whether they have left for the place: by their word, or as their position shows. With
    /// nothing known of their position only their word counts.
    pub fn has_left(&self, approach: Option<&Approach>) -> bool {
        self.state == AlertState::EnRoute || approach.is_some_and(|a| a.left)
    }
}
