//! Who may be alerted: changes that the live index must learn at once.

use super::Dispatch;
use crate::domain::event::Actor;
use crate::domain::ids::{DeviceId, OrgNo, ResponderId, ResponderNo};
use crate::domain::incident::Command;
use crate::domain::responder::{Profile, Standing};
use crate::domain::time::Timestamp;
use crate::ports::{Device, Enrolment, LedgerError, PersonChange, Responder};

/// So many profiles are read at once when the index is loaded.
const PROFILES_PER_READ: usize = 10_000;

impl Dispatch {
    /// Tells the index of everybody enrolled. Returns how many.
    pub async fn load_index(&self) -> Result<usize, LedgerError> {
        let mut after = ResponderNo(0);
        let mut loaded = 0;
        loop {
            let profiles = self.roster.profiles(after, PROFILES_PER_READ).await?;
            let Some(last) = profiles.last() else {
                return Ok(loaded);
            };
            after = last.responder;
            loaded += profiles.len();
            self.tell_index(profiles).await;
        }
    }

    /// Enrols somebody, pending until verified.
    pub async fn enrol(&self, org: OrgNo, who: Enrolment) -> Result<Responder, LedgerError> {
        let responder = self.roster.enrol(org, who).await?;
        // known to the index from now on, so that a first fix is kept, but not findable
        self.index
            .admit(Profile {
                responder: responder.no,
                org,
                skills: responder.skills,
                travel: responder.travel,
                exercises: responder.exercises,
                available: false,
                version: 0,
            })
            .await;
        Ok(responder)
    }

    /// Changes what is known of somebody. Whoever is on an incident stays on it as they were asked.
    pub async fn amend(
        &self,
        org: OrgNo,
        id: &ResponderId,
        change: PersonChange,
    ) -> Result<Responder, LedgerError> {
        let (responder, profile) = self.roster.amend(org, id, change).await?;
        self.index.admit(profile).await;
        Ok(responder)
    }

    /// Verifies or suspends; a suspended responder is stood down from whatever they are on.
    pub async fn set_standing(
        &self,
        org: OrgNo,
        id: &ResponderId,
        standing: Standing,
        actor: Actor,
    ) -> Result<Responder, LedgerError> {
        let (responder, profile, on) = self.roster.set_standing(org, id, standing).await?;
        self.index.admit(profile).await;
        if let (Standing::Suspended, Some(incident)) = (standing, on) {
            let commands = vec![Command::Dismiss(responder.no)];
            self.decide(org, &incident, actor, commands).await?;
        }
        Ok(responder)
    }

    /// Registers a phone.
    pub async fn put_device(&self, who: ResponderNo, device: Device) -> Result<(), LedgerError> {
        self.tell_index(self.roster.put_device(who, device).await?)
            .await;
        Ok(())
    }

    /// Removes a phone; its session ends.
    pub async fn delete_device(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<(), LedgerError> {
        let profile = self.roster.delete_device(who, device).await?;
        self.index.admit(profile).await;
        self.bus.signed_out(&[who]);
        Ok(())
    }

    /// Whether somebody wants alerts, and until when.
    pub async fn set_duty(
        &self,
        who: ResponderNo,
        on: bool,
        until: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        let profile = self.roster.set_duty(who, on, until).await?;
        self.index.admit(profile).await;
        Ok(())
    }

    /// Lets the index learn of duties that changed by themselves.
    pub async fn follow_duty(&self) -> Result<usize, LedgerError> {
        let profiles = self.agenda.duty_changes(self.clock.now()).await?;
        let changed = profiles.len();
        self.tell_index(profiles).await;
        Ok(changed)
    }
}
