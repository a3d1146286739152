//! A coordinator makes a code with which a phone signs in.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::ResponderId;
use muster_core::domain::time::Millis;
use muster_core::ports::{NewCode, PhoneLedger};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::code::{fresh_code, hash, typed_code};
use crate::auth::permissions::Coordinator;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Problem};
use crate::view::time::WireTime;

/// A code waits so long for somebody to come home and type it in.
const CODE_LIFE: Millis = Millis::from_s(24 * 3600);

/// Makes a code that signs a phone of this responder in, once. An older one is good no more. With
/// `sign_out_others` all their phones are signed out and no push goes to any of them.
#[utoipa::path(
    post, path = "/v1/responders/{id}/enrolment", tag = "responders",
    params(("id" = String, Path)), request_body = Option<MakeCode>,
    responses((status = 201, body = CodeView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(crate) async fn make_code(
    dispatch: web::Data<Dispatch>,
    phone_ledger: web::Data<dyn PhoneLedger>,
    desk: Coordinator,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let MakeCode { sign_out_others } = body.read_or_default()?;
    let code = fresh_code()?;
    let expires_at = dispatch.clock.now() + CODE_LIFE;
    let kept = NewCode {
        hash: hash(&typed_code(&code).unwrap_or_default()),
        expires_at,
        sign_out_others,
    };
    let id = ResponderId(id.into_inner());
    change(async move {
        let who = phone_ledger.put_code(desk.org, &id, kept).await?;
        if sign_out_others {
            dispatch.bus.signed_out(&[who]);
        }
        Ok(())
    })
    .await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(CodeView {
            path: format!("/phone/#code={code}"),
            code,
            expires_at: expires_at.into(),
        }))
}

/// What a coordinator may say about a code.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeCode {
    /// Ends every session that the responder's phones have: one was lost.
    #[serde(default)]
    pub sign_out_others: bool,
}

/// A code for one responder.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeView {
    /// Good once.
    #[schema(example = "7K3Q-9FMB-T2XC")]
    pub code: String,
    /// When it is good no more.
    pub expires_at: WireTime,
    /// The page that takes it, on this server. The fragment never reaches a server.
    #[schema(example = "/phone/#code=7K3Q-9FMB-T2XC")]
    pub path: String,
}
