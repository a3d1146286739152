//! Private database servers for tests, demo and measurements: real ones, on the loopback, on free
//! ports, with their data in a folder of their own.
//!
//! Invariant: whoever starts a server here cannot leave it behind. Dropping the value kills the
//! process by its id; a guard process does so when this program ends without dropping it (a
//! `static`, an abort, a `kill -9`).
//!
//! | type | what |
//! | --- | --- |
//! | [`Redis`] | one Redis or Valkey |
//! | [`RedisCluster`] | three primaries with a replica each |
//! | [`Postgres`] | one PostgreSQL, as many databases in it as are asked for |
//! | [`Proxy`] | a TCP connection that can be cut, slowed or made one-way |

mod cluster;
mod daemon;
mod ports;
mod postgres;
mod programs;
mod proxy;
mod redis;
#[cfg(test)]
mod tests;

pub use cluster::RedisCluster;
pub use postgres::Postgres;
pub use proxy::{Link, Proxy};
pub use redis::Redis;
