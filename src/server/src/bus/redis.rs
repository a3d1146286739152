//! Several nodes: a hint over Redis pub/sub that something changed.
//!
//! Invariant: nothing depends on a hint. A lost one costs the time until the next heartbeat of a
//! node, which asks the ledger itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use muster_core::ports::Bus;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisResult};
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

use super::local::LocalBus;

/// The channel of an installation.
const CHANNEL: &str = "muster:changed";
/// Connecting, publishing and hearing an answer take no longer.
const ANSWER_MAX: Duration = Duration::from_millis(500);
/// A silent subscription is asked this often whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(1);
/// Pause between attempts to connect.
const RETRY: Duration = Duration::from_millis(500);

/// Hints between nodes. Viewers of this node wait on the [`LocalBus`] inside it.
pub struct RedisBus {
    local: Arc<LocalBus>,
    /// Many changes while one hint is under way are one more hint.
    wanted: Notify,
    clients: Vec<Client>,
    /// So that a node does not wake its viewers twice for its own change.
    me: String,
    connected: AtomicBool,
}

impl RedisBus {
    /// A bus over one server, or over the nodes of a cluster, any of which carries every hint.
    /// `me` tells this node from the others. Nothing connects before [`RedisBus::run`].
    pub fn open(urls: &[String], local: Arc<LocalBus>, me: String) -> Result<Self, String> {
        let clients = urls
            .iter()
            .map(|url| client(url))
            .collect::<RedisResult<Vec<_>>>()
            .map_err(|error| format!("redis_urls: {error}"))?;
        Ok(Self {
            local,
            wanted: Notify::new(),
            clients,
            me,
            connected: AtomicBool::new(false),
        })
    }

    /// Whether hints of other nodes arrive now.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Carries hints until shutdown, over whichever server answers.
    pub async fn run(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        for client in self.clients.iter().cycle() {
            let carried = tokio::select! {
                carried = self.carry(client) => carried,
                _ = shutdown.wait_for(|down| *down) => return,
            };
            if self.connected.swap(false, Ordering::Relaxed)
                && let Err(error) = carried
            {
                warn!(%error, "hints between nodes are interrupted; the feed looks each second");
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
        }
    }

    /// Carries hints over one server until it fails.
    async fn carry(&self, client: &Client) -> Result<(), String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_MAX))
            .set_response_timeout(Some(ANSWER_MAX));
        let out = client.get_multiplexed_async_connection_with_config(&config);
        let out = within(out).await?;
        let mut heard = within(client.get_async_pubsub()).await?;
        within(heard.subscribe(CHANNEL)).await?;
        if !self.connected.swap(true, Ordering::Relaxed) {
            info!("hints between nodes flow");
        }
        // whatever happened in between was not heard
        self.local.changed();
        tokio::select! {
            gone = self.listen(heard) => gone,
            gone = self.publish(out) => gone,
        }
    }

    async fn listen(&self, heard: PubSub) -> Result<(), String> {
        let (mut line, mut hints) = heard.split();
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                hint = hints.next() => {
                    let hint = hint.ok_or("the subscription ended")?;
                    if hint.get_payload_bytes() != self.me.as_bytes() {
                        self.local.changed();
                    }
                }
                // a cut line says nothing by itself
                _ = ping.tick() => within(line.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }

    async fn publish(&self, mut out: MultiplexedConnection) -> Result<(), String> {
        loop {
            self.wanted.notified().await;
            let mut command = redis::cmd("PUBLISH");
            command.arg(CHANNEL).arg(&self.me);
            within(command.query_async::<i64>(&mut out)).await?;
        }
    }
}

impl Bus for RedisBus {
    fn changed(&self) {
        self.local.changed();
        self.wanted.notify_one();
    }
}

fn client(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

async fn within<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, String> {
    match timeout(ANSWER_MAX, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_elapsed) => Err("Redis did not answer in time".to_owned()),
    }
}
