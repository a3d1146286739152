//! The embedded world: a data folder, before the server starts on it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use muster_core::domain::ids::ResponderNo;
use muster_core::ports::LiveIndex as _;
use muster_ledger::SqliteLedger;
use muster_live::memory::MemoryIndex;
use rusqlite::Connection;

use super::copies::{self, Columns};
use super::crowd::Crowd;
use super::{Now, first};
use muster_stand::failure::{Context as _, Failure, Outcome};

/// Nobody relies on half a folder, so nothing is flushed on the way; all of it is at the end, so
/// that it is not written under a measurement.
const QUICK: &str =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
                     PRAGMA cache_size = -524288;";

/// Fills an empty data folder of a simulated server that is not running: about ten seconds for a
/// million.
pub async fn seed(data_dir: &Path, org: &str, crowd: &Crowd) -> Outcome<()> {
    std::fs::create_dir_all(data_dir).doing("making the data folder")?;
    // a simulated server refuses a ledger that is not marked so
    std::fs::write(data_dir.join("simulated"), "").doing("marking the data folder")?;
    if crowd.is_empty() {
        return Ok(());
    }
    let ledger = open(data_dir)?;
    let one = first::enrol(ledger.as_ref(), org).await?;
    ledger.close().await;
    drop(ledger);
    let (file, people) = (data_dir.join("muster.db"), crowd.len());
    let copied = tokio::task::spawn_blocking(move || copy(&file, one, people));
    copied.await.doing("waiting for SQLite")??;
    let ledger = open(data_dir)?;
    let placed = place(&ledger, data_dir, one, crowd).await;
    ledger.close().await;
    placed
}

fn open(data_dir: &Path) -> Outcome<Arc<SqliteLedger>> {
    SqliteLedger::open(data_dir, Arc::new(Now)).doing("opening the ledger")
}

fn copy(file: &Path, first: ResponderNo, people: usize) -> Outcome<()> {
    let db = Connection::open(file).doing("opening the ledger's file")?;
    db.execute_batch(QUICK).doing("setting SQLite up")?;
    let columns = Columns {
        responder: columns(&db, "responder")?,
        device: columns(&db, "device")?,
    };
    if people > 1 {
        for statement in copies::statements(&columns, first, people) {
            db.execute(&statement, []).doing("copying people")?;
        }
    }
    let counts = db.query_row(&copies::check(first), [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    copies::judged(counts.doing("counting people")?, people)?;
    db.close()
        .map_err(|(_, e)| e)
        .doing("closing the ledger's file")?;
    let file = File::open(file).doing("opening the ledger's file")?;
    file.sync_all().doing("flushing the ledger's file")
}

fn columns(db: &Connection, table: &str) -> Outcome<Vec<String>> {
    let mut asked = db
        .prepare("SELECT name FROM pragma_table_info(?1)")
        .doing("asking for columns")?;
    let names = asked.query_map([table], |row| row.get(0));
    let names: Result<_, _> = names.doing("asking for columns")?.collect();
    names.doing("asking for columns")
}

/// Writes the slot file as a server would have left it.
async fn place(
    ledger: &SqliteLedger,
    data_dir: &Path,
    one: ResponderNo,
    crowd: &Crowd,
) -> Outcome<()> {
    let slots = data_dir.join("positions.slots");
    let index = MemoryIndex::open(Some(slots)).doing("opening the slot file")?;
    let mut after = ResponderNo(one.0.saturating_sub(1));
    loop {
        let page = first::profiles(ledger, after).await?;
        let Some(last) = page.last() else { break };
        after = last.responder;
        for profile in page {
            let who = profile.responder;
            index.admit(profile).await;
            let number = usize::try_from(who.0 - one.0).doing("numbering people")?;
            let fix = crowd.fix(number);
            let fix = fix.ok_or_else(|| Failure::new("somebody without a place"))?;
            if !index.report(who, fix).await {
                return Err(Failure::new("a position was not taken"));
            }
        }
    }
    index.flush().doing("writing the slot file")?;
    Ok(())
}
