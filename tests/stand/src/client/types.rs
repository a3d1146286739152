//! The contract's JSON, as far as this package reads it. Unknown fields are kept out silently and
//! absent ones have a default, since fields may be added.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An incident as the desk sees it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Incident {
    /// Opaque id.
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// `held`, `alerting`, `covered`, `exhausted` or `closed`.
    pub state: String,
    /// What happened.
    pub kind: String,
    /// The wave reached.
    pub wave: u32,
    /// How many are wanted.
    pub wanted: u32,
    /// How many more may accept.
    pub overbook: u32,
    /// How many accepted and have not withdrawn.
    pub accepted: u32,
    /// Who is coming.
    pub summary: Counts,
    /// Everybody asked.
    pub alerts: Vec<Alert>,
    /// Open incidents that may be the same.
    pub possible_duplicates: Vec<String>,
    /// Why nobody is alerted.
    pub held_reasons: Vec<Value>,
    /// What was kept out.
    pub warnings: Vec<Value>,
}

/// Who is coming, in numbers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Accepted and not there yet.
    pub coming: u32,
    /// There.
    pub on_scene: u32,
    /// When the first will be there.
    pub first_eta_s: Option<f64>,
}

/// One ask to one responder, as the desk sees it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Alert {
    /// Opaque id.
    pub id: String,
    /// Who was asked.
    pub responder_id: String,
    /// `queued`, `sent`, `received`, … as in the contract.
    pub state: String,
    /// `cpr`, `aed`, `clinician` or `guide`.
    pub role: String,
    /// Distance when asked.
    pub distance_m: Option<f64>,
    /// Time of travel when asked.
    pub eta_s: Option<f64>,
    /// Age of the position when asked.
    pub fix_age_s: Option<f64>,
    /// The wave that asked.
    pub wave: u32,
}

/// An alert as the responder sees it, as far as disclosed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct MyAlert {
    /// Opaque id.
    pub id: String,
    /// What it is for.
    pub incident_id: String,
    /// Grows with every change.
    pub version: u64,
    /// As in [`Alert::state`].
    pub state: String,
    /// What to do there.
    pub role: String,
    /// Rounded before acceptance, exact after.
    pub distance_m: Option<f64>,
    /// Rounded before acceptance, exact after.
    pub eta_s: Option<f64>,
    /// Only after acceptance.
    pub location: Option<Value>,
    /// Only after acceptance.
    pub address: Option<Value>,
    /// Always the same for everybody.
    pub approximate_location: Option<Value>,
}

/// The answer to a raise.
#[derive(Debug, Clone)]
pub struct Raised {
    /// 201 for a new incident, 200 for a repeat.
    pub status: u16,
    /// The incident as it is now.
    pub incident: Incident,
}

/// A page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    /// The `after` of the next page.
    #[serde(default)]
    pub next: Option<Value>,
}

/// A position to report.
#[derive(Debug, Clone, Serialize)]
pub struct NewFix {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
    /// Radius of 68 %.
    pub accuracy_m: f64,
    /// By the phone's clock.
    pub at: String,
}
