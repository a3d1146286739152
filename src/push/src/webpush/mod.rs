//! Web Push (RFC 8030, 8291, 8292): wakes browsers, and apps behind `UnifiedPush`.
//!
//! A subscription is an address that a stranger gave, so every connection is checked where it
//! goes: see [`settings`]. Nothing is retried here: the outbox decides.

mod client;
mod error;
mod message;
mod settings;
mod token;
mod verdict;

#[cfg(test)]
mod message_tests;

pub use client::Webpush;
pub use error::WebpushError;
pub use settings::WebpushSettings;
pub use token::VapidKey;
