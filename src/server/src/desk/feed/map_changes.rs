//! What one viewer was shown of its box and of how far people have to go, and what is new to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use h3o::CellIndex;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::time::{Millis, Timestamp};

use crate::desk::feed::density::Counted;
use crate::desk::feed::events::DensityCell;
use crate::desk::feed::map::{MapState, Registration, Shown};
use crate::desk::feed::viewport::Viewport;

/// Most people or approaches in one event; the others follow in the next.
const PEOPLE_MAX: usize = 5_000;
/// Whoever stands still and goes on reporting is shown again so often: their position is not old.
const STILL_THERE: Millis = Millis::from_s(10);

/// What one viewer was shown.
pub(crate) struct MapChanges {
    registration: Registration,
    people: HashMap<ResponderNo, (Point, Timestamp)>,
    /// Where to begin among people, when they did not fit into the last event.
    from: usize,
    /// `None` before the first count.
    cells: Option<HashMap<CellIndex, u32>>,
    /// The count that was shown last.
    counted: Option<Arc<Counted>>,
    /// The number of the last approach that was told.
    approach: u64,
    /// There may be something that was not shown.
    due: bool,
}

impl MapChanges {
    pub(crate) fn new(registration: Registration) -> Self {
        Self {
            registration,
            people: HashMap::new(),
            from: 0,
            cells: None,
            counted: None,
            approach: 0,
            // what others were shown already is new to this one
            due: true,
        }
    }

    /// Waits until there may be something new.
    pub(crate) async fn changed(&mut self) {
        if self.registration.state.changed().await.is_ok() {
            // waiting has marked it as seen, and it was not shown
            self.due = true;
            return;
        }
        std::future::pending::<()>().await;
    }

    /// What is new since the last time, as events.
    pub(crate) fn news(&mut self) -> Option<Bytes> {
        if !self.due && !self.registration.state.has_changed().unwrap_or(false) {
            return None;
        }
        self.due = false;
        let state = self.registration.state.borrow_and_update().clone();
        let mut text = String::new();
        if let Some(viewport) = self.registration.viewport {
            self.add_people(&state, &viewport, &mut text);
            self.add_cells(&state, &viewport, &mut text);
        }
        self.add_approaches(&state, &mut text);
        (!text.is_empty()).then(|| Bytes::from(text))
    }

    fn add_approaches(&mut self, state: &MapState, text: &mut String) {
        let first = state
            .approaches
            .partition_point(|item| item.number <= self.approach);
        let news = &state.approaches[first..];
        let now = &news[..news.len().min(PEOPLE_MAX)];
        let Some(last) = now.last() else {
            return;
        };
        self.approach = last.number;
        self.due |= now.len() < news.len();
        let items = now.iter().map(|item| item.json.as_str());
        event(text, "approach", "", "items", items);
    }

    fn add_people(&mut self, state: &MapState, viewport: &Viewport, text: &mut String) {
        let all = state.people.len();
        if all == 0 {
            self.people.clear();
            return;
        }
        let from = self.from % all;
        let mut items: Vec<&Shown> = Vec::new();
        self.from = 0;
        for at in (from..all).chain(0..from) {
            let Some(shown) = state.people.get(at) else {
                continue;
            };
            if !self.is_news(shown, viewport) {
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
            let on: HashSet<_> = state.people.iter().map(|shown| shown.responder).collect();
            self.people.retain(|responder, _| on.contains(responder));
        }
        if !items.is_empty() {
            let items = items.iter().map(|shown| shown.json.as_str());
            event(text, "position", "", "items", items);
        }
    }

    fn is_news(&self, shown: &Shown, viewport: &Viewport) -> bool {
        let bounds = &viewport.bounds;
        let near = shown.near.is_some_and(|near| bounds.contains(near));
        if !near && !bounds.contains(shown.point) {
            return false;
        }
        self.people
            .get(&shown.responder)
            .is_none_or(|(point, at)| *point != shown.point || shown.at - *at >= STILL_THERE)
    }

    fn add_cells(&mut self, state: &MapState, viewport: &Viewport, text: &mut String) {
        let Some(counted) = state.density.get(viewport.resolution) else {
            return;
        };
        let shown = self.counted.as_ref();
        if shown.is_some_and(|shown| Arc::ptr_eq(shown, counted)) || !counted.holds(viewport) {
            return;
        }
        let bounds = viewport.touched();
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
            let resolution = u8::from(viewport.resolution);
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
