//! What a statement needs of an engine: a small blocking interface, values and rows.

use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, OrgId, OrgNo};
use muster_core::domain::ids::{ResponderId, ResponderNo, TrackerId};
use muster_core::domain::time::Timestamp;
use muster_core::ports::LedgerError;

use super::fault::{Done, Fault};
use super::rows::{int, nat};

/// One statement, in the words of each engine. An engine whose text is empty has nothing to do.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

/// Writes a [`Sql`] in pieces. A piece in brackets differs: `[many N]` is membership in the list
/// bound as `$N`, `[pg ".."]` and `[lite ".."]` are for one engine, `[name]` is a macro's text.
macro_rules! sql {
    ($($piece:tt)*) => {
        $crate::sql::db::Sql {
            sqlite: concat!($($crate::sql::db::lite_piece!($piece)),*),
            postgres: concat!($($crate::sql::db::pg_piece!($piece)),*),
        }
    };
}

macro_rules! lite_piece {
    ([many $n:literal]) => {
        concat!("IN (SELECT value FROM json_each($", $n, "))")
    };
    ([pg $text:literal]) => {
        ""
    };
    ([lite $text:literal]) => {
        $text
    };
    ([$shared:ident]) => {
        $shared!()
    };
    ($text:literal) => {
        $text
    };
}

macro_rules! pg_piece {
    ([many $n:literal]) => {
        concat!("= ANY($", $n, ")")
    };
    ([pg $text:literal]) => {
        $text
    };
    ([lite $text:literal]) => {
        ""
    };
    ([$shared:ident]) => {
        $shared!()
    };
    ($text:literal) => {
        $text
    };
}

/// The values of one statement, in the order of their numbers. For [`Db::execute_rows`], `vec!` of
/// the same.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::db::Arg::from($value)),*]
    };
}

pub(crate) use {args, lite_piece, pg_piece, sql};

/// A value to be bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg<'a> {
    /// Nothing.
    Null,
    /// A number, an instant in milliseconds, or a truth value as 0 or 1.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// A list of numbers.
    Ints(&'a [i64]),
    /// A list of texts.
    Texts(&'a [String]),
}

macro_rules! from {
    ($($type:ty, $value:ident => $arg:expr;)*) => {
        $(impl<'a> From<$type> for Arg<'a> {
            fn from($value: $type) -> Self {
                $arg
            }
        })*
    };
}

from! {
    i64, n => Self::Int(n);
    u64, n => Self::Int(int(n));
    u32, n => Self::Int(i64::from(n));
    u16, n => Self::Int(i64::from(n));
    bool, truth => Self::Int(i64::from(truth));
    Timestamp, at => Self::Int(at.0);
    OrgNo, no => Self::Int(i64::from(no.0));
    ResponderNo, no => Self::Int(int(no.0));
    &'a str, text => Self::Text(text);
    &'a String, text => Self::Text(text);
    &'a IncidentId, id => Self::Text(id.as_str());
    &'a AlertId, id => Self::Text(id.as_str());
    &'a OrgId, id => Self::Text(id.as_str());
    &'a ResponderId, id => Self::Text(id.as_str());
    &'a DeviceId, id => Self::Text(id.as_str());
    &'a TrackerId, id => Self::Text(id.as_str());
    &'a Vec<u8>, bytes => Self::Blob(bytes);
    &'a Vec<i64>, list => Self::Ints(list);
    &'a Vec<String>, list => Self::Texts(list);
}

impl<'a, T: Into<Arg<'a>>> From<Option<T>> for Arg<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Refuses a text that only one of the engines could keep.
pub(crate) fn check(args: &[Arg<'_>]) -> Done<()> {
    let holds_nul = args.iter().any(|arg| match arg {
        Arg::Text(text) => text.contains('\0'),
        Arg::Texts(texts) => texts.iter().any(|text| text.contains('\0')),
        Arg::Null | Arg::Int(_) | Arg::Blob(_) | Arg::Ints(_) => false,
    });
    if holds_nul {
        return Err(LedgerError::HoldsNul.into());
    }
    Ok(())
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// What one question brought.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    width: usize,
    cells: Vec<Value>,
}

impl Rows {
    /// No rows yet, of so many columns.
    pub fn of_width(width: usize) -> Self {
        Self {
            width,
            cells: Vec::new(),
        }
    }

    /// The next cell, row by row.
    pub fn push(&mut self, value: Value) {
        self.cells.push(value);
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.cells.chunks_exact(self.width.max(1)).map(Row)
    }

    /// The first row.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    /// How many rows.
    pub fn count(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }

    /// All cells, row by row.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.cells.iter()
    }

    /// The first column of every row.
    pub fn ints(&self) -> Done<Vec<i64>> {
        self.iter().map(|row| row.int(0)).collect()
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a>(&'a [Value]);

impl<'a> Row<'a> {
    fn cell(self, at: usize) -> Done<&'a Value> {
        self.0
            .get(at)
            .ok_or_else(|| Fault::broken("a column is missing"))
    }

    /// A number, unless nothing is there.
    pub fn opt_int(self, at: usize) -> Done<Option<i64>> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Int(n) => Ok(Some(*n)),
            _ => Err(Fault::broken("a column holds no number")),
        }
    }

    /// A text, unless nothing is there.
    pub fn opt_text(self, at: usize) -> Done<Option<&'a str>> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(Fault::broken("a column holds no text")),
        }
    }

    /// Bytes, unless nothing is there.
    pub fn opt_blob(self, at: usize) -> Done<Option<&'a [u8]>> {
        match self.cell(at)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(Fault::broken("a column holds no bytes")),
        }
    }

    /// A number.
    pub fn int(self, at: usize) -> Done<i64> {
        self.opt_int(at)?
            .ok_or_else(|| Fault::broken("a column is empty"))
    }

    /// A count.
    pub fn nat(self, at: usize) -> Done<u64> {
        self.int(at).map(nat)
    }

    /// A truth value.
    pub fn flag(self, at: usize) -> Done<bool> {
        Ok(self.int(at)? != 0)
    }

    /// An instant.
    pub fn instant(self, at: usize) -> Done<Timestamp> {
        self.int(at).map(Timestamp)
    }

    /// An organisation's number.
    pub fn org(self, at: usize) -> Done<OrgNo> {
        u32::try_from(self.int(at)?)
            .map(OrgNo)
            .map_err(|_why| Fault::broken("an organisation's number is out of range"))
    }

    /// A text.
    pub fn text(self, at: usize) -> Done<&'a str> {
        self.opt_text(at)?
            .ok_or_else(|| Fault::broken("a column is empty"))
    }

    /// A text of its own.
    pub fn string(self, at: usize) -> Done<String> {
        self.text(at).map(str::to_owned)
    }
}

/// A question or an order with its values.
pub type Statement<'a> = (Sql, &'a [Arg<'a>]);

/// One transaction of an engine, used by one job on a thread that may block.
///
/// Contract:
/// - statements take effect in the order in which they were given, each after the former, and
///   each sees what was committed before it began;
/// - all of a job stands or none of it.
pub trait Db {
    /// Does several statements that bring rows, in one round trip where there is a wire.
    fn query_all(&self, questions: &[Statement<'_>]) -> Done<Vec<Rows>>;
    /// Does a statement whose result nobody needs. An engine with a wire holds it back and sends
    /// it with the next question or with the end, so its failure may only show then.
    fn execute(&self, sql: Sql, args: &[Arg<'_>]) -> Done<()>;
    /// Does one such statement for many rows of values, all of one width. For an engine with a
    /// wire the statement takes each column as a list, `unnest`ed, and goes out once; the other
    /// does it row by row.
    fn execute_rows(&self, sql: Sql, rows: &[Vec<Arg<'_>>]) -> Done<()>;
    /// A fresh number: it grows within the transaction, and is above every number that a reader
    /// of committed rows may have been shown.
    fn number(&self) -> Done<i64>;
    /// Number of this node, the owner of what it leases.
    fn node(&self) -> i64;
}

impl dyn Db + '_ {
    /// Asks several questions in one round trip.
    pub fn query<const N: usize>(&self, questions: [Statement<'_>; N]) -> Done<[Rows; N]> {
        self.query_all(&questions)?
            .try_into()
            .map_err(|_why| Fault::broken("not every question was answered"))
    }

    /// Asks one question.
    pub fn query_one(&self, sql: Sql, args: &[Arg<'_>]) -> Done<Rows> {
        let [rows] = self.query([(sql, args)])?;
        Ok(rows)
    }
}
