//! Where people are now, and who of them is nearest: a hint, never the truth.
//!
//! [`memory`] is an octree that answers every search, with a slot file beside a single node.
//! [`redis`](mod@redis) feeds the tree of every node of several.

pub mod memory;
pub mod record;
pub mod redis;

/// Counts how long a search took.
fn took(span: std::time::Duration) {
    metrics::histogram!("muster_stage_seconds", "stage" => "search").record(span.as_secs_f64());
}
