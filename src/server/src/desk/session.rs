//! A browser's session: its token in a cookie that scripts cannot read.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::{Millis, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::cookie::{cookie, has_session, lasting};
use crate::auth::permissions::{Bearer, SignedIn, check_origin};
use crate::auth::{Issuer, Principal};
use crate::view::error::{ApiError, Problem};
use crate::view::installation::Installation;
use crate::view::time::WireTime;

/// A desk's session that can be renewed lasts so long without being used.
pub(crate) const DESK_LIFE: Millis = Millis::from_s(4 * 3600);
/// One that is younger is not renewed.
const YOUNG: Millis = Millis::from_s(60);

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Subject of the token.
    sub: String,
    /// `call_handler`, `responder`, `coordinator` or `admin`.
    #[schema(example = "call_handler")]
    role: &'static str,
    /// The organisation.
    org: String,
    /// When the token ends.
    expires_at: WireTime,
    /// Each look at the session makes it longer, no further than this; null when it ends with its
    /// token.
    renewable_until: Option<WireTime>,
    /// Nobody real is alerted by this server.
    simulated: bool,
}

/// Who is signed in, by the header or by the cookie. Renews a browser's session that can be.
#[utoipa::path(
    get, path = "/v1/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401, body = Problem)),
)]
pub(crate) async fn current(
    dispatch: web::Data<Dispatch>,
    issuer: web::Data<Issuer>,
    installation: web::Data<Installation>,
    signed: SignedIn,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let who = &*signed.who;
    let mut answer = HttpResponse::Ok();
    let mut until = signed.until;
    if has_session(&request)
        && let Some(longer) = longer(who, until, dispatch.clock.now())
    {
        let life_s = u32::try_from((longer - dispatch.clock.now()).as_s()).unwrap_or(0);
        let token = issuer.mint(who, life_s, dispatch.clock.now())?;
        answer.cookie(cookie(&request, &token));
        until = longer;
    }
    Ok(answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(SessionView {
            sub: who.sub.clone(),
            role: who.role.as_str(),
            org: who.org.0.clone(),
            expires_at: until.into(),
            renewable_until: who.renewable_until.map(Into::into),
            simulated: installation.simulated,
        }))
}

/// When a session ends that is renewed now, if that is later by more than a little.
fn longer(who: &Principal, until: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let longer = (now + DESK_LIFE).min(who.renewable_until?);
    (longer - until > YOUNG).then_some(longer)
}

/// Keeps the token of the header in a cookie, until the browser is closed or the token expires.
#[utoipa::path(
    post, path = "/v1/session", tag = "session",
    responses((status = 204, description = "The cookie is set."),
        (status = 401, body = Problem)),
)]
pub(crate) async fn begin(request: HttpRequest, bearer: Bearer) -> HttpResponse {
    let kept = cookie(&request, &bearer.0);
    HttpResponse::NoContent().cookie(kept).finish()
}

/// Forgets the session.
#[utoipa::path(
    delete, path = "/v1/session", tag = "session", security(()),
    responses((status = 204, description = "The cookie is gone."), (status = 403, body = Problem)),
)]
pub(crate) async fn end(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    check_origin(&request)?;
    let gone = lasting(&request, "", 0);
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;
    use muster_core::domain::ids::OrgId;

    #[test]
    fn a_session_grows_no_further_than_its_token_allows_and_not_at_every_look() {
        let now = Timestamp(1_900_000_000_000);
        let end = now + Millis::from_s(12 * 3600);
        let of = |renewable_until| Principal {
            role: Role::CallHandler,
            org: OrgId::from("town"),
            sub: "ada".to_owned(),
            device: None,
            renewable_until,
        };
        let (pasted, linked) = (of(None), of(Some(end)));
        assert_eq!(longer(&pasted, now + Millis::from_s(60), now), None);
        assert_eq!(
            longer(&linked, now + Millis::from_s(60), now),
            Some(now + DESK_LIFE)
        );
        assert_eq!(longer(&linked, now + DESK_LIFE, now), None, "just renewed");
        let late = end - Millis::from_s(600);
        assert_eq!(longer(&linked, late + Millis::from_s(60), late), Some(end));
        assert_eq!(longer(&linked, end, late), None, "no further");
    }
}
