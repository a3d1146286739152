//! Who may open the phone channel, and what it is answered with.

use std::pin::pin;

use actix_web::http::header::{AUTHORIZATION, ORIGIN};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use muster_core::dispatch::Answer;
use muster_core::domain::ids::{AlertId, DeviceId};
use muster_core::domain::time::Timestamp;
use muster_core::ports::PhoneState;

use crate::auth::permissions::Responder;
use crate::bus::phones::Phones;
use crate::phone::alerts::Said;
use crate::phone::channel::frames::action_of;
use crate::phone::channel::machine::{Aside, Close, FRAME_MAX, PROTOCOL};
use crate::phone::channel::session::{Caller, Received, Socket, Trouble, UseCases, attend};
use crate::phone::positions::{FixIn, FixesIn};
use crate::phone::proto::say::What;
use crate::phone::proto::{Alert, Attention, Done, Fixes, Refused, Rejected, Say, Test};
use crate::phone::service::Service;
use crate::phone::{alerts, me, positions};
use crate::view::deadline::read;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::installation::Installation;
use crate::view::time::WireTime;

/// The phone channel: a WebSocket of sub-protocol `muster.phone.v1`, protobuf frames of
/// `proto/muster/v1/phone.proto`. A session's cookie counts only with the page's own `Origin`.
#[utoipa::path(
    get, path = "/v1/phone", tag = "me",
    responses((status = 101, description = "The channel is open."),
        (status = 400, body = Problem, description = "`not_a_websocket`"),
        (status = 403, body = Problem, description = "`wrong_origin`"),
        (status = 404, body = Problem, description = "`not_enrolled`"),
        (status = 503, body = Problem, description = "`too_many_phones`")),
)]
pub(crate) async fn connect(
    service: web::Data<Service>,
    phones: web::Data<Phones>,
    installation: web::Data<Installation>,
    me: Responder,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    // browsers name the page with every WebSocket: whoever uses a cookie without it hides
    if !request.headers().contains_key(AUTHORIZATION) && !request.headers().contains_key(ORIGIN) {
        return Err(Code::WrongOrigin.into());
    }
    let slot = phones.slot().map_err(|_crowded| Code::TooManyPhones)?;
    let (answer, session, messages) =
        actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL])
            .map_err(|why| ApiError::with_detail(Code::NotAWebSocket, why.to_string()))?;
    if !answer.headers().contains_key("sec-websocket-protocol") {
        let detail = format!("sub-protocol {PROTOCOL} expected");
        return Err(ApiError::with_detail(Code::NotAWebSocket, detail));
    }
    let socket = Line {
        session,
        messages: messages
            .max_frame_size(FRAME_MAX)
            .aggregate_continuations()
            .max_continuation_size(FRAME_MAX),
    };
    let caller = Caller {
        no: me.no,
        id: me.actor.subject.clone(),
        device: me.device.clone(),
        until: me.until,
    };
    let (phones, shutdown) = (phones.into_inner(), installation.shutdown.clone());
    let use_cases = PhoneUseCases { service, me };
    actix_web::rt::spawn(async move {
        attend(socket, use_cases, caller, phones, shutdown).await;
        drop(slot);
    });
    Ok(answer)
}

/// A WebSocket of actix.
struct Line {
    session: Session,
    messages: AggregatedMessageStream,
}

#[async_trait(?Send)]
impl Socket for Line {
    async fn receive(&mut self) -> Received {
        loop {
            match self.messages.next().await {
                Some(Ok(AggregatedMessage::Binary(frame))) => return Received::Frame(frame),
                Some(Ok(AggregatedMessage::Ping(token))) => {
                    if self.session.pong(&token).await.is_err() {
                        return Received::Gone;
                    }
                }
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                Some(Err(ProtocolError::Overflow)) => return Received::TooLarge,
                Some(Ok(AggregatedMessage::Close(_)) | Err(ProtocolError::Io(_))) | None => {
                    return Received::Gone;
                }
                Some(Ok(AggregatedMessage::Text(_)) | Err(_)) => return Received::Garbage,
            }
        }
    }

    async fn send(&mut self, frame: Bytes) -> bool {
        self.session.binary(frame).await.is_ok()
    }

    async fn close(mut self, why: Close) {
        let reason = CloseReason {
            code: CloseCode::Other(why.code()),
            description: Some(why.as_str().to_owned()),
        };
        // the other end may be gone already
        drop(self.session.close(Some(reason)).await);
        // what it still sends is read until it has closed too, so that the reason arrives and is
        // not lost in a reset
        let mut rest = pin!(&mut self.messages);
        while let Some(Ok(message)) = rest.next().await {
            if matches!(message, AggregatedMessage::Close(_)) {
                break;
            }
        }
    }
}

/// The use-cases, as one connection needs them.
struct PhoneUseCases {
    service: web::Data<Service>,
    me: Responder,
}

#[async_trait(?Send)]
impl UseCases for PhoneUseCases {
    fn now(&self) -> Timestamp {
        self.service.now()
    }

    async fn look(&self, shown: &[String]) -> Result<Vec<Alert>, Trouble> {
        let found = alerts::open_and(&self.service, &self.me, shown).await;
        let found = found.map_err(|error| {
            tracing::warn!(%error, "a phone could not be told how its alerts stand");
            Trouble
        })?;
        Ok(found.into_iter().map(Alert::from).collect())
    }

    async fn fixes(&self, device: &str, fixes: Fixes) -> Result<Done, Refused> {
        let message = FixesIn {
            device_id: device.to_owned(),
            sent_at: WireTime(Timestamp(fixes.sent_at_ms)),
            fixes: fixes.fixes.iter().map(FixIn::from).collect(),
        };
        let taken = positions::of_phone(&self.service.intake, &self.me, || Ok(message)).await;
        let taken = taken.map_err(|error| refused(&error))?;
        let rejected = taken.rejected.into_iter().map(|rejected| Rejected {
            index: u32::try_from(rejected.index).unwrap_or(u32::MAX),
            code: rejected.code.to_owned(),
        });
        Ok(Done {
            alert: None,
            accepted: u32::try_from(taken.accepted).unwrap_or(u32::MAX),
            rejected: rejected.collect(),
        })
    }

    async fn say(&self, device: &str, say: Say) -> Result<Done, Refused> {
        let said = match say.what() {
            What::Unspecified => return Err(unknown("what")),
            What::TestReceived => return self.test_received(device, say.alert_id).await,
            What::Received => Said::Received,
            What::Seen => Said::Seen,
            What::Accept => Said::Answer(Answer::Accept { knowing: false }),
            What::Decline => Said::Answer(Answer::Decline),
            What::Depart => Said::Answer(Answer::Depart),
            What::Arrive => Said::Answer(Answer::Arrive),
            What::WithPatient => Said::Answer(Answer::WithPatient),
            What::Finish => Said::Answer(Answer::Finish(None)),
            What::Unsafe => Said::Answer(Answer::Unsafe),
            What::Safe => Said::Answer(Answer::Safe),
        };
        let alert = AlertId(say.alert_id.clone());
        let action = action_of(say, device);
        let done = match action.check() {
            Ok(action) => alerts::act(&self.service, self.me.clone(), alert, action, said).await,
            Err(invalid) => Err(invalid.into()),
        };
        Ok(Done {
            alert: Some(done.map_err(|error| refused(&error))?.into()),
            ..Done::default()
        })
    }

    async fn aside(&self, device: &str) -> Option<Aside> {
        let phones = read(self.service.phone_ledger.phones_of(self.me.no)).await;
        let phones = phones.ok()?;
        let (now, heard_at) = (self.service.now(), PhoneState::last_heard(&phones));
        let own = phones.iter().find(|one| one.device.as_str() == device);
        let test = own.and_then(|one| one.test.as_ref());
        let waits =
            test.filter(|test| test.received_at.is_none() && test.sent_at + me::TEST_LIFE > now);
        let attention = phones.iter().filter_map(|one| {
            let signs = one.signs();
            let told = signs.stands(heard_at, now)?;
            Some(Attention {
                id: told.id.0.clone(),
                device_id: one.device.0.clone(),
                why: told.failure.why.as_str().to_owned(),
                told_at_ms: told.at.0,
            })
        });
        Some(Aside {
            test: waits.map(|test| Test {
                id: test.id.0.clone(),
                sent_at_ms: test.sent_at.0,
                expires_at_ms: (test.sent_at + me::TEST_LIFE).0,
            }),
            attention: attention.collect(),
        })
    }

    async fn stands(&self) -> bool {
        match &self.me.device {
            Some(device) => !matches!(
                self.service.access.stands(self.me.no, device).await,
                Ok(false)
            ),
            None => true,
        }
    }
}

impl PhoneUseCases {
    async fn test_received(&self, device: &str, id: String) -> Result<Done, Refused> {
        let (device, id) = (DeviceId::from(device), AlertId(id));
        let kept = me::received(&self.service, self.me.no, device, id).await;
        kept.map(|()| Done::default())
            .map_err(|error| refused(&error))
    }
}

fn refused(error: &ApiError) -> Refused {
    if let Some(cause) = error.cause() {
        tracing::error!(
            code = error.code().as_str(),
            cause,
            "a phone's frame failed"
        );
    }
    Refused {
        code: error.code().as_str().to_owned(),
        detail: error.detail().unwrap_or_default().to_owned(),
    }
}

fn unknown(field: &str) -> Refused {
    Refused {
        code: Code::Invalid.as_str().to_owned(),
        detail: format!("{field}: not known"),
    }
}
