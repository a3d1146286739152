//! Credentials of trackers, as coordinators make and see them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::ports::Tracker;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Invalid, WireTime, text};

/// Longest label, characters.
const LABEL_MAX: usize = 100;

/// A credential to be made.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeTracker {
    /// What the coordinator calls it, such as the phone that it is for.
    pub label: Option<String>,
}

impl MakeTracker {
    /// The label, checked.
    pub fn check(self) -> Result<Option<String>, Invalid> {
        self.label
            .map(|label| text("label", label, LABEL_MAX))
            .transpose()
    }
}

/// A credential; its secret is never shown again.
#[derive(Serialize, ToSchema)]
pub struct TrackerView {
    /// Its user name.
    pub id: String,
    /// What the coordinator calls it.
    pub label: Option<String>,
    /// When it was made.
    pub made_at: WireTime,
    /// Who made it.
    pub made_by: String,
}

impl From<Tracker> for TrackerView {
    fn from(tracker: Tracker) -> Self {
        Self {
            id: tracker.id.0,
            label: tracker.label,
            made_at: tracker.made_at.into(),
            made_by: tracker.made_by,
        }
    }
}

/// The credentials of a responder, oldest first.
#[derive(Serialize, ToSchema)]
pub struct TrackerItems {
    /// At most five.
    pub items: Vec<TrackerView>,
}

/// A new credential, and what to enter in either app. Shown once.
#[derive(Serialize, ToSchema)]
pub struct TrackerMade {
    /// The credential.
    #[serde(flatten)]
    pub tracker: TrackerView,
    /// Its secret. Only a hash of it is kept.
    pub secret: String,
    /// For OwnTracks.
    pub owntracks: OwnTracksSetup,
    /// For Traccar Client.
    pub traccar: TraccarSetup,
}

/// What to enter in OwnTracks.
#[derive(Serialize, ToSchema)]
pub struct OwnTracksSetup {
    /// The URL of mode HTTP.
    #[schema(example = "https://muster.example/v1/owntracks")]
    pub url: String,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// A link that enters all of this when it is opened on the phone.
    #[schema(example = "owntracks:///config?inline=eyJf…")]
    pub link: String,
}

/// What to enter in Traccar Client.
#[derive(Serialize, ToSchema)]
pub struct TraccarSetup {
    /// The server URL.
    #[schema(example = "https://muster.example/v1/traccar")]
    pub url: String,
    /// The device identifier: user name and secret, because the app knows no password.
    pub device_identifier: String,
}

impl TrackerMade {
    /// What to enter when the server is reached at `base`, such as `https://muster.example`.
    pub fn of(tracker: Tracker, secret: String, base: &str) -> Self {
        let user = tracker.id.0.clone();
        let url = format!("{base}/v1/owntracks");
        // mode 3 is HTTP; monitoring 1 is significant changes, which spares the battery
        let settings = json!({"_type": "configuration", "mode": 3, "monitoring": 1, "url": url,
            "auth": true, "username": user, "password": secret});
        Self {
            owntracks: OwnTracksSetup {
                link: format!(
                    "owntracks:///config?inline={}",
                    STANDARD.encode(settings.to_string())
                ),
                url,
                username: user.clone(),
                password: secret.clone(),
            },
            traccar: TraccarSetup {
                url: format!("{base}/v1/traccar"),
                device_identifier: format!("{user}.{secret}"),
            },
            secret,
            tracker: tracker.into(),
        }
    }
}
