//! The rules of muster: what an incident is, who is asked, and what an answer means.
//!
//! Invariant: nothing in this package opens a socket, reads a clock, draws a random number or
//! knows a database. `now`, ids and candidates come in as arguments; events come out.
//!
//! | room | what |
//! | --- | --- |
//! | [`domain`] | values and rules, pure |
//! | [`ports`] | the traits the rules need from the world |
//! | [`dispatch`] | the use-cases, written against the ports |

pub mod dispatch;
pub mod domain;
pub mod ports;
