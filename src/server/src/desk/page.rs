//! The desk's page.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::map::Map;
use crate::view::error::ApiError;
use crate::view::page;

/// The page as its own build left it. A debug build reads the folder when it is asked; a release
/// build holds it. There may be none: `cargo build` needs no Node.
#[derive(RustEmbed)]
#[folder = "../../web/desk/dist"]
#[allow_missing = true]
struct DeskPage;

/// To the desk.
pub(crate) async fn root() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, "/desk/"))
        .finish()
}

/// A file of the page.
pub(crate) async fn file(
    map: web::Data<Map>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let site = map.style.as_ref().map(|(_, site)| site.as_str());
    page::file::<DeskPage>(site, &path, &request)
}
