//! How the driver's error becomes the ledger's.

use muster_core::ports::LedgerError;
use tokio_postgres::Error;

use crate::sql::fault::Fault;

/// Classes of SQLSTATE that pass: the connection, what was in somebody's way, resources, the
/// operator, the system. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const PASSING: [&str; 7] = ["08", "25", "40", "53", "55", "57", "58"];
/// Somebody else wrote the same row at the same moment: a repeat finds it.
const UNIQUE: &str = "23505";

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Some(db) = error.as_db_error() else {
            // a wire that broke, or an answer that cannot be read
            return Self(LedgerError::Unavailable(format!("PostgreSQL: {error}")));
        };
        let code = db.code().code();
        // the detail would hold values of rows
        let text = format!("PostgreSQL: {} ({code})", db.message());
        let class = code.get(..2).unwrap_or_default();
        Self(if PASSING.contains(&class) || code == UNIQUE {
            LedgerError::Unavailable(text)
        } else {
            LedgerError::Broken(text)
        })
    }
}
