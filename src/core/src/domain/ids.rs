//! Names of things. Each is its own type, so that one cannot stand for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as outsiders see it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id!(
    /// An incident, opaque to outsiders.
    IncidentId
);
text_id!(
    /// One ask to one responder for one incident, opaque to outsiders.
    AlertId
);
text_id!(
    /// The organisation that verifies responders and raises incidents.
    OrgId
);
text_id!(
    /// A responder as its organisation names it; unique within the organisation.
    ResponderId
);
text_id!(
    /// A phone, as the phone names itself; unique within its responder.
    DeviceId
);
text_id!(
    /// Another app that reports a responder's position: the user name of its credential.
    TrackerId
);

impl AlertId {
    /// The name of the alert at this place, from 0, in the order in which an incident asked: whoever
    /// has the name of an alert need not look for its incident.
    pub fn at(incident: &IncidentId, place: usize) -> Self {
        Self(format!("{incident}-{place:04}"))
    }

    /// The incident that the name says; nothing of names of before, which say none.
    pub fn incident(&self) -> Option<IncidentId> {
        let (incident, place) = self.0.rsplit_once('-')?;
        place.parse::<u32>().ok()?;
        Some(IncidentId::from(incident))
    }
}

/// An organisation's number in this installation, given by the ledger, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrgNo(pub u32);

/// A responder's number in this installation, given by the ledger, from 1 and dense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResponderNo(pub u64);
