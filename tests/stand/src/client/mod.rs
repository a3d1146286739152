//! Typed HTTP client of muster's contract. One connection pool for everybody, one [`Api`] per
//! bearer token.

mod desk;
mod nodes;
mod phone;
mod types;

pub use nodes::Nodes;
pub use phone::{Answer, Step};
pub use types::{Alert, Counts, Incident, MyAlert, NewFix, Page, Raised};

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any answer that the contract promises; a hang is an error.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a call did not succeed.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The status, when there was an answer at all.
    pub status: Option<u16>,
    /// The problem's stable code, or nothing.
    pub code: String,
    /// Words for people.
    pub detail: String,
}

impl ApiError {
    /// Whether the same call may succeed later: no answer, overload, or a server that is restarting.
    pub fn passes(&self) -> bool {
        self.status
            .is_none_or(|status| status >= 500 || status == 429)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status} {} {}", self.code, self.detail),
            None => write!(f, "no answer: {}", self.detail),
        }
    }
}

impl std::error::Error for ApiError {}

/// The result of a call.
pub type Called<T> = Result<T, ApiError>;

/// One caller: a server and a bearer token over a shared pool.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: Arc<str>,
    token: Arc<str>,
}

impl Api {
    /// A caller with a new pool. Use [`Api::as_other`] for the next ones.
    pub fn new(base: &str, token: &str) -> Called<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true)
            .build()
            .map_err(|e| no_answer(&e))?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').into(),
            token: token.into(),
        })
    }

    /// The same server and pool with another token.
    #[must_use]
    pub fn as_other(&self, token: &str) -> Self {
        Self {
            http: self.http.clone(),
            base: Arc::clone(&self.base),
            token: token.into(),
        }
    }

    /// The same caller at another address (after a restart on another port).
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        let base = base.trim_end_matches('/').into();
        Self {
            http: self.http.clone(),
            base,
            token: Arc::clone(&self.token),
        }
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The server's address.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// A request to a path, for tests that need something unusual.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        }
    }

    /// Sends a request; success is any 2xx, its JSON body (null when empty) is returned.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Called<(StatusCode, Value)> {
        let answer = request.send().await.map_err(|e| no_answer(&e))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|e| no_answer(&e))?;
        let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok((status, json));
        }
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let detail = match text("detail") {
            detail if detail.is_empty() => text("title"),
            detail => detail,
        };
        Err(ApiError {
            status: Some(status.as_u16()),
            code: text("code"),
            detail,
        })
    }

    /// `GET` of a path.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Called<T> {
        let (_, body) = self.send(self.request(Method::GET, path)).await?;
        typed(body)
    }

    /// Any method with a JSON body.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Called<T> {
        let (_, body) = self.send(self.request(method, path).json(body)).await?;
        typed(body)
    }

    /// `GET /readyz`, whatever its status.
    pub async fn readyz(&self) -> Called<Value> {
        let answer = self.request(Method::GET, "/readyz").send().await;
        answer
            .map_err(|e| no_answer(&e))?
            .json()
            .await
            .map_err(|e| no_answer(&e))
    }

    /// Whether the server says that it is simulated. Nothing real may be woken by this package.
    pub async fn is_simulated(&self) -> Called<bool> {
        Ok(self.readyz().await?["simulated"] == Value::Bool(true))
    }

    /// Whether `GET /healthz` answers 2xx.
    pub async fn is_healthy(&self) -> bool {
        let answer = self.request(Method::GET, "/healthz").send().await;
        answer.is_ok_and(|a| a.status().is_success())
    }

    /// `GET /metrics`, as text.
    pub async fn metrics(&self) -> Called<String> {
        let answer = self.request(Method::GET, "/metrics").send().await;
        answer
            .map_err(|e| no_answer(&e))?
            .text()
            .await
            .map_err(|e| no_answer(&e))
    }
}

fn typed<T: DeserializeOwned>(body: Value) -> Called<T> {
    serde_json::from_value(body).map_err(|e| ApiError {
        status: None,
        code: "unreadable".to_owned(),
        detail: e.to_string(),
    })
}

fn no_answer(error: &reqwest::Error) -> ApiError {
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        detail = format!("{detail}: {inner}");
        cause = inner.source();
    }
    ApiError {
        status: None,
        code: String::new(),
        detail,
    }
}
