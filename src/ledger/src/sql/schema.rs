//! The tables, and what the database keeps about itself.

use aws_lc_rs::rand;

use super::db::{Db, Sql, args, sql};
use super::fault::Done;

/// Every change of the tables, in order; numbered from 1, never edited once released. Words in
/// braces are what engines call differently.
pub(crate) const MIGRATIONS: [&str; 12] = [
    include_str!("../migrations/0001_begin.sql"),
    include_str!("../migrations/0002_trackers.sql"),
    include_str!("../migrations/0003_phone.sql"),
    include_str!("../migrations/0004_places.sql"),
    include_str!("../migrations/0005_attention.sql"),
    include_str!("../migrations/0006_put_off.sql"),
    include_str!("../migrations/0007_desk_links.sql"),
    include_str!("../migrations/0008_people.sql"),
    include_str!("../migrations/0009_records.sql"),
    include_str!("../migrations/0010_event_ranges.sql"),
    include_str!("../migrations/0011_outbox_lists.sql"),
    include_str!("../migrations/0012_alerts_by_incident.sql"),
];

/// What an engine calls the things that differ.
pub(crate) struct Words {
    /// A primary key that numbers itself.
    pub(crate) identity: &'static str,
    /// A primary key that is given.
    pub(crate) number: &'static str,
    /// A name, compared byte by byte.
    pub(crate) name: &'static str,
    /// Bytes.
    pub(crate) bytes: &'static str,
    /// After a table whose rows lie in the order of their primary key, where an engine can do that.
    pub(crate) clustered: &'static str,
    /// Before a line that only PostgreSQL knows: nothing there, and a comment elsewhere.
    pub(crate) postgres: &'static str,
}

impl Words {
    /// A migration in this engine's words.
    pub(crate) fn of(&self, migration: &str) -> String {
        migration
            .replace("{identity}", self.identity)
            .replace("{number}", self.number)
            .replace("{name}", self.name)
            .replace("{bytes}", self.bytes)
            .replace("{clustered}", self.clustered)
            .replace("{postgres}", self.postgres)
    }
}

const META: Sql = sql!("SELECT value FROM meta WHERE name = $1");
const SET_META: Sql = sql!(
    "INSERT INTO meta (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value"
);
/// The largest number that was ever given out and can still be seen.
const LARGEST: Sql = sql!(
    "SELECT MAX(no) FROM (SELECT MAX(last_seq) AS no FROM event UNION ALL SELECT MAX(no) FROM outbox
     UNION ALL SELECT MAX(no) FROM incident) AS numbers"
);

/// The value of a setting that the database keeps about itself.
pub(crate) fn meta(db: &dyn Db, name: &str) -> Done<Option<String>> {
    let rows = db.query_one(META, args![name])?;
    rows.first().map(|row| row.string(0)).transpose()
}

/// Sets such a value.
pub(crate) fn set_meta(db: &dyn Db, name: &str, value: &str) -> Done<()> {
    db.execute(SET_META, args![name, value])
}

/// The largest number given out.
pub(crate) fn largest(db: &dyn Db) -> Done<i64> {
    let rows = db.query_one(LARGEST, &[])?;
    let largest = rows.first().map(|row| row.opt_int(0)).transpose()?;
    Ok(largest.flatten().unwrap_or(0))
}

/// Begins a new history under a name of its own.
pub(crate) fn new_epoch(db: &dyn Db) -> Done<String> {
    let mut name = [0; 8];
    rand::fill(&mut name)?;
    let epoch = format!("{:016x}", u64::from_be_bytes(name));
    set_meta(db, "epoch", &epoch)?;
    Ok(epoch)
}
