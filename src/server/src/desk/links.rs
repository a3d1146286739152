//! How a desk signs in without a token: a coordinator makes a link, opening it begins a session.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::time::Millis;
use muster_core::ports::{Linked, NewLink};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Issuer;
use crate::auth::code::{fresh_code, hash, typed_code};
use crate::auth::cookie::cookie;
use crate::auth::identities::Identities;
use crate::auth::permissions::{Coordinator, check_origin};
use crate::auth::{NAME_MAX, Principal, Role};
use crate::desk::session::DESK_LIFE;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::Invalid;
use crate::view::time::WireTime;

/// A link waits so long for somebody to open it, unless whoever makes it says otherwise.
const LINK_LIFE_S: u32 = 600;
/// The shortest and the longest that may be said.
const LINK_LIVES_S: std::ops::RangeInclusive<u32> = 60..=86_400;
/// A session that began with a link is renewed for a long shift and no further.
const SHIFT: Millis = Millis::from_s(13 * 3600);

/// Makes a link that signs a desk in, once.
#[utoipa::path(
    post, path = "/v1/session/links", tag = "session", request_body = MakeLink,
    responses((status = 201, body = LinkView), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`forbidden`: for a role above one's own")),
)]
pub(crate) async fn make(
    access: web::Data<Identities>,
    desk: Coordinator,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let asked: MakeLink = body.read()?;
    let role = role_for(&asked.role, &desk.actor.role)?;
    if asked.sub.is_empty() || asked.sub.chars().count() > NAME_MAX {
        return Err(Invalid::new("sub", "1 to 128 characters expected").into());
    }
    let ttl_s = asked.ttl_s.unwrap_or(LINK_LIFE_S);
    if !LINK_LIVES_S.contains(&ttl_s) {
        return Err(Invalid::new("ttl_s", "60 to 86400 expected").into());
    }
    let code = fresh_code()?;
    let now = access.now();
    let expires_at = now + Millis::from_s(i64::from(ttl_s));
    let link = NewLink {
        hash: hash(&typed_code(&code).unwrap_or_default()),
        role: role.as_str().to_owned(),
        sub: asked.sub,
        expires_at,
    };
    let book = Arc::clone(&access.phone_ledger);
    change(async move { book.put_link(desk.org, link, now).await }).await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(LinkView {
            path: format!("/desk/#code={code}"),
            expires_at: expires_at.into(),
        }))
}

/// The role that a link is for: one with a desk, and none above that of whoever makes it.
fn role_for(word: &str, maker: &str) -> Result<Role, ApiError> {
    let role = Role::parse(word).filter(|role| *role != Role::Responder);
    let wrong = || Invalid::new("role", "call_handler, coordinator or admin expected");
    let role = role.ok_or_else(wrong)?;
    if role == Role::Admin && maker != Role::Admin.as_str() {
        let detail = "only an admin makes a link for an admin";
        return Err(ApiError::with_detail(Code::Forbidden, detail));
    }
    Ok(role)
}

/// Uses the code of a link up and begins a session, in a cookie that no script can read.
#[utoipa::path(
    post, path = "/v1/session/code", tag = "session", security(()), request_body = UseLink,
    responses((status = 204, description = "The cookie is set."), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`wrong_origin`"),
        (status = 404, body = Problem, description = "`code_unknown`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn open(
    access: web::Data<Identities>,
    issuer: web::Data<Issuer>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    // another site must not sign a browser in as somebody else
    check_origin(&request)?;
    let UseLink { code } = body.read()?;
    let now = access.now();
    if !access.sessions.may_try(now) {
        return Err(Code::TooManyRequests.into());
    }
    let Some(code) = typed_code(&code) else {
        access.sessions.tried_in_vain();
        return Err(Code::BadEnrolment.into());
    };
    let book = Arc::clone(&access.phone_ledger);
    let used = change(async move { book.use_link(&hash(&code), now).await }).await;
    let Linked { org, role, sub } = used.map_err(|error| match error.code() {
        Code::NotFound => {
            access.sessions.tried_in_vain();
            Code::BadEnrolment.into()
        }
        _ => error,
    })?;
    let role = Role::parse(&role)
        .ok_or_else(|| ApiError::with_cause(Code::Internal, "a link is for no role"))?;
    let who = Principal {
        role,
        org,
        sub,
        device: None,
        renewable_until: Some(now + SHIFT),
    };
    let life_s = u32::try_from(DESK_LIFE.as_s()).unwrap_or(u32::MAX);
    let token = issuer.mint(&who, life_s, now)?;
    Ok(HttpResponse::NoContent()
        .cookie(cookie(&request, &token))
        .finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_more_than_they_have() {
        for role in ["call_handler", "coordinator"] {
            for maker in ["coordinator", "admin"] {
                assert_eq!(role_for(role, maker).unwrap().as_str(), role);
            }
        }
        assert_eq!(role_for("admin", "admin").unwrap(), Role::Admin);
        let error = role_for("admin", "coordinator").unwrap_err();
        assert_eq!(error.code(), Code::Forbidden);
        for word in ["responder", "", "Admin"] {
            assert!(role_for(word, "admin").is_err(), "{word}");
        }
    }
}

/// A link that signs somebody's desk in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeLink {
    /// `call_handler`, `coordinator` or `admin`, and no more than whoever makes it may do.
    pub role: String,
    /// Who they are: the name that stands in every log.
    pub sub: String,
    /// How long it waits to be opened, seconds: 60 to 86,400; ten minutes unless said otherwise.
    pub ttl_s: Option<u32>,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkView {
    /// The page that takes it, on this server. The fragment never reaches a server.
    #[schema(example = "/desk/#code=7K3Q-9FMB-T2XC")]
    pub path: String,
    /// When it is good no more; opening it ends it as well.
    pub expires_at: WireTime,
}

/// A desk signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UseLink {
    /// From the link.
    pub code: String,
}
