//! From words to places.

use async_trait::async_trait;
use thiserror::Error;

use crate::domain::place::Point;

/// A place and what people call it. No `Debug`: addresses never reach a log.
#[derive(Clone, PartialEq)]
pub struct NamedPlace {
    /// For people.
    pub label: String,
    /// Where.
    pub point: Point,
}

/// The geocoder did not answer, or not so that it could be understood; in words for the operator,
/// without what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the geocoder: {0}")]
pub struct NoAnswer(pub String);

/// Finds places by their address. Must give up by its own deadline.
#[async_trait]
pub trait Geocoder: Send + Sync {
    /// Places of that name, the best first, those around `near` preferred.
    async fn search(&self, text: &str, near: Option<Point>) -> Result<Vec<NamedPlace>, NoAnswer>;
}
