//! What one viewer was shown of its box and of the ways of people, and what is new to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use h3o::CellIndex;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::time::{Millis, Timestamp};

use super::look::Look;
use super::watch::{Counted, Looking, Seen, Shown};
use crate::wire::DensityCell;

/// Most people or ways in one event; the others follow in the next.
const PEOPLE_MAX: usize = 5_000;
/// Whoever stands still and goes on reporting is shown again so often: their position is not old.
const STILL_THERE: Millis = Millis::from_s(10);

/// What one viewer was shown.
pub(super) struct Sight {
    looking: Looking,
    people: HashMap<ResponderNo, (Point, Timestamp)>,
    /// Where to begin among people, when they did not fit into the last event.
    from: usize,
    /// `None` before the first count.
    cells: Option<HashMap<CellIndex, u32>>,
    /// The count that was shown last.
    counted: Option<Arc<Counted>>,
    /// The number of the last way that was told.
    way: u64,
    /// There may be something that was not shown.
    due: bool,
}

impl Sight {
    pub(super) fn new(looking: Looking) -> Self {
        Self {
            looking,
            people: HashMap::new(),
            from: 0,
            cells: None,
            counted: None,
            way: 0,
            // what others were shown already is new to this one
            due: true,
        }
    }

    /// Waits until there may be something new.
    pub(super) async fn changed(&mut self) {
        if self.looking.seen.changed().await.is_ok() {
            // waiting has marked it as seen, and it was not shown
            self.due = true;
            return;
        }
        std::future::pending::<()>().await;
    }

    /// What is new since the last time, as events.
    pub(super) fn news(&mut self) -> Option<Bytes> {
        if !self.due && !self.looking.seen.has_changed().unwrap_or(false) {
            return None;
        }
        self.due = false;
        let seen = self.looking.seen.borrow_and_update().clone();
        let mut text = String::new();
        if let Some(look) = self.looking.look {
            self.add_people(&seen, &look, &mut text);
            self.add_cells(&seen, &look, &mut text);
        }
        self.add_ways(&seen, &mut text);
        (!text.is_empty()).then(|| Bytes::from(text))
    }

    fn add_ways(&mut self, seen: &Seen, text: &mut String) {
        let first = seen.ways.partition_point(|way| way.number <= self.way);
        let news = &seen.ways[first..];
        let now = &news[..news.len().min(PEOPLE_MAX)];
        let Some(last) = now.last() else {
            return;
        };
        self.way = last.number;
        self.due |= now.len() < news.len();
        let items = now.iter().map(|way| way.json.as_str());
        event(text, "approach", "", "items", items);
    }

    fn add_people(&mut self, seen: &Seen, look: &Look, text: &mut String) {
        let all = seen.people.len();
        if all == 0 {
            self.people.clear();
            return;
        }
        let from = self.from % all;
        let mut items: Vec<&Shown> = Vec::new();
        self.from = 0;
        for at in (from..all).chain(0..from) {
            let Some(shown) = seen.people.get(at) else {
                continue;
            };
            if !self.is_news(shown, look) {
                continue;
            }
            if items.len() == PEOPLE_MAX {
                self.from = at;
                self.due = true;
                break;
            }
            items.push(shown);
        }
        for shown in &items {
            let known = (shown.point, shown.at);
            self.people.insert(shown.responder, known);
        }
        if self.people.len() > all {
            let on: HashSet<_> = seen.people.iter().map(|shown| shown.responder).collect();
            self.people.retain(|responder, _| on.contains(responder));
        }
        if !items.is_empty() {
            let items = items.iter().map(|shown| shown.json.as_str());
            event(text, "position", "", "items", items);
        }
    }

    fn is_news(&self, shown: &Shown, look: &Look) -> bool {
        let bounds = &look.bounds;
        let near = shown.near.is_some_and(|near| bounds.contains(near));
        if !near && !bounds.contains(shown.point) {
            return false;
        }
        self.people
            .get(&shown.responder)
            .is_none_or(|(point, at)| *point != shown.point || shown.at - *at >= STILL_THERE)
    }

    fn add_cells(&mut self, seen: &Seen, look: &Look, text: &mut String) {
        let Some(counted) = seen.density.get(&look.resolution) else {
            return;
        };
        let shown = self.counted.as_ref();
        if shown.is_some_and(|shown| Arc::ptr_eq(shown, counted)) || !counted.holds(look) {
            return;
        }
        let bounds = look.touched();
        let inside = |centre: Option<Point>| centre.is_some_and(|at| bounds.contains(at));
        let mut gone = self.cells.take();
        let full = gone.is_none();
        let mut now = HashMap::new();
        let mut changed: Vec<&str> = Vec::new();
        for cell in counted.cells.iter().filter(|cell| inside(cell.centre)) {
            let before = gone.as_mut().and_then(|gone| gone.remove(&cell.index));
            if before != Some(cell.count) {
                changed.push(&cell.json);
            }
            now.insert(cell.index, cell.count);
        }
        let removed: Vec<String> = gone
            .into_iter()
            .flat_map(HashMap::into_keys)
            .filter_map(|cell| serde_json::to_string(&DensityCell::of(cell, 0)).ok())
            .collect();
        changed.extend(removed.iter().map(String::as_str));
        if full || !changed.is_empty() {
            let resolution = u8::from(look.resolution);
            let head = format!("\"resolution\":{resolution},\"full\":{full},");
            event(text, "density", &head, "cells", changed.into_iter());
        }
        self.cells = Some(now);
        self.counted = Some(Arc::clone(counted));
    }
}

/// Writes an event whose object ends with a list.
fn event<'a>(
    text: &mut String,
    name: &str,
    head: &str,
    list: &str,
    items: impl Iterator<Item = &'a str>,
) {
    text.push_str("event: ");
    text.push_str(name);
    text.push_str("\ndata: {");
    text.push_str(head);
    text.push('"');
    text.push_str(list);
    text.push_str("\":[");
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push_str("]}\n\n");
}
