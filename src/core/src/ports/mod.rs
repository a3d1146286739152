//! The traits the rules need from the world. Each is small; its contract is in its docs.
//!
//! Invariant: no driver's type stands in a signature here.

mod bus;
mod clock;
mod desk_links;
mod feed;
mod follow_ups;
mod geocoder;
mod history;
mod index;
mod last_known;
mod ledger;
mod loops;
mod people;
mod phone_sessions;
mod phone_states;
mod place_times;
mod push;
mod push_result;
mod quiet_times;
mod reports;
mod trackers;
mod travel;

pub use bus::Bus;
pub use clock::{Clock, Ids};
pub use desk_links::{DeskLinks, Linked, NewLink};
pub use feed::{Engaged, Feed, FeedStep};
pub use follow_ups::{Care, FollowUp, FollowUpDesk, FollowUps};
pub use geocoder::{Geocoder, NamedPlace, NoAnswer};
pub use history::{History, HistoryQuery, Which};
pub use index::{Found, LiveIndex, Nearest, Search};

pub use last_known::{LastKnown, Seen};
pub use ledger::*;
pub use loops::Loops;
pub use people::{PeopleQuery, PersonChange};
pub use phone_sessions::{NewCode, PhoneSessions, Redeemed};
pub use phone_states::{
    Alarm, Attended, NewTest, OnDuty, PhoneReport, PhoneState, PhoneStates, PhoneTest,
    PositionSource,
};
pub use place_times::{PlaceTimes, Whereabouts};
pub use push::{Later, PushGateway, SendResult};
pub use push_result::{PushId, PushReport, PushResult, PutOff};
pub use quiet_times::QuietTimes;
pub use reports::{KeptReport, Reports, Told};
pub use trackers::{TRACKERS_MAX, Tracker, TrackerKey, Trackers};
pub use travel::Travel;

/// Everything of the ledger that only the people themselves need, and no decision.
pub trait PhoneLedger:
    PhoneSessions + PhoneStates + PlaceTimes + QuietTimes + Reports + DeskLinks
{
}

impl<T: PhoneSessions + PhoneStates + PlaceTimes + QuietTimes + Reports + DeskLinks> PhoneLedger
    for T
{
}

/// Everything of the ledger that the desk needs once an incident is over.
pub trait Records: FollowUpDesk + History {}

impl<T: FollowUpDesk + History> Records for T {}
