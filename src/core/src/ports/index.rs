//! Where people are now.

use async_trait::async_trait;

use crate::domain::bounds::Bounds;
use crate::domain::ids::{OrgNo, ResponderNo};
use crate::domain::place::Point;
use crate::domain::responder::{Fix, Profile, Skills, Source};
use crate::domain::selection::Weighing;
use crate::domain::time::Timestamp;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search {
    /// From where.
    pub centre: Point,
    /// Only responders of these organisations.
    pub orgs: Vec<OrgNo>,
    /// No further than this, metres great-circle.
    pub radius_m: f64,
    /// At most so many, the best.
    pub limit: usize,
    /// Who is better than whom.
    pub weighing: Weighing,
    /// Only responders with one of these skills; empty means any.
    pub skills: Skills,
    /// Only live fixes taken at or after this instant.
    pub not_before: Timestamp,
    /// Of places only those confirmed at or after this instant; with `None` nobody is found at
    /// a place.
    pub places: Option<Timestamp>,
    /// Only those who opted in to exercises.
    pub exercise: bool,
}

impl Search {
    /// Whether a fix is new enough.
    pub fn takes(&self, fix: &Fix) -> bool {
        match fix.source {
            Source::Live => fix.at >= self.not_before,
            Source::Place => self.places.is_some_and(|not_before| fix.at >= not_before),
        }
    }

    /// The distance that decides the order of people found.
    pub fn weighed_m(&self, found: &Found) -> f64 {
        self.weighing.weighed_m(found.distance_m, &found.fix)
    }

    /// Puts people in the order of an answer, and takes away those beyond the limit.
    pub fn best(&self, found: &mut Vec<Found>) {
        found.sort_by(|a, b| {
            let by_weight = self.weighed_m(a).total_cmp(&self.weighed_m(b));
            by_weight.then(a.profile.responder.cmp(&b.profile.responder))
        });
        found.truncate(self.limit);
    }
}

/// Somebody in reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// As the index last heard it.
    pub profile: Profile,
    /// Their last fix.
    pub fix: Fix,
    /// Great-circle distance from the centre in metres.
    pub distance_m: f64,
}

/// The answer to a search.
#[derive(Debug, Clone, Default)]
pub struct Nearest {
    /// Best first.
    pub found: Vec<Found>,
    /// The index could not be asked in full and last known positions stand in for it.
    pub degraded: bool,
}

/// Live positions of responders. A hint, never the truth: the deciding transaction reads the
/// eligibility of whoever is found here again.
///
/// Contract:
/// - `nearest` returns only profiles with `available`, of the given organisations: of all that the
///   search asks for, the best by its weighing, best first, however many others are nearer. People
///   whose weighed distances differ by less than a decimetre may come in any order. Its cost follows
///   the limit and the local density, never the number of responders.
/// - a fix replaces another by [`Fix::replaces`], so an older one never a newer one, and a place no
///   live position before that is half an hour old; an older profile never replaces a newer one.
/// - a fix alone never makes somebody findable: `admit` must have named them first.
#[async_trait]
pub trait LiveIndex: Send + Sync {
    /// Sets who somebody is and whether they may be found.
    async fn admit(&self, profile: Profile);
    /// Moves somebody. False when the fix held counts more or the responder is unknown.
    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool;
    /// Forgets the fix of somebody if it is that of a place and was confirmed at or before `at`.
    /// Should that fail, the fix is soon too old for any search.
    async fn leave_place(&self, responder: ResponderNo, at: Timestamp);
    /// The available responders who are best placed.
    async fn nearest(&self, search: &Search) -> Nearest;
    /// Last fixes of these responders, findable or not.
    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)>;
    /// Takes somebody out for good, with their position.
    async fn forget(&self, responder: ResponderNo);
    /// Findable responders of all organisations given per H3 cell of `resolution` (0 to 9), for
    /// the cells whose centre lies in one of the boxes. May be some seconds old. Its cost follows
    /// what the boxes hold, as far as the index can tell, so callers choose a resolution in which
    /// they hold few cells.
    async fn density(&self, orgs: &[OrgNo], resolution: u8, within: &[Bounds]) -> Vec<(u64, u32)>;
}
