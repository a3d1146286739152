//! A viewer of the live feed.

use super::{Caller, DEADLINE};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use reqwest::Response;
use serde_json::Value;

/// An event of the stream.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its type.
    pub(crate) name: String,
    /// A place to go on from.
    pub(crate) id: Option<String>,
    /// The object.
    pub(crate) data: Value,
}

/// A reader of server-sent events, as far as a browser's rules matter here.
pub(crate) struct Feed {
    bytes: BoxStream<'static, Vec<u8>>,
    rest: String,
    /// The last place to go on from.
    pub(crate) last_id: Option<String>,
}

impl Feed {
    /// Opens it; asserts 200.
    pub(crate) async fn open(caller: &Caller, path: &str, last_id: Option<&str>) -> Self {
        let mut request = caller.request("GET", path).timeout(DEADLINE * 3);
        if let Some(id) = last_id {
            request = request.header("Last-Event-ID", id);
        }
        let answer: Response = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        let bytes = answer.bytes_stream().map(|chunk| chunk.unwrap().to_vec());
        Self {
            bytes: bytes.boxed(),
            rest: String::new(),
            last_id: last_id.map(str::to_owned),
        }
    }

    /// The next event that says that something happened.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            let event = self.any().await;
            if ["incident", "alert", "reset"].contains(&event.name.as_str()) {
                return event;
            }
        }
    }

    /// The next event of this type, whatever comes before.
    pub(crate) async fn next_of(&mut self, name: &str) -> Event {
        loop {
            let event = self.any().await;
            if event.name == name {
                return event;
            }
        }
    }

    /// The next event.
    pub(crate) async fn any(&mut self) -> Event {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                match self.event(&block) {
                    Some(event) => return event,
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(DEADLINE, self.bytes.next()).await;
            let chunk = chunk.expect("an event in time").expect("the feed goes on");
            self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    fn event(&mut self, block: &str) -> Option<Event> {
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once(':'));
            lines
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim().to_owned())
        };
        let id = field("id");
        if id.is_some() {
            self.last_id.clone_from(&id);
        }
        let data = serde_json::from_str(&field("data")?).unwrap();
        let name = field("event").unwrap_or_default();
        Some(Event { name, id, data })
    }

    /// Events until one fits; all of them.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            let last = fits(&event);
            events.push(event);
            if last {
                return events;
            }
        }
    }
}
