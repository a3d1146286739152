//! OwnTracks in mode HTTP.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::keys::{Speaker, stranger};
use crate::http::body::Body;
use crate::http::error::{ApiError, Code, Problem};
use crate::http::state::Web;
use crate::wire::OwnTracks;

/// Takes what the OwnTracks app sends, by a tracker's credential (HTTP Basic) or a responder's
/// token. Anything but a position is taken and ignored; so is an empty body.
#[utoipa::path(
    post, path = "/v1/owntracks", tag = "trackers", request_body = serde_json::Value,
    security(("tracker" = []), ("bearer" = [])),
    responses((status = 200, description = "Taken; nothing for the app to do.",
            body = Vec<serde_json::Value>),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, `encrypted_payload`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(in crate::http) async fn owntracks(
    web: web::Data<Web>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let speaker = Speaker::of_request(&web, &request)
        .await?
        .ok_or_else(stranger)?;
    speaker.admit(&web)?;
    if !body.is_empty() {
        match OwnTracks::of(&body.value()?)? {
            OwnTracks::Fix(fix) => speaker.report(&web, fix).await,
            OwnTracks::Encrypted => return Err(Code::EncryptedPayload.into()),
            OwnTracks::Other => {}
        }
    }
    // the app expects a list of messages for it
    Ok(HttpResponse::Ok().json(json!([])))
}
