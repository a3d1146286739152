//! What a responder's phone does.

use super::{Api, Called, MyAlert, NewFix, Page};
use crate::clock;
use crate::standin::Subscription;
use reqwest::Method;
use serde_json::{Value, json};

/// An answer of a phone to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// It arrived on the phone.
    Received,
    /// Somebody looked at it.
    Seen,
    /// I go.
    Accept,
    /// I do not, or not any more.
    Decline,
    /// I am under way.
    Depart,
    /// I am there.
    Arrive,
    /// I am done.
    Finish,
    /// The scene is not safe.
    Unsafe,
}

impl Step {
    /// The last part of the path.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Seen => "seen",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Depart => "depart",
            Self::Arrive => "arrive",
            Self::Finish => "finish",
            Self::Unsafe => "unsafe",
        }
    }
}

/// The optional body of an answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The device that answers.
    pub device_id: Option<String>,
    /// Where the phone is.
    pub fix: Option<NewFix>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Version of the newest push that the phone shows.
    pub version: Option<u64>,
}

impl Answer {
    fn body(&self) -> Value {
        let mut body = json!({"at": clock::now_text()});
        if let Some(device) = &self.device_id {
            body["device_id"] = json!(device);
        }
        if let Some(fix) = &self.fix {
            body["fix"] = json!(fix);
        }
        if let Some(reason) = &self.reason {
            body["reason"] = json!(reason);
        }
        if let Some(version) = self.version {
            body["version"] = json!(version);
        }
        body
    }
}

impl Api {
    /// `PUT /v1/me/devices/{device_id}` of an Android phone with an FCM token.
    pub async fn put_device(&self, device_id: &str, fcm_token: &str) -> Called<Value> {
        let body = json!({"platform": "android", "push": {"fcm_token": fcm_token}});
        self.call(Method::PUT, &format!("/v1/me/devices/{device_id}"), &body)
            .await
    }

    /// `PUT /v1/me/devices/{device_id}` of a browser.
    pub async fn put_browser(&self, device_id: &str, browser: &Subscription) -> Called<Value> {
        let body = json!({"platform": "web", "push": {"webpush": browser}});
        self.call(Method::PUT, &format!("/v1/me/devices/{device_id}"), &body)
            .await
    }

    /// `DELETE /v1/me/devices/{device_id}`.
    pub async fn delete_device(&self, device_id: &str) -> Called<()> {
        let path = format!("/v1/me/devices/{device_id}");
        self.send(self.request(Method::DELETE, &path))
            .await
            .map(|_| ())
    }

    /// `PUT /v1/me/duty`.
    pub async fn duty(&self, on: bool) -> Called<Value> {
        self.call(Method::PUT, "/v1/me/duty", &json!({"on": on}))
            .await
    }

    /// `PUT /v1/me/devices/{device_id}/readiness` of a phone that is loud and knows where it is.
    pub async fn readiness(&self, device_id: &str) -> Called<()> {
        let path = format!("/v1/me/devices/{device_id}/readiness");
        let body = json!({"alarm": "loud", "position": "live", "app": "simulated"});
        let request = self.request(Method::PUT, &path).json(&body);
        self.send(request).await.map(|_| ())
    }

    /// `POST /v1/me/fixes`.
    pub async fn fixes(&self, device_id: &str, fixes: &[NewFix]) -> Called<Value> {
        let body = json!({"device_id": device_id, "sent_at": clock::now_text(), "fixes": fixes});
        self.call(Method::POST, "/v1/me/fixes", &body).await
    }

    /// `GET /v1/me/alerts`.
    pub async fn my_alerts(&self) -> Called<Vec<MyAlert>> {
        let page: Page<MyAlert> = self.get("/v1/me/alerts").await?;
        Ok(page.items)
    }

    /// `POST /v1/me/alerts/{id}/…`.
    pub async fn answer(&self, alert: &str, step: Step, with: &Answer) -> Called<MyAlert> {
        let path = format!("/v1/me/alerts/{alert}/{}", step.verb());
        self.call(Method::POST, &path, &with.body()).await
    }
}
