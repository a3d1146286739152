//! A Redis Cluster of our own: three primaries with a replica each.

use super::{Redis, programs};
use crate::failure::{Failure, Outcome};
use std::time::Duration;
use tokio::time::Instant;

/// Primaries; there is one replica for each.
const SHARDS: usize = 3;
/// All slots of a cluster.
const SLOTS: usize = 16_384;
/// Silence after which a node counts as gone, milliseconds: a failover takes about twice that.
const NODE_TIMEOUT_MS: &str = "1000";
/// For the whole cluster to agree.
const AGREE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// A running cluster. Nodes 0 to 2 begin as primaries, node `n + 3` as the replica of node `n`.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Six nodes of Debian's Redis, without persistence; returns when the cluster serves and every
    /// replica follows its primary.
    pub async fn start() -> Outcome<Self> {
        let program = programs::redis()?;
        let options = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            NODE_TIMEOUT_MS,
            // a replica is there at once, not five seconds later
            "--repl-diskless-sync-delay",
            "0",
        ];
        let mut nodes = Vec::new();
        for _ in 0..2 * SHARDS {
            nodes.push(Redis::launch(program.clone(), &options).await?);
        }
        let mut cluster = Self { nodes };
        cluster.form().await?;
        cluster.wait_ok().await?;
        Ok(cluster)
    }

    /// The addresses of all nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    /// The nodes, for commands and signals of one of them.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// SIGKILL to whoever is the primary of that shard (0 to 2) now; the node's number. A replica
    /// takes over within seconds: [`RedisCluster::wait_ok`].
    pub async fn kill_primary(&mut self, shard: usize) -> Outcome<usize> {
        let (first, _) = slots_of(shard);
        let port = self.owner_of(first).await?;
        let found = self.nodes.iter().position(|node| node.port() == port);
        let node = found.ok_or_else(|| Failure::new(format!("no node at port {port}")))?;
        self.node(node)?.kill()?;
        Ok(node)
    }

    /// Starts a node again: it joins as it finds the cluster, and empty.
    pub async fn restart(&mut self, node: usize) -> Outcome<()> {
        self.node(node)?.restart().await
    }

    /// Every primary forgets everything.
    pub async fn flush(&mut self) -> Outcome<()> {
        for shard in 0..SHARDS {
            let port = self.owner_of(slots_of(shard).0).await?;
            let primary = self.nodes.iter().find(|node| node.port() == port);
            if let Some(primary) = primary {
                primary.flush().await?;
            }
        }
        Ok(())
    }

    /// Waits until every running node serves all slots, from running nodes, and every running
    /// replica is linked.
    pub async fn wait_ok(&mut self) -> Outcome<()> {
        let until = Instant::now() + AGREE;
        loop {
            let lacks = match self.lacks().await {
                Ok(None) => return Ok(()),
                Ok(Some(lacks)) => lacks,
                Err(e) => e.to_string(),
            };
            if Instant::now() > until {
                return Err(Failure::new(format!("the cluster never agreed: {lacks}")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn form(&mut self) -> Outcome<()> {
        for (n, node) in self.nodes.iter().enumerate() {
            let epoch = (n + 1).to_string();
            node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]).await?;
            if n < SHARDS {
                let (first, last) = slots_of(n);
                let (first, last) = (first.to_string(), last.to_string());
                node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first, &last])
                    .await?;
            }
        }
        // only now: an epoch is given to strangers; everybody meets everybody, instead of waiting
        // for the gossip
        for node in &self.nodes {
            for other in &self.nodes {
                let port = other.port().to_string();
                node.ask(&["CLUSTER", "MEET", "127.0.0.1", &port]).await?;
            }
        }
        let (primaries, replicas) = self.nodes.split_at(SHARDS);
        for (primary, replica) in primaries.iter().zip(replicas) {
            let id = primary.ask(&["CLUSTER", "MYID"]).await?;
            let until = Instant::now() + AGREE;
            // refused until the replica has heard of its primary
            while let Err(e) = replica.ask(&["CLUSTER", "REPLICATE", &id]).await {
                if Instant::now() > until {
                    return Err(e);
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }

    /// What is not yet as it should be.
    async fn lacks(&mut self) -> Outcome<Option<String>> {
        let all = self.nodes.len();
        let running: Vec<_> = self.nodes.iter_mut().map(Redis::is_running).collect();
        let running = self.nodes.iter().zip(running).filter(|(_, runs)| *runs);
        let running: Vec<_> = running.map(|(node, _)| node).collect();
        for node in &running {
            let info = node.ask(&["CLUSTER", "INFO"]).await?;
            let known = format!("cluster_known_nodes:{all}");
            for line in ["cluster_state:ok", "cluster_slots_ok:16384", &known] {
                if !info.contains(line) {
                    return Ok(Some(format!("{} lacks {line}", node.url())));
                }
            }
            let view = node.ask(&["CLUSTER", "NODES"]).await?;
            for shard in 0..SHARDS {
                let owner = owner_in(&view, slots_of(shard).0);
                if !running.iter().any(|node| Some(node.port()) == owner) {
                    let url = node.url();
                    return Ok(Some(format!("{url} believes in a dead primary")));
                }
            }
            let replication = node.ask(&["INFO", "replication"]).await?;
            let follows = replication.contains("master_link_status:up");
            if replication.contains("role:slave") && !follows {
                return Ok(Some(format!("{} has no link to its primary", node.url())));
            }
            if replication.contains("role:master") && !owns(&view) {
                return Ok(Some(format!("{} is a primary of nothing", node.url())));
            }
        }
        Ok(None)
    }

    /// The port of the primary of a slot, as the first running node sees it.
    async fn owner_of(&mut self, slot: usize) -> Outcome<u16> {
        let asked = self.nodes.iter_mut().find_map(|node| {
            let runs = node.is_running();
            runs.then_some(&*node)
        });
        let asked = asked.ok_or_else(|| Failure::new("no node of the cluster runs"))?;
        let view = asked.ask(&["CLUSTER", "NODES"]).await?;
        owner_in(&view, slot).ok_or_else(|| Failure::new(format!("nobody has slot {slot}")))
    }

    fn node(&mut self, n: usize) -> Outcome<&mut Redis> {
        let node = self.nodes.get_mut(n);
        node.ok_or_else(|| Failure::new(format!("the cluster has no node {n}")))
    }
}

/// First and last slot of a shard at the beginning.
fn slots_of(shard: usize) -> (usize, usize) {
    let border = |shard| shard * SLOTS / SHARDS;
    (border(shard), border(shard + 1) - 1)
}

/// The port of the primary of a slot in the answer to `CLUSTER NODES`: lines of
/// `id ip:port@bus flags primary ping pong epoch link slots…`.
fn owner_in(view: &str, slot: usize) -> Option<u16> {
    let owner = view.lines().find(|line| {
        let ranges = line.split_whitespace().skip(8);
        ranges.into_iter().any(|range| holds(range, slot))
    })?;
    let address = owner.split_whitespace().nth(1)?;
    let (_, port) = address.split('@').next()?.rsplit_once(':')?;
    port.parse().ok()
}

fn holds(range: &str, slot: usize) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&slot),
        // a slot on the move is in brackets
        _ => false,
    }
}

/// Whether the node that answered has slots.
fn owns(view: &str) -> bool {
    let me = view.lines().find(|line| line.contains("myself"));
    me.is_some_and(|line| line.split_whitespace().count() > 8)
}
