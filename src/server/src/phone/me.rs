//! Oneself: profile, phones and what they say of themselves, test alerts.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::ids::{AlertId, DeviceId, ResponderId, ResponderNo};
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{LedgerError, NewTest};

use crate::auth::Issuer;
use crate::auth::cookie::{has_session, lasting};
use crate::auth::permissions::{Responder, SignedIn};
use crate::phone::duty::DutyView;
use crate::phone::enrolment::SESSION_LIFE_S;
use crate::phone::me_bodies::{MeParts, MeView, PushKeyView, TestReceived, TestSentView};
use crate::phone::places::PlacesShape;
use crate::phone::quiet::QuietShape;
use crate::phone::service::Service;
use crate::view::body::Body;
use crate::view::deadline::{change, read};
use crate::view::error::{ApiError, Code, Problem};
use crate::view::installation::Installation;
use crate::view::invalid;
use crate::view::phone::{PhoneView, PutReadiness};
use crate::view::time::WireTime;

/// A session older than this is renewed by a look at oneself.
const RENEW_AFTER: Millis = Millis::from_s(7 * 24 * 3600);
/// A test that nobody saw by then proves nothing any more.
pub(crate) const TEST_LIFE: Millis = Millis::from_s(120);
/// Between two tests: each costs a push to every phone.
const TEST_GAP: Millis = Millis::from_s(30);

/// Oneself, and whether one can be reached. Renews a page's session that is a week old.
#[utoipa::path(
    get, path = "/v1/me", tag = "me",
    responses((status = 200, body = MeView),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn me(
    service: web::Data<Service>,
    issuer: web::Data<Issuer>,
    installation: web::Data<Installation>,
    me: Responder,
    signed: SignedIn,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = ResponderId(me.actor.subject.clone());
    let (responder, phones, quiet, places) = read(async {
        let responder = service.dispatch.roster.responder(me.org, &id).await?;
        let phones = service.phone_ledger.phones_of(me.no).await?;
        let quiet = service.phone_ledger.quiet_of(me.no).await?;
        let places = service.phone_ledger.places_of(me.no).await?;
        Ok((responder, phones, quiet, places))
    })
    .await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    let mut until = me.until;
    if let Some(renewed) = renewed(&issuer, &me, &signed, &request, service.now())? {
        until = service.now() + Millis::from_s(i64::from(SESSION_LIFE_S));
        answer.cookie(renewed);
    }
    let parts = MeParts {
        org: signed.who.org.0.clone(),
        quiet: quiet.map(QuietShape::from),
        places: places.map(PlacesShape::from),
        device_id: me.device,
        session_expires_at: until.into(),
        control_room_phone: installation.control_room_phone.clone(),
        devices: PhoneView::all(phones, service.now()),
        simulated: installation.simulated,
    };
    Ok(answer.json(MeView::of(responder, parts)))
}

/// A fresh cookie for a page whose session was made by a code and is a week old.
fn renewed(
    issuer: &Issuer,
    me: &Responder,
    signed: &SignedIn,
    request: &HttpRequest,
    now: Timestamp,
) -> Result<Option<Cookie<'static>>, ApiError> {
    let left = me.until - now;
    let is_old = left.0 + RENEW_AFTER.0 < i64::from(SESSION_LIFE_S) * 1000;
    if me.device.is_none() || !is_old || !has_session(request) {
        return Ok(None);
    }
    let token = issuer.mint(&signed.who, SESSION_LIFE_S, now)?;
    Ok(Some(lasting(request, &token, SESSION_LIFE_S)))
}

/// The key that a browser subscribes with; a subscription of another one is to be made anew.
#[utoipa::path(
    get, path = "/v1/push/webpush", tag = "me",
    responses((status = 200, body = PushKeyView),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn push_key(
    installation: web::Data<Installation>,
    _me: Responder,
) -> HttpResponse {
    HttpResponse::Ok().json(PushKeyView {
        public_key: installation.push_key.clone(),
    })
}

/// Keeps what a phone says of itself: can it wake its owner, does it know where it is?
#[utoipa::path(
    put, path = "/v1/me/devices/{device_id}/readiness", tag = "me", request_body = PutReadiness,
    params(("device_id" = String, Path)),
    responses((status = 204, description = "Kept."), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`, `not_found`")),
)]
pub(crate) async fn put_readiness(
    service: web::Data<Service>,
    me: Responder,
    device_id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let report = body.read::<PutReadiness>()?.check()?;
    let (states, now) = (Arc::clone(&service.phone_ledger), service.now());
    let device = DeviceId(device_id.into_inner());
    change(async move { states.put_state(me.no, &device, report, now).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Weekly hours in which no alerts are wanted, as they read on the clocks of a zone. Duty is set
/// as they say it now, and turns by itself at both ends.
#[utoipa::path(
    put, path = "/v1/me/quiet", tag = "me", request_body = QuietShape,
    responses((status = 200, body = DutyView), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn put_quiet(
    service: web::Data<Service>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let hours = body.read::<QuietShape>()?.check()?;
    let (states, dispatch, now) = (
        Arc::clone(&service.phone_ledger),
        service.dispatch.clone(),
        service.now(),
    );
    change(async move {
        let profile = states.set_quiet(me.no, hours, now).await?;
        dispatch.tell_index(vec![profile]).await;
        Ok(())
    })
    .await?;
    let id = ResponderId(me.actor.subject);
    let responder = read(service.dispatch.roster.responder(me.org, &id)).await?;
    Ok(HttpResponse::Ok().json(DutyView {
        on: responder.on_duty,
        until: responder.duty_until.map(WireTime::from),
    }))
}

/// Weekly hours in which somebody usually is somewhere. While they run and the last live position
/// is over half an hour old, they are looked for there: labelled so, and behind people whose
/// position is live. Kept is only the neighbourhood of each place, which is what the answer says.
#[utoipa::path(
    put, path = "/v1/me/places", tag = "me", request_body = PlacesShape,
    responses((status = 200, body = PlacesShape), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn put_places(
    service: web::Data<Service>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let said = body.read::<PlacesShape>()?;
    let zone = said.zone.clone();
    let places = said.check()?;
    let kept = places.clone().map(PlacesShape::from);
    let (times, dispatch) = (Arc::clone(&service.phone_ledger), service.dispatch.clone());
    change(async move { dispatch.set_places(&*times, me.no, places).await }).await?;
    Ok(HttpResponse::Ok().json(kept.unwrap_or(PlacesShape {
        zone,
        places: Vec::new(),
    })))
}

/// Sends a test to every own phone, by push and over the channel: the whole way of an alert.
#[utoipa::path(
    post, path = "/v1/me/test-alert", tag = "me",
    responses((status = 202, body = TestSentView),
        (status = 404, body = Problem, description = "`not_enrolled`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn test_alert(
    service: web::Data<Service>,
    me: Responder,
) -> Result<HttpResponse, ApiError> {
    let now = service.now();
    let test = NewTest {
        id: AlertId(service.dispatch.ids.name()),
        expires_at: now + TEST_LIFE,
        not_after: now - TEST_GAP,
    };
    let (id, expires_at) = (test.id.0.clone(), test.expires_at);
    let (states, dispatch) = (Arc::clone(&service.phone_ledger), service.dispatch.clone());
    let devices = change(async move {
        let Some(rows) = states.begin_test(me.no, test, now).await? else {
            return Ok(None);
        };
        let devices: Vec<String> = rows
            .iter()
            .map(|row| row.message.device.0.clone())
            .collect();
        dispatch.loops.send(rows);
        dispatch.bus.news(&[me.no]);
        Ok(Some(devices))
    })
    .await?;
    let devices = devices.ok_or(Code::TooManyRequests)?;
    Ok(HttpResponse::Accepted().json(TestSentView {
        id,
        sent_at: now.into(),
        expires_at: expires_at.into(),
        devices,
    }))
}

/// A phone has its test.
#[utoipa::path(
    post, path = "/v1/me/test-alert/{id}/received", tag = "me", request_body = TestReceived,
    params(("id" = String, Path)),
    responses((status = 204, description = "Kept."), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`, `not_found`")),
)]
pub(crate) async fn test_received(
    service: web::Data<Service>,
    me: Responder,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let TestReceived { device_id } = body.read()?;
    let device = invalid::id("device_id", device_id)?;
    received(&service, me.no, DeviceId(device), AlertId(id.into_inner())).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Writes down that a phone has its test, however it said so.
pub(crate) async fn received(
    service: &Service,
    who: ResponderNo,
    device: DeviceId,
    test: AlertId,
) -> Result<(), ApiError> {
    let (states, now) = (Arc::clone(&service.phone_ledger), service.now());
    change(async move { states.test_received(who, &device, &test, now).await }).await
}

/// Writes down that a phone had an alert, beside the answer to it: nobody waits for this.
pub(crate) fn had_alert(service: &Service, who: ResponderNo, device: &str, now: Timestamp) {
    let (states, device) = (Arc::clone(&service.phone_ledger), DeviceId::from(device));
    tokio::spawn(async move {
        match states.had_alert(who, &device, now).await {
            Ok(()) | Err(LedgerError::NotFound) => {}
            Err(error) => tracing::debug!(%error, "a phone's last receipt was not kept"),
        }
    });
}
