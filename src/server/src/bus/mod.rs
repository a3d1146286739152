//! Adapters of the bus: telling whoever watches that something changed.

pub mod local;
pub mod redis;
