//! Asks Redis, and knows what to do while it is away, refuses, or is somebody else's.
//!
//! A command that fails takes its shard (or, with one server, everything) out of use: what
//! follows fails at once, and a probe in the background takes it into use again. So a dead or hung
//! server costs one time limit, not one for each call.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use redis::aio::ConnectionLike;
pub(super) use redis::{Cmd, Value, cmd};
use redis::{Pipeline, RedisResult};

use super::connections::{Lane, Link, Listener};
use super::keys::Shard;
use super::scripts::{Ask, Script};
use super::settings::{Misconfigured, RedisSettings};

/// What is down is asked again this often.
const PROBE_EVERY: Duration = Duration::from_millis(100);

/// A cluster connection that did not come back after so many probes is made anew.
const PROBES_UNTIL_ANEW: u32 = 20;

/// The server or cluster behind the index.
pub(super) struct Store {
    link: Link,
    timeout: Duration,
    /// Out of use, and why. With one server only ever one entry.
    down: Mutex<BTreeMap<Shard, String>>,
    any_down: AtomicBool,
    probing: AtomicBool,
    /// Redis's own word why it last refused a change, until it takes one.
    refused: Mutex<Option<String>>,
    /// Nothing is read from a Redis or written to it but beats, before those say that it is ours.
    ours: AtomicBool,
    /// They said that it is another installation's.
    foreign: AtomicBool,
    /// How Redis makes room when it is full, if that is by dropping people.
    evicts: Mutex<Option<String>>,
}

impl Store {
    /// Connects with the first command.
    pub(super) fn new(settings: &RedisSettings) -> Result<Arc<Self>, Misconfigured> {
        let timeout = settings.timeout;
        let link = Link::new(settings)?;
        Ok(Arc::new(Self {
            link,
            timeout,
            down: Mutex::default(),
            any_down: AtomicBool::new(false),
            probing: AtomicBool::new(false),
            refused: Mutex::default(),
            ours: AtomicBool::new(false),
            foreign: AtomicBool::new(false),
            evicts: Mutex::default(),
        }))
    }

    /// Whether all shards lie on one server, and can be read together.
    pub(super) fn is_one(&self) -> bool {
        matches!(self.link, Link::One { .. })
    }

    /// A connection on which commands wait up to `block` for their answer.
    pub(super) async fn listener(&self, block: Duration) -> RedisResult<Listener> {
        self.link.listener(self.timeout, block).await
    }

    /// Sends all commands, those of one shard together and in order, and returns the answers in the
    /// order of the commands; `None` where there is none.
    pub(super) async fn ask(self: &Arc<Self>, lane: Lane, asks: Vec<Ask>) -> Vec<Option<Value>> {
        let total = asks.len();
        let mut groups: BTreeMap<Shard, (Vec<usize>, Vec<Ask>)> = BTreeMap::new();
        let ours = self.is_ours();
        for (at, ask) in asks.into_iter().enumerate() {
            if !ours && ask.script != Some(Script::Beat) {
                continue;
            }
            let (places, asks) = groups.entry(self.fate_of(ask.shard)).or_default();
            places.push(at);
            asks.push(ask);
        }
        let groups = groups
            .into_iter()
            .map(|(shard, (places, asks))| async move {
                if self.is_down(shard) {
                    return (none(places.len()), places);
                }
                (self.group(lane, shard, asks).await, places)
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

    /// Whether everything answers and takes changes, as far as anybody asked lately.
    pub(super) fn health(&self) -> Result<(), String> {
        if let Some(why) = self.down.lock().values().next() {
            return Err(why.clone());
        }
        if self.foreign.load(Relaxed) {
            return Err("another installation uses this Redis".to_owned());
        }
        if let Some(code) = self.refused.lock().as_ref() {
            return Err(format!("Redis refuses changes: {code}"));
        }
        match self.evicts.lock().as_ref() {
            Some(policy) => Err(format!("Redis drops people when it is full: {policy}")),
            None => Ok(()),
        }
    }

    /// Whether beats have said that no other installation uses this Redis.
    pub(super) fn is_ours(&self) -> bool {
        self.ours.load(Relaxed)
    }

    /// Whether everything answers, as far as anybody asked lately.
    pub(super) fn answers(&self) -> bool {
        !self.any_down.load(Relaxed)
    }

    /// Notes what beats said; whether it was otherwise before.
    pub(super) fn set_ours(&self, ours: bool) -> bool {
        if self.foreign.swap(!ours, Relaxed) == ours && !ours {
            tracing::error!(
                "another installation uses this Redis; nothing of it is read or changed"
            );
        }
        self.ours.swap(ours, Relaxed) != ours
    }

    /// Notes what the servers say of their memory: the answer to `INFO memory`, of a cluster by
    /// node.
    pub(super) fn note_memory(&self, answer: &Value) {
        let told: Vec<&Value> = match answer {
            Value::Map(by_node) => by_node.iter().map(|(_, info)| info).collect(),
            info => vec![info],
        };
        *self.evicts.lock() = told.into_iter().find_map(evicts);
    }

    /// The shards that fail together: on one server all of them.
    fn fate_of(&self, shard: Shard) -> Shard {
        if self.is_one() { Shard::FIRST } else { shard }
    }

    pub(super) fn is_down(&self, shard: Shard) -> bool {
        self.any_down.load(Relaxed) && self.down.lock().contains_key(&self.fate_of(shard))
    }

    /// Commands that fail together.
    async fn group(
        self: &Arc<Self>,
        lane: Lane,
        shard: Shard,
        asks: Vec<Ask>,
    ) -> Vec<Option<Value>> {
        let total = asks.len();
        match self.send(lane, asks).await {
            Ok(values) => values,
            Err(why) => {
                self.note_down(shard, &why);
                none(total)
            }
        }
    }

    async fn send(&self, lane: Lane, asks: Vec<Ask>) -> Result<Vec<Option<Value>>, String> {
        let which = lane as usize;
        let sent = async {
            match &self.link {
                Link::One { lanes, .. } => self.pipe(&mut lanes[which].clone(), asks).await,
                Link::Cluster { lanes, .. } => {
                    let mut connection = lanes.lock()[which].clone();
                    self.pipe(&mut connection, asks).await
                }
            }
        };
        tokio::time::timeout(self.timeout, sent)
            .await
            .map_err(|_elapsed| "no answer in time".to_owned())?
    }

    /// Sends commands together. An error of the whole is an `Err`; an error of one command leaves
    /// that one without an answer, after it was sent once more by itself if the server does not know
    /// the script, or if the cluster has moved its slot (the driver follows a move for single
    /// commands only).
    async fn pipe(
        &self,
        connection: &mut impl ConnectionLike,
        asks: Vec<Ask>,
    ) -> Result<Vec<Option<Value>>, String> {
        let mut pipeline = Pipeline::with_capacity(asks.len());
        let mut scripts = Vec::with_capacity(asks.len());
        for ask in asks {
            pipeline.add_command(ask.command);
            scripts.push(ask.script);
        }
        pipeline.ignore_errors();
        let values: Vec<Value> = pipeline
            .query_async(connection)
            .await
            .map_err(|error| error.category().to_owned())?;
        let mut answers = Vec::with_capacity(values.len());
        for ((value, command), script) in values.into_iter().zip(pipeline.cmd_iter()).zip(scripts) {
            let answer = match value {
                Value::ServerError(error) => {
                    self.again(connection, command, script, error.code()).await
                }
                value => Ok(value),
            };
            match answer {
                Ok(value) => {
                    if matches!(script, Some(Script::Apply | Script::Beat)) {
                        *self.refused.lock() = None;
                    }
                    answers.push(Some(value));
                }
                Err(code) => {
                    self.note_refused(code);
                    answers.push(None);
                }
            }
        }
        Ok(answers)
    }

    /// Sends a command again that was refused, if that can help.
    async fn again(
        &self,
        connection: &mut impl ConnectionLike,
        command: &Cmd,
        script: Option<Script>,
        code: &str,
    ) -> Result<Value, String> {
        let again = match (code, script) {
            ("MOVED" | "ASK" | "TRYAGAIN", _) => command.clone(),
            ("NOSCRIPT", Some(script)) => whole(script, command),
            _ => return Err(code.to_owned()),
        };
        let answer = again.query_async::<Value>(connection).await;
        answer.map_err(|error| error.code().unwrap_or("refused").to_owned())
    }

    fn note_refused(&self, code: String) {
        metrics::counter!("muster_live_redis_errors_total").increment(1);
        let mut refused = self.refused.lock();
        if refused.as_ref() != Some(&code) {
            tracing::warn!(code, "Redis refuses");
            *refused = Some(code);
        }
    }

    fn note_down(self: &Arc<Self>, shard: Shard, why: &str) {
        metrics::counter!("muster_live_redis_errors_total").increment(1);
        let known = {
            let mut down = self.down.lock();
            self.any_down.store(true, Relaxed);
            let first = down.is_empty();
            down.insert(shard, why.to_owned());
            !first
        };
        if !known {
            tracing::warn!(
                why,
                "Redis does not answer; searches go on with what is known"
            );
        }
        if !self.probing.swap(true, Relaxed) {
            drop(tokio::spawn(probe(Arc::downgrade(self))));
        }
    }

    /// Asks what is down whether it is back; true when nothing is down any more.
    async fn probe(self: &Arc<Self>) -> bool {
        let shards: Vec<Shard> = self.down.lock().keys().copied().collect();
        let asked = shards.into_iter().map(|shard| async move {
            let mut command = cmd("EXISTS");
            command.arg(shard.cells());
            let back = self.send(Lane::Live, vec![Ask::new(shard, command)]).await;
            (shard, back.is_ok())
        });
        for (shard, back) in join_all(asked).await {
            if back {
                self.down.lock().remove(&shard);
            }
        }
        let down = self.down.lock();
        self.any_down.store(!down.is_empty(), Relaxed);
        down.is_empty()
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
            store.link.connect_anew();
        }
    }
}

/// The same script with its code in place of its digest.
fn whole(script: Script, by_digest: &Cmd) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(script.code());
    for arg in by_digest.args_iter().skip(2) {
        if let redis::Arg::Simple(bytes) = arg {
            command.arg(bytes);
        }
    }
    command
}

fn none(total: usize) -> Vec<Option<Value>> {
    vec![None; total]
}

/// How a server makes room when it is full, if it has a limit and does so by dropping keys.
fn evicts(info: &Value) -> Option<String> {
    let info: String = redis::from_redis_value(info.clone()).ok()?;
    let word = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let policy = word("maxmemory_policy").filter(|policy| *policy != "noeviction")?;
    (word("maxmemory")? != "0").then(|| policy.to_owned())
}
