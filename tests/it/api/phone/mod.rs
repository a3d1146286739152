//! The phone: how it signs in, and its channel.

mod bad_frames;
mod channel;
mod lost;
mod nodes;
mod sign_in;
mod webpush;
