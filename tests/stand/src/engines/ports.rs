//! Ports that are free now and stay ours across a restart.

use crate::failure::{Failure, Outcome};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range that systems take outgoing connections from, also after [`BUS`] is added: a
/// port of that range can be taken by anybody's connection while our server is down.
const FIRST: u32 = 10_000;
const COUNT: u32 = 12_000;
/// The second port of a node of a Redis cluster lies so far above the first.
const BUS: u16 = 10_000;

/// How many ports this process has looked at.
static LOOKED_AT: AtomicU32 = AtomicU32::new(0);

/// A port on which, and on `BUS` above it, nobody listens; each call gives another one.
///
/// Another process may still take it before it is used: whoever starts a server with it tries
/// again with the next.
pub(super) fn free() -> Outcome<u16> {
    // programs that run side by side begin far from each other
    let begin = std::process::id().wrapping_mul(997);
    for _ in 0..COUNT {
        let n = LOOKED_AT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + begin.wrapping_add(n) % COUNT;
        let Ok(port) = u16::try_from(port) else {
            continue;
        };
        let open = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if open(port) && open(port + BUS) {
            return Ok(port);
        }
    }
    Err(Failure::new("no free port between 10000 and 22000"))
}
