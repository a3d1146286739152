//! What a piece of work costs, each with its source: the one table to renew after a measurement.
//!
//! *bench* is the bench of this package, its results are in `docs/performance.md`; where a part of it
//! is gone, the commit that measured is named. Where nothing was measured the word is
//! *assumed*, with the reason.

use serde::Deserialize;

/// Costs of one of each. `--figures FILE` replaces some of them, as TOML with these names.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Measured {
    /// Node CPU of a raise, milliseconds: 1.9 of deciding (a traced raise), 1.1 of the search's
    /// client (nearest over Redis, city), 0.1 of HTTP and token (fixes).
    pub node_raise_ms: f64,
    /// Node CPU of a push, milliseconds: ten bare sends take 1.48 (bench, incident).
    pub node_push_ms: f64,
    /// Node CPU of a later change, milliseconds. Assumed: such that the whole fits what three
    /// nodes, PostgreSQL, Redis and the phones carried on two cores (real calls).
    pub node_change_ms: f64,
    /// Node CPU of a fix, microseconds: 54.5 (bench, fixes) and 20 of the Redis client (updates
    /// over Redis at commit 59f01df).
    pub node_fix_us: f64,
    /// Node CPU of a node's look at the feed after a change, microseconds. Assumed until the
    /// feed was measured on a quiet machine.
    pub node_look_us: f64,
    /// Node CPU of a message to a viewer, microseconds. Assumed as [`Self::node_look_us`].
    pub node_message_us: f64,
    /// PostgreSQL CPU of a raise, milliseconds. Assumed: what the embedded writer computes for one
    /// before its first byte (a traced raise).
    pub pg_raise_ms: f64,
    /// PostgreSQL CPU of a later change, milliseconds. Assumed as [`Self::node_change_ms`].
    pub pg_change_ms: f64,
    /// PostgreSQL CPU of a node's look, microseconds. Assumed: two indexed reads that find
    /// little.
    pub pg_look_us: f64,
    /// One flush of the log, milliseconds; changes that wait meanwhile share the next one: append
    /// 4 KiB and flush (bench, incident).
    pub flush_ms: f64,
    /// Round trips of a transaction in PostgreSQL, with a connection in hand: a raise has four
    /// (decision 3), and nothing has more.
    pub pg_trips: f64,
    /// Redis CPU of a search for 50, milliseconds (nearest over Redis at commit 59f01df, city of a
    /// million).
    pub redis_search_ms: f64,
    /// Round trips of that search (the same).
    pub redis_trips: f64,
    /// Redis CPU of a fix, microseconds (updates over Redis at commit 59f01df, city).
    pub redis_fix_us: f64,
    /// Changes after the raise, each with a commit, for each alert: 60 commits for ten alerts
    /// (`docs/operating.md`).
    pub changes_per_alert: f64,
    /// Messages on the feed for each alert (the bench's part `feed` at commit 267f22e).
    pub messages_per_alert: f64,
    /// A round trip inside a site, milliseconds. Assumed; on one machine it is 0.04 to 0.12.
    pub trip_ms: f64,
    /// A round trip to another site, on the way to a synchronous standby, milliseconds. Assumed.
    pub far_ms: f64,
}

impl Default for Measured {
    fn default() -> Self {
        Self {
            node_raise_ms: 3.1,
            node_push_ms: 0.15,
            node_change_ms: 1.2,
            node_fix_us: 74.5,
            node_look_us: 100.0,
            node_message_us: 30.0,
            pg_raise_ms: 1.9,
            pg_change_ms: 2.0,
            pg_look_us: 100.0,
            flush_ms: 0.72,
            pg_trips: 4.0,
            redis_search_ms: 0.51,
            redis_trips: 2.5,
            redis_fix_us: 31.0,
            changes_per_alert: 5.9,
            messages_per_alert: 3.3,
            trip_ms: 0.3,
            far_ms: 2.0,
        }
    }
}

impl Measured {
    /// Node and PostgreSQL CPU of a whole incident, seconds.
    pub(super) fn incident_cpu_s(&self, alerts: f64, other_pushes: f64) -> (f64, f64) {
        let changes = alerts * self.changes_per_alert;
        let pushes = alerts * (1.0 + other_pushes);
        let node = self.node_raise_ms + pushes * self.node_push_ms + changes * self.node_change_ms;
        let pg = self.pg_raise_ms + changes * self.pg_change_ms;
        (node / 1e3, pg / 1e3)
    }

    /// How long a connection is held for a transaction with so much computing, milliseconds. A
    /// flush is under way half of the time when one is wanted.
    pub(super) fn held_ms(&self, computing_ms: f64) -> f64 {
        self.pg_trips * self.trip_ms + computing_ms + 1.5 * self.flush_ms + self.far_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_fits_what_two_cores_carried_and_what_they_did_not() {
        // real calls over three nodes: 3 incidents a second with 18 alerts each and 300 fixes were
        // carried, 6 and 600 were not; the phones and the flushes shared the cores, so the model
        // may need less than all of them, and not much less
        let measured = Measured::default();
        let (node, pg) = measured.incident_cpu_s(18.0, 1.0);
        let fix = (measured.node_fix_us + measured.redis_fix_us) / 1e6;
        let cores = |factor: f64| factor * (3.0 * (node + pg) + 300.0 * fix);
        assert!(cores(1.0) < 2.0, "{} cores at half load", cores(1.0));
        assert!(cores(2.0) > 1.8, "{} cores at full load", cores(2.0));
    }

    #[test]
    fn a_file_replaces_what_it_names_and_nothing_else_is_taken() {
        let some: Measured = toml::from_str("flush_ms = 3.0").unwrap();
        let standard = Measured::default();
        assert_eq!(
            some,
            Measured {
                flush_ms: 3.0,
                ..standard
            }
        );
        assert!(toml::from_str::<Measured>("flush = 3.0").is_err());
    }
}
