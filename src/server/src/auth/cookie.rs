//! The cookie that keeps a token in a browser, where no script can read it.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::AUTHORIZATION;

use crate::auth::permissions::SESSION;

/// Whether the caller is a browser with a session, and not a bearer of a token.
pub(crate) fn has_session(request: &HttpRequest) -> bool {
    !request.headers().contains_key(AUTHORIZATION)
}

/// Keeps a token until the browser is closed.
pub(crate) fn cookie(request: &HttpRequest, token: &str) -> Cookie<'static> {
    Cookie::build(SESSION, token.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(request.connection_info().scheme() == "https")
        .finish()
}

/// Keeps a token for so many seconds, also when the browser is closed meanwhile; for none it is
/// forgotten.
pub(crate) fn lasting(request: &HttpRequest, token: &str, seconds: u32) -> Cookie<'static> {
    let mut lasting = cookie(request, token);
    lasting.set_max_age(Duration::seconds(i64::from(seconds)));
    lasting
}
