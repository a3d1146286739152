//! Other apps that report a responder's position: their credentials, and what they send.

pub(crate) mod credentials;
pub(crate) mod keys;
pub(crate) mod owntracks;
pub(crate) mod traccar;
