//! A browser's session: its token in a cookie that scripts cannot read.

use actix_web::http::header::{AUTHORIZATION, HeaderName, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, Problem};
use super::extract::{Bearer, SESSION, SignedIn, check_origin};
use super::state::Web;
use crate::wire::WireTime;

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Subject of the token.
    sub: String,
    /// `call_handler`, `responder`, `coordinator` or `admin`.
    #[schema(example = "call_handler")]
    role: &'static str,
    /// The organisation.
    org: String,
    /// When the token ends.
    expires_at: WireTime,
    /// Nobody real is alerted by this server.
    simulated: bool,
}

/// Who is signed in, by the header or by the cookie.
#[utoipa::path(
    get, path = "/v1/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401, body = Problem)),
)]
pub(super) async fn current(web: web::Data<Web>, signed: SignedIn) -> HttpResponse {
    let who = &*signed.who;
    HttpResponse::Ok().json(SessionView {
        sub: who.sub.clone(),
        role: who.role.as_str(),
        org: who.org.0.clone(),
        expires_at: signed.until.into(),
        simulated: web.simulated,
    })
}

/// Keeps the token of the header in a cookie, until the browser is closed or the token expires.
#[utoipa::path(
    post, path = "/v1/session", tag = "session",
    responses((status = 204, description = "The cookie is set."),
        (status = 401, body = Problem)),
)]
pub(super) async fn begin(request: HttpRequest, bearer: Bearer) -> HttpResponse {
    let kept = cookie(&request, &bearer.0, "");
    HttpResponse::NoContent().insert_header(kept).finish()
}

/// Forgets the session.
#[utoipa::path(
    delete, path = "/v1/session", tag = "session", security(()),
    responses((status = 204, description = "The cookie is gone."), (status = 403, body = Problem)),
)]
pub(super) async fn end(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    check_origin(&request)?;
    let gone = cookie(&request, "", "; Max-Age=0");
    Ok(HttpResponse::NoContent().insert_header(gone).finish())
}

/// Whether the caller is a browser with a session, and not a bearer of a token.
pub(super) fn has_session(request: &HttpRequest) -> bool {
    !request.headers().contains_key(AUTHORIZATION)
}

/// The attribute of a cookie that outlives the browser.
pub(super) fn lasting(seconds: u32) -> String {
    format!("; Max-Age={seconds}")
}

/// The header that keeps a token in the browser, where no script can read it.
pub(super) fn cookie(request: &HttpRequest, token: &str, life: &str) -> (HeaderName, String) {
    let secure = if request.connection_info().scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{life}");
    (SET_COOKIE, cookie)
}
