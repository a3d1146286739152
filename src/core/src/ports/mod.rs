//! The traits the rules need from the world. Each is small; its contract is in its docs.
//!
//! Invariant: no driver's type stands in a signature here.

mod bus;
mod clock;
mod geocoder;
mod index;
mod last_known;
mod ledger;
mod loops;
mod phonebook;
mod push;
mod travel;

pub use bus::Bus;
pub use clock::{Clock, Ids};
pub use geocoder::{Geocoder, NamedPlace, NoAnswer};
pub use index::{Found, LiveIndex, Nearest, Search};

pub use last_known::{LastKnown, Seen};
pub use ledger::*;
pub use loops::Loops;
pub use phonebook::{NewCode, Phonebook, Redeemed};
pub use push::{Outcome, PushGateway};
pub use travel::Travel;
