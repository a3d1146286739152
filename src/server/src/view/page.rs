//! A page: files that were built before muster was, and are inside it.

use std::borrow::Cow;
use std::fmt::Write as _;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::view::error::{ApiError, Code};

/// The page's own file, for every address that is none.
const INDEX: &str = "index.html";
/// The folder of files whose name changes with their content.
const HASHED: &str = "assets/";
const HOW_TO_BUILD: &str = "This muster was built without this page: run \
    `make web`, then build muster again.\n";

/// A file of a page, compressed if it was built so and the browser likes it. It may load from the site
/// of the map's style.
pub(crate) fn file<Page: RustEmbed>(
    style_site: Option<&str>,
    path: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let path = name(path);
    let Some(plain) = Page::get(path) else {
        if path == INDEX {
            return Ok(HttpResponse::NotFound()
                .content_type("text/plain; charset=utf-8")
                .body(HOW_TO_BUILD));
        }
        return Err(Code::NotFound.into());
    };
    let likes = |header: &HeaderValue| header.to_str().is_ok_and(|text| text.contains("gzip"));
    let gzip = request.headers().get(ACCEPT_ENCODING).is_some_and(likes);
    let packed = Page::get(&format!("{path}.gz")).filter(|_| gzip);
    let is_packed = packed.is_some();
    let EmbeddedFile { data, metadata, .. } = packed.unwrap_or_else(|| plain.clone());
    let etag = etag(metadata.sha256_hash());
    let mut answer = HttpResponse::Ok();
    let known = request.headers().get(IF_NONE_MATCH);
    let known = known.is_some_and(|known| known.as_bytes() == etag.as_bytes());
    if known {
        answer.status(actix_web::http::StatusCode::NOT_MODIFIED);
    }
    answer
        .insert_header((CONTENT_TYPE, content_type(&plain)))
        .insert_header((CACHE_CONTROL, kept(path)))
        .insert_header((CONTENT_SECURITY_POLICY, policy(style_site)))
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((ETAG, etag));
    if is_packed {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    if known {
        return Ok(answer.finish());
    }
    Ok(match data {
        Cow::Borrowed(data) => answer.body(data),
        Cow::Owned(data) => answer.body(data),
    })
}

/// Addresses without a dot are places within the page.
fn name(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains('.') { path } else { INDEX }
}

fn kept(path: &str) -> &'static str {
    if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    let is_text = kind.starts_with("text/") || kind == "application/json";
    let charset = if is_text { "; charset=utf-8" } else { "" };
    format!("{kind}{charset}")
}

fn etag(hash: [u8; 32]) -> String {
    let hex = hash.iter().take(16).fold(String::new(), |mut hex, byte| {
        // writing into a text cannot fail
        let _written = write!(hex, "{byte:02x}");
        hex
    });
    format!("\"{hex}\"")
}

/// What the page may load: its own files, and those of the configured style's site.
fn policy(style_site: Option<&str>) -> String {
    let site = style_site.map(|site| format!(" {site}"));
    let site = site.unwrap_or_default();
    format!(
        "default-src 'self'; img-src 'self' data:{site}; connect-src 'self'{site}; \
         worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_dot_is_the_page_itself() {
        for path in ["", "incidents/abc", "a.b/c"] {
            assert_eq!(name(path), INDEX, "{path}");
        }
        assert_eq!(name("assets/index-a1.js"), "assets/index-a1.js");
    }

    #[test]
    fn only_names_that_change_with_their_content_are_kept_for_ever() {
        assert!(kept("assets/index-a1.js").contains("immutable"));
        assert_eq!(kept(INDEX), "no-cache");
    }
}
