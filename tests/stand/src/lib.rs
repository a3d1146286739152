//! What tests and load test share.
//!
//! Invariant: nothing here links the server. Everything goes over the wire, against the contract.
//!
//! | module | what |
//! | --- | --- |
//! | [`standin`] | a TLS + HTTP/2 server that behaves as FCM v1 does, with scripted faults |
//! | [`client`] | typed HTTP client of the contract |
//! | [`process`], [`tokens`] | the built `muster` as a child process, and its tokens |
//! | [`engines`] | private Redis, Redis Cluster and PostgreSQL, and a network to cut |

pub mod client;
pub mod clock;
pub mod engines;
pub mod failure;
pub mod geo;
pub mod process;
pub mod rng;
pub mod say;
pub mod standin;
pub mod tokens;
