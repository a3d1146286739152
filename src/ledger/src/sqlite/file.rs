//! Opens the file and brings its tables up to date.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use muster_core::ports::LedgerError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use crate::sql::fault::{Done, Fault};
use crate::sql::schema::{MIGRATIONS, Words};

/// What SQLite calls the things that differ. A primary key of type INTEGER is the row's own number.
const WORDS: Words = Words {
    identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
    number: "INTEGER PRIMARY KEY",
    name: "TEXT",
    bytes: "BLOB",
    clustered: "WITHOUT ROWID",
    postgres: "-- ",
};

/// Statements kept prepared per connection.
const STATEMENTS: usize = 128;

fn file(dir: &Path) -> PathBuf {
    dir.join("muster.db")
}

/// Makes the data directory; only the server's own user may look into a new one.
pub(super) fn make(dir: &Path) -> Done<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}

/// The connection that writes, with all tables in place.
pub(super) fn open_writer(dir: &Path) -> Done<Connection> {
    make(dir)?;
    let db = Connection::open(file(dir))?;
    db.execute_batch(
        "PRAGMA busy_timeout = 2000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    with_tables(db)
}

/// A connection that writes to tables in memory.
pub(super) fn open_memory() -> Done<Connection> {
    with_tables(Connection::open_in_memory()?)
}

/// Brings the tables up to date.
fn with_tables(mut db: Connection) -> Done<Connection> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.execute_batch("PRAGMA foreign_keys = ON")?;
    plan_once(&db)?;
    bring_up(&mut db)?;
    Ok(db)
}

/// Statements are planned once: what is bound to them never makes the engine plan them anew.
fn plan_once(db: &Connection) -> Done<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that checkpoints.
pub(super) fn open_checkpointer(dir: &Path) -> Done<Connection> {
    let db = Connection::open(file(dir))?;
    db.execute_batch("PRAGMA synchronous = FULL;")?;
    Ok(db)
}

/// A connection that cannot write.
pub(super) fn open_reader(dir: &Path) -> Done<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file(dir), flags)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    plan_once(&db)?;
    db.execute_batch(
        "PRAGMA busy_timeout = 2000;
         PRAGMA query_only = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;",
    )?;
    Ok(db)
}

/// Brings the tables in `dir` up to date and closes the file again.
///
/// A file of a newer muster is refused: this one would not know its rules.
pub fn migrate(dir: &Path) -> Result<(), LedgerError> {
    open_writer(dir).map(drop).map_err(|Fault(error)| error)
}

fn bring_up(db: &mut Connection) -> Done<()> {
    db.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")?;
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let have: usize = change.query_row(
        "SELECT COALESCE(MAX(version), 0) FROM schema_version",
        [],
        |row| row.get::<_, u32>(0).map(|version| version as usize),
    )?;
    if have > MIGRATIONS.len() {
        return Err(Fault(LedgerError::Unavailable(format!(
            "the database has schema {have}, this muster knows {}",
            MIGRATIONS.len()
        ))));
    }
    for (at, sql) in MIGRATIONS.iter().enumerate().skip(have) {
        change.execute_batch(&WORDS.of(sql))?;
        let version = u32::try_from(at + 1).unwrap_or(u32::MAX);
        change.execute(
            "INSERT INTO schema_version (version) VALUES ($1)",
            params![version],
        )?;
    }
    change.commit()?;
    Ok(())
}
