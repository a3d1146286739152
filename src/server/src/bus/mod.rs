//! Telling whoever watches that something changed: desks, and phones that are connected here.

pub mod local;
pub(crate) mod phones;
pub mod redis;
