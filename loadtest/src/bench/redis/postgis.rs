//! PostGIS: a table of places with a GiST index, and the index's own order by distance.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::SinkExt as _;
use muster_core::domain::place::Point;
use tokio_postgres::{Client, NoTls, Statement};

use super::way::{Near, Way};
use muster_stand::failure::{Context as _, Outcome};

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
const SHIFT: &str = "UPDATE people SET place = ST_MakePoint($2, $3)::geography WHERE id = $1";
const SHIFT_MANY: &str = "UPDATE people SET place = ST_MakePoint(lon, lat)::geography
    FROM unnest($1::int[], $2::float8[], $3::float8[]) AS moved (who, lon, lat)
    WHERE id = who";
/// Lines of one part of a COPY.
const LOAD: usize = 10_000;

/// A connection of this thread.
pub(super) async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .doing("connecting to PostgreSQL")?;
    // it ends when the client is dropped; an error reaches whoever waits for an answer
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// People in a table, numbered from 0.
pub(super) struct PostGis {
    client: Client,
    nearest: Statement,
    shift: Statement,
    shift_many: Statement,
    /// The process that answers this connection.
    pub(super) pid: u32,
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
            let lines = who.by_ref().zip(some).map(|(who, place)| {
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
        Self::with(client).await
    }

    /// Another connection to the same table.
    pub(super) async fn again(url: &str) -> Outcome<Self> {
        Self::with(connect(url).await?).await
    }

    async fn with(client: Client) -> Outcome<Self> {
        let prepare = async |text| client.prepare(text).await.doing("preparing a statement");
        let (nearest, shift) = (prepare(NEAREST).await?, prepare(SHIFT).await?);
        let shift_many = prepare(SHIFT_MANY).await?;
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
        let pid: i32 = row.doing("asking for its process")?.get(0);
        let pid = u32::try_from(pid).doing("asking for its process")?;
        Ok(Self {
            client,
            nearest,
            shift,
            shift_many,
            pid,
        })
    }

    /// Bytes of the table with its indexes.
    pub(super) async fn bytes(&self) -> Outcome<f64> {
        let asked = "SELECT pg_total_relation_size('people')::float8";
        let row = self.client.query_one(asked, &[]).await;
        Ok(row.doing("asking for its size")?.get(0))
    }

    /// Cleans up behind updates, which nobody else does here.
    pub(super) async fn vacuum(&self) -> Outcome<()> {
        let done = self.client.batch_execute("VACUUM (ANALYZE) people").await;
        done.doing("VACUUM")
    }

    /// Moves somebody.
    pub(super) async fn shift(&self, who: u32, to: Point) -> Outcome<()> {
        let who = i32::try_from(who).doing("a number of somebody")?;
        let (lon, lat) = (to.lon(), to.lat());
        let done = self.client.execute(&self.shift, &[&who, &lon, &lat]).await;
        done.doing("UPDATE").map(drop)
    }

    /// Moves many, each once, in one statement.
    pub(super) async fn shift_many(&self, moved: &[(u32, Point)]) -> Outcome<()> {
        let who = moved.iter().map(|(who, _)| i32::try_from(*who));
        let who = who.collect::<Result<Vec<_>, _>>();
        let who = who.doing("a number of somebody")?;
        let lon: Vec<f64> = moved.iter().map(|(_, to)| to.lon()).collect();
        let lat: Vec<f64> = moved.iter().map(|(_, to)| to.lat()).collect();
        let done = self
            .client
            .execute(&self.shift_many, &[&who, &lon, &lat])
            .await;
        done.doing("UPDATE").map(drop)
    }
}

#[async_trait(?Send)]
impl Way for PostGis {
    fn name(&self) -> &'static str {
        "PostGIS KNN"
    }

    fn server(&self) -> u32 {
        self.pid
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
