//! The first of them, enrolled through the server's own library.

use muster_core::domain::ids::{DeviceId, OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::responder::{Profile, Skill, Standing, Travel};
use muster_core::ports::{Device, Enrolment, Roster};

use super::crowd::{Crowd, DEVICE};
use muster_stand::failure::{Context as _, Outcome};

/// Profiles in one read of the ledger.
const PAGE: usize = 10_000;

/// Enrols, verifies and equips number 0; whoever enrols is on duty.
pub(super) async fn enrol(roster: &dyn Roster, org: &str) -> Outcome<ResponderNo> {
    let org = roster.org(&OrgId::from(org)).await;
    let org: OrgNo = org.doing("naming the organisation")?;
    let id = ResponderId(Crowd::id(0));
    let who = Enrolment {
        id: id.clone(),
        name: "Responder".to_owned(),
        phone: None,
        skills: [Skill::Bls].into_iter().collect(),
        travel: Travel::Foot,
        exercises: false,
    };
    let who = roster.enrol(org, who).await.doing("enrolling")?;
    let device = Device {
        id: DeviceId::from(DEVICE),
        platform: Platform::Android,
        address: PushAddress::FcmToken(Crowd::push_address(0)),
    };
    let registered = roster.put_device(who.no, device).await;
    registered.doing("registering a phone")?;
    let verified = roster.set_standing(org, &id, Standing::Verified).await;
    verified.doing("verifying")?;
    Ok(who.no)
}

/// The profiles that follow a number, a page of them; none at the end.
pub(super) async fn profiles(roster: &dyn Roster, after: ResponderNo) -> Outcome<Vec<Profile>> {
    let profiles = roster.profiles(after, PAGE).await;
    profiles.doing("reading profiles")
}
