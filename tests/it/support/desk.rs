//! A call handler at the desk.

use super::{Caller, Phone, Reply, eventually, fresh, text};
use serde_json::{Value, json};
use std::ops::Deref;

/// A call handler (or a coordinator: the same calls). Dereferences to its [`Caller`].
#[derive(Clone)]
pub(crate) struct Desk(pub(super) Caller);

impl Deref for Desk {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl Desk {
    /// Raises under a fresh key; asserts 201; the incident's id.
    pub(crate) async fn raise(&self, call: &Value) -> String {
        text(&self.raised(call).await, "id").to_owned()
    }

    /// Raises under a fresh key; asserts 201; the incident.
    pub(crate) async fn raised(&self, call: &Value) -> Value {
        let key = format!("key-{}", fresh());
        self.raise_as(&key, call).await.expect(201)
    }

    /// Raises under this key; the whole answer.
    pub(crate) async fn raise_as(&self, key: &str, call: &Value) -> Reply {
        let request = self.request("POST", "/v1/incidents");
        self.send(request.header("Idempotency-Key", key).json(call))
            .await
    }

    /// The incident as it is now.
    pub(crate) async fn incident(&self, id: &str) -> Value {
        self.get(&format!("/v1/incidents/{id}")).await.expect(200)
    }

    /// Waits until the incident is as described; the incident then.
    pub(crate) async fn until(&self, id: &str, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let path = format!("/v1/incidents/{id}");
        let found = super::within_or(super::DEADLINE, async || {
            last = self.get(&path).await.expect(200);
            so(&last).then(|| last.clone())
        });
        let found = found.await;
        found.unwrap_or_else(|| panic!("never so: {what}; the incident at the end: {last:#}"))
    }

    /// Waits until the alert of this responder is in this state.
    pub(crate) async fn until_alert(&self, id: &str, phone: &Phone, state: &str) -> Value {
        let what = format!("the alert of {} is {state}", phone.id);
        self.until(id, &what, |i| alert_of(i, phone)["state"] == state)
            .await
    }

    /// `PATCH`; asserts 200; the incident.
    pub(crate) async fn patch(&self, id: &str, change: &Value) -> Value {
        let path = format!("/v1/incidents/{id}");
        self.http("PATCH", &path, change).await.expect(200)
    }

    /// `POST /v1/incidents/{id}/{verb}`; the whole answer.
    pub(crate) async fn tell(&self, id: &str, verb: &str, body: &Value) -> Reply {
        self.post(&format!("/v1/incidents/{id}/{verb}"), body).await
    }

    /// Closes; asserts 200; the incident.
    pub(crate) async fn close(&self, id: &str, outcome: &str) -> Value {
        self.tell(id, "close", &json!({"outcome": outcome}))
            .await
            .expect(200)
    }

    /// The whole log, oldest first.
    pub(crate) async fn log(&self, id: &str) -> Vec<Value> {
        let log = self
            .get(&format!("/v1/incidents/{id}/log"))
            .await
            .expect(200);
        log["items"].as_array().unwrap().clone()
    }

    /// Waits for a line of this `type` in the log.
    pub(crate) async fn logged(&self, id: &str, kind: &str) -> Value {
        eventually(&format!("a log line `{kind}`"), async || {
            let log = self.log(id).await;
            log.into_iter().find(|line| line["type"] == kind)
        })
        .await
    }
}

/// The newest alert of a responder in an incident, or null.
pub(crate) fn alert_of<'a>(incident: &'a Value, phone: &Phone) -> &'a Value {
    let alerts = incident["alerts"].as_array().unwrap();
    let mine = alerts
        .iter()
        .rev()
        .find(|alert| alert["responder_id"] == *phone.id);
    mine.unwrap_or(&Value::Null)
}
