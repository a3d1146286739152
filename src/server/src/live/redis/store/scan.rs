//! Names of all keys, page by page, on one server or all primaries of a cluster.

use std::sync::Arc;

use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};

use super::{Ask, Lane, Link, PATIENCE, Store, Tag, Value, cmd};

/// A page of keys: those found, and where to go on.
pub(in crate::live::redis) struct Page {
    pub(in crate::live::redis) keys: Vec<Vec<u8>>,
    pub(in crate::live::redis) next: Option<Cursor>,
}

/// Where a walk over all keys is.
#[derive(Debug, Clone, Default)]
pub(in crate::live::redis) struct Cursor {
    /// `None` before the nodes are known.
    nodes: Option<Vec<(String, u16)>>,
    at: u64,
}

impl Store {
    /// A page of the keys that match a pattern, on every node. No order; a key that comes or goes
    /// meanwhile may be missing, and a key may be named twice.
    pub(in crate::live::redis) async fn scan(
        self: &Arc<Self>,
        pattern: &str,
        mut cursor: Cursor,
    ) -> Option<Page> {
        let mut command = cmd("SCAN");
        command
            .arg(cursor.at)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(1000);
        let value = match &self.link {
            Link::One(_) => self.one(Lane::Work, Ask::new(Tag::Upkeep, command)).await?,
            Link::Cluster { connections, .. } => {
                let mut connection = connections.lock()[1].clone();
                if cursor.nodes.is_none() {
                    cursor.nodes = Some(masters(&mut connection).await?);
                }
                let (host, port) = cursor.nodes.as_ref()?.last()?.clone();
                let node = SingleNodeRoutingInfo::ByAddress { host, port };
                let asked = connection.route_command(command, RoutingInfo::SingleNode(node));
                tokio::time::timeout(self.timeout * PATIENCE, asked)
                    .await
                    .ok()?
                    .ok()?
            }
        };
        let (at, keys): (u64, Vec<Vec<u8>>) = redis::from_redis_value(value).ok()?;
        cursor.at = at;
        let more = at != 0
            || cursor.nodes.as_mut().is_some_and(|nodes| {
                nodes.pop();
                !nodes.is_empty()
            });
        Some(Page {
            keys,
            next: more.then_some(cursor),
        })
    }
}

/// Addresses of all primaries.
async fn masters(connection: &mut ClusterConnection) -> Option<Vec<(String, u16)>> {
    let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
    let answer = connection.route_command(cmd("PING"), all).await.ok()?;
    let Value::Map(by_node) = answer else {
        return None;
    };
    let address = |(node, _): (Value, Value)| {
        let node: String = redis::from_redis_value(node).ok()?;
        let (host, port) = node.rsplit_once(':')?;
        Some((host.to_owned(), port.parse().ok()?))
    };
    by_node.into_iter().map(address).collect()
}
