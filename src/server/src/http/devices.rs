//! A responder's own phones and duty.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use muster_core::domain::ids::DeviceId;
use muster_core::ports::LedgerError;

use super::body::Body;
use super::error::{ApiError, Problem};
use super::extract::Responder;
use super::state::{Web, change};
use crate::wire::{DeviceView, DutyIn, DutyView, PutDevice, WireTime};

/// Registers a phone. A push address that another responder had leaves that one.
#[utoipa::path(
    put, path = "/v1/me/devices/{device_id}", tag = "me", request_body = PutDevice,
    params(("device_id" = String, Path)),
    responses((status = 200, body = DeviceView), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(super) async fn put(
    web: web::Data<Web>,
    me: Responder,
    device_id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let device = body.read::<PutDevice>()?.check(device_id.into_inner())?;
    let view = DeviceView {
        device_id: device.id.0.clone(),
        platform: device.platform.as_str(),
    };
    let dispatch = web.dispatch.clone();
    change(async move { dispatch.put_device(me.no, device).await }).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Removes a phone; no alert goes there any more, and its session ends.
#[utoipa::path(
    delete, path = "/v1/me/devices/{device_id}", tag = "me", params(("device_id" = String, Path)),
    responses((status = 204, description = "Removed."),
        (status = 404, body = Problem, description = "`not_enrolled`, `not_found`")),
)]
pub(super) async fn delete(
    web: web::Data<Web>,
    me: Responder,
    device_id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (dispatch, device) = (web.dispatch.clone(), DeviceId(device_id.into_inner()));
    let (book, signed_in) = (Arc::clone(&web.phonebook), device.clone());
    let known = change(async move {
        let ended = book.end_session(me.no, &signed_in).await?;
        match dispatch.delete_device(me.no, &signed_in).await {
            // a phone that never registered a push address signs out too
            Err(LedgerError::NotFound) if ended => Ok(()),
            deleted => deleted,
        }
    })
    .await;
    web.sessions.forget(me.no, device.as_str());
    known?;
    Ok(HttpResponse::NoContent().finish())
}

/// Says whether alerts are wanted; with a time, it turns by itself then: "off until seven".
#[utoipa::path(
    put, path = "/v1/me/duty", tag = "me", request_body = DutyIn,
    responses((status = 200, body = DutyView), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(super) async fn duty(
    web: web::Data<Web>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let duty: DutyIn = body.read()?;
    let (on, end) = (duty.on, duty.end(web.now())?);
    let dispatch = web.dispatch.clone();
    change(async move { dispatch.set_duty(me.no, on, end).await }).await?;
    let until = end.map(WireTime::from);
    Ok(HttpResponse::Ok().json(DutyView { on, until }))
}
