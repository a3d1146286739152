//! Requests as any outside program would send them, and the whole answer.

use super::text;
use muster_stand::standin::StandIn;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// What every actor of a world shares. The address changes when the server is started again.
pub(crate) struct Shared {
    pub(super) client: reqwest::Client,
    pub(super) base: RwLock<String>,
    pub(super) standin: StandIn,
}

impl Shared {
    pub(super) fn new(base: &str, standin: StandIn) -> Arc<Self> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .build()
            .unwrap();
        Arc::new(Self {
            client,
            base: RwLock::new(base.to_owned()),
            standin,
        })
    }
}

/// An answer: status, headers, and the body as text and JSON (null when it is none).
#[derive(Debug)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// The body as it came.
    pub(crate) text: String,
    /// The body as JSON, or null.
    pub(crate) json: Value,
}

impl Reply {
    /// The JSON, if the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// Asserts a problem of this status and code; its JSON.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        assert_eq!(text(&self.json, "code"), code, "{}", self.text);
        self.json
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Somebody with a token (or without: [`Caller::anonymous`]).
#[derive(Clone)]
pub(crate) struct Caller {
    pub(super) shared: Arc<Shared>,
    token: Option<String>,
}

impl Caller {
    pub(super) fn new(shared: &Arc<Shared>, token: &str) -> Self {
        Self {
            shared: Arc::clone(shared),
            token: Some(token.to_owned()),
        }
    }

    pub(super) fn anonymous(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            token: None,
        }
    }

    /// The bearer token, or nothing.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// `http://127.0.0.1:PORT` as it is now.
    pub(crate) fn base_url(&self) -> String {
        self.shared.base.read().unwrap().clone()
    }

    /// A request that can still be given headers and a body.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.shared.base.read().unwrap());
        let request = self.shared.client.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends it; `None` when there is no whole answer (the server is away).
    pub(crate) async fn try_send(&self, request: RequestBuilder) -> Option<Reply> {
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.ok()?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Reply {
            status,
            headers,
            text,
            json,
        })
    }

    /// Sends it; no answer is a failed test.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        self.try_send(request).await.expect("an answer")
    }

    /// Any method with a JSON body.
    pub(crate) async fn http(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(self.request(method, path).json(body)).await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path)).await
    }

    /// `POST` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.http("POST", path, body).await
    }

    /// `PUT` with a JSON body.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.http("PUT", path, body).await
    }
}
