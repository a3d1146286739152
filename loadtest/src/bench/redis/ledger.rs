//! The ledger's word on everybody, by rule: people numbered from 1 may all be found, and nobody
//! was ever seen. The index asks for it where it does not know.

use async_trait::async_trait;
use h3o::CellIndex;
use muster_core::domain::ids::{DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::responder::{Profile, Standing};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{
    Device, Enrolment, LastKnown, LedgerError, PeopleQuery, PersonChange, Responder, Roster, Seen,
};

use crate::bench::nearest::profile;

/// So many people.
pub(in crate::bench) struct ByRule(pub(in crate::bench) u64);

fn nobody_asks<T>() -> Result<T, LedgerError> {
    Err(LedgerError::NotFound)
}

#[async_trait]
impl Roster for ByRule {
    async fn org(&self, _: &OrgId) -> Result<OrgNo, LedgerError> {
        nobody_asks()
    }

    async fn enrol(&self, _: OrgNo, _: Enrolment) -> Result<Responder, LedgerError> {
        nobody_asks()
    }

    async fn responder(&self, _: OrgNo, _: &ResponderId) -> Result<Responder, LedgerError> {
        nobody_asks()
    }

    async fn named(&self, _: OrgNo, _: &[ResponderId]) -> Result<Vec<Responder>, LedgerError> {
        nobody_asks()
    }

    async fn find(&self, _: OrgNo, _: PeopleQuery) -> Result<Vec<Responder>, LedgerError> {
        nobody_asks()
    }

    async fn amend(
        &self,
        _: OrgNo,
        _: &ResponderId,
        _: PersonChange,
    ) -> Result<(Responder, Profile), LedgerError> {
        nobody_asks()
    }

    async fn set_standing(
        &self,
        _: OrgNo,
        _: &ResponderId,
        _: Standing,
    ) -> Result<(Responder, Profile, Option<IncidentId>), LedgerError> {
        nobody_asks()
    }

    async fn put_device(&self, _: ResponderNo, _: Device) -> Result<Vec<Profile>, LedgerError> {
        nobody_asks()
    }

    async fn delete_device(&self, _: ResponderNo, _: &DeviceId) -> Result<Profile, LedgerError> {
        nobody_asks()
    }

    async fn set_duty(
        &self,
        _: ResponderNo,
        _: bool,
        _: Option<Timestamp>,
    ) -> Result<Profile, LedgerError> {
        nobody_asks()
    }

    async fn profiles(
        &self,
        after: ResponderNo,
        limit: usize,
    ) -> Result<Vec<Profile>, LedgerError> {
        let numbers = after.0 + 1..=self.0;
        let all = numbers.map(|number| profile(number, OrgNo(1)));
        Ok(all.take(limit).collect())
    }
}

#[async_trait]
impl LastKnown for ByRule {
    async fn keep(&self, _: Vec<Seen>) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn inside(
        &self,
        _: &[CellIndex],
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError> {
        Ok(Vec::new())
    }

    async fn forget_seen(&self, _: Timestamp) -> Result<usize, LedgerError> {
        Ok(0)
    }
}
