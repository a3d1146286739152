//! Several nodes: hints over Redis pub/sub that something changed, and whose phones have news.
//!
//! Invariant: nothing depends on a hint. A lost one costs the time until the next heartbeat of a
//! node, which asks the ledger itself; for a phone, until its push.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use muster_core::domain::ids::ResponderNo;
use muster_core::ports::Bus;
use parking_lot::Mutex;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisResult};
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

use super::local::LocalBus;

/// The channel of an installation.
const CHANNEL: &str = "muster:changed";
/// The channel of news for phones: the node, a colon, numbers of responders with commas.
const NEWS: &str = "muster:news";
/// The channel of sessions that ended; the same form.
const SIGNED_OUT: &str = "muster:signed_out";
/// Numbers that wait for a connection; with more of them everybody looks.
const NEWS_MAX: usize = 4096;
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
    /// Whose phones on other nodes have yet to hear.
    news: Mutex<Vec<ResponderNo>>,
    /// Whose sessions other nodes have yet to doubt.
    signed_out: Mutex<Vec<ResponderNo>>,
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
            news: Mutex::default(),
            signed_out: Mutex::default(),
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
        within(heard.subscribe(&[CHANNEL, NEWS, SIGNED_OUT])).await?;
        if !self.connected.swap(true, Ordering::Relaxed) {
            info!("hints between nodes flow");
        }
        // whatever happened in between was not heard
        self.local.missed();
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
                    self.heard(&hint);
                }
                // a cut line says nothing by itself
                _ = ping.tick() => within(line.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }

    fn heard(&self, hint: &redis::Msg) {
        let payload = hint.get_payload_bytes();
        if hint.get_channel_name() == CHANNEL {
            if payload != self.me.as_bytes() {
                self.local.changed();
            }
            return;
        }
        let Some((node, of)) = read_news(payload) else {
            warn!("a node sent news that nobody can read");
            return;
        };
        match of {
            _ if node == self.me => {}
            Some(of) if hint.get_channel_name() == SIGNED_OUT => self.local.signed_out(&of),
            Some(of) => self.local.news(&of),
            None => self.local.missed(),
        }
    }

    async fn publish(&self, mut out: MultiplexedConnection) -> Result<(), String> {
        loop {
            self.wanted.notified().await;
            // phones first: somebody is being asked for help
            let news = std::mem::take(&mut *self.news.lock());
            let mut commands = redis::pipe();
            let signed_out = std::mem::take(&mut *self.signed_out.lock());
            for (channel, of) in [(NEWS, news), (SIGNED_OUT, signed_out)] {
                if !of.is_empty() {
                    let text = write_news(&self.me, &of);
                    commands.cmd("PUBLISH").arg(channel).arg(text).ignore();
                }
            }
            commands.cmd("PUBLISH").arg(CHANNEL).arg(&self.me).ignore();
            within(commands.query_async::<()>(&mut out)).await?;
        }
    }
}

impl Bus for RedisBus {
    fn changed(&self) {
        self.local.changed();
        self.wanted.notify_one();
    }

    fn news(&self, of: &[ResponderNo]) {
        if of.is_empty() {
            return;
        }
        self.local.news(of);
        wait(&self.news, of);
        self.wanted.notify_one();
    }

    fn signed_out(&self, of: &[ResponderNo]) {
        self.local.signed_out(of);
        wait(&self.signed_out, of);
        self.wanted.notify_one();
    }

    fn connected(&self, of: ResponderNo) -> bool {
        self.local.connected(of)
    }
}

/// Adds to what is to be published; more than fit are published as "everybody".
fn wait(waiting: &Mutex<Vec<ResponderNo>>, of: &[ResponderNo]) {
    let mut waiting = waiting.lock();
    if waiting.len() <= NEWS_MAX {
        waiting.extend_from_slice(of);
    }
}

/// News as they travel; `*` stands for everybody.
fn write_news(node: &str, of: &[ResponderNo]) -> String {
    if of.len() > NEWS_MAX {
        return format!("{node}:*");
    }
    let numbers: Vec<String> = of.iter().map(|no| no.0.to_string()).collect();
    format!("{node}:{}", numbers.join(","))
}

/// Which node, and whose phones; `None` in place of a list is everybody.
fn read_news(payload: &[u8]) -> Option<(&str, Option<Vec<ResponderNo>>)> {
    let (node, of) = std::str::from_utf8(payload).ok()?.split_once(':')?;
    if of == "*" {
        return Some((node, None));
    }
    let numbers = of.split(',').map(|no| no.parse().map(ResponderNo));
    Some((node, Some(numbers.collect::<Result<_, _>>().ok()?)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_arrive_as_they_were_sent_and_too_many_are_everybody() {
        let of = vec![ResponderNo(7), ResponderNo(u64::MAX)];
        let text = write_news("3", &of);
        assert_eq!(read_news(text.as_bytes()), Some(("3", Some(of))));
        let many = vec![ResponderNo(1); NEWS_MAX + 1];
        let text = write_news("3", &many);
        assert_eq!(read_news(text.as_bytes()), Some(("3", None)));
        for garbage in [&b"3"[..], b"3:", b"3:x", b"\xff:1"] {
            assert_eq!(read_news(garbage), None);
        }
    }
}
