//! Steps of the ledger as they are sent.

use std::collections::HashMap;

use bytes::Bytes;
use muster_core::dispatch::{Approaches, Dispatch};
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{FeedStep, LedgerError, Stored};

use crate::desk::alert::FeedAlert;
use crate::desk::incident::IncidentView;
use crate::view::deadline::read;
use crate::view::error::ApiError;

/// One step, whole: a resume from its `id:` skips nothing.
#[derive(Clone)]
pub(crate) struct Text {
    /// Number of the step.
    pub(crate) seq: u64,
    /// Who may see it.
    pub(crate) org: OrgNo,
    pub(crate) bytes: Bytes,
}

/// Steps that were read together, with the objects as they are now. Those about what was destroyed
/// since are left out.
pub(crate) async fn texts<'a>(
    dispatch: &Dispatch,
    steps: impl Iterator<Item = &'a FeedStep>,
) -> Result<Vec<Text>, ApiError> {
    let epoch = dispatch.feed.epoch();
    let mut shown: HashMap<&IncidentId, Shown> = HashMap::new();
    let mut texts = Vec::new();
    for step in steps {
        if !shown.contains_key(&step.incident) {
            let incident = load(dispatch, step.org, &step.incident).await?;
            shown.insert(&step.incident, incident);
        }
        if let Some(Some(shown)) = shown.get_mut(&step.incident) {
            texts.extend(shown.text(step, &epoch));
        }
    }
    Ok(texts)
}

/// An incident of a batch; nothing when it was destroyed since.
type Shown = Option<Object>;

struct Object {
    stored: Stored,
    approaches: Approaches,
    /// When both were read.
    now: Timestamp,
    json: String,
    /// The batch has shown it, and it is the same for all of the batch.
    said: bool,
}

async fn load(dispatch: &Dispatch, org: OrgNo, id: &IncidentId) -> Result<Shown, ApiError> {
    let found = read(async {
        match dispatch.ledger.incident(org, id).await {
            Ok(stored) => Ok(Some(stored)),
            Err(LedgerError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    });
    let Some(stored) = found.await? else {
        return Ok(None);
    };
    let approaches = dispatch.approaches([&stored]).await;
    let now = dispatch.clock.now();
    let view = IncidentView::of(&stored, &approaches, now, Vec::new());
    Ok(serde_json::to_string(&view).ok().map(|json| Object {
        stored,
        approaches,
        now,
        json,
        said: false,
    }))
}

impl Object {
    /// The events of a step. The incident, which holds all its alerts, comes with the first of a
    /// batch and with what concerns no single alert; fifty alerts are not fifty incidents.
    fn text(&mut self, step: &FeedStep, epoch: &str) -> Option<Text> {
        let alert = step.alert.as_ref();
        let alert = alert.and_then(|alert| {
            FeedAlert::of(
                &self.stored,
                alert,
                &step.change,
                (&self.approaches, self.now),
            )
        });
        let alert = alert.and_then(|alert| serde_json::to_string(&alert).ok());
        let whole = !self.said || alert.is_none();
        self.said = true;
        let incident = whole.then(|| with_change(&self.json, &step.change));
        let id = format!("{epoch}-{}", step.seq);
        let text = match (incident, alert) {
            (Some(incident), None) => format!("event: incident\nid: {id}\ndata: {incident}\n\n"),
            (Some(incident), Some(alert)) => format!(
                "event: incident\ndata: {incident}\n\nevent: alert\nid: {id}\ndata: {alert}\n\n"
            ),
            (None, Some(alert)) => format!("event: alert\nid: {id}\ndata: {alert}\n\n"),
            (None, None) => return None,
        };
        Some(Text {
            seq: step.seq,
            org: step.org,
            bytes: Bytes::from(text),
        })
    }
}

/// The object with the change as its first field.
fn with_change(json: &str, change: &str) -> String {
    let change = serde_json::Value::from(change);
    let rest = json.strip_prefix('{').unwrap_or(json);
    format!("{{\"change\":{change},{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_a_field_of_the_object() {
        let text = with_change(r#"{"id":"i1"}"#, "ac\"cepted");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&value["change"], &value["id"]),
            (&"ac\"cepted".into(), &"i1".into())
        );
    }
}
