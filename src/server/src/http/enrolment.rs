//! How a phone signs in: a coordinator makes a code, the phone exchanges it for a session.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use muster_core::domain::ids::{DeviceId, ResponderId, ResponderNo};
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{NewCode, Redeemed};
use parking_lot::Mutex;

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::{Coordinator, check_origin};
use super::session::{cookie, lasting};
use super::state::{Web, change, read};
use crate::auth::{Principal, Role};
use crate::wire::{CODE_LETTERS, CodeView, MakeCode, SignIn, SignedInView, code_of, typed_code};

/// A code waits so long for somebody to come home and type it in.
const CODE_LIFE: Millis = Millis::from_s(24 * 3600);
/// A phone that is opened once in half a year stays signed in.
pub(super) const SESSION_LIFE_S: u32 = 180 * 24 * 3600;
/// Wrong codes at once, and a second in the long run: 60 bits are not found at this pace.
const WRONG: f64 = 10.0;
/// A session that was looked up is believed for so long.
const BELIEVED: Millis = Millis::from_s(60);
/// Responders whose sessions are remembered; about 20 MB.
const REMEMBERED_MAX: usize = 200_000;
/// Sessions remembered of each; the ledger keeps no more.
const OF_ONE_MAX: usize = 8;

/// Makes a code that signs a phone of this responder in, once. An older one is good no more. With
/// `sign_out_others` all their phones are signed out and no push goes to any of them.
#[utoipa::path(
    post, path = "/v1/responders/{id}/enrolment", tag = "responders",
    params(("id" = String, Path)), request_body = Option<MakeCode>,
    responses((status = 201, body = CodeView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(super) async fn make_code(
    web: web::Data<Web>,
    desk: Coordinator,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let MakeCode { sign_out_others } = body.read_or_default()?;
    let code = fresh_code()?;
    let expires_at = web.now() + CODE_LIFE;
    let kept = NewCode {
        hash: hash(&typed_code(&code).unwrap_or_default()),
        expires_at,
        sign_out_others,
    };
    let (book, id) = (Arc::clone(&web.phonebook), ResponderId(id.into_inner()));
    let bus = Arc::clone(&web.dispatch.bus);
    change(async move {
        let who = book.put_code(desk.org, &id, kept).await?;
        if sign_out_others {
            bus.signed_out(&[who]);
        }
        Ok(())
    })
    .await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(CodeView {
            path: format!("/phone/#code={code}"),
            code,
            expires_at: expires_at.into(),
        }))
}

/// Exchanges a code for a session: in a cookie that no script can read or, for a native app, as a
/// token in the answer.
#[utoipa::path(
    post, path = "/v1/enrolment", tag = "me", security(()), request_body = SignIn,
    responses((status = 200, body = SignedInView), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`wrong_origin`"),
        (status = 404, body = Problem, description = "`code_unknown`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(super) async fn sign_in(
    web: web::Data<Web>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let SignIn { code, native } = body.read()?;
    if !native {
        // another site must not sign a browser in as somebody else
        check_origin(&request)?;
    }
    let now = web.now();
    if !web.sessions.may_try(now) {
        return Err(Code::TooManyRequests.into());
    }
    let Some(code) = typed_code(&code) else {
        web.sessions.tried_in_vain();
        return Err(Code::BadEnrolment.into());
    };
    let device = fresh_device()?;
    let (book, hash, named) = (Arc::clone(&web.phonebook), hash(&code), device.clone());
    let redeemed = change(async move { book.redeem(&hash, &named, now).await }).await;
    let Redeemed { org, responder } = redeemed.map_err(|error| match error.code() {
        Code::NotFound => {
            web.sessions.tried_in_vain();
            Code::BadEnrolment.into()
        }
        _ => error,
    })?;
    let who = Principal {
        role: Role::Responder,
        org,
        sub: responder.0,
        device: Some(device.0.clone()),
        renewable_until: None,
    };
    let token = web.issuer.mint(&who, SESSION_LIFE_S, now)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if !native {
        answer.insert_header(cookie(&request, &token, &lasting(SESSION_LIFE_S)));
    }
    Ok(answer.json(SignedInView {
        responder_id: who.sub,
        org: who.org.0,
        device_id: device.0,
        expires_at: (now + Millis::from_s(i64::from(SESSION_LIFE_S))).into(),
        token: native.then_some(token),
    }))
}

/// A code that nobody can guess.
pub(super) fn fresh_code() -> Result<String, ApiError> {
    let mut random = [0; CODE_LETTERS];
    rand::fill(&mut random).map_err(|_why| no_randomness())?;
    Ok(code_of(random))
}

/// A name that nobody can guess: it stands in paths, and a session is known by it.
fn fresh_device() -> Result<DeviceId, ApiError> {
    let mut random = [0; 12];
    rand::fill(&mut random).map_err(|_why| no_randomness())?;
    Ok(DeviceId(format!("p-{}", hex(&random))))
}

fn no_randomness() -> ApiError {
    ApiError::with_cause(Code::Internal, "the machine gave no randomness")
}

/// What is kept of a code.
pub(super) fn hash(code: &str) -> String {
    hex(digest(&SHA256, code.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // writing into a text cannot fail
        let _written = write!(hex, "{byte:02x}");
        hex
    })
}

/// Sessions that were looked up, and how many codes were tried in vain.
#[derive(Default)]
pub struct Sessions {
    seen: Mutex<Seen>,
    /// Wrong codes that are forgiven, as of when; `None` until the first.
    wrong: Mutex<Option<(f64, Timestamp)>>,
}

/// When the session of each device was last seen to stand.
type Seen = HashMap<ResponderNo, Vec<(String, Timestamp)>>;

/// So long ago that it is asked about again. It is remembered all the same: while the ledger cannot
/// be asked, who was signed in stays so.
const DOUBTED: Timestamp = Timestamp(0);

impl Sessions {
    /// What is remembered of these responders' sessions is asked about again.
    pub fn doubt(&self, of: &[ResponderNo]) {
        let mut seen = self.seen.lock();
        for no in of {
            for (_, at) in seen.get_mut(no).into_iter().flatten() {
                *at = DOUBTED;
            }
        }
    }

    /// The same of everybody's.
    pub fn doubt_all(&self) {
        for (_, at) in self.seen.lock().values_mut().flatten() {
            *at = DOUBTED;
        }
    }

    pub(super) fn may_try(&self, now: Timestamp) -> bool {
        let mut wrong = self.wrong.lock();
        let (left, at) = wrong.unwrap_or((WRONG, now));
        let seconds = (now - at).0.max(0) as f64 / 1000.0;
        let left = (left + seconds * WRONG).min(WRONG);
        *wrong = Some((left, now));
        left >= 1.0
    }

    pub(super) fn tried_in_vain(&self) {
        if let Some((left, _)) = &mut *self.wrong.lock() {
            *left -= 1.0;
        }
    }

    /// When the session was last seen to stand.
    fn seen_at(&self, no: ResponderNo, device: &str) -> Option<Timestamp> {
        let seen = self.seen.lock();
        let own = seen.get(&no)?;
        own.iter().find(|(of, _)| of == device).map(|(_, at)| *at)
    }

    fn saw(&self, no: ResponderNo, device: &str, now: Timestamp) {
        let mut seen = self.seen.lock();
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        let own = seen.entry(no).or_default();
        own.retain(|(of, _)| of != device);
        if own.len() >= OF_ONE_MAX {
            own.remove(0);
        }
        own.push((device.to_owned(), now));
    }

    fn forget(&self, no: ResponderNo, device: &str) {
        if let Some(own) = self.seen.lock().get_mut(&no) {
            own.retain(|(of, _)| of != device);
        }
    }
}

impl Web {
    /// Whether the session of a device stands. Looked up once a minute; while the ledger cannot be
    /// asked, who was signed in before stays so: somebody may be on the way to a patient.
    pub(super) async fn stands(&self, no: ResponderNo, device: &str) -> Result<bool, ApiError> {
        let now = self.now();
        let seen_at = self.sessions.seen_at(no, device);
        if seen_at.is_some_and(|at| now - at < BELIEVED) {
            return Ok(true);
        }
        let id = DeviceId::from(device);
        let stands = match read(self.phonebook.session_stands(no, &id)).await {
            Err(_) if seen_at.is_some() => return Ok(true),
            asked => asked?,
        };
        if stands {
            self.sessions.saw(no, device, now);
        } else {
            self.sessions.forget(no, device);
        }
        Ok(stands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_are_taken_at_a_pace_and_right_ones_cost_nothing() {
        let (sessions, now) = (Sessions::default(), Timestamp(1_000_000));
        for _ in 0..100 {
            assert!(sessions.may_try(now), "nothing was wrong yet");
        }
        let mut wrong = 0;
        while sessions.may_try(now) {
            sessions.tried_in_vain();
            wrong += 1;
        }
        assert_eq!(wrong, 10);
        assert!(sessions.may_try(now + Millis(100)));
    }
}
