//! Many responders in little time: enrolled, verified, on duty, with a phone, each at a place.
//!
//! A million requests would take longer than most measurements, and a million calls of the server's
//! library too. So the first responder is enrolled by the library, everybody else is a copy of
//! their rows with another name, and all columns are what the server itself would have written.
//!
//! | world | before the server starts | people | positions |
//! | --- | --- | --- | --- |
//! | [`embedded`] | its data folder | rows of SQLite | the slot file |
//! | [`scaled`] | PostgreSQL and Redis | rows of PostgreSQL, last known cells | the live index |

mod copies;
mod crowd;
pub mod embedded;
mod first;
pub mod scaled;
#[cfg(test)]
mod tests;

pub use crowd::{Crowd, DEVICE, Seeded};

use muster_core::domain::time::Timestamp;
use muster_core::ports::Clock;

use muster_stand::clock;

/// The wall clock, as the server's library wants it.
pub(crate) struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp(clock::now().as_millisecond())
    }
}
