//! The phone channel (`proto/muster/v1/phone.proto`): a socket behind a trait, behaviour in a
//! state machine, and what a connection needs of the use-cases.
//!
//! Invariant: nothing is queued for a phone. A bell says that there is news; what is sent is how
//! things stand when the phone is ready to take it. So a slow phone costs no memory, and a drop
//! loses nothing that the next `Welcome` does not say.

pub(crate) mod connect;
mod frames;
mod machine;
mod session;

#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod session_tests;
