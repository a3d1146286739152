//! Adapters of the live index: where people are now.

pub mod memory;
mod record;
pub mod redis;
