//! An index with its servers, empty and known to be empty.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::{Clock, Found, LastKnown, LiveIndex, Nearest, Profiles, Search};
use muster_live::memory::MemoryIndex;
use muster_live::redis::{RedisIndex, RedisSettings};
use muster_stand::engines::{Redis, RedisCluster};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::People;

/// A condition that does not come true within this is a failure.
const DEADLINE: Duration = Duration::from_secs(30);

/// Tests are patient with servers on a busy machine, where they do not test patience.
const PATIENT: Duration = Duration::from_secs(5);

/// So many changes at a time when there are many.
const AT_ONCE: usize = 2000;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Redis,
    Valkey,
    Cluster,
}

/// The servers behind an index.
pub(crate) enum Engine {
    None,
    One(Redis),
    Cluster(RedisCluster),
}

/// Every node has a name of its own.
static NODES: AtomicU64 = AtomicU64::new(1);

/// An index and all that belongs to it.
pub(crate) struct Given {
    pub(crate) index: Arc<dyn LiveIndex>,
    pub(crate) redis: Option<Arc<RedisIndex>>,
    pub(crate) people: Arc<People>,
    pub(crate) engine: Engine,
    pub(crate) settings: RedisSettings,
    nodes: Vec<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Given {
    /// An empty index; the answers of Redis are waited for.
    pub(crate) async fn with(kind: Kind) -> Self {
        Self::set_up(kind, |settings| settings.timeout = PATIENT).await
    }

    /// An empty index.
    pub(crate) async fn set_up(kind: Kind, set: impl FnOnce(&mut RedisSettings)) -> Self {
        let engine = match kind {
            Kind::Memory => Engine::None,
            Kind::Redis => Engine::One(Redis::start().await.unwrap()),
            Kind::Valkey => Engine::One(Redis::valkey().await.unwrap()),
            Kind::Cluster => Engine::Cluster(RedisCluster::start().await.unwrap()),
        };
        let urls = match &engine {
            Engine::None => Vec::new(),
            Engine::One(redis) => vec![redis.url()],
            Engine::Cluster(cluster) => cluster.urls(),
        };
        let mut settings = RedisSettings::at(urls, "this".to_owned(), String::new());
        set(&mut settings);
        Self::on(engine, settings).await
    }

    /// The same servers, flushed, with a ledger that knows nobody.
    pub(crate) async fn anew(mut self) -> Self {
        // a node that still writes would bring people back after the flush
        for (stop, running) in self.nodes.drain(..) {
            stop.send_replace(true);
            let ended = timeout(DEADLINE, running).await;
            ended.expect("a node stops when it is told to").unwrap();
        }
        match &mut self.engine {
            Engine::None => {}
            Engine::One(redis) => redis.flush().await.unwrap(),
            Engine::Cluster(cluster) => cluster.flush().await.unwrap(),
        }
        Self::on(self.engine, self.settings).await
    }

    async fn on(engine: Engine, settings: RedisSettings) -> Self {
        let mut given = Self {
            index: Arc::new(MemoryIndex::volatile()),
            redis: None,
            people: Arc::new(People::default()),
            engine,
            settings,
            nodes: Vec::new(),
        };
        if !matches!(given.engine, Engine::None) {
            let redis = given.another_node();
            is_well(&redis).await;
            given.index = Arc::clone(&redis) as Arc<dyn LiveIndex>;
            given.redis = Some(redis);
        }
        given
    }

    /// A further node on the same Redis, with its loops running.
    pub(crate) fn another_node(&mut self) -> Arc<RedisIndex> {
        let index = RedisIndex::open(
            RedisSettings {
                node: NODES.fetch_add(1, Ordering::Relaxed).to_string(),
                ..self.settings.clone()
            },
            Arc::clone(&self.people) as Arc<dyn LastKnown>,
            Arc::clone(&self.people) as Arc<dyn Profiles>,
            Arc::clone(&self.people) as Arc<dyn Clock>,
        )
        .unwrap();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(Arc::clone(&index).run(stopped));
        self.nodes.push((stop, running));
        index
    }

    /// The one Redis of this test.
    pub(crate) fn server(&mut self) -> &mut Redis {
        match &mut self.engine {
            Engine::One(redis) => redis,
            _ => panic!("not with one server"),
        }
    }

    /// Names them, to the ledger too.
    pub(crate) async fn admit(&self, profile: Profile) {
        self.people.enrol(profile);
        self.index.admit(profile).await;
    }

    /// Names and places many.
    pub(crate) async fn place(&self, people: &[(Profile, Fix)]) {
        let placed = people.iter().map(|(profile, fix)| async move {
            self.admit(*profile).await;
            self.index.report(profile.responder, *fix).await
        });
        let placed: Vec<bool> = futures_util::stream::iter(placed.collect::<Vec<_>>())
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        assert!(placed.iter().all(|placed| *placed));
    }

    /// Searches, and the answer must not be a guess.
    pub(crate) async fn find(&self, search: &Search) -> Vec<Found> {
        let nearest = self.nearest(search).await;
        assert!(!nearest.degraded, "guessed: {search:?}");
        nearest.found
    }

    pub(crate) async fn nearest(&self, search: &Search) -> Nearest {
        let nearest = self.index.nearest(search).await;
        assert!(
            nearest
                .found
                .is_sorted_by_key(|found| search.weighed_m(found))
        );
        nearest
    }

    /// Numbers of those found, best first.
    pub(crate) async fn who(&self, search: &Search) -> Vec<u64> {
        who(&self.find(search).await)
    }

    /// Looks until it is so.
    pub(crate) async fn eventually<F>(&self, what: &str, so: impl FnMut() -> F)
    where
        F: Future<Output = bool>,
    {
        eventually(what, so).await;
    }
}

async fn eventually<F>(what: &str, mut so: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let until = Instant::now() + DEADLINE;
    while !so().await {
        assert!(Instant::now() < until, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Until a node knows all that its Redis knows, and Redis takes changes.
pub(crate) async fn is_well(node: &RedisIndex) {
    eventually("the node is up to date", async || node.health().is_ok()).await;
}

/// Numbers, best first.
pub(crate) fn who(found: &[Found]) -> Vec<u64> {
    found.iter().map(|f| f.profile.responder.0).collect()
}

/// By number.
pub(crate) fn no(number: u64) -> ResponderNo {
    ResponderNo(number)
}
