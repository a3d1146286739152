//! Who sends: a tracker by its credential, or a responder by their token.
//!
//! A credential that was looked up is remembered for a minute, so that a position costs no reading
//! of the ledger. A revoked one is forgotten at once by the node that revokes it; on the others it
//! ends within a minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::domain::fix::{ReportedFix, Sender};
use muster_core::domain::ids::{ResponderNo, TrackerId};
use muster_core::ports::{TrackerKey, Trackers};
use parking_lot::RwLock;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::auth::permissions::Responder;
use crate::auth::{is_secret, is_tracker_name};
use crate::fixes::flood::Source;
use crate::fixes::intake::Intake;
use crate::view::deadline::read;
use crate::view::error::{ApiError, Code};

/// A revocation takes effect everywhere after this.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// Remembered credentials; about 20 MB.
const REMEMBERED_MAX: usize = 100_000;
/// Credentials are looked up for so many at a time: whoever invents user names must not keep the
/// ledger from those who raise.
const LOOKUPS_MAX: usize = 4;
/// Nobody waits longer for their turn; apps come again by themselves.
const LOOKUP_WITHIN: Duration = Duration::from_secs(1);

/// Credentials, looked up in the ledger.
pub(crate) struct Keys {
    ledger: Arc<dyn Trackers>,
    remembered: Remembered,
    lookups: Semaphore,
}

impl Keys {
    /// Looks credentials up in this ledger.
    pub(crate) fn of(ledger: Arc<dyn Trackers>) -> Self {
        Self {
            ledger,
            remembered: Remembered::default(),
            lookups: Semaphore::new(LOOKUPS_MAX),
        }
    }

    /// Forgets a credential at once.
    pub(crate) fn forget(&self, id: &TrackerId) {
        self.remembered.forget(id);
    }

    async fn find(&self, id: &TrackerId) -> Result<TrackerKey, ApiError> {
        if let Some(key) = self.remembered.get(id) {
            return Ok(key);
        }
        let turn = timeout(LOOKUP_WITHIN, self.lookups.acquire()).await;
        let _turn = turn.map_err(|_elapsed| ApiError::from(Code::Busy))?;
        let asked = Instant::now();
        let key = read(self.ledger.tracker_key(id)).await?;
        self.remembered.put(id.clone(), key, asked + REMEMBERED_FOR);
        Ok(key)
    }
}

/// Credentials that there were a moment ago.
#[derive(Default)]
struct Remembered(RwLock<HashMap<TrackerId, (TrackerKey, Instant)>>);

impl Remembered {
    fn get(&self, id: &TrackerId) -> Option<TrackerKey> {
        let known = self.0.read();
        let (key, until) = known.get(id)?;
        (*until > Instant::now()).then_some(*key)
    }

    fn put(&self, id: TrackerId, key: TrackerKey, until: Instant) {
        let mut known = self.0.write();
        if known.len() >= REMEMBERED_MAX {
            // a full memory starts anew: looking up again costs less than an order of use
            known.clear();
        }
        known.insert(id, (key, until));
    }

    fn forget(&self, id: &TrackerId) {
        self.0.write().remove(id);
    }
}

/// Whose position a message tells, and what sent it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaker {
    responder: ResponderNo,
    sender: Sender,
    source: Source,
}

impl Speaker {
    /// By the header of the request; `None` when it has none.
    pub(crate) async fn of_request(
        keys: &Keys,
        request: &HttpRequest,
    ) -> Result<Option<Self>, ApiError> {
        let Some(header) = request.headers().get(AUTHORIZATION) else {
            return Ok(None);
        };
        if let Some((user, secret)) = header.to_str().ok().and_then(basic) {
            return Self::of_tracker(keys, &user, &secret).await.map(Some);
        }
        let me = Responder::extract(request).await?;
        Ok(Some(Self {
            responder: me.no,
            sender: Sender::app(""),
            source: Source::Phones(me.no),
        }))
    }

    /// By a credential. A wrong user name and a wrong secret look the same.
    pub(crate) async fn of_tracker(
        keys: &Keys,
        user: &str,
        secret: &str,
    ) -> Result<Self, ApiError> {
        let user = user.trim().to_ascii_lowercase();
        if !is_tracker_name(&user) {
            return Err(stranger());
        }
        let id = TrackerId(user);
        let key = keys.find(&id).await;
        let key = key.map_err(|error| match error.code() {
            Code::NotFound => stranger(),
            _ => error,
        })?;
        if !is_secret(secret, &key.secret_hash) {
            return Err(stranger());
        }
        Ok(Self {
            responder: key.responder,
            sender: Sender::Tracker(key.no),
            source: Source::Tracker(key.no),
        })
    }

    /// Lets in what is no flood.
    pub(crate) fn admit(&self, intake: &Intake) -> Result<(), ApiError> {
        intake.admit(self.source)
    }

    /// Takes the position. The apps send what was not taken again and again, so a position that
    /// cannot be used is counted, and answered as if it could.
    pub(crate) async fn report(&self, intake: &Intake, fix: ReportedFix) {
        intake.take(self.responder, self.sender, None, &[fix]).await;
    }
}

/// The header or the device identifier names no credential.
pub(crate) fn stranger() -> ApiError {
    ApiError::with_detail(Code::Unauthenticated, "the credential is not valid")
}

/// User name and password of the header.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, pair) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(pair.trim()).ok();
    let pair = pair
        .and_then(|pair| String::from_utf8(pair).ok())
        .unwrap_or_default();
    let (user, secret) = pair.split_once(':').unwrap_or_default();
    Some((user.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(no: u64) -> TrackerKey {
        TrackerKey {
            no,
            responder: ResponderNo(1),
            secret_hash: [0; 32],
        }
    }

    #[test]
    fn the_header_is_read_as_it_is_written() {
        let pair = |user: &str, secret: &str| Some((user.to_owned(), secret.to_owned()));
        assert_eq!(basic("Basic YW5uYTpzZTpjcmV0"), pair("anna", "se:cret"));
        assert_eq!(basic("basic  YW5uYTo="), pair("anna", ""));
        assert_eq!(basic("Basic ???"), pair("", ""), "a bad one names nobody");
        assert_eq!(basic("Bearer YW5uYTo="), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_credential_is_remembered_for_a_minute() {
        let (keys, id) = (Remembered::default(), TrackerId("a".to_owned()));
        keys.put(id.clone(), key(7), Instant::now() + REMEMBERED_FOR);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(keys.get(&id).map(|key| key.no), Some(7));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keys.get(&id).is_none());
        keys.put(id.clone(), key(7), Instant::now() + REMEMBERED_FOR);
        keys.forget(&id);
        assert!(keys.get(&id).is_none());
    }

    #[test]
    fn memory_has_a_bound() {
        let keys = Remembered::default();
        for no in 0..=REMEMBERED_MAX as u64 {
            keys.put(TrackerId(no.to_string()), key(no), Instant::now());
        }
        assert_eq!(keys.0.read().len(), 1, "it started anew");
    }
}
