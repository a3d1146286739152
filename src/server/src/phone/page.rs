//! The page that a volunteer installs.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::map::Map;
use crate::view::error::ApiError;
use crate::view::page;

/// The page as its own build left it: see that of the desk.
#[derive(RustEmbed)]
#[folder = "../../web/phone/dist"]
#[allow_missing = true]
struct PhonePage;

/// An address without the slash would be outside the page's service worker.
pub(crate) async fn root() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, "/phone/"))
        .finish()
}

/// A file of the page.
pub(crate) async fn file(
    map: web::Data<Map>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let site = map.style.as_ref().map(|(_, site)| site.as_str());
    page::file::<PhonePage>(site, &path, &request)
}
