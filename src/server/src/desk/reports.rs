//! What responders told after an incident.

use actix_web::{HttpResponse, web};
use muster_core::domain::ids::IncidentId;
use muster_core::ports::{KeptReport, PhoneLedger};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::permissions::Coordinator;
use crate::desk::follow_ups::CareView;
use crate::view::deadline::read;
use crate::view::error::{ApiError, Problem};
use crate::view::report::{PatientOutcome, PutReport, Welfare};
use crate::view::time::WireTime;

/// The reports of one incident's responders. What somebody wrote, and how they are, is shown to the
/// coordinator who took it and to nobody else.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/reports", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = ReportItems), (status = 404, body = Problem)),
)]
pub(crate) async fn reports(
    phone_ledger: web::Data<dyn PhoneLedger>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let incident = IncidentId(id.into_inner());
    let kept = read(phone_ledger.reports_of(desk.org, &incident)).await?;
    let reader = &desk.actor.subject;
    let items = kept
        .into_iter()
        .filter_map(|kept| ReportView::of(kept, reader))
        .collect();
    Ok(HttpResponse::Ok().json(ReportItems { items }))
}

/// A report as a coordinator reads it. What was said of themselves is for whoever took it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// Of which alert.
    pub alert_id: String,
    /// By whom.
    pub responder_id: String,
    /// When it was told last.
    pub at: WireTime,
    /// Chest compressions were given.
    pub cpr: Option<bool>,
    /// A defibrillator was used.
    pub aed_used: Option<bool>,
    /// What became of the patient.
    pub patient: Option<PatientOutcome>,
    /// You took it: the three below are there as they were told.
    pub readable: bool,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How the responder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welfare: Option<Welfare>,
    /// Wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_me: Option<bool>,
    /// Who sees to them; null when they did not ask and nobody took it.
    pub care: Option<CareView>,
}

impl ReportView {
    /// As this coordinator may read it; `None` for what an older version wrote in another shape.
    pub(crate) fn of(kept: KeptReport, reader: &str) -> Option<Self> {
        let told: PutReport = serde_json::from_str(&kept.told).ok()?;
        let readable = kept.care.as_ref().is_some_and(|care| care.is_of(reader));
        Some(Self {
            alert_id: kept.alert.0,
            responder_id: kept.responder.0,
            at: kept.at.into(),
            cpr: told.cpr,
            aed_used: told.aed_used,
            patient: told.patient,
            readable,
            text: told.text.filter(|_| readable),
            welfare: readable.then_some(told.welfare),
            call_me: readable.then_some(told.call_me),
            care: kept.care.map(CareView::from),
        })
    }
}

/// The reports of one incident.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportItems {
    /// Oldest first; none once the incident's private part was destroyed.
    pub items: Vec<ReportView>,
}
