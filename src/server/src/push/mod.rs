//! Adapters of the push gateway: FCM HTTP v1, and the stand-in for a server without a provider.

pub mod fcm;
pub mod none;

pub use none::NoPush;
