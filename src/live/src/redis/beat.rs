//! Beats: by its own, as it reads them back from the streams, a node knows how far behind it is.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::connections::Lane;
use super::keys::Shard;
use super::node::Node;
use super::scripts::{self, Owner};
use super::store::Value;

/// Between two beats.
const EVERY: Duration = Duration::from_millis(500);

/// A stream reaches back so far, also when nothing moves: it is the only trail of anybody.
pub(super) const REACH: Duration = Duration::from_mins(1);

/// A Redis that another installation used may be taken over after so long.
const SILENT_MAX: Duration = Duration::from_mins(1);

/// Beats for ever.
pub(super) async fn keep_beating(node: &Node) {
    let owner = Owner {
        name: node.settings.owner.clone(),
        silent_max: SILENT_MAX,
    };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let number = node.shards.beat();
        let word = format!("{}:{number}", node.me);
        let asks = Shard::all().map(|shard| scripts::beat(shard, &word, REACH, &owner));
        let answers = node.store.ask(Lane::Live, asks.collect()).await;
        let (mut ours, mut foreign) = (false, false);
        for (shard, answer) in Shard::all().zip(answers) {
            match answer.and_then(said) {
                Some(Said::Epoch(epoch)) => {
                    ours = true;
                    node.shards.answered(shard, number);
                    if node.shards.is_loaded(shard) && !node.shards.is_epoch(shard, &epoch) {
                        node.shards.unload(shard);
                        node.read_whole(shard);
                    }
                }
                Some(Said::Foreign) => foreign = true,
                None => {}
            }
        }
        if (ours || foreign) && node.store.set_ours(!foreign) {
            for shard in Shard::all() {
                // whatever was heard meanwhile was not believed
                node.shards.unload(shard);
                node.read_whole(shard);
            }
        }
        if let Some(lag) = node.shards.lag() {
            metrics::gauge!("muster_live_lag_seconds").set(lag.as_secs_f64());
        }
    }
}

enum Said {
    Epoch(Vec<u8>),
    Foreign,
}

fn said(answer: Value) -> Option<Said> {
    let (first, second): (Vec<u8>, Option<Vec<u8>>) = match answer {
        Value::Array(mut words) if words.len() == 1 => {
            (redis::from_redis_value(words.pop()?).ok()?, None)
        }
        words => {
            let (id, epoch): (Vec<u8>, Vec<u8>) = redis::from_redis_value(words).ok()?;
            (id, Some(epoch))
        }
    };
    match second {
        Some(epoch) => Some(Said::Epoch(epoch)),
        None if first == b"foreign" => Some(Said::Foreign),
        None => None,
    }
}
