//! Three nodes, what they stand on, and the networks in between.

use super::history::{History, Span, Told, Us};
use super::people::Person;
use crate::support::{binary, text};
use muster_core::domain::plan::{Plans, Wave};
use muster_stand::clock;
use muster_stand::engines::{Postgres, Proxy, Redis, RedisCluster};
use muster_stand::process::{Server, ServerConfig};
use muster_stand::standin::{StandIn, StandInConfig};
use muster_stand::tokens::Tokens;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock};
use std::time::Duration;
use tempfile::TempDir;

/// Nodes of a town.
pub(super) const NODES: usize = 3;
/// Whose town it is.
pub(super) const OURS: &str = "org-1";
/// Who lives in the same streets.
pub(super) const THEIRS: &str = "org-2";
/// The server's own deadline is five seconds.
const ANSWER: Duration = Duration::from_secs(8);
/// The times of [`clock::now`] are rounded to a millisecond.
const ROUNDING: Us = 1_000;

/// What the live positions are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One Redis, each node with a network of its own to it.
    Single,
    /// Three primaries with a replica each.
    Cluster,
}

/// The Redis of a town.
pub(super) enum Store {
    /// See [`Kind::Single`].
    Single(Redis),
    /// See [`Kind::Cluster`].
    Cluster(RedisCluster),
}

/// One node: its process and its networks.
pub(super) struct Node {
    pub(super) config: ServerConfig,
    pub(super) server: tokio::sync::Mutex<Option<Server>>,
    pub(super) to_postgres: Proxy,
    pub(super) to_redis: Option<Proxy>,
    /// What its clock is wrong by stands here; the last node only.
    pub(super) clock: Option<PathBuf>,
    base: RwLock<String>,
}

/// Everything. Dropping it stops it.
pub(super) struct Town {
    pub(super) nodes: Vec<Node>,
    pub(super) store: tokio::sync::Mutex<Store>,
    pub(super) postgres: tokio::sync::Mutex<Postgres>,
    /// The database, past all proxies.
    pub(super) database: String,
    pub(super) standin: StandIn,
    /// Call handler and coordinator.
    pub(super) desk: String,
    pub(super) coordinator: String,
    pub(super) people: Vec<Person>,
    pub(super) history: Mutex<History>,
    pub(super) client: reqwest::Client,
    dir: TempDir,
}

/// What came back for a request.
pub(super) struct Heard {
    pub(super) told: Told,
    pub(super) span: Span,
    pub(super) json: Value,
    pub(super) text: String,
}

impl Town {
    /// Starts everything; nobody lives there yet.
    pub(super) async fn start(kind: Kind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let standin = StandIn::start(StandInConfig::default(), dir.path());
        let standin = standin.await.unwrap();
        // the order of commits is the checker's measure
        let settings = [("track_commit_timestamp", "on")];
        let (postgres, store) = tokio::join!(Postgres::with(&settings), Store::start(kind));
        let postgres = postgres.unwrap();
        let database = postgres.create_database().await.unwrap();
        let plans = dir.path().join("plans.toml");
        std::fs::write(&plans, toml::to_string(&quick_plans()).unwrap()).unwrap();
        let base = ServerConfig::new(&binary(), dir.path())
            .with_standin(&standin)
            .with_plans(&plans)
            .with("MUSTER__WORKERS", "2")
            .with("MUSTER__FCM__CONNECTIONS", "2");
        let mut nodes = Vec::new();
        for n in 0..NODES {
            let behind = (&*database, &store);
            nodes.push(Node::start(n, base.clone(), behind, dir.path()).await);
        }
        let client = reqwest::Client::builder().tcp_nodelay(true).build();
        let mut town = Self {
            nodes,
            store: tokio::sync::Mutex::new(store),
            postgres: tokio::sync::Mutex::new(postgres),
            database,
            standin,
            desk: String::new(),
            coordinator: String::new(),
            people: Vec::new(),
            history: Mutex::default(),
            client: client.unwrap(),
            dir,
        };
        let tokens = town.tokens(OURS);
        town.desk = tokens.mint("call_handler", "desk-1").await.unwrap();
        town.coordinator = tokens.mint("coordinator", "coordinator-1").await.unwrap();
        town
    }

    /// Tokens of an organisation.
    pub(super) fn tokens(&self, org: &str) -> Tokens {
        self.nodes[0].config.tokens(org)
    }

    /// A request to a node (by its number, modulo how many there are).
    pub(super) fn request(&self, node: usize, method: &str, path: &str) -> reqwest::RequestBuilder {
        let base = self.nodes[node % NODES].base.read().unwrap().clone();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{base}{path}"))
    }

    /// The same with a token, and with a body if there is one.
    pub(super) fn prepared(
        &self,
        node: usize,
        (method, path): (&str, &str),
        token: &str,
        body: Option<&Value>,
    ) -> reqwest::RequestBuilder {
        let request = self.request(node, method, path).bearer_auth(token);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Asks a node with a token.
    pub(super) async fn ask(
        &self,
        node: usize,
        what: (&str, &str),
        token: &str,
        body: Option<&Value>,
    ) -> Heard {
        hear(self.prepared(node, what, token, body)).await
    }

    /// Starts a node, or starts it again.
    pub(super) async fn start_node(&self, node: usize) {
        self.nodes[node].start_server().await;
    }

    /// Everything that a node logged.
    pub(super) fn log_of(&self, node: usize) -> String {
        std::fs::read_to_string(&self.nodes[node].config.log_file).unwrap_or_default()
    }

    /// No node may have panicked or logged anything private.
    pub(super) fn check_logs(&self) {
        for node in 0..NODES {
            let log = self.log_of(node);
            let secrets = ["panicked", super::people::STREET, "pushaddress", "eyJ"];
            for secret in secrets {
                let line = log.lines().find(|line| line.contains(secret));
                assert!(
                    line.is_none(),
                    "`{secret}` in the log of node {node}: {line:?}"
                );
            }
        }
    }

    /// Keeps the logs of a failed round; where.
    pub(super) fn keep_logs(&self) -> PathBuf {
        let kept = std::env::temp_dir().join(format!("muster-round-{}", std::process::id()));
        std::fs::create_dir_all(&kept).unwrap();
        for node in 0..NODES {
            std::fs::write(kept.join(format!("node-{node}.log")), self.log_of(node)).unwrap();
        }
        assert!(self.dir.path().exists());
        kept
    }
}

/// Sends it, and says how it ended.
pub(super) async fn hear(request: reqwest::RequestBuilder) -> Heard {
    let began = now() - ROUNDING;
    let answer = async {
        let answer = request.timeout(ANSWER).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    };
    let (status, text) = answer.await.unwrap_or_default();
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let told = match status {
        200..300 => Told::Done,
        400..500 => Told::Refused(json["code"].as_str().unwrap_or_default().to_owned()),
        _ => Told::Unsure,
    };
    Heard {
        told,
        span: Span {
            began,
            ended: now() + ROUNDING,
        },
        json,
        text,
    }
}

impl Heard {
    /// The JSON, if it was acknowledged.
    #[track_caller]
    pub(super) fn done(self) -> Value {
        assert_eq!(self.told, Told::Done, "{}", self.text);
        self.json
    }

    /// A text field of the answer.
    pub(super) fn field(&self, name: &str) -> String {
        text(&self.json, name).to_owned()
    }
}

/// Now, by the clock of this machine.
pub(super) fn now() -> Us {
    clock::now().as_microsecond()
}

impl Store {
    async fn start(kind: Kind) -> Self {
        match kind {
            Kind::Single => Self::Single(Redis::start().await.unwrap()),
            Kind::Cluster => Self::Cluster(RedisCluster::start().await.unwrap()),
        }
    }
}

impl Node {
    async fn start(
        n: usize,
        config: ServerConfig,
        (database, store): (&str, &Store),
        dir: &Path,
    ) -> Self {
        let (_, address) = database.split_once('@').unwrap();
        let (address, name) = address.split_once('/').unwrap();
        let to_postgres = Proxy::start(address).await.unwrap();
        let url = database.replace(address, &to_postgres.address().to_string());
        assert!(url.ends_with(name));
        let (to_redis, redis_urls) = match store {
            Store::Single(redis) => {
                let behind = format!("127.0.0.1:{}", redis.port());
                let proxy = Proxy::start(&behind).await.unwrap();
                let url = format!("redis://{}", proxy.address());
                (Some(proxy), url)
            }
            Store::Cluster(cluster) => (None, cluster.urls().join(",")),
        };
        let mut config = config
            .with("MUSTER__POSTGRES_URL", url)
            .with("MUSTER__REDIS_URLS", redis_urls);
        config.log_file = dir.join(format!("node-{n}.log"));
        let clock = (n + 1 == NODES).then(|| dir.join("clock"));
        if let Some(file) = &clock {
            std::fs::write(file, "+0").unwrap();
            config = config
                .with("LD_PRELOAD", wrong_clock().display().to_string())
                .with("FAKETIME_TIMESTAMP_FILE", file.display().to_string())
                .with("FAKETIME_CACHE_DURATION", "1")
                .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        let node = Self {
            config,
            server: tokio::sync::Mutex::new(None),
            to_postgres,
            to_redis,
            clock,
            base: RwLock::new(String::new()),
        };
        node.start_server().await;
        node
    }

    async fn start_server(&self) {
        let mut server = self.server.lock().await;
        let started = Server::start(self.config.clone()).await;
        let started = started.unwrap_or_else(|e| {
            let log = std::fs::read_to_string(&self.config.log_file).unwrap_or_default();
            let lines: Vec<_> = log.lines().rev().take(8).collect();
            panic!("{e}; the end of its log, newest first: {lines:#?}")
        });
        started
            .base_url()
            .clone_into(&mut self.base.write().unwrap());
        *server = Some(started);
    }
}

/// The library that makes a process believe in another time.
fn wrong_clock() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    let found = files.find(|file| file.is_file());
    found.expect("libfaketime: run `make setup`, or `apt-get install libfaketime`")
}

/// Two wanted, one more may come, and little patience.
fn quick_plans() -> Plans {
    let mut plans = Plans::built_in();
    for plan in &mut plans.plans {
        (plan.wanted, plan.overbook) = (2, 1);
        (plan.answer_window_s, plan.receipt_window_s) = (3.0, 2.0);
        (plan.expires_s, plan.recheck_s) = (60.0, 0.5);
        let wave = |after_s, radius_m| Wave {
            after_s,
            radius_m,
            at_once: 3,
        };
        plan.waves = vec![wave(0.0, 800.0), wave(2.0, 2_000.0)];
    }
    plans
}
