//! Numbers of organisations and responders, which never change once given.

use std::collections::HashMap;
use std::hash::Hash;

use muster_core::domain::ids::{OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::responder::Travel;
use muster_core::ports::Roster;
use parking_lot::RwLock;

use crate::view::deadline::read;
use crate::view::error::{ApiError, Code};

/// Remembered organisations.
const ORGS_MAX: usize = 10_000;
/// Remembered responders; about 30 MB.
const RESPONDERS_MAX: usize = 200_000;

/// A responder, as far as it never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) no: ResponderNo,
    pub(crate) travel: Travel,
}

/// What was looked up before.
#[derive(Default)]
pub(crate) struct Names {
    orgs: RwLock<HashMap<OrgId, OrgNo>>,
    responders: RwLock<HashMap<(OrgNo, String), Known>>,
}

impl Names {
    /// The number of an organisation.
    pub(crate) async fn org_no(&self, roster: &dyn Roster, id: &OrgId) -> Result<OrgNo, ApiError> {
        let known = self.orgs.read().get(id).copied();
        if let Some(no) = known {
            return Ok(no);
        }
        let no = read(roster.org(id)).await?;
        remember(&mut self.orgs.write(), ORGS_MAX, id.clone(), no);
        Ok(no)
    }

    /// A responder by the subject of their token.
    pub(crate) async fn known(
        &self,
        roster: &dyn Roster,
        org: OrgNo,
        sub: &str,
    ) -> Result<Known, ApiError> {
        let key = (org, sub.to_owned());
        let known = self.responders.read().get(&key).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let id = ResponderId::from(sub);
        let found = read(roster.responder(org, &id)).await;
        let responder = found.map_err(|error| match error.code() {
            Code::NotFound => Code::NotEnrolled.into(),
            _ => error,
        })?;
        let known = Known {
            no: responder.no,
            travel: responder.travel,
        };
        remember(&mut self.responders.write(), RESPONDERS_MAX, key, known);
        Ok(known)
    }
}

/// A full cache starts anew: looking up again costs less than keeping an order of use.
fn remember<K: Eq + Hash, V>(names: &mut HashMap<K, V>, most: usize, key: K, value: V) {
    if names.len() >= most {
        names.clear();
    }
    names.insert(key, value);
}
