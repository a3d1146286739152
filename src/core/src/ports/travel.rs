//! How long until they are there.

use async_trait::async_trait;

use crate::domain::place::Point;
use crate::domain::responder;

/// Travel time estimates. Must answer within its own deadline with the straight-line estimate
/// when nothing better is to be had: nobody waits for a routing engine.
#[async_trait]
pub trait Travel: Send + Sync {
    /// Seconds from each place to the target, in the order given.
    async fn eta_s(&self, from: &[(Point, responder::Travel)], to: Point) -> Vec<f64>;
}
