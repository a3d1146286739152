//! The two servers of the comparison, on the loopback, each of our own.

use crate::seed::scaled::connect;
use muster_stand::engines::{Postgres, Redis};
use muster_stand::failure::{Context as _, Failure, Outcome};

/// What to do when something is missing.
const NEEDS: &str = "the part `nearest` of the bench needs redis-server and PostgreSQL with PostGIS: \
                     `make setup setup-postgis` installs them (--only embedded or fixes does without)";

/// PostgreSQL as somebody would set it up for this: the table fits its memory, a commit need not
/// reach the disk (a position is no promise), and nothing cleans up while we measure.
const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "1GB"),
    ("maintenance_work_mem", "1GB"),
    ("max_wal_size", "8GB"),
    ("synchronous_commit", "off"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// Redis and PostGIS. Dropping it ends both.
pub(in crate::bench) struct Servers {
    pub(super) redis: Redis,
    /// Lives as long as this.
    _postgres: Postgres,
    /// A database with PostGIS in it.
    pub(super) database: String,
}

impl Servers {
    /// Starts both, or says what is missing.
    pub(in crate::bench) async fn start() -> Outcome<Self> {
        let redis = Redis::start().await.doing(NEEDS)?;
        let postgres = Postgres::with(&SETTINGS).await.doing(NEEDS)?;
        let database = postgres.create_database().await?;
        let servers = Self {
            redis,
            _postgres: postgres,
            database,
        };
        let client = connect(&servers.database).await?;
        let installed = client.batch_execute("CREATE EXTENSION postgis").await;
        installed.doing("CREATE EXTENSION postgis").doing(NEEDS)?;
        Ok(servers)
    }

    /// What is compared, by version.
    pub(super) async fn versions(&self) -> Outcome<String> {
        let info = self.redis.ask(&["INFO", "server"]).await?;
        let redis = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"))
            .ok_or_else(|| Failure::new("Redis does not say its version"))?;
        let client = connect(&self.database).await?;
        let asked = "SELECT 'PostgreSQL ' || current_setting('server_version') \
                     || ', PostGIS ' || postgis_lib_version()";
        let row = client.query_one(asked, &[]).await;
        let postgres: String = row.doing("asking for versions")?.get(0);
        Ok(format!("Redis {}, {postgres}", redis.trim()))
    }
}
