//! Credentials of trackers, made and ended by coordinators.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::{ResponderId, TrackerId};
use muster_core::ports::{Tracker, Trackers};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::permissions::Coordinator;
use crate::auth::{secret_hash, tracker_name, tracker_secret};
use crate::trackers::keys::Keys;
use crate::view::body::Body;
use crate::view::deadline::{change, read};
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::{Invalid, text};
use crate::view::time::WireTime;

/// Makes a credential for another app on a responder's phone. The answer shows its secret once,
/// with what to enter in either app.
#[utoipa::path(
    post, path = "/v1/responders/{id}/trackers", tag = "trackers",
    request_body = Option<MakeTracker>, params(("id" = String, Path)),
    responses((status = 201, body = TrackerMade), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too_many_trackers`")),
)]
pub(crate) async fn make(
    ledger: web::Data<dyn Trackers>,
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    request: HttpRequest,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let label = body.read_or_default::<MakeTracker>()?.check()?;
    let drawn = tracker_name().zip(tracker_secret());
    let (name, secret) =
        drawn.ok_or_else(|| ApiError::with_cause(Code::Internal, "no randomness"))?;
    let tracker = Tracker {
        id: TrackerId(name),
        label,
        made_at: dispatch.clock.now(),
        made_by: desk.actor.subject,
    };
    let (responder, kept) = (ResponderId(id.into_inner()), tracker.clone());
    let place = format!("/v1/responders/{responder}/trackers/{}", tracker.id);
    let hash = secret_hash(&secret);
    let adding = async move { ledger.add_tracker(desk.org, &responder, kept, hash).await };
    change(adding).await?;
    let base = {
        let reached = request.connection_info();
        format!("{}://{}", reached.scheme(), reached.host())
    };
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(TrackerMade::of(tracker, secret, &base)))
}

/// The credentials of a responder.
#[utoipa::path(
    get, path = "/v1/responders/{id}/trackers", tag = "trackers", params(("id" = String, Path)),
    responses((status = 200, body = TrackerItems), (status = 404, body = Problem)),
)]
pub(crate) async fn list(
    ledger: web::Data<dyn Trackers>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let responder = ResponderId(id.into_inner());
    let found = read(ledger.trackers(desk.org, &responder)).await?;
    let items = found.into_iter().map(TrackerView::from).collect();
    Ok(HttpResponse::Ok().json(TrackerItems { items }))
}

/// Ends a credential, within a minute on every node.
#[utoipa::path(
    delete, path = "/v1/responders/{id}/trackers/{tracker_id}", tag = "trackers",
    params(("id" = String, Path), ("tracker_id" = String, Path)),
    responses((status = 204, description = "Ended."), (status = 404, body = Problem)),
)]
pub(crate) async fn revoke(
    ledger: web::Data<dyn Trackers>,
    keys: web::Data<Keys>,
    desk: Coordinator,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (responder, id) = path.into_inner();
    let (responder, id) = (ResponderId(responder), TrackerId(id));
    let ended = id.clone();
    let ending = async move { ledger.revoke_tracker(desk.org, &responder, &ended).await };
    change(ending).await?;
    keys.forget(&id);
    Ok(HttpResponse::NoContent().finish())
}

/// Longest label, characters.
const LABEL_MAX: usize = 100;

/// A credential to be made.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeTracker {
    /// What the coordinator calls it, such as the phone that it is for.
    pub label: Option<String>,
}

impl MakeTracker {
    /// The label, checked.
    pub(crate) fn check(self) -> Result<Option<String>, Invalid> {
        self.label
            .map(|label| text("label", label, LABEL_MAX))
            .transpose()
    }
}

/// A credential; its secret is never shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrackerView {
    /// Its user name.
    pub id: String,
    /// What the coordinator calls it.
    pub label: Option<String>,
    /// When it was made.
    pub made_at: WireTime,
    /// Who made it.
    pub made_by: String,
}

impl From<Tracker> for TrackerView {
    fn from(tracker: Tracker) -> Self {
        Self {
            id: tracker.id.0,
            label: tracker.label,
            made_at: tracker.made_at.into(),
            made_by: tracker.made_by,
        }
    }
}

/// The credentials of a responder, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrackerItems {
    /// At most five.
    pub items: Vec<TrackerView>,
}

/// A new credential, and what to enter in either app. Shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrackerMade {
    /// The credential.
    #[serde(flatten)]
    pub tracker: TrackerView,
    /// Its secret. Only a hash of it is kept.
    pub secret: String,
    /// For OwnTracks.
    pub owntracks: OwnTracksSetup,
    /// For Traccar Client.
    pub traccar: TraccarSetup,
}

/// What to enter in OwnTracks.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnTracksSetup {
    /// The URL of mode HTTP.
    #[schema(example = "https://muster.example/v1/owntracks")]
    pub url: String,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// A link that enters all of this when it is opened on the phone.
    #[schema(example = "owntracks:///config?inline=eyJf…")]
    pub link: String,
}

/// What to enter in Traccar Client.
#[derive(Serialize, ToSchema)]
pub(crate) struct TraccarSetup {
    /// The server URL.
    #[schema(example = "https://muster.example/v1/traccar")]
    pub url: String,
    /// The device identifier: user name and secret, because the app knows no password.
    pub device_identifier: String,
}

impl TrackerMade {
    /// What to enter when the server is reached at `base`, such as `https://muster.example`.
    pub(crate) fn of(tracker: Tracker, secret: String, base: &str) -> Self {
        let user = tracker.id.0.clone();
        let url = format!("{base}/v1/owntracks");
        // mode 3 is HTTP; monitoring 1 is significant changes, which spares the battery
        let settings = json!({"_type": "configuration", "mode": 3, "monitoring": 1, "url": url,
            "auth": true, "username": user, "password": secret});
        Self {
            owntracks: OwnTracksSetup {
                link: format!(
                    "owntracks:///config?inline={}",
                    STANDARD.encode(settings.to_string())
                ),
                url,
                username: user.clone(),
                password: secret.clone(),
            },
            traccar: TraccarSetup {
                url: format!("{base}/v1/traccar"),
                device_identifier: format!("{user}.{secret}"),
            },
            secret,
            tracker: tracker.into(),
        }
    }
}
