//! The tests that drive the built binary as an outsider would, and the rules of the house.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod api;
mod contract;
mod faults;
mod support;
mod tidy;
