//! What the engineers on call see: logs and metrics.
//!
//! Never logged: positions, names, addresses, telephone numbers, tokens, push addresses.

mod clock;
mod database_clock;
mod logs;
mod metrics;

pub use self::metrics::Metrics;
pub use clock::{SystemClock, TimeOrderedIds};
pub use database_clock::DatabaseClock;
pub use logs::start_logs;
