//! A responder's own phones and duty.

use actix_web::{HttpResponse, web};
use muster_core::domain::ids::{DeviceId, ResponderId, ResponderNo};

use super::body::Body;
use super::error::{ApiError, Problem};
use super::extract::{Coordinator, Responder};
use super::state::{Web, change, read};
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
    remove(&web, me.no, DeviceId(device_id.into_inner())).await
}

/// A phone was lost, or is somebody else's now: no push goes there any more, and its session ends, on
/// every node.
#[utoipa::path(
    delete, path = "/v1/responders/{id}/devices/{device_id}", tag = "responders",
    params(("id" = String, Path), ("device_id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem)),
)]
pub(super) async fn remove_lost(
    web: web::Data<Web>,
    desk: Coordinator,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (id, device) = path.into_inner();
    let roster = &web.dispatch.roster;
    let owner = read(roster.responder(desk.org, &ResponderId(id))).await?;
    remove(&web, owner.no, DeviceId(device)).await
}

async fn remove(web: &Web, owner: ResponderNo, device: DeviceId) -> Result<HttpResponse, ApiError> {
    let dispatch = web.dispatch.clone();
    change(async move {
        dispatch.delete_device(owner, &device).await?;
        dispatch.bus.signed_out(&[owner]);
        Ok(())
    })
    .await?;
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
