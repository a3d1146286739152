//! The statements' interface over one SQLite connection.

use std::cell::Cell;

use muster_core::ports::LedgerError;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ToSql};

use crate::sql::db::{Arg, Db, Rows, Sql, Statement, Value, check};
use crate::sql::fault::{Done, Fault};

/// A connection with what its statements need beside it.
pub(super) struct Lite {
    pub(super) db: Connection,
    node: i64,
    /// The last number given out; none for a connection that only reads.
    last: Option<Cell<i64>>,
}

impl Lite {
    /// A connection that writes as this node. Numbers go on after the largest that it holds.
    pub(super) fn writer(db: Connection, node: i64, largest: i64) -> Self {
        Self {
            db,
            node,
            last: Some(Cell::new(largest)),
        }
    }

    /// A connection that reads.
    pub(super) fn reader(db: Connection) -> Self {
        Self {
            db,
            node: 0,
            last: None,
        }
    }

    fn prepare(&self, sql: &str, args: &[Arg<'_>]) -> Done<CachedStatement<'_>> {
        let mut statement = self.db.prepare_cached(sql)?;
        bind(&mut statement, args)?;
        Ok(statement)
    }

    fn read(&self, sql: Sql, args: &[Arg<'_>]) -> Done<Rows> {
        if sql.sqlite.is_empty() {
            return Ok(Rows::default());
        }
        let mut statement = self.prepare(sql.sqlite, args)?;
        let width = statement.column_count();
        let mut found = Rows::of_width(width);
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            for at in 0..width {
                found.push(match row.get_ref(at)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                    ValueRef::Real(_) => return Err(Fault::broken("a column holds a fraction")),
                });
            }
        }
        Ok(found)
    }
}

impl Db for Lite {
    fn query_all(&self, questions: &[Statement<'_>]) -> Done<Vec<Rows>> {
        questions
            .iter()
            .map(|(sql, args)| self.read(*sql, args))
            .collect()
    }

    fn execute(&self, sql: Sql, args: &[Arg<'_>]) -> Done<()> {
        if !sql.sqlite.is_empty() {
            self.prepare(sql.sqlite, args)?.raw_execute()?;
        }
        Ok(())
    }

    fn execute_rows(&self, sql: Sql, rows: &[Vec<Arg<'_>>]) -> Done<()> {
        if sql.sqlite.is_empty() || rows.is_empty() {
            return Ok(());
        }
        let mut statement = self.db.prepare_cached(sql.sqlite)?;
        for args in rows {
            bind(&mut statement, args)?;
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn number(&self) -> Done<i64> {
        let last = self.last.as_ref();
        let last = last.ok_or_else(|| Fault::broken("a reader gives no numbers"))?;
        last.set(last.get() + 1);
        Ok(last.get())
    }

    fn node(&self) -> i64 {
        self.node
    }
}

/// `$n` is a named parameter here, bound in the order of first appearance.
fn bind(statement: &mut CachedStatement<'_>, args: &[Arg<'_>]) -> Done<()> {
    check(args)?;
    for (at, arg) in args.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, Bound(*arg))?;
    }
    Ok(())
}

/// A value on its way into a statement; a list travels as JSON.
struct Bound<'a>(Arg<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let list = |json: serde_json::Result<String>| {
            let text = json.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
            Ok(ToSqlOutput::from(text))
        };
        match self.0 {
            Arg::Null => Ok(ToSqlOutput::Borrowed(ValueRef::Null)),
            Arg::Int(n) => Ok(ToSqlOutput::from(n)),
            Arg::Text(text) => Ok(ToSqlOutput::from(text)),
            Arg::Blob(bytes) => Ok(ToSqlOutput::from(bytes)),
            Arg::Ints(numbers) => list(serde_json::to_string(numbers)),
            Arg::Texts(texts) => list(serde_json::to_string(texts)),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let passing = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::OutOfMemory
                    | ErrorCode::FileLockingProtocolFailed
            )
        );
        Self(if passing {
            LedgerError::Unavailable(error.to_string())
        } else {
            LedgerError::Broken(error.to_string())
        })
    }
}
