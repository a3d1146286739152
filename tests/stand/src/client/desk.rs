//! What a call handler and a coordinator do.

use super::{Api, Called, Incident, Page, Raised};
use reqwest::Method;
use serde_json::{Value, json};

impl Api {
    /// `POST /v1/incidents` with the body as it stands.
    pub async fn raise(&self, key: &str, body: &Value) -> Called<Raised> {
        let request = self.request(Method::POST, "/v1/incidents");
        let (status, answer) = self
            .send(request.header("Idempotency-Key", key).json(body))
            .await?;
        let incident = super::typed(answer)?;
        Ok(Raised {
            status: status.as_u16(),
            incident,
        })
    }

    /// `GET /v1/incidents/{id}`.
    pub async fn incident(&self, id: &str) -> Called<Incident> {
        self.get(&format!("/v1/incidents/{id}")).await
    }

    /// `GET /v1/incidents?…`; the query as it stands, for instance `state=open&limit=50`.
    pub async fn incidents(&self, query: &str) -> Called<Page<Incident>> {
        self.get(&format!("/v1/incidents?{query}")).await
    }

    /// `PATCH /v1/incidents/{id}`.
    pub async fn patch(&self, id: &str, change: &Value) -> Called<Incident> {
        self.call(Method::PATCH, &format!("/v1/incidents/{id}"), change)
            .await
    }

    /// `POST /v1/incidents/{id}/close`.
    pub async fn close(&self, id: &str, outcome: &str) -> Called<Value> {
        self.on_incident(id, "close", &json!({"outcome": outcome}))
            .await
    }

    /// `POST /v1/incidents/{id}/release`.
    pub async fn release(&self, id: &str, reason: &str) -> Called<Value> {
        self.on_incident(id, "release", &json!({"reason": reason}))
            .await
    }

    /// `POST /v1/incidents/{id}/widen`.
    pub async fn widen(&self, id: &str, from_wave: u32) -> Called<Value> {
        self.on_incident(id, "widen", &json!({"from_wave": from_wave}))
            .await
    }

    /// `POST /v1/incidents/{id}/reopen`.
    pub async fn reopen(&self, id: &str, reason: &str) -> Called<Value> {
        self.on_incident(id, "reopen", &json!({"reason": reason}))
            .await
    }

    /// `GET /v1/incidents/{id}/log`, all of its pages, oldest first.
    pub async fn log(&self, id: &str) -> Called<Vec<Value>> {
        let mut all = Vec::new();
        let mut path = format!("/v1/incidents/{id}/log");
        loop {
            let page: Page<Value> = self.get(&path).await?;
            let more = !page.items.is_empty();
            all.extend(page.items);
            match page.next {
                Some(Value::String(next)) if more => {
                    path = format!("/v1/incidents/{id}/log?after={next}");
                }
                Some(Value::Number(next)) if more => {
                    path = format!("/v1/incidents/{id}/log?after={next}");
                }
                _ => return Ok(all),
            }
        }
    }

    /// `POST /v1/responders`.
    pub async fn create_responder(&self, body: &Value) -> Called<Value> {
        self.call(Method::POST, "/v1/responders", body).await
    }

    /// `POST /v1/responders/{id}/verify`.
    pub async fn verify_responder(&self, id: &str) -> Called<Value> {
        self.call(
            Method::POST,
            &format!("/v1/responders/{id}/verify"),
            &json!({}),
        )
        .await
    }

    /// `POST /v1/responders/{id}/suspend`.
    pub async fn suspend_responder(&self, id: &str) -> Called<Value> {
        self.call(
            Method::POST,
            &format!("/v1/responders/{id}/suspend"),
            &json!({}),
        )
        .await
    }

    async fn on_incident(&self, id: &str, verb: &str, body: &Value) -> Called<Value> {
        self.call(Method::POST, &format!("/v1/incidents/{id}/{verb}"), body)
            .await
    }
}
