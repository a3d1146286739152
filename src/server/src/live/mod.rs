//! Adapters of the live index: where people are now.

pub mod memory;
pub mod redis;
