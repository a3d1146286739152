//! Connections to Redis: one server or a cluster.

use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo as _, RedisResult, Value,
};

use super::settings::{Misconfigured, RedisSettings};

/// In flight on one connection; beyond it callers wait, inside their time limit.
const IN_FLIGHT: usize = 4096;

/// Each has a connection of its own, so that nothing live queues behind the reading of a million
/// people.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lane {
    /// Changes and beats.
    Live,
    /// Loading and upkeep.
    Bulk,
}

/// Where Redis is.
pub(super) enum Link {
    One {
        client: Box<Client>,
        lanes: [ConnectionManager; 2],
    },
    Cluster {
        client: Box<ClusterClient>,
        lanes: Mutex<[ClusterConnection; 2]>,
    },
}

/// A connection of the caller's own, on which a command may block.
pub(super) enum Listener {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Listener {
    /// Sends a command that waits for news no longer than its own words say.
    pub(super) async fn ask(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

impl Link {
    /// Connects with the first command.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, Misconfigured> {
        let timeout = settings.timeout;
        let infos = settings.urls.iter().map(|url| info(url));
        let infos = infos.collect::<Result<Vec<_>, _>>()?;
        Ok(match infos.as_slice() {
            [] => return Err(Misconfigured::NoAddress),
            [one] => {
                let client = Client::open(one.clone()).map_err(|error| unusable(&error))?;
                let connect = || {
                    let config = ConnectionManagerConfig::new()
                        .set_number_of_retries(0)
                        .set_connection_timeout(Some(timeout))
                        .set_response_timeout(Some(timeout))
                        .set_concurrency_limit(IN_FLIGHT);
                    ConnectionManager::new_lazy_with_config(client.clone(), config)
                        .map_err(|error| unusable(&error))
                };
                let lanes = [connect()?, connect()?];
                Self::One {
                    client: Box::new(client),
                    lanes,
                }
            }
            several => {
                let client = ClusterClient::builder(several.to_vec())
                    .tcp_settings(TcpSettings::default().set_nodelay(true))
                    .connection_timeout(timeout)
                    .response_timeout(timeout)
                    .retries(3)
                    .min_retry_wait(5)
                    .max_retry_wait(50)
                    .connection_concurrency_limit(IN_FLIGHT)
                    .build()
                    .map_err(|error| unusable(&error))?;
                let lanes = Mutex::new(connect_cluster(&client));
                Self::Cluster {
                    client: Box::new(client),
                    lanes,
                }
            }
        })
    }

    /// A connection on which commands wait up to `block` for their answer.
    pub(super) async fn listener(
        &self,
        timeout: Duration,
        block: Duration,
    ) -> RedisResult<Listener> {
        let patience = block + timeout;
        match self {
            Self::One { client, .. } => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(timeout))
                    .set_response_timeout(Some(patience));
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                connection.await.map(Listener::One)
            }
            Self::Cluster { client, .. } => {
                let config = ClusterConfig::new().set_response_timeout(patience);
                let connection = client.get_async_connection_with_config(config);
                connection.await.map(Listener::Cluster)
            }
        }
    }

    /// Makes the connections anew that do not come back by themselves.
    pub(super) fn connect_anew(&self) {
        if let Self::Cluster { client, lanes } = self {
            *lanes.lock() = connect_cluster(client);
        }
    }
}

fn unusable(error: &redis::RedisError) -> Misconfigured {
    Misconfigured::Address(error.category().to_owned())
}

fn info(url: &str) -> Result<ConnectionInfo, Misconfigured> {
    let info = url
        .into_connection_info()
        .map_err(|error| unusable(&error))?;
    Ok(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

fn connect_cluster(client: &ClusterClient) -> [ClusterConnection; 2] {
    [(), ()].map(|()| client.get_pending_async_connection_with_config(ClusterConfig::new()))
}
