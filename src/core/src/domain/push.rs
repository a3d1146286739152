//! What is handed to a push provider: enough to wake a phone, nothing about a person.

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::event::{Event, WhyStoodDown};
use super::failing_phone::Attention;
use super::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use super::incident::Incident;
use super::plan::Scene;
use super::selection::Role;
use super::time::Timestamp;

/// Why a phone is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushKind {
    /// Asked to help.
    Alert,
    /// Something about an accepted incident changed.
    Update,
    /// The scene became dangerous.
    Danger,
    /// No longer needed.
    StandDown,
    /// Are you reachable?
    Test,
    /// One of your phones can no longer be counted on.
    Attention,
}

impl PushKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Alert,
        Self::Update,
        Self::Danger,
        Self::StandDown,
        Self::Test,
        Self::Attention,
    ];

    /// Tells of phones, not of an incident: nobody is woken at night for it.
    pub fn can_wait(self) -> bool {
        matches!(self, Self::Test | Self::Attention)
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Update => "update",
            Self::Danger => "danger",
            Self::StandDown => "stand_down",
            Self::Test => "test",
            Self::Attention => "attention",
        }
    }
}

/// What a phone runs on; decides the shape of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Android: data-only, high priority.
    Android,
    /// iOS: an alert push, because data-only is held back.
    Ios,
    /// A browser.
    Web,
}

impl Platform {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Web => "web",
        }
    }

    /// The platform of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Android, Self::Ios, Self::Web]
            .into_iter()
            .find(|platform| platform.as_str() == word)
    }
}

/// Where a push goes. Secret-like: `Debug` shows the kind only, so that no log holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushAddress {
    /// FCM registration token.
    FcmToken(String),
    /// Firebase installation id, which replaces the token.
    FcmFid(String),
    /// A browser's push subscription (RFC 8030, RFC 8291).
    Webpush {
        /// The push service's URL for this browser.
        endpoint: String,
        /// The browser's public key, base64url.
        p256dh: String,
        /// The shared secret, base64url.
        auth: String,
    },
}

impl PushAddress {
    /// What carries a push there: whoever has the same service is met with the same when it takes
    /// nothing. Android and iOS are apart, because FCM hands on to Apple with a key of its own. Of
    /// a browser it is where its push service is.
    pub fn service(&self, platform: Platform) -> &str {
        match self {
            Self::FcmToken(_) | Self::FcmFid(_) => match platform {
                Platform::Android => "fcm_android",
                Platform::Ios => "fcm_ios",
                Platform::Web => "fcm_web",
            },
            Self::Webpush { endpoint, .. } => {
                let host = endpoint.find("://").map_or(0, |at| at + 3);
                let after_host = endpoint.get(host..).unwrap_or_default();
                let path = after_host.find(['/', '?', '#']);
                let service = path.and_then(|at| endpoint.get(..host + at));
                service.unwrap_or(endpoint)
            }
        }
    }
}

impl std::fmt::Debug for PushAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FcmToken(_) => "FcmToken(…)",
            Self::FcmFid(_) => "FcmFid(…)",
            Self::Webpush { .. } => "Webpush(…)",
        })
    }
}

/// One message to one phone.
#[derive(Debug, Clone, PartialEq)]
pub struct PushMessage {
    /// Why.
    pub kind: PushKind,
    /// Which alert; repeats carry the same.
    pub alert: AlertId,
    /// Which incident.
    pub incident: IncidentId,
    /// Orders messages about one alert.
    pub version: u64,
    /// When this attempt leaves.
    pub sent_at: Timestamp,
    /// When the message is worth nothing any more.
    pub expires_at: Timestamp,
    /// What the responder is asked to do.
    pub role: Role,
    /// Not a real emergency.
    pub exercise: bool,
    /// Whose phone.
    pub responder: ResponderNo,
    /// Which phone.
    pub device: DeviceId,
    /// What it runs on.
    pub platform: Platform,
    /// Where it goes.
    pub address: PushAddress,
    /// Which phone fails, and why; of [`PushKind::Attention`] alone.
    pub attention: Option<Attention>,
}

/// A phone to be woken because of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wakeup {
    /// Why.
    pub kind: PushKind,
    /// About which alert, and so for which responder.
    pub alert: AlertId,
    /// Only the responder's other phones: the one that answered knows.
    pub others_only: bool,
}

/// Who must be told of an event, given the incident after it.
pub fn wakeups(incident: &Incident, event: &Event) -> Vec<Wakeup> {
    let everybody = |kind: PushKind, class: &dyn Fn(&Alert) -> bool| {
        incident
            .alerts
            .iter()
            .filter(|a| class(a))
            .map(|a| Wakeup {
                kind,
                alert: a.id.clone(),
                others_only: false,
            })
            .collect()
    };
    let one = |kind: PushKind, alert: &AlertId| {
        vec![Wakeup {
            kind,
            alert: alert.clone(),
            others_only: false,
        }]
    };
    match event {
        Event::Alerted { alert } => one(PushKind::Alert, &alert.id),
        // they go to the same place as before, unless it is known here that it is dangerous
        Event::TakenOver { alert, .. } if alert.in_danger => {
            everybody(PushKind::Danger, &|a| a.state.is_open() && a.id != alert.id)
        }
        Event::TakenOver { alert, .. } if incident.danger => one(PushKind::Danger, &alert.id),
        Event::TakenOver { alert, .. } => one(PushKind::Update, &alert.id),
        // nothing ends for them: the incident that took them over has told them
        Event::StoodDown {
            why: WhyStoodDown::Merged,
            ..
        } => Vec::new(),
        Event::StoodDown { alert, .. } => one(PushKind::StandDown, alert),
        // an answer on one phone silences the others
        Event::Accepted { alert }
        | Event::Declined { alert, .. }
        | Event::Withdrawn { alert, .. }
        | Event::DangerEnded { alert } => vec![Wakeup {
            kind: PushKind::Update,
            alert: alert.clone(),
            others_only: true,
        }],
        Event::StillGoingAsked { alert } | Event::Corrected { alert, .. } => {
            one(PushKind::Update, alert)
        }
        Event::SceneChanged {
            scene: Scene::Unsafe,
        } => everybody(PushKind::Danger, &|a| a.state.is_open()),
        Event::DangerReported { alert, .. } => {
            everybody(PushKind::Danger, &|a| a.state.is_open() && a.id != *alert)
        }
        // the all-clear is for everybody who was told of the danger
        Event::SceneChanged { scene: Scene::Safe } => everybody(PushKind::Update, &|a| {
            let cleared = a.all_clear_at.is_some() && a.version == incident.version;
            a.state.is_engaged() || (a.state.is_open() && cleared)
        }),
        Event::Moved { .. } => everybody(PushKind::Update, &|a| a.state.is_open()),
        Event::AddressChanged
        | Event::AddressRemoved
        | Event::AddressConfirmed
        | Event::KindChanged { .. }
        | Event::PatientChanged { .. }
        | Event::MessageSent { .. }
        | Event::SceneChanged { .. } => everybody(PushKind::Update, &|a| a.state.is_engaged()),
        _ => Vec::new(),
    }
}
