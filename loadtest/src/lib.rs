//! Virtual phones and call handlers, replay and demo.
//!
//! The push stand-in, the engines and the client are those of the tests: the crate `muster_stand`.
//!
//! Invariant: nothing here but [`bench`] and [`seed`] links the server. Everything else goes over the wire, against the
//! contract, so that what is measured is what an outside program would see.
//!
//! | room | what |
//! | --- | --- |
//! | [`seed`] | many responders in little time, before a server starts |
//! | [`stages`] | where the time goes inside the servers, from `/metrics` |
//! | [`phones`] | virtual phones: they move, receive pushes and answer as people did |
//! | [`replay`] | real calls against a simulated server, with a summary |
//! | [`world`] | all of these together |
//! | [`scenario`] | load with living phones and faults: what was lost, how long it took |
//! | `report` | what a scenario tells: terminal, JSON, Markdown, a page |
//! | [`scale`] | a queueing simulation from the measurements to a country |
//! | [`demo`] | a simulated town to look at |
//!
//! A new measurement is a new room with a `run(args)` and one more line in `main.rs`.

pub mod bench;
pub mod board;
pub mod demo;
pub mod phones;
pub mod plans;
pub mod replay;
mod report;
pub mod scale;
pub mod scenario;
pub mod seed;
pub mod stages;
pub mod world;
