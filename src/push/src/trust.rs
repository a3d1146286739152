//! Whether a service takes our messages at all, and so whether its word about an address is
//! believed.
//!
//! A key of another project, a proxy in between or a provider's bad day look like many phones that
//! are gone at once. What tells them apart is whether anything is taken:
//!
//! - A message that the service took after it said that a phone is gone proves that it knows us:
//!   the next time it says so, the phone is gone.
//! - Without such a proof one phone is believed to be gone when that was said again after
//!   [`CONFIRMED`], while fewer than [`SEVERAL`] different phones were met with a no since the
//!   service last took something.
//! - From [`SEVERAL`] on nobody is buried any more, whoever was without a proof is brought back,
//!   everybody on that service counts as not reached for now, and the operator is told, until it
//!   takes something.
//!
//! Three, whatever the size of the organisation, because what is counted is a run without a single
//! yes and not a share of the phones. In an organisation of five an incident asks three or more at
//! once, so that a wrong key shows with the first of them. In one of five thousand there are
//! always some hundred dead addresses, about one in twenty of those asked: that three of them come
//! without one living phone among them happens once in some thousand times, costs nobody anything
//! (they are asked again every few seconds), and ends with the next message that is taken. Two
//! would happen every day; with four, a wrong key could bury more of a small organisation before
//! it is noticed.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use muster_core::domain::ids::{DeviceId, ResponderNo};
use muster_core::domain::push::PushMessage;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Later, SendResult};
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::payload::Rfc3339;

/// So many different phones that were met with a no, and none taken since: the fault is not theirs.
const SEVERAL: usize = 3;
/// A phone that is gone is still gone so much later.
const CONFIRMED: Duration = Duration::from_secs(3);
/// While a service takes nothing, the log says so this often.
const SAID_EVERY: Duration = Duration::from_mins(1);
/// Services that are remembered: a subscription may name any. The others share one trust.
const SERVICES_MAX: usize = 256;
/// Phones that are remembered of each service; far beyond [`SEVERAL`].
const PHONES_MAX: usize = 1024;

/// A phone that was met with a no.
struct Met {
    whose: ResponderNo,
    since: Instant,
    /// It is said to be gone.
    gone: bool,
    /// The service has taken a message for another phone since.
    proven: bool,
    /// It was buried without a proof, under this name.
    buried: Option<DeviceId>,
}

/// A service that takes nothing.
struct Stuck {
    since: Timestamp,
    reason: &'static str,
    said_at: Instant,
}

#[derive(Default)]
struct Trust {
    met: HashMap<u64, Met>,
    stuck: Option<Stuck>,
}

impl Trust {
    /// Different phones that were met with a no since the service last took something.
    fn unproven(&self) -> impl Iterator<Item = &Met> {
        self.met.values().filter(|met| !met.proven)
    }

    fn is_several(&self) -> bool {
        self.unproven().count() >= SEVERAL
    }

    fn meet(&mut self, phone: u64, whose: ResponderNo, now: Instant) -> Option<&mut Met> {
        if self.met.len() >= PHONES_MAX && !self.met.contains_key(&phone) {
            return None;
        }
        let new = || Met {
            whose,
            since: now,
            gone: false,
            proven: false,
            buried: None,
        };
        Some(self.met.entry(phone).or_insert_with(new))
    }

    fn took(&mut self, phone: u64) {
        self.met.remove(&phone);
        // of the others only what was said about their address is worth knowing
        self.met.retain(|_, met| met.gone);
        for met in self.met.values_mut() {
            (met.proven, met.buried) = (true, None);
        }
    }

    /// Whether the phone is gone, now that the service says so.
    fn is_gone(&mut self, phone: u64, message: &PushMessage, now: Instant) -> bool {
        let several = self.is_several();
        let Some(met) = self.meet(phone, message.responder, now) else {
            return false;
        };
        if !met.gone {
            (met.gone, met.since) = (true, now);
        }
        if met.proven {
            self.met.remove(&phone);
            return true;
        }
        // one that is believed without a proof goes on to count among the several
        let believed = now - met.since >= CONFIRMED && !several;
        if believed {
            met.buried = Some(message.device.clone());
        }
        believed
    }
}

/// What each service makes of our messages, on this node.
pub(super) struct Trusts {
    services: Mutex<HashMap<String, Trust>>,
    /// Phones that were buried on a word that is not believed any more.
    wronged: Mutex<Vec<(ResponderNo, DeviceId)>>,
    hasher: RandomState,
}

impl Trusts {
    pub(super) fn new() -> Self {
        Self {
            services: Mutex::default(),
            wronged: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// What an answer means, given the answers before it.
    pub(super) fn judge(
        &self,
        message: &PushMessage,
        outcome: SendResult,
        now: Instant,
        at: Timestamp,
    ) -> SendResult {
        let phone = self.hasher.hash_one(address(message));
        let whose = message.responder;
        let mut services = self.services.lock();
        let name = message.address.service(message.platform);
        let known = services.contains_key(name) || services.len() < SERVICES_MAX;
        let name = if known { name } else { "" };
        let trust = services.entry(name.to_owned()).or_default();
        let later = match outcome {
            SendResult::Taken { .. } => {
                trust.took(phone);
                if let Some(stuck) = trust.stuck.take() {
                    let since = Rfc3339(stuck.since).to_string();
                    info!(service = shown(name), since, "takes pushes again");
                    gauge(name, 0.0);
                }
                return outcome;
            }
            SendResult::Gone { reason } if trust.is_gone(phone, message, now) => {
                return SendResult::Gone { reason };
            }
            SendResult::Gone { reason } => Later {
                reason,
                after: None,
                refused: true,
                all: false,
            },
            SendResult::Later(later) => {
                trust.meet(phone, whose, now);
                later
            }
        };
        if trust.is_several() {
            let buried = trust.met.values_mut();
            let wronged = buried.filter_map(|met| Some((met.whose, met.buried.take()?)));
            self.wronged.lock().extend(wronged);
        }
        let all = later.all || trust.is_several();
        if later.refused {
            let labels = [("service", shown(name)), ("reason", later.reason)];
            metrics::counter!("muster_push_refused_total", &labels).increment(1);
        }
        if all {
            trust.note_stuck(name, &later, now, at);
        }
        SendResult::Later(Later { all, ..later })
    }

    /// See [`PushGateway::wronged`](muster_core::ports::PushGateway::wronged).
    pub(super) fn wronged(&self) -> Vec<(ResponderNo, DeviceId)> {
        std::mem::take(&mut self.wronged.lock())
    }

    /// A sentence for the operator, while some service takes nothing.
    pub(super) fn health(&self) -> Result<(), String> {
        let services = self.services.lock();
        let mut stuck: Vec<_> = services
            .iter()
            .filter_map(|(name, trust)| {
                let stuck = trust.stuck.as_ref()?;
                // an address that a stranger gave must not ring for the operator
                let ours = shown(name) != OTHER || several_people(trust);
                ours.then(|| sentence(name, stuck))
            })
            .collect();
        stuck.sort_unstable();
        if stuck.is_empty() {
            return Ok(());
        }
        Err(stuck.join("; "))
    }
}

impl Trust {
    fn note_stuck(&mut self, name: &str, later: &Later, now: Instant, at: Timestamp) {
        let first = self.stuck.is_none();
        let stuck = self.stuck.get_or_insert(Stuck {
            since: at,
            reason: later.reason,
            said_at: now,
        });
        stuck.reason = later.reason;
        if !first && now - stuck.said_at < SAID_EVERY {
            return;
        }
        stuck.said_at = now;
        gauge(
            name,
            f64::from(i32::try_from(stuck.since.0 / 1000).unwrap_or(i32::MAX)),
        );
        let (service, reason) = (shown(name), later.reason);
        let since = Rfc3339(stuck.since).to_string();
        if later.refused {
            error!(
                service,
                reason,
                since,
                "a push service refuses our messages: alerts wait, somebody must look"
            );
        } else {
            warn!(
                service,
                reason, since, "a push service takes nothing: alerts wait"
            );
        }
    }
}

fn several_people(trust: &Trust) -> bool {
    let mut people: Vec<_> = trust.unproven().map(|met| met.whose).collect();
    people.sort_unstable();
    people.dedup();
    people.len() >= SEVERAL
}

/// Since when, in seconds of the epoch; 0 while all is well.
fn gauge(name: &str, since_s: f64) {
    metrics::gauge!("muster_push_refused_since_seconds", "service" => shown(name)).set(since_s);
}

fn address(message: &PushMessage) -> &str {
    use muster_core::domain::push::PushAddress::{FcmFid, FcmToken, Webpush};
    match &message.address {
        FcmToken(address) | FcmFid(address) => address,
        Webpush { endpoint, .. } => endpoint,
    }
}

/// Any push service that is not one of the browsers'.
const OTHER: &str = "webpush_other";

/// The name that operators read. Where else browsers and `UnifiedPush` subscribe may be at somebody's
/// home, so it is not told.
fn shown(service: &str) -> &'static str {
    let host = service.strip_prefix("https://").unwrap_or(service);
    match host {
        "fcm_android" => "fcm_android",
        "fcm_ios" => "fcm_ios",
        "fcm_web" => "fcm_web",
        "fcm.googleapis.com" => "webpush_google",
        "updates.push.services.mozilla.com" => "webpush_mozilla",
        "web.push.apple.com" => "webpush_apple",
        _ if host.ends_with(".notify.windows.com") => "webpush_microsoft",
        _ => OTHER,
    }
}

fn sentence(name: &str, stuck: &Stuck) -> String {
    let hint = match stuck.reason {
        "sender_id_mismatch" => "the key file is of another Firebase project than the app",
        "permission_denied" | "not_found" => {
            "check the project, that the FCM API is enabled there, and what stands in between"
        }
        "unauthenticated" => "the service account's key is refused: check that it is active",
        "third_party_auth" => "Firebase has no valid key for Apple or the browsers",
        "vapid_refused" => "this server's key for Web Push (VAPID) is refused",
        "unregistered" | "invalid_address" => {
            "it says that several phones are gone and takes nothing: they are kept"
        }
        _ => "somebody must look",
    };
    let since = Rfc3339(stuck.since);
    format!(
        "{} takes nothing since {since} ({}): {hint}; alerts wait and are tried again",
        shown(name),
        stuck.reason
    )
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
