//! A responder with a phone.

use super::{Caller, HOME, Reply, eventually, fresh, text};
use muster_stand::clock;
use muster_stand::geo::LatLon;
use muster_stand::standin::Delivery;
use serde_json::{Value, json};
use std::ops::Deref;

/// A responder and their first phone. Dereferences to its [`Caller`].
#[derive(Clone)]
pub(crate) struct Phone {
    pub(super) caller: Caller,
    /// The responder's id, which is also the token's `sub`.
    pub(crate) id: String,
    /// Name of the phone.
    pub(crate) device: String,
    /// Its push address (an FCM token); secret, must never be logged.
    pub(crate) address: String,
}

impl Deref for Phone {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Phone {
    pub(super) fn new(caller: Caller, id: &str) -> Self {
        let no = fresh();
        Self {
            caller,
            id: id.to_owned(),
            device: format!("device-{no}"),
            address: format!("pushaddress-{no}:{id}"),
        }
    }

    /// Registers this phone's push address.
    pub(crate) async fn register(&self) {
        self.register_as(&self.device, &self.address).await;
    }

    /// Registers any device of the responder.
    pub(crate) async fn register_as(&self, device: &str, address: &str) {
        let body = json!({"platform": "android", "push": {"fcm_token": address}});
        self.put(&format!("/v1/me/devices/{device}"), &body)
            .await
            .expect(200);
    }

    /// Goes on or off duty.
    pub(crate) async fn duty(&self, on: bool) {
        self.put("/v1/me/duty", &json!({"on": on}))
            .await
            .expect(200);
    }

    /// Reports a fresh position so many metres north of [`HOME`].
    pub(crate) async fn stands(&self, north_m: f64) {
        self.stands_at(HOME.offset_m(north_m, 0.0)).await;
    }

    /// Reports a fresh position.
    pub(crate) async fn stands_at(&self, place: LatLon) {
        let now = clock::now_text();
        let fix = json!({"lat": place.lat, "lon": place.lon, "accuracy_m": 5.0, "at": now});
        let answer = self.report(&now, &json!([fix])).await.expect(202);
        assert_eq!(answer["accepted"], 1, "{answer}");
    }

    /// `POST /v1/me/fixes`; the whole answer.
    pub(crate) async fn report(&self, sent_at: &str, fixes: &Value) -> Reply {
        let body = json!({"device_id": self.device, "sent_at": sent_at, "fixes": fixes});
        self.post("/v1/me/fixes", &body).await
    }

    /// Every push to this phone so far, oldest first.
    pub(crate) fn pushes(&self) -> Vec<Delivery> {
        pushes_to(&self.caller, &self.address)
    }

    /// Whether a push of this type about this incident arrived.
    pub(crate) fn has(&self, kind: &str, incident: &str) -> bool {
        self.pushes().iter().any(|push| is(push, kind, incident))
    }

    /// Waits for a push of this `type` about this incident; the alert's id.
    pub(crate) async fn receives(&self, kind: &str, incident: &str) -> String {
        self.delivery(kind, incident)
            .await
            .datum("alert_id")
            .to_owned()
    }

    /// The same; the whole (last such) push.
    pub(crate) async fn delivery(&self, kind: &str, incident: &str) -> Delivery {
        self.delivery_to(&self.address, kind, incident).await
    }

    /// The same for another push address.
    pub(crate) async fn delivery_to(&self, address: &str, kind: &str, incident: &str) -> Delivery {
        let what = format!("{} receives `{kind}` at {address}", self.id);
        eventually(&what, async || {
            let pushes = pushes_to(&self.caller, address);
            pushes.into_iter().rfind(|push| is(push, kind, incident))
        })
        .await
    }

    /// `POST /v1/me/alerts/{id}/{verb}` without a body; the whole answer.
    pub(crate) async fn says(&self, alert: &str, verb: &str) -> Reply {
        self.send(self.request("POST", &format!("/v1/me/alerts/{alert}/{verb}")))
            .await
    }

    /// The same with device and time; asserts 200; the alert as disclosed now.
    pub(crate) async fn does(&self, alert: &str, verb: &str) -> Value {
        let body = json!({"device_id": self.device, "at": clock::now_text()});
        self.post(&format!("/v1/me/alerts/{alert}/{verb}"), &body)
            .await
            .expect(200)
    }

    /// Waits for the alert's push and accepts; the alert's id.
    pub(crate) async fn accepts(&self, incident: &str) -> String {
        let alert = self.receives("alert", incident).await;
        self.does(&alert, "accept").await;
        alert
    }

    /// The open alerts, as disclosed now.
    pub(crate) async fn alerts(&self) -> Vec<Value> {
        let alerts = self.get("/v1/me/alerts").await.expect(200);
        alerts["items"].as_array().unwrap().clone()
    }

    /// The open alert of that id, as disclosed now; null when it is not open.
    pub(crate) async fn alert(&self, id: &str) -> Value {
        let alerts = self.alerts().await;
        let found = alerts.into_iter().find(|alert| text(alert, "id") == id);
        found.unwrap_or(Value::Null)
    }
}

fn is(push: &Delivery, kind: &str, incident: &str) -> bool {
    push.datum("type") == kind && push.datum("incident_id") == incident
}

fn pushes_to(caller: &Caller, address: &str) -> Vec<Delivery> {
    let mut pushes = caller.shared.standin.messages(0);
    pushes.retain(|push| push.address == address);
    pushes
}
