//! Coordinators who follow the feed: what was committed must be seen, and soon.

use futures_util::StreamExt as _;
use muster_stand::client::{Api, Nodes};
use muster_stand::failure::{Context as _, Outcome};
use parking_lot::Mutex;
use reqwest::Method;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Viewers, one node after the other.
pub(super) const VIEWERS: usize = 3;
/// A feed says at least every fifteen seconds that it is still there.
const SILENCE: Duration = Duration::from_secs(18);
/// Between two connections.
const AGAIN: Duration = Duration::from_millis(200);
/// More text without the end of an event is not a feed.
const EVENT_MAX: usize = 4 << 20;

/// When one viewer first saw an incident, by its id.
type Saw = Arc<Mutex<HashMap<String, Instant>>>;

/// Viewers at work; dropping it ends them.
pub(super) struct Feeds {
    saw: Vec<Saw>,
    _tasks: JoinSet<()>,
}

impl Feeds {
    /// Connects all viewers; what is committed from now on is seen by each.
    pub(super) async fn start(desk: &Nodes) -> Outcome<Self> {
        let (mut saw, mut tasks) = (Vec::new(), JoinSet::new());
        for _ in 0..VIEWERS {
            let api = desk.any().clone();
            // where it begins, before it connects: nothing in between is missed
            let page: First = api
                .get("/v1/incidents?limit=1")
                .await
                .doing("asking where the feed stands")?;
            let mine = Saw::default();
            saw.push(Arc::clone(&mine));
            tasks.spawn(follow(api, page.feed_cursor, mine));
        }
        Ok(Self { saw, _tasks: tasks })
    }

    /// How long after an instant each viewer saw an incident: zero for who saw it before; nothing
    /// for who did not see it.
    pub(super) fn lags(&self, incident: &str, after: Instant) -> Vec<Option<Duration>> {
        let lag = |saw: &Saw| {
            let at = saw.lock().get(incident).copied();
            at.map(|at| at.saturating_duration_since(after))
        };
        self.saw.iter().map(lag).collect()
    }
}

#[derive(Deserialize)]
struct First {
    feed_cursor: String,
}

/// The parts of an event that are looked at.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Follows for ever, from a cursor on.
async fn follow(api: Api, mut cursor: String, saw: Saw) {
    loop {
        // a feed that breaks is taken up where it was, as a browser does
        let _broken = one_connection(&api, &mut cursor, &saw).await;
        sleep(AGAIN).await;
    }
}

async fn one_connection(api: &Api, cursor: &mut String, saw: &Saw) -> Option<()> {
    let request = api.request(Method::GET, "/v1/feed");
    let request = request.header("Last-Event-ID", cursor.as_str());
    // the client's own timeout is for whole answers; this one never ends
    let request = request.timeout(Duration::from_hours(24));
    let answer = timeout(SILENCE, request.send()).await.ok()?.ok()?;
    let mut chunks = answer.error_for_status().ok()?.bytes_stream();
    let mut rest: Vec<u8> = Vec::new();
    while let Ok(Some(Ok(chunk))) = timeout(SILENCE, chunks.next()).await {
        let at = Instant::now();
        let mut looked = rest.len().saturating_sub(1);
        rest.extend_from_slice(&chunk);
        let mut start = 0;
        while let Some(found) = rest[looked..].windows(2).position(|two| two == b"\n\n") {
            let end = looked + found;
            read(&rest[start..end], cursor, saw, at);
            (start, looked) = (end + 2, end + 2);
        }
        rest.drain(..start);
        if rest.len() > EVENT_MAX {
            return None;
        }
    }
    Some(())
}

fn read(event: &[u8], cursor: &mut String, saw: &Saw, at: Instant) {
    let text = String::from_utf8_lossy(event);
    let field = |name: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    if let Some(id) = field("id") {
        id.clone_into(cursor);
    }
    if field("event") != Some("incident") {
        return;
    }
    let named = field("data").and_then(|data| serde_json::from_str::<Named>(data).ok());
    if let Some(named) = named {
        saw.lock().entry(named.id).or_insert(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sight_of_an_incident_counts_and_the_cursor_moves_on() {
        let (saw, mut cursor) = (Saw::default(), "e-1".to_owned());
        let first = Instant::now();
        let event = b"event: incident\nid: e-7\ndata: {\"change\":\"raised\",\"id\":\"i1\"}";
        read(event, &mut cursor, &saw, first);
        let later = first + Duration::from_secs(1);
        read(event, &mut cursor, &saw, later);
        read(
            b"event: alert\ndata: {\"id\":\"a1\"}",
            &mut cursor,
            &saw,
            first,
        );
        assert_eq!(cursor, "e-7");
        let feeds = Feeds {
            saw: vec![saw],
            _tasks: JoinSet::new(),
        };
        assert_eq!(feeds.lags("i1", first), [Some(Duration::ZERO)]);
        assert_eq!(feeds.lags("a1", first), [None]);
    }
}
