//! What maps are drawn from, for desk and phones, and places by their address, for the desk.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use actix_files::NamedFile;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::permissions::{CallHandler, Member};
use crate::map::Map;
use crate::map::view::{AedItems, AedView, MapCentre, MapView, NamedPlaceView, NamedPlaces};
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::text;
use crate::view::query::{BoxQuery, bounds, point, query};

/// Most defibrillators of one answer.
const AEDS_MAX: usize = 2_000;
/// Longest text to search for, characters.
const SEARCHED_MAX: usize = 200;
/// A base map changes about once a quarter; its `ETag` tells when it did.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=3600");

/// What the map is drawn from.
#[utoipa::path(
    get, path = "/v1/map", tag = "map",
    responses((status = 200, body = MapView),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn map(map: web::Data<Map>, _who: Member) -> HttpResponse {
    HttpResponse::Ok().json(MapView {
        style_url: map.style.as_ref().map(|(url, _)| url.clone()),
        pmtiles: map.pmtiles.is_some(),
        attribution: map.attribution.clone(),
        bounds: map.pmtiles.as_ref().and_then(|(_, bounds)| *bounds),
        centre: map.centre.map(|(point, zoom)| MapCentre {
            lat: point.lat(),
            lon: point.lon(),
            zoom,
        }),
        geocoder: map.geocoder.is_some(),
        aeds: !map.aeds.is_empty(),
    })
}

/// The base map, whole or in ranges.
#[utoipa::path(
    get, path = "/v1/map/base.pmtiles", tag = "map",
    params(("Range" = Option<String>, Header)),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, description = "`no_base_map`, `not_enrolled`"),
        (status = 416, description = "No such range."),
    ),
)]
pub(crate) async fn base(
    map: web::Data<Map>,
    _who: Member,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (path, _) = map.pmtiles.as_ref().ok_or(Code::NoBaseMap)?;
    let file = NamedFile::open_async(path).await;
    let file = file.map_err(|e| ApiError::with_cause(Code::Internal, format!("base map: {e}")))?;
    let mut answer = file.disable_content_disposition().into_response(&request);
    answer.headers_mut().insert(CACHE_CONTROL, KEPT);
    Ok(answer)
}

/// Defibrillators in a box; at most 2,000 of them.
#[utoipa::path(
    get, path = "/v1/aeds", tag = "map", params(BoxQuery),
    responses((status = 200, body = AedItems), (status = 400, body = Problem)),
)]
pub(crate) async fn aeds(
    map: web::Data<Map>,
    _desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let within = bounds("bbox", &query::<BoxQuery>(&request)?.bbox)?;
    let mut inside = map.aeds.inside(within);
    let items = inside.by_ref().take(AEDS_MAX).map(AedView::from).collect();
    Ok(HttpResponse::Ok().json(AedItems {
        items,
        truncated: inside.next().is_some(),
    }))
}

/// What to search for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// An address or a name, 1 to 200 characters.
    q: String,
    /// `latitude,longitude` in degrees: places around it are preferred.
    near: Option<String>,
}

/// Places by their address, through the configured geocoder; it has 2 s.
#[utoipa::path(
    get, path = "/v1/geocode", tag = "map", params(PlaceQuery),
    responses((status = 200, body = NamedPlaces), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`no_geocoder`"),
        (status = 503, body = Problem, description = "`geocoder_silent`, `busy`")),
)]
pub(crate) async fn geocode(
    map: web::Data<Map>,
    _desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let geocoder = map.geocoder.as_ref().ok_or(Code::NoGeocoder)?;
    let asked: PlaceQuery = query(&request)?;
    let searched = text("q", asked.q, SEARCHED_MAX)?;
    let near = asked.near.map(|near| point("near", &near));
    let near = near.transpose()?;
    let _place = map.geocoding.try_acquire().map_err(|_full| Code::Busy)?;
    let places = geocoder.search(searched.trim(), near).await;
    let places = places.map_err(|silent| {
        tracing::warn!(%silent, "an address could not be searched for");
        Code::GeocoderSilent
    })?;
    let items = places.into_iter().map(NamedPlaceView::from).collect();
    Ok(HttpResponse::Ok().json(NamedPlaces { items }))
}
