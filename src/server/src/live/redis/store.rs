//! The only file that knows the driver: one server or a cluster, and what to do while it is away.
//!
//! A command that fails takes its slot group (or, with one server, everything) out of use: what
//! follows fails at once, and a probe in the background takes it into use again. So a dead or hung
//! server costs one time limit, not one for each call.

mod scan;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, Pipeline};
pub(super) use redis::{Cmd, Value, cmd};

use super::keys::Tag;
use super::settings::{Misconfigured, RedisSettings};

pub(super) use scan::Cursor;

/// What is down is asked again this often.
const PROBE_EVERY: Duration = Duration::from_millis(100);

/// So many slot groups are probed at a time; when they answer, the others are tried.
const PROBES: usize = 16;

/// A cluster connection that did not come back after so many probes is made anew.
const PROBES_UNTIL_ANEW: u32 = 20;

/// Work that nobody waits for may take so many time limits.
const PATIENCE: u32 = 5;

/// In flight on one connection; beyond it callers wait, inside their time limit.
const IN_FLIGHT: usize = 4096;

/// One command, and which slot it belongs to.
pub(super) struct Ask {
    tag: Tag,
    command: Cmd,
}

impl Ask {
    pub(super) fn new(tag: Tag, command: Cmd) -> Self {
        Self { tag, command }
    }
}

/// Who waits for the answer. Each has a connection of its own, so that no search queues behind
/// the writing of a thousand fixes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lane {
    /// A search.
    Search,
    /// Changes and upkeep.
    Work,
}

enum Link {
    One([ConnectionManager; 2]),
    Cluster {
        client: Box<ClusterClient>,
        connections: Mutex<[ClusterConnection; 2]>,
    },
}

/// The server or cluster behind the index.
pub(super) struct Store {
    link: Link,
    timeout: Duration,
    /// Out of use, and why. With one server only ever one entry.
    down: Mutex<BTreeMap<Tag, String>>,
    any_down: AtomicBool,
    probing: AtomicBool,
}

impl Store {
    /// Connects with the first command.
    pub(super) fn new(settings: &RedisSettings) -> Result<Arc<Self>, Misconfigured> {
        let timeout = settings.timeout;
        let infos = settings
            .urls
            .iter()
            .map(|url| info(url))
            .collect::<Result<Vec<_>, _>>()?;
        let link = match infos.as_slice() {
            [] => return Err(Misconfigured::NoAddress),
            [one] => {
                let client = Client::open(one.clone()).map_err(|error| refused(&error))?;
                let connect = |patience: u32| {
                    let config = ConnectionManagerConfig::new()
                        .set_number_of_retries(0)
                        .set_connection_timeout(Some(timeout))
                        .set_response_timeout(Some(timeout * patience))
                        .set_concurrency_limit(IN_FLIGHT);
                    ConnectionManager::new_lazy_with_config(client.clone(), config)
                        .map_err(|error| refused(&error))
                };
                Link::One([connect(1)?, connect(PATIENCE)?])
            }
            several => {
                let client = ClusterClient::builder(several.to_vec())
                    .tcp_settings(TcpSettings::default().set_nodelay(true))
                    .connection_timeout(timeout)
                    .response_timeout(timeout * PATIENCE)
                    .retries(3)
                    .min_retry_wait(5)
                    .max_retry_wait(50)
                    .connection_concurrency_limit(IN_FLIGHT)
                    .build()
                    .map_err(|error| refused(&error))?;
                let connections = Mutex::new(connect_cluster(&client));
                Link::Cluster {
                    client: Box::new(client),
                    connections,
                }
            }
        };
        Ok(Arc::new(Self {
            link,
            timeout,
            down: Mutex::default(),
            any_down: AtomicBool::new(false),
            probing: AtomicBool::new(false),
        }))
    }

    /// Sends all commands, those of one slot together and in order, and returns the answers in the
    /// order of the commands; `None` where there is none.
    pub(super) async fn ask(self: &Arc<Self>, lane: Lane, asks: Vec<Ask>) -> Vec<Option<Value>> {
        let total = asks.len();
        if let Link::One(_) = self.link {
            if total == 0 || self.is_down(Tag::Upkeep) {
                return none(total);
            }
            let commands = asks.into_iter().map(|ask| ask.command).collect();
            return self.group(lane, Tag::Upkeep, commands).await;
        }
        let mut groups: BTreeMap<Tag, (Vec<usize>, Vec<Cmd>)> = BTreeMap::new();
        for (at, ask) in asks.into_iter().enumerate() {
            let (places, commands) = groups.entry(ask.tag).or_default();
            places.push(at);
            commands.push(ask.command);
        }
        let groups = groups
            .into_iter()
            .map(|(tag, (places, commands))| async move {
                if self.is_down(tag) {
                    return (none(places.len()), places);
                }
                (self.group(lane, tag, commands).await, places)
            });
        let mut answers = none(total);
        for (values, places) in join_all(groups).await {
            for (at, value) in places.into_iter().zip(values) {
                answers[at] = value;
            }
        }
        answers
    }

    /// One command of [`Self::ask`].
    pub(super) async fn one(self: &Arc<Self>, lane: Lane, ask: Ask) -> Option<Value> {
        self.ask(lane, vec![ask]).await.pop().flatten()
    }

    /// Whether everything answers, as far as anybody asked lately.
    pub(super) fn health(&self) -> Result<(), String> {
        match self.down.lock().values().next() {
            None => Ok(()),
            Some(why) => Err(why.clone()),
        }
    }

    fn is_down(&self, tag: Tag) -> bool {
        self.any_down.load(Relaxed) && self.down.lock().contains_key(&tag)
    }

    /// Commands of one slot.
    async fn group(
        self: &Arc<Self>,
        lane: Lane,
        tag: Tag,
        commands: Vec<Cmd>,
    ) -> Vec<Option<Value>> {
        let total = commands.len();
        match self.send(lane, commands).await {
            Ok(values) => values,
            Err(why) => {
                self.note_down(tag, &why);
                none(total)
            }
        }
    }

    async fn send(&self, lane: Lane, commands: Vec<Cmd>) -> Result<Vec<Option<Value>>, String> {
        let (which, limit) = match lane {
            Lane::Search => (0, self.timeout),
            Lane::Work => (1, self.timeout * PATIENCE),
        };
        let sent = async {
            match &self.link {
                Link::One(connections) => pipe(&mut connections[which].clone(), commands).await,
                Link::Cluster { connections, .. } => {
                    let mut connection = connections.lock()[which].clone();
                    pipe(&mut connection, commands).await
                }
            }
        };
        tokio::time::timeout(limit, sent)
            .await
            .map_err(|_elapsed| "no answer in time".to_owned())?
    }

    fn note_down(self: &Arc<Self>, tag: Tag, why: &str) {
        metrics::counter!("muster_live_redis_errors_total").increment(1);
        let known = {
            let mut down = self.down.lock();
            self.any_down.store(true, Relaxed);
            let first = down.is_empty();
            down.insert(tag, why.to_owned());
            !first
        };
        if !known {
            tracing::warn!(why, "Redis does not answer; last known positions stand in");
        }
        if !self.probing.swap(true, Relaxed) {
            drop(tokio::spawn(probe(Arc::downgrade(self))));
        }
    }

    /// Asks what is down whether it is back; true when nothing is down any more.
    async fn probe(self: &Arc<Self>) -> bool {
        let tags: Vec<Tag> = {
            let down = self.down.lock();
            down.keys().copied().take(PROBES).collect()
        };
        let asked = tags.into_iter().map(|tag| async move {
            let mut command = cmd("EXISTS");
            command.arg(tag.any_key());
            let back = self.send(Lane::Search, vec![command]).await.is_ok();
            (tag, back)
        });
        for (tag, back) in join_all(asked).await {
            if back {
                self.down.lock().remove(&tag);
            }
        }
        let down = self.down.lock();
        self.any_down.store(!down.is_empty(), Relaxed);
        down.is_empty()
    }

    fn connect_anew(&self) {
        if let Link::Cluster {
            client,
            connections,
        } = &self.link
        {
            *connections.lock() = connect_cluster(client);
        }
    }
}

async fn probe(store: Weak<Store>) {
    let mut probes = 0_u32;
    loop {
        tokio::time::sleep(PROBE_EVERY).await;
        let Some(store) = store.upgrade() else {
            return;
        };
        if store.probe().await {
            store.probing.store(false, Relaxed);
            if store.down.lock().is_empty() {
                tracing::info!("Redis answers again");
                return;
            }
            // something went down meanwhile, and saw that a probe was running
            if store.probing.swap(true, Relaxed) {
                return;
            }
        }
        probes += 1;
        if probes.is_multiple_of(PROBES_UNTIL_ANEW) {
            store.connect_anew();
        }
    }
}

fn none(total: usize) -> Vec<Option<Value>> {
    vec![None; total]
}

fn refused(error: &redis::RedisError) -> Misconfigured {
    Misconfigured::Address(error.category().to_owned())
}

fn info(url: &str) -> Result<ConnectionInfo, Misconfigured> {
    let info = url
        .into_connection_info()
        .map_err(|error| refused(&error))?;
    Ok(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

fn connect_cluster(client: &ClusterClient) -> [ClusterConnection; 2] {
    [(), ()].map(|()| client.get_pending_async_connection_with_config(ClusterConfig::new()))
}

/// Sends commands together. An error of the whole is an `Err`; an error of one command leaves that
/// one without an answer, after it was sent once more by itself if the cluster has moved its slot
/// (the driver follows a move for single commands only).
async fn pipe(
    connection: &mut impl ConnectionLike,
    commands: Vec<Cmd>,
) -> Result<Vec<Option<Value>>, String> {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(command);
    }
    pipeline.ignore_errors();
    let values: Vec<Value> = pipeline
        .query_async(connection)
        .await
        .map_err(|error| error.category().to_owned())?;
    let mut answers = Vec::with_capacity(values.len());
    let mut failed = None;
    for (value, command) in values.into_iter().zip(pipeline.cmd_iter()) {
        let Value::ServerError(error) = value else {
            answers.push(Some(value));
            continue;
        };
        let moved = matches!(error.code(), "MOVED" | "ASK" | "TRYAGAIN");
        let again = if moved {
            command.query_async::<Value>(connection).await.ok()
        } else {
            tracing::warn!(code = error.code(), "Redis refused a command");
            None
        };
        if again.is_none() {
            failed = Some(error.code().to_owned());
        }
        answers.push(again);
    }
    match failed {
        Some(code) if answers.iter().all(Option::is_none) => Err(code),
        _ => Ok(answers),
    }
}

/// Fields and values of a hash.
pub(super) fn pairs(value: Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    redis::from_redis_value(value).unwrap_or_default()
}
