//! The log of one incident.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::event::{Actor, Event};
use muster_core::domain::ids::IncidentId;
use muster_core::domain::time::Timestamp;
use muster_core::ports::LogLine;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::permissions::CallHandler;
use crate::desk::alert::DeskAlert;
use crate::view::deadline::read;
use crate::view::error::{ApiError, Problem};
use crate::view::time::WireTime;

/// Everything that happened to one incident, oldest first.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/log", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = LogItems), (status = 404, body = Problem)),
)]
pub(crate) async fn log(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let lines = read(dispatch.ledger.log(desk.org, &id)).await?;
    let items = lines.into_iter().map(LogItem::from).collect();
    Ok(HttpResponse::Ok().json(LogItems { items }))
}

/// Who caused something.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActorView {
    /// `call_handler`, `coordinator`, `admin`, `responder`, `timer` or `provider`.
    pub role: String,
    /// Subject of the token; empty for timers.
    pub subject: String,
    /// The phone that spoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl From<Actor> for ActorView {
    fn from(actor: Actor) -> Self {
        Self {
            role: actor.role,
            subject: actor.subject,
            device: actor.device,
        }
    }
}

/// One line of an incident's log. Further fields follow the type.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogItem {
    /// Its number in this installation.
    pub seq: u64,
    /// When.
    pub at: WireTime,
    /// The incident's version after it.
    pub version: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who caused it.
    pub actor: ActorView,
    /// Which alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_id: Option<String>,
    /// What a person wrote; gone after retention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Further facts of the event, with their reasons.
    #[schema(value_type = Object)]
    pub detail: Map<String, Value>,
}

impl From<LogLine> for LogItem {
    fn from(line: LogLine) -> Self {
        let event = &line.recorded.event;
        let mut detail = detail(event);
        let kind = match detail.remove("type") {
            Some(Value::String(kind)) => kind,
            _ => String::new(),
        };
        let alert_id = event.alert().map(|alert| alert.0.clone());
        Self {
            seq: line.seq,
            at: line.recorded.at.into(),
            version: line.recorded.version,
            kind,
            actor: line.actor.into(),
            alert_id,
            text: line.text,
            detail,
        }
    }
}

/// The stored form in the words of this surface: numbers of the installation mean nothing outside.
fn detail(event: &Event) -> Map<String, Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(event) else {
        return Map::new();
    };
    match event {
        Event::Alerted { alert } | Event::TakenOver { alert, .. } => {
            let alert = serde_json::to_value(DeskAlert::of(alert, None, alert.created_at));
            fields.insert("alert".to_owned(), alert.unwrap_or_default());
        }
        Event::Moved { distances, .. } => {
            let distances = distances.iter().map(|(alert, distance_m, eta_s)| {
                json!({"alert_id": alert, "distance_m": distance_m, "eta_s": eta_s})
            });
            fields.insert("distances".to_owned(), distances.collect());
        }
        _ => {
            // it stands beside the detail
            fields.remove("alert");
        }
    }
    if let Some(Value::Object(opening)) = fields.get_mut("opening") {
        opening.remove("org");
        opening.iter_mut().for_each(spell_time);
    }
    fields.iter_mut().for_each(spell_time);
    fields
}

/// Stored instants are milliseconds.
fn spell_time((name, value): (&String, &mut Value)) {
    if let Some(at) = value
        .as_i64()
        .filter(|_| name == "at" || name.ends_with("_at"))
    {
        *value = WireTime(Timestamp(at)).text().into();
    }
}

/// Everything that happened to one incident, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogItems {
    /// The lines.
    pub items: Vec<LogItem>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_core::domain::event::FreeText;
    use muster_core::domain::event::Recorded;
    use muster_core::domain::event::WhyStoodDown;
    use muster_core::domain::ids::AlertId;

    fn line(event: Event) -> Value {
        let line = LogLine {
            seq: 7,
            recorded: Recorded {
                at: Timestamp(0),
                version: 2,
                event,
            },
            actor: Actor::timer(),
            text: Some("because".to_owned()),
        };
        serde_json::to_value(LogItem::from(line)).unwrap()
    }

    #[test]
    fn a_line_names_the_type_the_alert_and_the_reason() {
        let alert = AlertId::from("a1");
        let stood_down = line(Event::StoodDown {
            alert: alert.clone(),
            why: WhyStoodDown::EnoughAccepted,
            reason: FreeText::default(),
        });
        assert_eq!(stood_down["type"], "stood_down");
        assert_eq!(stood_down["alert_id"], "a1");
        assert_eq!(stood_down["detail"]["why"], "enough_accepted");
        let reached = line(Event::ReachedPatient {
            alert: alert.clone(),
        });
        assert_eq!(reached["type"], "reached_patient");
        assert_eq!(
            (&reached["alert_id"], &reached["detail"]),
            (&json!("a1"), &json!({}))
        );
        let eta = line(Event::EmsEtaChanged {
            at: Some(Timestamp(0)),
        });
        assert_eq!(eta["detail"]["at"], "1970-01-01T00:00:00.000Z");
        let moved = line(Event::Moved {
            distances: vec![(alert.clone(), 1.5, 2)],
            address_doubtful: false,
        });
        assert_eq!(moved["detail"]["distances"][0]["alert_id"], "a1");
        let declined = line(Event::Declined {
            alert,
            reason: FreeText::default(),
        });
        assert_eq!(declined["text"], "because");
    }
}
