//! Firebase Cloud Messaging over HTTP v1: wakes Android, iOS and, where a browser registered with
//! FCM, web clients.
//!
//! Some HTTP/2 connections, opened before the first incident and kept open; a
//! burst leaves at once as long as it fits the connections' streams. The access token is renewed in
//! the background, never in front of a send. Nothing is retried here: the outbox decides.

mod client;
mod connection;
mod error;
mod message;
mod pool;
mod response;
mod settings;
mod token;
mod transport;
mod verdict;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod connection_tests;
#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod stand_in_tests;
#[cfg(test)]
mod verdict_tests;

pub use client::Fcm;
pub use error::FcmError;
pub use settings::FcmSettings;
