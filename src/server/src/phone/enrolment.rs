//! A phone signs in with a code that a coordinator made.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::rand;
use muster_core::domain::ids::DeviceId;
use muster_core::domain::time::Millis;
use muster_core::ports::Redeemed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Issuer;
use crate::auth::code::{hash, hex, no_randomness, typed_code};
use crate::auth::cookie::lasting;
use crate::auth::identities::Identities;
use crate::auth::permissions::check_origin;
use crate::auth::{Principal, Role};
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::time::WireTime;

/// A phone that is opened once in half a year stays signed in.
pub(crate) const SESSION_LIFE_S: u32 = 180 * 24 * 3600;

/// Exchanges a code for a session: in a cookie that no script can read or, for a native app, as a
/// token in the answer.
#[utoipa::path(
    post, path = "/v1/enrolment", tag = "me", security(()), request_body = SignIn,
    responses((status = 200, body = SignedInView), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`wrong_origin`"),
        (status = 404, body = Problem, description = "`code_unknown`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn sign_in(
    access: web::Data<Identities>,
    issuer: web::Data<Issuer>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let SignIn { code, native } = body.read()?;
    if !native {
        // another site must not sign a browser in as somebody else
        check_origin(&request)?;
    }
    let now = access.now();
    if !access.sessions.may_try(now) {
        return Err(Code::TooManyRequests.into());
    }
    let Some(code) = typed_code(&code) else {
        access.sessions.tried_in_vain();
        return Err(Code::BadEnrolment.into());
    };
    let device = fresh_device()?;
    let (book, hash, named) = (
        Arc::clone(&access.phone_ledger),
        hash(&code),
        device.clone(),
    );
    let redeemed = change(async move { book.redeem(&hash, &named, now).await }).await;
    let Redeemed { org, responder } = redeemed.map_err(|error| match error.code() {
        Code::NotFound => {
            access.sessions.tried_in_vain();
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
    let token = issuer.mint(&who, SESSION_LIFE_S, now)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if !native {
        answer.cookie(lasting(&request, &token, SESSION_LIFE_S));
    }
    Ok(answer.json(SignedInView {
        responder_id: who.sub,
        org: who.org.0,
        device_id: device.0,
        expires_at: (now + Millis::from_s(i64::from(SESSION_LIFE_S))).into(),
        token: native.then_some(token),
    }))
}

/// A name that nobody can guess: it stands in paths, and a session is known by it.
fn fresh_device() -> Result<DeviceId, ApiError> {
    let mut random = [0; 12];
    rand::fill(&mut random).map_err(|_why| no_randomness())?;
    Ok(DeviceId(format!("p-{}", hex(&random))))
}

/// A phone signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// As it was typed or scanned.
    pub code: String,
    /// An app of its own: it wants the token in the answer and no cookie.
    #[serde(default)]
    pub native: bool,
}

/// A phone that is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInView {
    /// The responder.
    pub responder_id: String,
    /// The organisation.
    pub org: String,
    /// This phone's name from now on.
    pub device_id: String,
    /// When the session ends, unless `GET /v1/me` renews it.
    pub expires_at: WireTime,
    /// For a native app alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
