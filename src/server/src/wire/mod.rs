//! The shapes that outsiders see, and their conversion to and from domain values.
//!
//! Invariant: a shape decides nothing. Reports of emergencies are read leniently, because a wrong
//! detail must never refuse a call for help; everything else is read strictly.

mod alert;
mod canonical;
mod characters;
mod desk;
mod desk_alert;
mod desk_link;
mod enrolment;
mod feed;
mod follow_up;
mod form;
mod incident;
mod local_time;
mod log;
mod map;
mod me;
mod owntracks;
mod people;
mod phone;
mod places;
#[expect(missing_docs, reason = "the documentation stands in the .proto file")]
pub mod proto;
mod quiet;
mod raise;
mod report;
mod responder;
mod time;
mod traccar;
mod tracker;
mod weekly;

pub use alert::{
    AedToFetch, AlertAction, AlertAfter, AlertBefore, AlertItems, Approximate, CoarseWay,
    Disclosed, Way,
};
pub use canonical::canonical;
pub use characters::{read_mended, take_out_odd};
pub use desk::{
    AcknowledgeAlarm, AddressIn, CloseIncident, CorrectAlert, LocationIn, PatchIncident,
    PatientPatch, ReasonIn, ReleaseIncident, StandDownOne, WidenIncident,
};
pub use desk_alert::{DeskAlert, FeedAlert};
pub use desk_link::{LinkView, MakeLink, UseLink};
pub use enrolment::{CODE_LETTERS, CodeView, MakeCode, SignIn, SignedInView, code_of, typed_code};
pub use feed::{
    DensityCell, FeedApproach, FeedApproaches, FeedBeat, FeedDensity, FeedPosition, FeedPositions,
    FeedStale,
};
pub use follow_up::{CareView, FollowUpItems, FollowUpView, TakeFollowUp};
pub use form::{AreaView, FormView};
pub use incident::{
    AcknowledgedView, AddressView, IncidentItems, IncidentView, LocationView, NextWaveView,
    OverrideView, PlanView, SourceView, SummaryView,
};
pub use local_time::next_local;
pub use log::{ActorView, LogItem, LogItems};
pub use map::{
    AedItems, AedView, CoverageCell, CoverageView, MapCentre, MapView, NamedPlaceView, NamedPlaces,
};
pub use me::{
    AlarmCounts, MeParts, MeView, PhoneItems, PhoneView, PositionCounts, PushKeyView, PutReadiness,
    ReadinessView, SilentView, TestReceived, TestSentView, TestView,
};
pub use owntracks::OwnTracks;
pub use people::{PersonItems, PersonView};
pub use phone::action_of;
pub use places::{PlaceShape, PlacesShape};
pub use quiet::QuietShape;
pub use raise::{ParsedRaise, PatientIn, RaiseIncident, SourceIn};
pub use report::{PatientOutcome, PutReport, ReportItems, ReportView, Welfare};
pub use responder::{
    AmendResponder, DeviceView, DutyIn, DutyView, EnrolResponder, FixIn, FixesAccepted, FixesIn,
    PushIn, PutDevice, RejectedView, ResponderItems, ResponderView, WebpushIn,
};
pub use time::WireTime;
pub use traccar::Traccar;
pub use tracker::{
    MakeTracker, OwnTracksSetup, TraccarSetup, TrackerItems, TrackerMade, TrackerView,
};
pub use weekly::WeeklySpanShape;

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Which field, as a path with dots.
    pub field: String,
    /// What is expected of it.
    pub why: String,
}

impl Invalid {
    /// Names the field and what is expected of it.
    pub fn new(field: &str, why: &str) -> Self {
        Self {
            field: field.to_owned(),
            why: why.to_owned(),
        }
    }
}

pub(crate) use map::{bounds, point};
pub(crate) use responder::id;

/// Text with a length between one character and `most`.
pub(crate) fn text(field: &str, value: String, most: usize) -> Result<String, Invalid> {
    if value.trim().is_empty() || value.chars().count() > most {
        let why = format!("1 to {most} characters expected");
        return Err(Invalid::new(field, &why));
    }
    Ok(value)
}
