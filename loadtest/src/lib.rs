//! Virtual phones and call handlers, the push stand-in, replay and demo.
//!
//! Invariant: nothing here but [`bench`] links the server. Everything goes over the wire, against the contract,
//! so that what is measured is what an outside program would see.
//!
//! | room | what |
//! | --- | --- |
//! | [`standin`] | a TLS + HTTP/2 server that behaves as FCM v1 does, with scripted faults |
//! | [`client`] | typed HTTP client of the contract |
//! | [`process`], [`tokens`] | the built `muster` as a child process, and its tokens |
//! | [`engines`] | private Redis, Redis Cluster and PostgreSQL, and a network to cut |
//! | [`phones`] | virtual phones: they move, receive pushes and answer as people did |
//! | [`replay`] | real calls against a simulated server, with a summary |
//! | [`world`] | all of these together |
//! | [`scale`] | a queueing simulation from the measurements to a country |
//! | [`demo`] | a simulated town to look at |
//!
//! A new measurement is a new room with a `run(args)` and one more line in `main.rs`.

pub mod bench;
pub mod board;
pub mod client;
pub mod clock;
pub mod demo;
pub mod engines;
pub mod failure;
pub mod geo;
pub mod phones;
pub mod plans;
pub mod process;
pub mod replay;
pub mod rng;
pub mod say;
pub mod scale;
pub mod standin;
pub mod tokens;
pub mod world;
