//! The statements of one transaction, on their way from a job to the tables: where one fails, cannot
//! read a row, or has a mistake.

use std::cell::Cell;

use muster_ledger::engine::{Arg, Db, Done, Fault, Rows, Sql, Statement, Value};

use super::mistakes::{Mistake, Wrong};
use super::world::Inner;

/// The statement that fails in one of a few transactions is one of so many.
const STATEMENTS: usize = 12;

/// What goes wrong inside one transaction.
pub(super) struct Failing {
    /// So many statements are done before one fails.
    after: Option<usize>,
    /// No row with this text can be read.
    unreadable: Option<String>,
    /// Chance for a mistake that happens sometimes.
    dice: usize,
}

impl Failing {
    pub(super) fn draw(w: &mut Inner) -> Self {
        let fails = w.rng.chance(w.faults.within);
        let after = fails.then(|| w.rng.below(STATEMENTS));
        let unreadable = w.faults.unreadable.as_ref();
        let unreadable = unreadable.filter(|(_, until)| w.now < *until);
        Self {
            after,
            unreadable: unreadable.map(|(id, _)| id.0.clone()),
            dice: if w.mistake.is_some() {
                w.rng.below(3)
            } else {
                0
            },
        }
    }
}

pub(super) struct Statements<'a> {
    db: &'a dyn Db,
    /// Number of the node whose transaction it is.
    node: i64,
    failing: Failing,
    done: Cell<usize>,
    mistake: Option<&'static Mistake>,
    began: Cell<bool>,
}

impl<'a> Statements<'a> {
    pub(super) fn new(
        db: &'a dyn Db,
        node: i64,
        failing: Failing,
        mistake: Option<&'static Mistake>,
    ) -> Self {
        Self {
            db,
            node,
            failing,
            done: Cell::new(0),
            mistake,
            began: Cell::new(false),
        }
    }

    /// Whether the row of a new incident was written.
    pub(super) fn began_an_incident(&self) -> bool {
        self.began.get()
    }

    /// The statement as it is done; `None` when it is not done at all.
    fn next(&self, sql: Sql) -> Done<Option<Sql>> {
        let done = self.done.replace(self.done.get() + 1);
        if self.failing.after == Some(done) {
            return Err(Fault::away("a statement failed"));
        }
        if sql.sqlite.starts_with("INSERT INTO incident (") {
            self.began.set(true);
        }
        Ok(match self.mistake.map(|mistake| mistake.wrong) {
            Some(Wrong::Reads(right, wrong)) if sql.sqlite.contains(right) => {
                // a few hundred bytes, in a run that looks for a mistake
                let text = sql.sqlite.replace(right, wrong).leak();
                Some(Sql {
                    sqlite: text,
                    ..sql
                })
            }
            Some(Wrong::Skips(begin))
                if sql.sqlite.starts_with(begin) && self.failing.dice == 0 =>
            {
                None
            }
            _ => Some(sql),
        })
    }

    fn readable(&self, rows: &Rows) -> Done<()> {
        let Some(unreadable) = &self.failing.unreadable else {
            return Ok(());
        };
        let holds = |value: &Value| matches!(value, Value::Text(text) if text == unreadable);
        if rows.values().any(holds) {
            return Err(Fault::broken("a row cannot be read"));
        }
        Ok(())
    }
}

impl Db for Statements<'_> {
    fn query_all(&self, questions: &[Statement<'_>]) -> Done<Vec<Rows>> {
        questions
            .iter()
            .map(|&(sql, args)| {
                let Some(sql) = self.next(sql)? else {
                    return Ok(Rows::default());
                };
                let rows = self.db.query_all(&[(sql, args)])?.pop();
                let rows = rows.unwrap_or_default();
                self.readable(&rows)?;
                Ok(rows)
            })
            .collect()
    }

    fn execute(&self, sql: Sql, args: &[Arg<'_>]) -> Done<()> {
        match self.next(sql)? {
            Some(sql) => self.db.execute(sql, args),
            None => Ok(()),
        }
    }

    fn execute_rows(&self, sql: Sql, rows: &[Vec<Arg<'_>>]) -> Done<()> {
        match self.next(sql)? {
            Some(sql) => self.db.execute_rows(sql, rows),
            None => Ok(()),
        }
    }

    fn number(&self) -> Done<i64> {
        self.db.number()
    }

    fn node(&self) -> i64 {
        self.node
    }
}
