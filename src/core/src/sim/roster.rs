//! The `Roster` port of one node.

use async_trait::async_trait;

use super::ledger::SimLedger;
use super::tables::{Person, Phone};
use crate::domain::finding::text_of;
use crate::domain::ids::{DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo};
use crate::domain::responder::{Profile, Standing};
use crate::domain::time::Timestamp;
use crate::ports::{Device, Enrolment, LedgerError, PeopleQuery, PersonChange, Responder, Roster};

impl SimLedger {
    /// Changes somebody in one transaction. Returns what they are on, too.
    async fn change(
        &self,
        who: ResponderNo,
        job: impl FnOnce(&mut Person) -> Result<(), LedgerError> + Send,
    ) -> Result<(Profile, Option<IncidentId>), LedgerError> {
        self.write(Vec::new(), move |w, _| {
            let now = w.time();
            let tables = &mut w.tables;
            let person = tables.people.get_mut(&who.0).ok_or(LedgerError::NotFound)?;
            job(person)?;
            person.version += 1;
            let profile = tables.profile(who.0, now).ok_or(LedgerError::NotFound)?;
            let on = tables.claims.get(&who.0).map(|(_, on)| on.clone());
            Ok(((profile, on), Vec::new()))
        })
        .await
    }
}

fn text(who: &Responder) -> String {
    text_of(&who.name, &who.id.0, who.phone.as_deref())
}

#[async_trait]
impl Roster for SimLedger {
    async fn org(&self, id: &OrgId) -> Result<OrgNo, LedgerError> {
        let number = id.as_str().parse().ok();
        number.map(OrgNo).ok_or(LedgerError::NotFound)
    }

    async fn enrol(&self, org: OrgNo, who: Enrolment) -> Result<Responder, LedgerError> {
        self.write(Vec::new(), move |w, _| {
            let people = &mut w.tables.people;
            if people.values().any(|p| p.org == org && p.who.id == who.id) {
                return Err(LedgerError::Taken);
            }
            let no = people.last_key_value().map_or(1, |(no, _)| no + 1);
            let responder = Responder {
                no: ResponderNo(no),
                id: who.id,
                name: who.name,
                phone: who.phone,
                skills: who.skills,
                travel: who.travel,
                exercises: who.exercises,
                standing: Standing::Pending,
                on_duty: true,
                duty_until: None,
            };
            let person = Person {
                org,
                who: responder.clone(),
                version: 1,
                dirty: true,
                phones: std::collections::BTreeMap::new(),
            };
            people.insert(no, person);
            Ok((responder, Vec::new()))
        })
        .await
    }

    async fn responder(&self, org: OrgNo, id: &ResponderId) -> Result<Responder, LedgerError> {
        let id = id.clone();
        self.read(move |w| {
            let mut people = w.tables.people.values();
            people
                .find(|person| person.org == org && person.who.id == id)
                .map(|person| person.who.clone())
                .ok_or(LedgerError::NotFound)
        })
        .await
    }

    async fn named(&self, org: OrgNo, ids: &[ResponderId]) -> Result<Vec<Responder>, LedgerError> {
        let ids = ids.to_vec();
        self.read(move |w| {
            let people = w.tables.people.values();
            let asked = people.filter(|p| p.org == org && ids.contains(&p.who.id));
            Ok(asked.map(|p| p.who.clone()).collect())
        })
        .await
    }

    async fn find(&self, org: OrgNo, asked: PeopleQuery) -> Result<Vec<Responder>, LedgerError> {
        self.read(move |w| {
            let people = w.tables.people.values().filter(|p| p.org == org);
            let mut all: Vec<(String, Responder)> =
                people.map(|p| (text(&p.who), p.who.clone())).collect();
            all.sort_by(|(a, x), (b, y)| (a, &x.id).cmp(&(b, &y.id)));
            let from = match asked.after {
                None => 0,
                Some(id) => {
                    let at = all.iter().position(|(_, who)| who.id.0 == id);
                    at.ok_or(LedgerError::NotFound)? + 1
                }
            };
            let found = all.into_iter().skip(from).filter(|(text, who)| {
                asked.sought.finds(text)
                    && asked
                        .skill
                        .is_none_or(|skill| who.skills.iter().any(|s| s == skill))
                    && asked
                        .standing
                        .is_none_or(|standing| who.standing == standing)
            });
            Ok(found.map(|(_, who)| who).take(asked.limit).collect())
        })
        .await
    }

    async fn amend(
        &self,
        org: OrgNo,
        id: &ResponderId,
        change: PersonChange,
    ) -> Result<(Responder, Profile), LedgerError> {
        let who = self.responder(org, id).await?;
        let (profile, _) = self
            .change(who.no, move |person| {
                change.apply(&mut person.who);
                Ok(())
            })
            .await?;
        Ok((self.responder(org, id).await?, profile))
    }

    async fn set_standing(
        &self,
        org: OrgNo,
        id: &ResponderId,
        standing: Standing,
    ) -> Result<(Responder, Profile, Option<IncidentId>), LedgerError> {
        let who = self.responder(org, id).await?;
        let (profile, on) = self
            .change(who.no, |person| {
                person.who.standing = standing;
                Ok(())
            })
            .await?;
        Ok((who, profile, on))
    }

    async fn put_device(
        &self,
        who: ResponderNo,
        device: Device,
    ) -> Result<Vec<Profile>, LedgerError> {
        let (profile, _) = self
            .change(who, |person| {
                let known = person.phones.get(device.id.as_str());
                let generation = known.map_or(1, |p| {
                    p.generation + u64::from(p.device.address != device.address)
                });
                let phone = Phone {
                    generation,
                    dead: false,
                    device,
                };
                let name = phone.device.id.0.clone();
                person.phones.insert(name, phone);
                Ok(())
            })
            .await?;
        Ok(vec![profile])
    }

    async fn delete_device(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<Profile, LedgerError> {
        self.change(who, |person| {
            let gone = person.phones.remove(device.as_str());
            gone.map(|_| ()).ok_or(LedgerError::NotFound)
        })
        .await
        .map(|(profile, _)| profile)
    }

    async fn set_duty(
        &self,
        who: ResponderNo,
        on: bool,
        until: Option<Timestamp>,
    ) -> Result<Profile, LedgerError> {
        self.change(who, |person| {
            person.who.on_duty = on;
            person.who.duty_until = until;
            Ok(())
        })
        .await
        .map(|(profile, _)| profile)
    }

    async fn profiles(
        &self,
        after: ResponderNo,
        limit: usize,
    ) -> Result<Vec<Profile>, LedgerError> {
        self.read(move |w| {
            let now = w.time();
            let above = w.tables.people.range(after.0 + 1..).map(|(no, _)| *no);
            let numbers: Vec<u64> = above.take(limit).collect();
            let profile = |no: u64| w.tables.profile(no, now);
            Ok(numbers.into_iter().filter_map(profile).collect())
        })
        .await
    }
}
