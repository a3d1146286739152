//! Firebase Cloud Messaging over HTTP v1: wakes Android, iOS and, where a browser registered with
//! FCM, web clients.
//!
//! Some HTTP/2 connections, opened before the first incident and kept open; a
//! burst leaves at once as long as it fits the connections' streams. The access token is renewed in
//! the background, never in front of a send. Nothing is retried here: the outbox decides.

mod answer;
mod client;
mod error;
mod lanes;
mod line;
mod link;
mod message;
mod settings;
mod token;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod stand_in_tests;

pub use client::Fcm;
pub use error::FcmError;
pub use settings::FcmSettings;
