//! One connection: a client, and the small runtime in which its socket lives. Everything happens
//! on the thread that owns it, so a statement costs a round trip and no change of thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Statement};

use super::schema::{self, Identity};
use super::{Shared, tls};
use crate::sql::db::{Arg, Rows, Value};
use crate::sql::fault::{Done, Fault};

/// Connecting, with everything that belongs to it.
const CONNECT_MAX: Duration = Duration::from_millis(500);

/// Bounds of what the server does for us, so that no wait there is longer than ours. A
/// transaction that its node left open is ended by the server.
///
/// Every statement of an emergency finds its rows by an index. The planner does not know how an
/// empty or growing table will look, keeps the plan that it made then, and would read a table of
/// a thousand people once for each of twenty: so it may read whole tables only where there is no
/// other way, and compiles nothing because of that.
const SESSION: &str = "SET statement_timeout = 700; SET lock_timeout = 500;
    SET idle_in_transaction_session_timeout = 2000; SET application_name = 'muster';
    SET enable_seqscan = off; SET jit = off";

/// A value of its own, for a statement that is held back.
#[derive(Debug)]
pub(super) enum Bound {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
    Ints(Vec<i64>),
    Texts(Vec<String>),
    /// One column of many rows.
    IntColumn(Vec<Option<i64>>),
    /// The same of texts.
    TextColumn(Vec<Option<String>>),
}

impl Bound {
    /// The values of many rows as one list for each column.
    pub(super) fn columns(rows: &[Vec<Arg<'_>>]) -> Done<Vec<Self>> {
        let width = rows.first().map_or(0, Vec::len);
        (0..width)
            .map(|at| Self::column(rows.iter().map(|row| row.get(at).copied())))
            .collect()
    }

    fn column<'a>(cells: impl Iterator<Item = Option<Arg<'a>>> + Clone) -> Done<Self> {
        let ragged = || Fault::broken("rows of several widths or kinds");
        let is_text = |cell: Option<Arg<'_>>| matches!(cell, Some(Arg::Text(_)));
        if cells.clone().any(is_text) {
            let texts = cells.map(|cell| match cell {
                Some(Arg::Text(text)) => Ok(Some(text.to_owned())),
                Some(Arg::Null) => Ok(None),
                _ => Err(ragged()),
            });
            return texts.collect::<Done<_>>().map(Self::TextColumn);
        }
        let numbers = cells.map(|cell| match cell {
            Some(Arg::Int(n)) => Ok(Some(n)),
            Some(Arg::Null) => Ok(None),
            _ => Err(ragged()),
        });
        numbers.collect::<Done<_>>().map(Self::IntColumn)
    }
}

impl From<&Arg<'_>> for Bound {
    fn from(arg: &Arg<'_>) -> Self {
        match *arg {
            Arg::Null => Self::Null,
            Arg::Int(n) => Self::Int(n),
            Arg::Text(text) => Self::Text(text.to_owned()),
            Arg::Blob(bytes) => Self::Blob(bytes.to_vec()),
            Arg::Ints(list) => Self::Ints(list.to_vec()),
            Arg::Texts(list) => Self::Texts(list.to_vec()),
        }
    }
}

type Encoded = Result<IsNull, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Bound {
    fn to_sql(&self, ty: &Type, out: &mut bytes::BytesMut) -> Encoded {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) => n.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
            Self::Ints(list) => list.to_sql(ty, out),
            Self::Texts(list) => list.to_sql(ty, out),
            // nothing but NULLs has no kind of its own
            Self::IntColumn(list) if *ty == Type::TEXT_ARRAY => {
                vec![None::<String>; list.len()].to_sql(ty, out)
            }
            Self::IntColumn(list) => list.to_sql(ty, out),
            Self::TextColumn(list) => list.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [
            Type::INT8,
            Type::TEXT,
            Type::BYTEA,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
        ]
        .contains(ty)
    }

    to_sql_checked!();
}

/// A column of any type that the ledger uses.
struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => Value::Text(String::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        // `void` is what a lock function gives: an empty text
        [Type::INT8, Type::INT4, Type::BYTEA, Type::TEXT, Type::VOID].contains(ty)
    }
}

/// One message of a pipeline.
pub(super) enum Step<'a> {
    /// Begins or ends a transaction.
    Plain(&'static str),
    /// A prepared statement with its values.
    Bound(&'static str, &'a [Bound]),
}

/// A connection.
pub(super) struct Link {
    runtime: Runtime,
    client: Client,
    statements: RefCell<HashMap<&'static str, Statement>>,
    pub(super) identity: Identity,
    pub(super) shared: Arc<Shared>,
    broken: Cell<bool>,
}

impl Link {
    /// Connects, within half a second or not at all.
    pub(super) fn open(shared: &Arc<Shared>) -> Done<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let late = || Fault::away("PostgreSQL did not answer in time");
        let connecting = async {
            let mut client = tls::connect(&shared.config, shared.tls.clone()).await?;
            client.batch_execute(SESSION).await?;
            let identity = schema::identify(&mut client).await?;
            Ok::<_, Fault>((client, identity))
        };
        let connected = runtime.block_on(async { timeout(CONNECT_MAX, connecting).await });
        let (client, identity) = connected.map_err(|_late| late())??;
        Ok(Self {
            runtime,
            client,
            statements: RefCell::default(),
            identity,
            shared: Arc::clone(shared),
            broken: Cell::new(false),
        })
    }

    /// Whether it can be used. Looks at the socket without waiting.
    pub(super) fn is_alive(&self) -> bool {
        self.tick();
        !self.broken.get() && !self.client.is_closed()
    }

    /// Lets the socket do what it can do at once.
    fn tick(&self) {
        self.runtime.block_on(async {
            // the first turn polls the socket, the second runs what it woke
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
    }

    /// Sends one plain statement without waiting for its answer; the next pipeline comes after.
    pub(super) fn fire(&self, text: &'static str) {
        self.runtime.block_on(async {
            let mut sending = pin!(self.client.batch_execute(text));
            poll_fn(|context| {
                // the first poll sends; whoever wants no answer leaves then
                let _sent = sending.as_mut().poll(context).is_ready();
                Poll::Ready(())
            })
            .await;
        });
        self.tick();
    }

    /// Sends all steps at once and reads all answers: one round trip. The first error is the
    /// cause of those after it.
    pub(super) fn pipeline(&self, steps: &[Step<'_>], patience: Duration) -> Done<Vec<Rows>> {
        let answered = self.runtime.block_on(async {
            timeout(patience, async {
                self.prepare(steps).await?;
                self.shared.trips.fetch_add(1, Ordering::Relaxed);
                let answers = join_all(steps.iter().map(|step| self.step(step))).await;
                answers.into_iter().collect::<Done<Vec<_>>>()
            })
            .await
        });
        match answered {
            Ok(answers) => answers.inspect_err(|_| {
                if self.client.is_closed() {
                    self.broken.set(true);
                }
            }),
            Err(_late) => {
                self.broken.set(true);
                Err(Fault::away("PostgreSQL did not answer in time"))
            }
        }
    }

    /// Prepares what this connection has not seen yet.
    async fn prepare(&self, steps: &[Step<'_>]) -> Done<()> {
        let mut unknown: Vec<&'static str> = Vec::new();
        for step in steps {
            if let Step::Bound(sql, _) = step
                && !self.statements.borrow().contains_key(sql)
                && !unknown.contains(sql)
            {
                unknown.push(sql);
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let prepared = join_all(unknown.iter().map(|sql| self.client.prepare(sql))).await;
        for (sql, statement) in unknown.into_iter().zip(prepared) {
            self.statements.borrow_mut().insert(sql, statement?);
        }
        Ok(())
    }

    async fn step(&self, step: &Step<'_>) -> Done<Rows> {
        match step {
            Step::Plain(text) => {
                self.client.batch_execute(text).await?;
                Ok(Rows::default())
            }
            Step::Bound(sql, values) => {
                let statement = self.statements.borrow().get(sql).cloned();
                let statement = statement.ok_or_else(|| Fault::broken("nobody prepared it"))?;
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| value as _).collect();
                let rows = self.client.query(&statement, &values).await?;
                let width = statement.columns().len();
                let mut found = Rows::of_width(width);
                for row in rows {
                    for at in 0..width {
                        found.push(row.try_get::<_, Column>(at)?.0);
                    }
                }
                Ok(found)
            }
        }
    }
}
