//! Numbers of organisations and responders, which never change once given.

use std::collections::HashMap;
use std::hash::Hash;

use muster_core::domain::ids::{OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::responder::Travel;
use parking_lot::RwLock;

use super::error::{ApiError, Code};
use super::state::{Web, read};

/// Remembered organisations.
const ORGS_MAX: usize = 10_000;
/// Remembered responders; about 30 MB.
const RESPONDERS_MAX: usize = 200_000;

/// A responder, as far as it never changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) no: ResponderNo,
    pub(super) travel: Travel,
}

/// What was looked up before.
#[derive(Default)]
pub(super) struct Names {
    orgs: RwLock<HashMap<OrgId, OrgNo>>,
    responders: RwLock<HashMap<(OrgNo, String), Known>>,
}

impl Web {
    pub(super) async fn org_no(&self, id: &OrgId) -> Result<OrgNo, ApiError> {
        let known = self.names.orgs.read().get(id).copied();
        if let Some(no) = known {
            return Ok(no);
        }
        let no = read(self.dispatch.roster.org(id)).await?;
        remember(&mut self.names.orgs.write(), ORGS_MAX, id.clone(), no);
        Ok(no)
    }

    pub(super) async fn known(&self, org: OrgNo, sub: &str) -> Result<Known, ApiError> {
        let key = (org, sub.to_owned());
        let known = self.names.responders.read().get(&key).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let id = ResponderId::from(sub);
        let found = read(self.dispatch.roster.responder(org, &id)).await;
        let responder = found.map_err(|error| match error.code() {
            Code::NotFound => Code::NotEnrolled.into(),
            _ => error,
        })?;
        let known = Known {
            no: responder.no,
            travel: responder.travel,
        };
        remember(
            &mut self.names.responders.write(),
            RESPONDERS_MAX,
            key,
            known,
        );
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
