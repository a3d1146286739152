//! What the machine itself needs, taken in the same run and under the same load: one durable write
//! of the kind that the world is built on, one search, and as many sends over warm HTTP/2 as an
//! incident has.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::domain::place::Point;
use muster_live::memory::MemoryIndex;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_postgres::{Client, Statement};

use super::nearest::search;
use super::sender::Sender;
use super::town::{ASKED, RADIUS_M, Town, World};
use crate::seed::scaled::connect;
use muster_stand::failure::{Context as _, Outcome};

const BLOCK: [u8; 4096] = [7; 4096];
/// Of a size with what an incident alone would take.
const TABLE: &str =
    "CREATE TABLE floor (no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT)";
const INSERT: &str = "INSERT INTO floor (body) VALUES ($1)";
const ROW_BYTES: usize = 1_000;

/// Everything that a floor is made of.
pub(super) struct Floor {
    disk: Box<dyn Durable>,
    index: Arc<MemoryIndex>,
    sender: Sender,
}

/// One floor. The sends ended when the stand-in took the last of them.
pub(super) struct Taken {
    pub(super) commit: Duration,
    pub(super) search: Duration,
    /// When the sends began.
    pub(super) began: Instant,
}

/// Something that is on disk when it returns.
#[async_trait]
trait Durable: Send + Sync {
    async fn commit(&self) -> Outcome<Duration>;
}

/// What a raise asks the index for: twice the places of its plan, and eight more.
pub(super) const PROPOSED: usize = ASKED as usize * 2 + 8;

impl Floor {
    /// That of a world.
    pub(super) async fn of(town: &Town, world: &World) -> Outcome<Self> {
        let disk: Box<dyn Durable> = match &world.engines {
            None => Box::new(Disk::open(&world.config.data_dir)?),
            Some(engines) => {
                let database = engines.postgres.create_database().await?;
                Box::new(Row::connect(&database).await?)
            }
        };
        Ok(Self {
            disk,
            index: Arc::clone(&town.index),
            sender: Sender::connect(&town.standin).await?,
        })
    }

    /// All of it, one after the other, for an incident at this place; the sends bear the name.
    /// Nothing when the search gave up, which is no floor.
    pub(super) async fn take(&self, place: Point, name: &str) -> Outcome<Option<Taken>> {
        let Some(search) = self.search(place) else {
            return Ok(None);
        };
        let commit = self.disk.commit().await?;
        let began = self.sender.send(name).await?;
        Ok(Some(Taken {
            commit,
            search,
            began,
        }))
    }
}

/// How many people there are within reach, up to a limit.
pub(super) fn people_around(index: &MemoryIndex, from: Point, limit: usize) -> usize {
    index.search(&search(from, limit, RADIUS_M)).len()
}

impl Floor {
    /// The search of a node, which has everybody in its own tree in both worlds.
    fn search(&self, from: Point) -> Option<Duration> {
        let search = search(from, PROPOSED, RADIUS_M);
        let start = Instant::now();
        let found = self.index.search(&search);
        let took = start.elapsed();
        (!found.is_empty()).then_some(took)
    }
}

/// One append and flush of 4 KiB on the disk of the data directory.
struct Disk(Arc<Mutex<File>>);

impl Disk {
    fn open(dir: &Path) -> Outcome<Self> {
        let file = File::create(dir.join("floor")).doing("making the floor's file")?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }
}

#[async_trait]
impl Durable for Disk {
    async fn commit(&self) -> Outcome<Duration> {
        let file = Arc::clone(&self.0);
        let flushed = tokio::task::spawn_blocking(move || {
            let mut file = file.lock();
            let start = Instant::now();
            file.write_all(&BLOCK)?;
            file.sync_data()?;
            Ok::<_, std::io::Error>(start.elapsed())
        });
        flushed
            .await
            .doing("waiting for the disk")?
            .doing("flushing")
    }
}

/// One row, committed by the same PostgreSQL in a database of its own.
struct Row {
    client: Client,
    insert: Statement,
    body: String,
}

impl Row {
    async fn connect(url: &str) -> Outcome<Self> {
        let client = connect(url).await?;
        client.batch_execute(TABLE).await.doing("making a table")?;
        let insert = client.prepare(INSERT).await.doing("preparing")?;
        Ok(Self {
            client,
            insert,
            body: "x".repeat(ROW_BYTES),
        })
    }
}

#[async_trait]
impl Durable for Row {
    async fn commit(&self) -> Outcome<Duration> {
        let start = Instant::now();
        let done = self.client.execute(&self.insert, &[&self.body]).await;
        done.doing("committing a row")?;
        Ok(start.elapsed())
    }
}
