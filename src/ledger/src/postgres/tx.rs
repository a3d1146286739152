//! One transaction of one job: writes are held back and go out with the next question or with
//! the `COMMIT`.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use muster_core::ports::LedgerError;
use tokio::time::Instant;

use super::link::{Bound, Link, Step};
use crate::sql::db::{Arg, Db, Rows, Sql, Statement, check};
use crate::sql::fault::{Done, Fault};

/// So long one job may take; longer than the server's own bounds on a statement, so that a
/// healthy server answers first.
pub(super) const RUN_MAX: Duration = Duration::from_millis(800);
/// Numbers that one transaction can give.
const NUMBERS: i64 = 65_536;

const XID: &str = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";

/// What a job may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each statement sees what was committed before it, also after having waited for a lock.
    Write,
    /// All statements see the same.
    Read,
}

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// A transaction that begins with its first statement.
pub(super) struct Tx<'a> {
    link: &'a Link,
    mode: Mode,
    ends: Instant,
    held: RefCell<Vec<(&'static str, Vec<Bound>)>>,
    begun: Cell<bool>,
    /// The last number given out, counted from what the transaction's id allows.
    numbers: Cell<Option<(i64, i64)>>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(link: &'a Link, mode: Mode) -> Self {
        Self {
            link,
            mode,
            ends: Instant::now() + RUN_MAX,
            held: RefCell::default(),
            begun: Cell::new(false),
            numbers: Cell::new(None),
        }
    }

    /// One round trip: what has to come before, what was held back, the questions, the end.
    fn send(&self, questions: &[Statement<'_>], end: Option<&'static str>) -> Done<Vec<Rows>> {
        let held = self.held.take();
        let asked: Vec<Vec<Bound>> = questions
            .iter()
            .map(|(_, args)| args.iter().map(Bound::from).collect())
            .collect();
        let mut steps = Vec::with_capacity(held.len() + questions.len() + 3);
        let begins = !self.begun.replace(true);
        if begins {
            steps.push(Step::Plain(self.mode.begin()));
        }
        steps.extend(held.iter().map(|(sql, args)| Step::Bound(sql, args)));
        let first = steps.len();
        for ((sql, _), args) in questions.iter().zip(&asked) {
            if !sql.postgres.is_empty() {
                steps.push(Step::Bound(sql.postgres, args));
            }
        }
        // after the locks that the first questions take, so that whoever waited for an incident
        // has a higher number than whoever it waited for
        let numbered = begins && self.mode == Mode::Write;
        let number_at = steps.len();
        if numbered {
            steps.push(Step::Bound(XID, &[]));
        }
        steps.extend(end.map(Step::Plain));
        let left = self.ends.saturating_duration_since(Instant::now());
        let mut answers = self.link.pipeline(&steps, left)?;
        if numbered && let Some(row) = answers.get(number_at).and_then(Rows::first) {
            let xid = row.int(0)?;
            let from = (self.link.identity.base + xid) * NUMBERS;
            self.numbers.set(Some((from, 0)));
        }
        let mut answers = answers.drain(first..);
        let mut found = Vec::with_capacity(questions.len());
        for (sql, _) in questions {
            // a statement of the other engine brings nothing
            let rows = (!sql.postgres.is_empty()).then(|| answers.next()).flatten();
            found.push(rows.unwrap_or_default());
        }
        Ok(found)
    }

    /// Ends it for good. An error means that nothing of it stands, unless it is
    /// [`LedgerError::OutcomeUnknown`]: the connection was lost before the answer came.
    pub(super) fn commit(&self) -> Done<()> {
        if self.mode == Mode::Read {
            self.roll_back();
            return Ok(());
        }
        if self.begun.get() || !self.held.borrow().is_empty() {
            self.send(&[], Some("COMMIT")).map_err(|error| {
                if self.link.is_alive() {
                    return error;
                }
                Fault(LedgerError::OutcomeUnknown(error.0.to_string()))
            })?;
        }
        Ok(())
    }

    /// Ends it as if it had never been; nothing is waited for.
    pub(super) fn roll_back(&self) {
        if self.begun.get() {
            self.link.fire("ROLLBACK");
        }
    }
}

impl Db for Tx<'_> {
    fn query_all(&self, questions: &[Statement<'_>]) -> Done<Vec<Rows>> {
        questions.iter().try_for_each(|(_, args)| check(args))?;
        self.send(questions, None)
    }

    fn execute(&self, sql: Sql, args: &[Arg<'_>]) -> Done<()> {
        if self.mode == Mode::Read {
            return Err(Fault::broken("a job that reads wrote"));
        }
        check(args)?;
        if !sql.postgres.is_empty() {
            let args = args.iter().map(Bound::from).collect();
            self.held.borrow_mut().push((sql.postgres, args));
        }
        Ok(())
    }

    fn execute_rows(&self, sql: Sql, rows: &[Vec<Arg<'_>>]) -> Done<()> {
        if self.mode == Mode::Read {
            return Err(Fault::broken("a job that reads wrote"));
        }
        rows.iter().try_for_each(|args| check(args))?;
        if !sql.postgres.is_empty() && !rows.is_empty() {
            let columns = Bound::columns(rows)?;
            self.held.borrow_mut().push((sql.postgres, columns));
        }
        Ok(())
    }

    fn number(&self) -> Done<i64> {
        if self.numbers.get().is_none() {
            self.send(&[], None)?;
        }
        match self.numbers.get() {
            Some((from, given)) if given < NUMBERS => {
                self.numbers.set(Some((from, given + 1)));
                Ok(from + given)
            }
            Some(_) => Err(Fault::broken("one transaction wants too many numbers")),
            None => Err(Fault::broken("a reader gives no numbers")),
        }
    }

    fn node(&self) -> i64 {
        self.link.shared.node()
    }
}
