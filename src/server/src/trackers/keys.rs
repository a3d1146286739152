//! Who sends: a tracker by its credential, or a responder by their token.
//!
//! A credential that was looked up is remembered for a minute, so that a position costs no reading
//! of the ledger. A revoked one is forgotten at once by the node that revokes it; on the others it
//! ends within a minute.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::domain::fix::{ReportedFix, Sender};
use muster_core::domain::ids::{ResponderNo, TrackerId};
use muster_core::ports::TrackerKey;
use parking_lot::RwLock;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::auth::{is_secret, is_tracker_name};
use crate::http::error::{ApiError, Code};
use crate::http::extract::Responder;
use crate::http::fixes;
use crate::http::flood::Source;
use crate::http::state::{Web, read};

/// A revocation takes effect everywhere after this.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// Remembered credentials; about 20 MB.
const REMEMBERED_MAX: usize = 100_000;
/// Credentials are looked up for so many at a time: whoever invents user names must not keep the
/// ledger from those who raise.
const LOOKUPS_MAX: usize = 4;
/// Nobody waits longer for their turn; apps come again by themselves.
const LOOKUP_WITHIN: Duration = Duration::from_secs(1);

/// Credentials that there were a moment ago.
pub(in crate::http) struct Keys {
    known: RwLock<HashMap<TrackerId, (TrackerKey, Instant)>>,
    lookups: Semaphore,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            lookups: Semaphore::new(LOOKUPS_MAX),
        }
    }
}

impl Keys {
    /// Forgets a credential at once.
    pub(super) fn forget(&self, id: &TrackerId) {
        self.known.write().remove(id);
    }

    fn known(&self, id: &TrackerId) -> Option<TrackerKey> {
        let known = self.known.read();
        let (key, until) = known.get(id)?;
        (*until > Instant::now()).then_some(*key)
    }

    fn remember(&self, id: TrackerId, key: TrackerKey, until: Instant) {
        let mut known = self.known.write();
        if known.len() >= REMEMBERED_MAX {
            // a full memory starts anew: looking up again costs less than an order of use
            known.clear();
        }
        known.insert(id, (key, until));
    }

    async fn find(&self, web: &Web, id: &TrackerId) -> Result<TrackerKey, ApiError> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        let turn = timeout(LOOKUP_WITHIN, self.lookups.acquire()).await;
        let _turn = turn.map_err(|_elapsed| ApiError::from(Code::Busy))?;
        let asked = Instant::now();
        let key = read(web.trackers.tracker_key(id)).await?;
        self.remember(id.clone(), key, asked + REMEMBERED_FOR);
        Ok(key)
    }
}

/// Whose position a message tells, and what sent it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaker {
    responder: ResponderNo,
    sender: Sender,
    source: Source,
}

impl Speaker {
    /// By the header of the request; `None` when it has none.
    pub(super) async fn of_request(
        web: &Web,
        request: &HttpRequest,
    ) -> Result<Option<Self>, ApiError> {
        let Some(header) = request.headers().get(AUTHORIZATION) else {
            return Ok(None);
        };
        if let Some((user, secret)) = header.to_str().ok().and_then(basic) {
            return Self::of_tracker(web, &user, &secret).await.map(Some);
        }
        let me = Responder::extract(request).await?;
        Ok(Some(Self {
            responder: me.no,
            sender: Sender::app(""),
            source: Source::Phones(me.no),
        }))
    }

    /// By a credential. A wrong user name and a wrong secret look the same.
    pub(super) async fn of_tracker(web: &Web, user: &str, secret: &str) -> Result<Self, ApiError> {
        let user = user.trim().to_ascii_lowercase();
        if !is_tracker_name(&user) {
            return Err(stranger());
        }
        let id = TrackerId(user);
        let key = web.keys.find(web, &id).await;
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
    pub(super) fn admit(&self, web: &Web) -> Result<(), ApiError> {
        fixes::admit(web, self.source)
    }

    /// Takes the position. The apps send what was not taken again and again, so a position that
    /// cannot be used is counted, and answered as if it could.
    pub(super) async fn report(&self, web: &Web, fix: ReportedFix) {
        fixes::take(web, self.responder, self.sender, None, &[fix]).await;
    }
}

/// The header or the device identifier names no credential.
pub(super) fn stranger() -> ApiError {
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
        let (keys, id) = (Keys::default(), TrackerId("a".to_owned()));
        keys.remember(id.clone(), key(7), Instant::now() + REMEMBERED_FOR);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(keys.known(&id).map(|key| key.no), Some(7));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keys.known(&id).is_none());
        keys.remember(id.clone(), key(7), Instant::now() + REMEMBERED_FOR);
        keys.forget(&id);
        assert!(keys.known(&id).is_none());
    }

    #[test]
    fn memory_has_a_bound() {
        let keys = Keys::default();
        for no in 0..=REMEMBERED_MAX as u64 {
            keys.remember(TrackerId(no.to_string()), key(no), Instant::now());
        }
        assert_eq!(keys.known.read().len(), 1, "it started anew");
    }
}
