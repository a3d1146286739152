//! Adapters that hand a push to its provider. They never retry on their own.

mod by_address;
pub mod fcm;
mod none;
mod payload;
mod trust;
pub mod webpush;

pub use by_address::ByAddress;
pub use none::NoPush;
