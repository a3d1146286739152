//! A browser's session: its token in a cookie that scripts cannot read.

use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse};

use super::error::{ApiError, Problem};
use super::extract::{Bearer, SESSION, check_origin};

/// Keeps the token of the header in a cookie, until the browser is closed or the token expires.
#[utoipa::path(
    post, path = "/v1/session", tag = "session",
    responses((status = 204, description = "The cookie is set."),
        (status = 401, body = Problem)),
)]
pub(super) async fn begin(request: HttpRequest, bearer: Bearer) -> HttpResponse {
    cookie(&request, &bearer.0, "")
}

/// Forgets the session.
#[utoipa::path(
    delete, path = "/v1/session", tag = "session", security(()),
    responses((status = 204, description = "The cookie is gone."), (status = 403, body = Problem)),
)]
pub(super) async fn end(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    check_origin(&request)?;
    Ok(cookie(&request, "", "; Max-Age=0"))
}

fn cookie(request: &HttpRequest, token: &str, life: &str) -> HttpResponse {
    let secure = if request.connection_info().scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{life}");
    HttpResponse::NoContent()
        .insert_header((SET_COOKIE, cookie))
        .finish()
}
