//! The cookie that keeps a token in a browser, where no script can read it.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderName, SET_COOKIE};

use crate::auth::extract::SESSION;

/// Whether the caller is a browser with a session, and not a bearer of a token.
pub(crate) fn has_session(request: &HttpRequest) -> bool {
    !request.headers().contains_key(AUTHORIZATION)
}

/// The attribute of a cookie that outlives the browser.
pub(crate) fn lasting(seconds: u32) -> String {
    format!("; Max-Age={seconds}")
}

/// The header that keeps a token in the browser, where no script can read it.
pub(crate) fn cookie(request: &HttpRequest, token: &str, life: &str) -> (HeaderName, String) {
    let secure = if request.connection_info().scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{life}");
    (SET_COOKIE, cookie)
}
