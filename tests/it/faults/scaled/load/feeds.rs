//! Coordinators who follow the feed, at another node whenever theirs is gone.

use super::super::history::{Feed, Step};
use super::super::town::Town;
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A feed says at least every fifteen seconds that it is still there.
const SILENCE: Duration = Duration::from_secs(18);
/// Between two connections.
const AGAIN: Duration = Duration::from_millis(200);

/// Follows for ever.
pub(super) async fn follow(town: Arc<Town>, n: usize) {
    let mut cursor: Option<String> = None;
    for node in n.. {
        if one_connection(&town, (n, node), &mut cursor)
            .await
            .is_some()
            && node > n
        {
            town.history.lock().unwrap().feeds[n].reconnects += 1;
        }
        sleep(AGAIN).await;
    }
}

/// Reads until the connection is lost; `None` when there was none.
async fn one_connection(
    town: &Town,
    (n, node): (usize, usize),
    cursor: &mut Option<String>,
) -> Option<()> {
    let mut request = town
        .request(node, "GET", "/v1/feed")
        .bearer_auth(&town.coordinator);
    if let Some(cursor) = cursor.as_deref() {
        request = request.header("Last-Event-ID", cursor);
    }
    let answer = timeout(SILENCE, request.send()).await.ok()?.ok()?;
    if answer.status() != 200 {
        return None;
    }
    let mut chunks = answer.bytes_stream();
    let mut rest = String::new();
    while let Ok(Some(Ok(chunk))) = timeout(SILENCE, chunks.next()).await {
        rest.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((block, behind)) = rest.split_once("\n\n") {
            let (block, behind) = (block.to_owned(), behind.to_owned());
            rest = behind;
            read(&block, cursor, &mut town.history.lock().unwrap().feeds[n]);
        }
    }
    Some(())
}

/// One event. An `id:` stands on the last event of a step; steps are noted there.
fn read(block: &str, cursor: &mut Option<String>, feed: &mut Feed) {
    let field = |name: &str| {
        let mut fields = block.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let Some(id) = field("id") else { return };
    let seq = id.rsplit_once('-').and_then(|(_, seq)| seq.parse().ok());
    let seq: u64 = seq.unwrap_or_else(|| panic!("no cursor: {id}"));
    let again = cursor.is_some();
    *cursor = Some(id.to_owned());
    let name = field("event").unwrap_or_default();
    if name == "reset" {
        feed.resets += 1;
    }
    let data: serde_json::Value =
        serde_json::from_str(field("data").unwrap_or_default()).unwrap_or_default();
    let of = match name {
        "incident" => "id",
        "alert" => "incident_id",
        _ => {
            // the greeting: where it begins, the first time
            if !again {
                (feed.from, feed.to) = (Some(seq), seq);
            }
            return;
        }
    };
    feed.to = seq;
    feed.steps.push(Step {
        seq,
        incident: data[of].as_str().unwrap_or_default().to_owned(),
        change: data["change"].as_str().unwrap_or_default().to_owned(),
    });
}
