//! What goes wrong during a round, in an order that the seed gives.

use super::history::Told;
use super::town::{Kind, NODES, Store, Town};
use crate::support::within;
use muster_stand::engines::Link;
use muster_stand::rng::Rng;
use std::time::Duration;
use tokio::time::sleep;

/// From the end of a fault until every node is ready again by itself.
const RECOVERS: Duration = Duration::from_secs(20);
/// Between two faults.
const QUIET: Duration = Duration::from_secs(1);

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// `kill -9`, and started again.
    NodeKilled(usize),
    /// Stopped for longer than a node counts as alive, then it goes on as if nothing had been.
    NodePaused(usize),
    /// SIGTERM and a new start, one node after the other.
    NodesRestarted,
    /// `kill -9`, and started again, empty.
    RedisKilled,
    /// Everything in it forgotten.
    RedisFlushed,
    /// Silent, with its connections open.
    RedisPaused,
    /// The primary of a shard killed; its replica takes over, it comes back as one.
    Failover(usize),
    /// `kill -9` of all of its processes, and started again.
    PostgresKilled,
    /// Silent, with its connections open.
    PostgresPaused,
    /// A network between one node and Redis.
    ToRedis(usize, Link),
    /// A network between one node and PostgreSQL.
    ToPostgres(usize, Link),
    /// The last node believes in another time, seconds off.
    WrongClock(i32),
}

/// The faults of a round with how long each lasts; the seed decides order and victims.
pub(super) fn schedule(kind: Kind, seed: u64) -> Vec<(Fault, Duration)> {
    let mut rng = Rng::split(seed, 77);
    let mut node = || rng.below(NODES);
    let slow = Link::Slow(Duration::from_millis(120));
    let mut faults = vec![
        (Fault::NodeKilled(node()), 1.0),
        (Fault::NodePaused(node()), 6.0),
        (Fault::PostgresKilled, 0.5),
        (Fault::ToPostgres(node(), Link::NoAnswers), 3.0),
        (Fault::RedisFlushed, 0.5),
        (Fault::WrongClock(60), 2.5),
    ];
    match kind {
        Kind::Single => faults.extend([
            (Fault::NodesRestarted, 0.0),
            (Fault::RedisKilled, 2.0),
            (Fault::RedisPaused, 2.5),
            (Fault::PostgresPaused, 3.0),
            (Fault::ToRedis(node(), slow), 2.0),
            (Fault::ToRedis(node(), Link::Cut), 3.0),
            (Fault::ToPostgres(node(), slow), 2.0),
            (Fault::ToPostgres(node(), Link::Cut), 6.0),
            (Fault::WrongClock(-60), 2.5),
        ]),
        Kind::Cluster => faults.extend([
            (Fault::Failover(0), 1.0),
            (Fault::Failover(1), 1.0),
            (Fault::Failover(2), 1.0),
        ]),
    }
    // Fisher and Yates
    for last in (1..faults.len()).rev() {
        faults.swap(last, rng.below(last + 1));
    }
    let s = |(fault, s)| (fault, Duration::from_secs_f64(s));
    faults.into_iter().map(s).collect()
}

/// Lets every fault happen and pass.
pub(super) async fn rage(town: &Town, faults: &[(Fault, Duration)]) {
    for (fault, lasts) in faults {
        muster_stand::say::say(format!("  {fault:?}, {lasts:?}"));
        strike(town, *fault, *lasts).await;
        recovered(town, *fault).await;
        sleep(QUIET).await;
    }
}

async fn strike(town: &Town, fault: Fault, lasts: Duration) {
    match fault {
        Fault::NodeKilled(node) => {
            let server = town.nodes[node].server.lock().await.take();
            server.unwrap().kill().await.unwrap();
            sleep(lasts).await;
            town.start_node(node).await;
        }
        Fault::NodePaused(node) => {
            let server = town.nodes[node].server.lock().await;
            let server = server.as_ref().unwrap();
            server.signal("-STOP").await.unwrap();
            sleep(lasts).await;
            server.signal("-CONT").await.unwrap();
        }
        Fault::NodesRestarted => {
            for node in 0..NODES {
                let server = town.nodes[node].server.lock().await.take();
                let ended = server.unwrap().stop().await.unwrap();
                assert!(ended.success(), "node {node} ended with {ended}");
                town.start_node(node).await;
            }
        }
        Fault::RedisKilled | Fault::RedisFlushed | Fault::RedisPaused | Fault::Failover(_) => {
            redis(&mut *town.store.lock().await, fault, lasts).await;
        }
        Fault::PostgresKilled => {
            let mut postgres = town.postgres.lock().await;
            postgres.kill().await.unwrap();
            sleep(lasts).await;
            postgres.restart().await.unwrap();
        }
        Fault::PostgresPaused => {
            let postgres = town.postgres.lock().await;
            postgres.pause().unwrap();
            sleep(lasts).await;
            postgres.resume().unwrap();
        }
        Fault::ToRedis(node, link) => {
            let proxy = town.nodes[node].to_redis.as_ref().unwrap();
            proxy.set(link);
            sleep(lasts).await;
            proxy.set(Link::Open);
        }
        Fault::ToPostgres(node, link) => {
            let proxy = &town.nodes[node].to_postgres;
            proxy.set(link);
            sleep(lasts).await;
            proxy.set(Link::Open);
        }
        Fault::WrongClock(s) => {
            let clock = town.nodes[NODES - 1].clock.as_ref().unwrap();
            std::fs::write(clock, format!("{s:+}")).unwrap();
            sleep(lasts).await;
            std::fs::write(clock, "+0").unwrap();
        }
    }
}

async fn redis(store: &mut Store, fault: Fault, lasts: Duration) {
    match (store, fault) {
        (Store::Single(redis), Fault::RedisKilled) => {
            redis.kill().unwrap();
            sleep(lasts).await;
            redis.restart().await.unwrap();
        }
        (Store::Single(redis), Fault::RedisPaused) => {
            redis.pause().unwrap();
            sleep(lasts).await;
            redis.resume().unwrap();
        }
        (Store::Single(redis), _) => redis.flush().await.unwrap(),
        (Store::Cluster(cluster), Fault::Failover(shard)) => {
            let dead = cluster.kill_primary(shard).await.unwrap();
            sleep(lasts).await;
            cluster.wait_ok().await.unwrap();
            cluster.restart(dead).await.unwrap();
            cluster.wait_ok().await.unwrap();
        }
        (Store::Cluster(cluster), _) => cluster.flush().await.unwrap(),
    }
}

/// Waits until every node is ready; nobody helps it.
async fn recovered(town: &Town, fault: Fault) {
    for node in 0..NODES {
        let what = format!("node {node} is ready after {fault:?}");
        within(RECOVERS, &what, async || {
            let ready = super::town::hear(town.request(node, "GET", "/readyz")).await;
            (ready.told == Told::Done).then_some(())
        })
        .await;
    }
}

#[test]
fn a_seed_gives_the_same_faults_again_and_another_seed_others() {
    for kind in [Kind::Single, Kind::Cluster] {
        assert_eq!(schedule(kind, 7), schedule(kind, 7));
        assert_ne!(schedule(kind, 7), schedule(kind, 8));
    }
}
