//! Takes away what searches met twice.
//!
//! A search reads hash by hash while others move people, so whoever it met twice may be there only
//! once by now, and neither of the two may be what is there. Therefore the record is asked, and an
//! entry goes only when it was so before the record, exactly as it was met; of two equal entries
//! one goes only while the other is there.

use std::sync::Arc;

use h3o::Resolution;

use super::flush::{read_record, record};
use super::found::{At, Located};
use super::ground::Spot;
use super::record::Record;
use super::scripts;
use super::store::{Ask, Lane, Store};

/// Asks the records of those met twice, and takes away what is not theirs.
pub(super) async fn heal(store: &Arc<Store>, twice: Vec<(At, At)>, resolution: Resolution) {
    let number = |((entry, _), _): &(At, At)| entry.profile.responder.0;
    let reads = twice.iter().map(|met| read_record(number(met))).collect();
    let held = store.ask(Lane::Work, reads).await;
    let mut asks = Vec::new();
    for ((older, newer), held) in twice.iter().zip(held) {
        let Some(held) = held.as_ref().and_then(record) else {
            // not known to anybody: the upkeep sees to it, when they are no change under way
            continue;
        };
        if older.0 == newer.0 {
            asks.extend(single(older, newer));
        }
        for met in [older, newer] {
            asks.extend(outdated(met, &held, resolution));
        }
    }
    store.ask(Lane::Work, asks).await;
}

/// Of two equal entries, one in the cell and one in a part of it, that in the cell goes.
fn single((entry, at): &At, (_, other): &At) -> Option<Ask> {
    let part = at.part.xor(other.part)?;
    let spot = Spot {
        region: at.region,
        cell: at.cell,
        part,
    };
    let number = entry.profile.responder.0;
    (at.cell == other.cell).then(|| scripts::single(number, spot))
}

fn outdated((entry, at): &At, held: &Record, resolution: Resolution) -> Option<Ask> {
    let Located { region, cell, part } = *at;
    let inside = entry.spot(resolution)?.part;
    let spot = Spot {
        region,
        cell,
        part: part.unwrap_or(inside),
    };
    let number = entry.profile.responder.0;
    let packed = entry.pack();
    entry
        .is_before(held)
        .then(|| scripts::remove(number, &packed, spot, resolution))
}
