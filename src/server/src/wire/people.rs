//! Who was asked, by name.

use muster_core::domain::incident::Incident;
use muster_core::ports::Responder;
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody who was asked.
#[derive(Serialize, ToSchema)]
pub struct PersonView {
    /// Who.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone, while they are on it and only then.
    pub phone: Option<String>,
}

/// Everybody who was asked.
#[derive(Serialize, ToSchema)]
pub struct PersonItems {
    /// Each once, in no order.
    pub items: Vec<PersonView>,
}

impl PersonItems {
    /// What the desk may know of the people of this incident.
    pub fn of(incident: &Incident, people: Vec<Responder>) -> Self {
        let on_it = |who: &Responder| {
            let mut alerts = incident.alerts.iter();
            alerts.any(|alert| alert.responder == who.no && alert.state.is_engaged())
        };
        let items = people.into_iter().map(|who| PersonView {
            phone: who.phone.clone().filter(|_| on_it(&who)),
            responder_id: who.id.0,
            name: who.name,
        });
        Self {
            items: items.collect(),
        }
    }
}
