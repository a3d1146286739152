//! PostGIS: a table of places with a GiST index, and the index's own order by distance.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::SinkExt as _;
use muster_core::domain::place::Point;
use tokio_postgres::{Client, Statement};

use super::way::{Near, Way};
use crate::seed::scaled::connect;
use muster_stand::failure::{Context as _, Outcome};

pub(super) const NAME: &str = "PostGIS KNN";
const TABLE: &str = "DROP TABLE IF EXISTS people;
    CREATE TABLE people (id int NOT NULL, place geography(Point, 4326) NOT NULL)";
const INDEXES: &str = "CREATE INDEX ON people USING gist (place);
    ALTER TABLE people ADD PRIMARY KEY (id);
    VACUUM (ANALYZE, FREEZE) people";
/// The nearest by the index, then cut at the radius: the same as the nearest within the radius,
/// and quicker than asking for both at once. `geography` and not `geometry`: metres are metres.
const NEAREST: &str = "SELECT id, away FROM (
        SELECT id, place <-> ST_MakePoint($1, $2)::geography AS away
        FROM people ORDER BY place <-> ST_MakePoint($1, $2)::geography LIMIT $3
    ) AS nearest WHERE away <= $4";
/// Lines of one part of a COPY.
const LOAD: usize = 10_000;

/// People in a table, numbered from 0.
pub(super) struct PostGis {
    client: Client,
    nearest: Statement,
    /// The process that answers this connection.
    server: u32,
}

impl PostGis {
    /// Puts all of them in a new table.
    pub(super) async fn load(url: &str, places: &[Point]) -> Outcome<Self> {
        let client = connect(url).await?;
        client.batch_execute(TABLE).await.doing("making a table")?;
        let copy = client.copy_in::<_, Bytes>("COPY people FROM STDIN");
        let copy = copy.await.doing("COPY")?;
        let mut copy = std::pin::pin!(copy);
        let mut who = 0_u32..;
        for some in places.chunks(LOAD) {
            // the places first: the other way round a number is lost at the end of each part
            let lines = some.iter().zip(who.by_ref()).map(|(place, who)| {
                let (lon, lat) = (place.lon(), place.lat());
                format!("{who}\tSRID=4326;POINT({lon} {lat})\n")
            });
            let lines = Bytes::from(lines.collect::<String>());
            copy.send(lines).await.doing("COPY")?;
        }
        copy.finish().await.doing("COPY")?;
        for step in INDEXES.split(';') {
            client.batch_execute(step).await.doing("indexing")?;
        }
        let nearest = client.prepare(NEAREST).await;
        let nearest = nearest.doing("preparing a statement")?;
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
        let pid: i32 = row.doing("asking for its process")?.get(0);
        let server = u32::try_from(pid).doing("asking for its process")?;
        Ok(Self {
            client,
            nearest,
            server,
        })
    }
}

#[async_trait(?Send)]
impl Way for PostGis {
    fn name(&self) -> &'static str {
        NAME
    }

    fn server(&self) -> Option<u32> {
        Some(self.server)
    }

    fn tolerance_m(&self) -> f64 {
        // its sphere is the mean of both axes, and a little larger than ours
        0.05
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let limit = i64::try_from(limit).doing("a limit")?;
        let rows = self
            .client
            .query(
                &self.nearest,
                &[&from.lon(), &from.lat(), &limit, &radius_m],
            )
            .await
            .doing("asking PostGIS")?;
        let near = rows.iter().map(|row| {
            let who: i32 = row.get(0);
            Ok((
                u32::try_from(who).doing("a number of somebody")?,
                row.get(1),
            ))
        });
        near.collect()
    }
}
