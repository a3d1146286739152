//! What everybody is called and where they are. Names are made when they are asked for: a million
//! of them would be more than the server that is measured.

use std::sync::Arc;

use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Source};
use muster_core::ports::Clock as _;

use super::Now;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::geo::LatLon;

/// Everybody's device id.
pub const DEVICE: &str = "phone";
/// Real addresses are so much longer than a name.
const PADDING: usize = 140;
/// Of every position, metres.
const ACCURACY_M: f32 = 10.0;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeded {
    /// The responder's id, and the `sub` of their tokens.
    pub id: String,
    /// The FCM registration token of their phone, which has the id [`DEVICE`].
    pub push_address: String,
    /// Where they are.
    pub place: LatLon,
}

/// Responders numbered from 0, one for each place.
#[derive(Debug, Clone)]
pub struct Crowd {
    points: Arc<Vec<Point>>,
}

impl Crowd {
    /// One responder for each place. Places are rounded to 1e-7 degrees, as the index holds them;
    /// an error names one that is not on earth.
    pub fn at(places: impl IntoIterator<Item = LatLon>) -> Outcome<Self> {
        let held = |degrees: f64| (degrees * 1e7).round() / 1e7;
        let point = |place: LatLon| {
            let point = Point::new(held(place.lat), held(place.lon));
            point.doing(format!("placing somebody at {}, {}", place.lat, place.lon))
        };
        let points: Outcome<Vec<_>> = places.into_iter().map(point).collect();
        Ok(Self {
            points: Arc::new(points?),
        })
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The id of a number.
    pub fn id(number: usize) -> String {
        format!("r{number}")
    }

    /// The push address of a number.
    pub fn push_address(number: usize) -> String {
        format!("r{number}-{}", "x".repeat(PADDING))
    }

    /// Whose push address this is; nothing when it is nobody's here.
    pub fn number(&self, push_address: &str) -> Option<usize> {
        let (id, _) = push_address.split_once('-')?;
        let number = id.strip_prefix('r')?.parse().ok()?;
        (number < self.len()).then_some(number)
    }

    /// Where everybody is, by number.
    pub fn points(&self) -> &Arc<Vec<Point>> {
        &self.points
    }

    /// All of one responder, if there is one of that number.
    pub fn get(&self, number: usize) -> Option<Seeded> {
        let point = self.points.get(number)?;
        Some(Seeded {
            id: Self::id(number),
            push_address: Self::push_address(number),
            place: LatLon::new(point.lat(), point.lon()),
        })
    }

    /// The position of a number as of now.
    pub(super) fn fix(&self, number: usize) -> Option<Fix> {
        let point = *self.points.get(number)?;
        Some(Fix {
            point,
            accuracy_m: ACCURACY_M,
            at: Now.now(),
            source: Source::Live,
        })
    }
}
