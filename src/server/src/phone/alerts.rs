//! A responder's own alerts, and what they say about them.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::{Answer, Reply};
use muster_core::domain::alert::Alert;
use muster_core::domain::event::FreeText;
use muster_core::domain::fix::Sender;
use muster_core::domain::ids::AlertId;
use muster_core::domain::incident::Receipt;
use muster_core::domain::responder::Fix;
use muster_core::domain::time::Timestamp;
use muster_core::ports::Stored;

use crate::auth::permissions::Responder;
use crate::phone::disclosure::{AlertAction, AlertItems, CoarseWay, Disclosed, Way};
use crate::phone::me;
use crate::phone::positions::reported;
use crate::phone::service::Service;
use crate::view::body::Body;
use crate::view::deadline::{change, read};
use crate::view::error::{ApiError, Code, Problem};

/// Open alerts, as disclosed so far.
#[utoipa::path(
    get, path = "/v1/me/alerts", tag = "me",
    responses((status = 200, body = AlertItems),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn list(
    service: web::Data<Service>,
    me: Responder,
) -> Result<HttpResponse, ApiError> {
    let items = open_and(&service, &me, &[]).await?;
    Ok(HttpResponse::Ok().json(AlertItems { items }))
}

/// Open alerts, and these of the responder's alerts whatever became of them, as disclosed so far.
pub(crate) async fn open_and(
    service: &Service,
    me: &Responder,
    shown: &[String],
) -> Result<Vec<Disclosed>, ApiError> {
    let mut found = read(service.dispatch.ledger.alerts_of(me.no)).await?;
    let named = |alert: &Alert| shown.contains(&alert.id.0);
    for id in shown {
        let mut known = found.iter().flat_map(|stored| &stored.incident.alerts);
        if !known.any(|alert| alert.id.0 == *id) {
            found.extend(incident_of(service, me, AlertId(id.clone())).await?);
        }
    }
    let (now, fix) = (service.now(), position(service, me).await);
    let mut items = Vec::new();
    for stored in &found {
        let mine =
            |alert: &&Alert| alert.responder == me.no && (is_shown(alert, now) || named(alert));
        for alert in stored.incident.alerts.iter().filter(mine) {
            let way = way(service, me, fix, (stored, alert)).await;
            let shown = Disclosed::of(stored, alert, way, now);
            items.push(shown.with_aed(&service.map.aeds));
        }
    }
    Ok(items)
}

/// The incident of one of the responder's own alerts, if there is such an alert.
async fn incident_of(
    service: &Service,
    me: &Responder,
    alert: AlertId,
) -> Result<Option<Stored>, ApiError> {
    let ledger = &service.dispatch.ledger;
    let found = async {
        let incident = ledger.incident_of(me.no, &alert).await?;
        ledger.incident(me.org, &incident).await
    };
    match read(found).await {
        Ok(stored) => Ok(Some(stored)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Open, and not past its end while the timer has not come by yet.
fn is_shown(alert: &Alert, now: Timestamp) -> bool {
    alert.state.is_engaged() || (alert.state.is_open() && alert.expires_at > now)
}

macro_rules! action {
    ($(#[doc = $doc:literal])* $name:ident, $path:literal, $conflicts:literal, $said:expr) => {
        $(#[doc = $doc])*
        #[utoipa::path(
            post, path = $path, tag = "me", request_body = Option<AlertAction>,
            params(("id" = String, Path)),
            responses((status = 200, body = Disclosed, description = "The alert as it is now."),
                (status = 400, body = Problem),
                (status = 404, body = Problem, description = "`not_found`, `not_enrolled`"),
                (status = 409, body = Problem, description = $conflicts)),
        )]
        pub(crate) async fn $name(
            service: web::Data<Service>,
            me: Responder,
            id: web::Path<String>,
            body: Body,
        ) -> Result<HttpResponse, ApiError> {
            let action = body.read_or_default::<AlertAction>()?.check()?;
            let alert = act(&service, me, AlertId(id.into_inner()), action, $said).await?;
            Ok(HttpResponse::Ok().json(alert))
        }
    };
}

action!(
    /// The phone has the alert.
    received, "/v1/me/alerts/{id}/received", "none", Said::Received
);

action!(
    /// A person looked at it.
    seen, "/v1/me/alerts/{id}/seen", "none", Said::Seen
);

action!(
    /// Yes. Succeeds while a place is free; decided anew at each try.
    accept, "/v1/me/alerts/{id}/accept",
    "`already_covered`, `incident_closed`, `already_engaged`, `alert_ended`, `alert_expired`, \
        `scene_unsafe`",
    Said::Answer(Answer::Accept { knowing: false })
);

action!(
    /// No; after a yes it withdraws.
    decline, "/v1/me/alerts/{id}/decline", "`incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Decline)
);

action!(
    /// On my way.
    depart, "/v1/me/alerts/{id}/depart",
    "`not_accepted`, `incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Depart)
);

action!(
    /// I am here.
    arrive, "/v1/me/alerts/{id}/arrive",
    "`not_accepted`, `incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Arrive)
);

action!(
    /// I am with the patient, and so here.
    with_patient, "/v1/me/alerts/{id}/with-patient",
    "`not_accepted`, `incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::WithPatient)
);

action!(
    /// I am done.
    finish, "/v1/me/alerts/{id}/finish",
    "`not_accepted`, `incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Finish(None))
);

action!(
    /// I am not safe. Reaches the desk at once and stops further waves.
    not_safe, "/v1/me/alerts/{id}/unsafe", "`incident_closed`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Unsafe)
);

action!(
    /// I am safe now: ends the responder's own report of danger, and nothing else.
    safe, "/v1/me/alerts/{id}/safe", "`not_accepted`, `alert_ended`, `alert_expired`",
    Said::Answer(Answer::Safe)
);

/// What a phone says about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Received,
    Seen,
    Answer(Answer),
}

/// Passes on what a phone says. Returns the alert as it is then.
pub(crate) async fn act(
    service: &Service,
    mut me: Responder,
    alert: AlertId,
    action: AlertAction,
    said: Said,
) -> Result<Disclosed, ApiError> {
    let now = service.now();
    // some answers are more than a word
    let said = match said {
        Said::Answer(Answer::Accept { .. }) => Said::Answer(Answer::Accept {
            knowing: action.knowing(),
        }),
        Said::Answer(Answer::Finish(_)) => Said::Answer(Answer::Finish(action.finish_reason()?)),
        said => said,
    };
    if let Some(fix) = &action.fix {
        // a fix that cannot be used must not spoil an answer
        let sent_at = action.at.unwrap_or(fix.at).0;
        let sender = Sender::app(action.device_id.as_deref().unwrap_or_default());
        let (intake, sent_at) = (&service.intake, Some(sent_at));
        intake.take(me.no, sender, sent_at, &[reported(fix)]).await;
    }
    if let Some(at) = action.at {
        // recorded for whoever compares clocks, never trusted
        tracing::debug!(
            alert.id = alert.as_str(),
            ?said,
            phone_behind_ms = (now - at.0).0,
            "phone spoke"
        );
    }
    let device = action.device_id.clone();
    me.actor.device = action.device_id;
    let reply = Reply {
        org: me.org,
        responder: me.no,
        actor: me.actor.clone(),
        alert: alert.clone(),
        reason: FreeText(action.reason.unwrap_or_default()),
    };
    let receipt = Receipt::Received {
        priority_original: action.priority_original,
        priority_delivered: action.priority_delivered,
    };
    let dispatch = service.dispatch.clone();
    let shows = action.version.map(Receipt::Confirmed);
    let (stored, alert) = change(async move {
        let again = reply.clone();
        let named = reply.alert.clone();
        let (stored, alert) = match said {
            Said::Received => (dispatch.receipt(reply, receipt).await?, named.clone()),
            Said::Seen => (dispatch.receipt(reply, Receipt::Seen).await?, named.clone()),
            Said::Answer(answer) => dispatch.answer(reply, answer).await?,
        };
        match shows {
            // what it shows is of the alert that it named
            Some(shows) if alert == named => Ok((dispatch.receipt(again, shows).await?, alert)),
            _ => Ok((stored, alert)),
        }
    })
    .await?;
    if said == Said::Received
        && let Some(device) = &device
    {
        me::had_alert(service, me.no, device, now);
    }
    let alert = stored
        .incident
        .alert(&alert)
        .filter(|alert| alert.responder == me.no);
    let alert = alert.ok_or(Code::NotFound)?;
    let fix = position(service, &me).await;
    let way = way(service, &me, fix, (&stored, alert)).await;
    let disclosed = Disclosed::of(&stored, alert, way, service.now());
    Ok(disclosed.with_aed(&service.map.aeds))
}

async fn position(service: &Service, me: &Responder) -> Option<Fix> {
    let fixes = service.dispatch.index.fixes(&[me.no]).await;
    fixes.first().map(|(_, fix)| *fix)
}

/// From where they are now: to the centre of the area, and to the place once they are on it.
async fn way(
    service: &Service,
    me: &Responder,
    from: Option<Fix>,
    (stored, alert): (&Stored, &Alert),
) -> Way {
    let (Some(from), Some(private)) = (from, stored.private.as_ref()) else {
        return Way::default();
    };
    if alert.state.is_engaged() {
        return Way {
            coarse: None,
            exact: service.dispatch.approach(stored, alert, &from).await,
        };
    }
    let centre = private.location.point.approximate();
    let travel = &service.dispatch.travel;
    let etas = travel.eta_s(&[(from.point, me.travel)], centre).await;
    Way {
        coarse: etas.first().map(|eta_s| CoarseWay {
            distance_m: from.point.distance_m(centre),
            eta_s: *eta_s,
            source: from.source,
        }),
        exact: None,
    }
}
