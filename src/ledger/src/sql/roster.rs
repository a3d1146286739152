//! Organisations, responders, phones: the `Roster` port.

use async_trait::async_trait;
use muster_core::domain::ids::{DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::name_search::text_of;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::responder::{Profile, Standing};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{
    Device, Enrolment, LedgerError, PeopleQuery, PersonChange, Profiles, Responder, Roster,
};

use super::db::{Db, Sql, args, sql};
use super::duty::Duty;
use super::fault::Done;
use super::people::{Person, persons};
use super::phones::DROP_DEVICE;
use super::responder_ids::{BY_NAME, BY_NAMES, LOCK_BY_NAME, responder};
use super::rows::{bound, int};
use super::{Engine, SqlLedger, directory, locks, people, phone_rows, phone_sessions, quiet};
use crate::queue::Lane;

const FIND_ORG: Sql = sql!("SELECT no FROM org WHERE id = $1");
const ADD_ORG: Sql =
    sql!("INSERT INTO org (id) VALUES ($1) ON CONFLICT (id) DO NOTHING RETURNING no");
const PERSON_BY_NAME: Sql = sql!([persons] "WHERE r.org_no = $1 AND r.id = $2");
const ENROL: Sql = sql!(
    "INSERT INTO responder (org_no, id, name, phone, skills, travel, exercises, standing, on_duty,
       duty_until, version, dirty, search)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, NULL, 1, 1, $9)
     ON CONFLICT (org_no, id) DO NOTHING RETURNING no"
);
const SET_STANDING: Sql =
    sql!("UPDATE responder SET standing = $1, version = version + 1 WHERE no = $2");
const SET_DUTY: Sql =
    sql!("UPDATE responder SET on_duty = $1, duty_until = $2, version = version + 1 WHERE no = $3");
const OWNERS: Sql =
    sql!("SELECT responder_no FROM device WHERE address = $1 AND responder_no <> $2");
const DROP_OTHERS: Sql =
    sql!("DELETE FROM device WHERE address = $1 AND NOT (responder_no = $2 AND id = $3)");
const PUT_DEVICE: Sql = sql!(
    "INSERT INTO device (responder_no, id, platform, address, generation)
     VALUES ($1, $2, $3, $4, 1)
     ON CONFLICT (responder_no, id) DO UPDATE SET
       platform = excluded.platform, dead_reason = NULL, address = excluded.address,
       generation = device.generation
         + CASE WHEN device.address = excluded.address THEN 0 ELSE 1 END"
);

fn find_org(db: &dyn Db, id: &OrgId) -> Done<Option<OrgNo>> {
    let rows = db.query_one(FIND_ORG, args![id])?;
    rows.first().map(|row| row.org(0)).transpose()
}

fn add_org(db: &dyn Db, id: &OrgId) -> Done<OrgNo> {
    // looked at first, because a refused insert costs a number
    if let Some(no) = find_org(db, id)? {
        return Ok(no);
    }
    match db.query_one(ADD_ORG, args![id])?.first() {
        Some(row) => row.org(0),
        None => Ok(find_org(db, id)?.ok_or(LedgerError::NotFound)?),
    }
}

/// Newly enrolled people are pending and on duty: once verified, having registered a phone is
/// their word that they want alerts.
fn enrol(db: &dyn Db, org: OrgNo, who: Enrolment) -> Done<Responder> {
    // looked at first, because a refused insert costs a number, and numbers are to be dense
    if db.query_one(BY_NAME, args![org, &who.id])?.count() > 0 {
        return Err(LedgerError::Taken.into());
    }
    let standing = Standing::Pending;
    let added = db.query_one(
        ENROL,
        args![
            org,
            &who.id,
            &who.name,
            who.phone.as_deref(),
            who.skills.0,
            who.travel.as_str(),
            who.exercises,
            standing.as_str(),
            &text_of(&who.name, &who.id.0, who.phone.as_deref()),
        ],
    )?;
    let row = added.first().ok_or(LedgerError::Taken)?;
    Ok(Responder {
        no: ResponderNo(row.nat(0)?),
        id: who.id,
        name: who.name,
        phone: who.phone,
        skills: who.skills,
        travel: who.travel,
        exercises: who.exercises,
        standing,
        on_duty: true,
        duty_until: None,
    })
}

type Stood = (Responder, Profile, Option<IncidentId>);

fn set_standing(
    db: &dyn Db,
    org: OrgNo,
    id: &ResponderId,
    (standing, now): (Standing, Timestamp),
) -> Done<Stood> {
    let [_, who, person] = db.query([
        (LOCK_BY_NAME, args![org, id]),
        (BY_NAME, args![org, id]),
        (PERSON_BY_NAME, args![org, id]),
    ])?;
    let mut who = responder(who.first().ok_or(LedgerError::NotFound)?, now)?;
    let mut person = Person::of(person.first().ok_or(LedgerError::NotFound)?)?;
    db.execute(SET_STANDING, args![standing.as_str(), who.no])?;
    who.standing = standing;
    person.standing = standing;
    person.version += 1;
    let on = person.incident().cloned();
    Ok((who, person.profile(now), on))
}

/// One responder under their lock.
fn lock_one(db: &dyn Db, who: ResponderNo) -> Done<Person> {
    let number = vec![int(who.0)];
    let [_, person] = db.query([
        (people::LOCK, args![&number]),
        (people::OF_NUMBERS, args![&number]),
    ])?;
    Person::of(person.first().ok_or(LedgerError::NotFound)?)
}

fn set_duty(
    db: &dyn Db,
    who: ResponderNo,
    (on, until): (bool, Option<Timestamp>),
    now: Timestamp,
) -> Done<Profile> {
    let mut person = lock_one(db, who)?;
    // what is said by hand holds until quiet hours turn it, unless it says itself until when
    person.duty = match until {
        Some(_) => Duty { on, until },
        None => Duty::said(on, person.hours.as_ref(), now),
    };
    db.execute(SET_DUTY, args![on, person.duty.until, who])?;
    person.version += 1;
    Ok(person.profile(now))
}

/// Keeps quiet hours and sets duty as they say it now.
pub(super) fn set_quiet(
    db: &dyn Db,
    who: ResponderNo,
    hours: Option<&QuietHours>,
    now: Timestamp,
) -> Done<Profile> {
    if let Some(hours) = hours {
        quiet::check(hours)?;
    }
    let mut person = lock_one(db, who)?;
    quiet::put(db, who, hours)?;
    person.hours = hours.cloned();
    person.duty = Duty::by_hours(hours, now);
    db.execute(SET_DUTY, args![person.duty.on, person.duty.until, who])?;
    person.version += 1;
    Ok(person.profile(now))
}

/// Registers a phone. Returns the profiles of its owner and of who had the address before.
fn put_device(
    db: &dyn Db,
    who: ResponderNo,
    device: &Device,
    now: Timestamp,
) -> Done<Vec<Profile>> {
    let address = serde_json::to_string(&device.address)?;
    let [_, owners] = db.query([
        (locks::LOCK, args![locks::of_address(&device.address)?]),
        (OWNERS, args![&address, who]),
    ])?;
    let mut numbers = owners.ints()?;
    numbers.push(int(who.0));
    let [_, known] = db.query([
        (people::LOCK, args![&numbers]),
        (people::OF_NUMBERS, args![&numbers]),
    ])?;
    if !known.ints()?.contains(&int(who.0)) {
        return Err(LedgerError::NotFound.into());
    }
    db.execute(DROP_OTHERS, args![&address, who, &device.id])?;
    let platform = device.platform.as_str();
    db.execute(PUT_DEVICE, args![who, &device.id, platform, &address])?;
    db.execute(people::RENEW, args![&numbers])?;
    let after = db.query_one(people::OF_NUMBERS, args![&numbers])?;
    let mut profiles = people::profiles_of(&after, now)?;
    // the owner first
    profiles.sort_by_key(|profile| (profile.responder != who, profile.responder));
    Ok(profiles)
}

fn delete_device(
    db: &dyn Db,
    who: ResponderNo,
    device: &DeviceId,
    now: Timestamp,
) -> Done<Profile> {
    let number = vec![int(who.0)];
    let [_, gone, ended] = db.query([
        (people::LOCK, args![&number]),
        (DROP_DEVICE, args![who, device]),
        (phone_sessions::END, args![who, device]),
    ])?;
    // a phone that never registered a push address signs out too
    gone.first()
        .or(ended.first())
        .ok_or(LedgerError::NotFound)?;
    db.execute(phone_rows::FORGET, args![who, device])?;
    db.execute(people::RENEW, args![&number])?;
    let after = db.query_one(people::OF_NUMBERS, args![&number])?;
    let person = Person::of(after.first().ok_or(LedgerError::NotFound)?)?;
    Ok(person.profile(now))
}

#[async_trait]
impl<E: Engine> Roster for SqlLedger<E> {
    async fn org(&self, id: &OrgId) -> Result<OrgNo, LedgerError> {
        if let Some(no) = self.orgs.read().get(id) {
            return Ok(*no);
        }
        let name = id.clone();
        let known = self.read(move |db| find_org(db, &name)).await?;
        let no = if let Some(no) = known {
            no
        } else {
            let name = id.clone();
            self.write(Lane::Routine, move |db| add_org(db, &name))
                .await?
        };
        self.orgs.write().insert(id.clone(), no);
        Ok(no)
    }

    async fn enrol(&self, org: OrgNo, who: Enrolment) -> Result<Responder, LedgerError> {
        self.write(Lane::Routine, move |db| enrol(db, org, who))
            .await
    }

    async fn responder(&self, org: OrgNo, id: &ResponderId) -> Result<Responder, LedgerError> {
        let (id, now) = (id.clone(), self.clock.now());
        self.read(move |db| {
            let rows = db.query_one(BY_NAME, args![org, &id])?;
            responder(rows.first().ok_or(LedgerError::NotFound)?, now)
        })
        .await
    }

    async fn named(&self, org: OrgNo, ids: &[ResponderId]) -> Result<Vec<Responder>, LedgerError> {
        let ids: Vec<String> = ids.iter().map(|id| id.0.clone()).collect();
        let now = self.clock.now();
        self.read(move |db| {
            let rows = db.query_one(BY_NAMES, args![org, &ids])?;
            rows.iter().map(|row| responder(row, now)).collect()
        })
        .await
    }

    async fn find(&self, org: OrgNo, asked: PeopleQuery) -> Result<Vec<Responder>, LedgerError> {
        let now = self.clock.now();
        self.read(move |db| directory::find(db, org, &asked, now))
            .await
    }

    async fn amend(
        &self,
        org: OrgNo,
        id: &ResponderId,
        change: PersonChange,
    ) -> Result<(Responder, Profile), LedgerError> {
        let (id, now) = (id.clone(), self.clock.now());
        self.write(Lane::Routine, move |db| {
            directory::amend(db, org, &id, (change, now))
        })
        .await
    }

    async fn set_standing(
        &self,
        org: OrgNo,
        id: &ResponderId,
        standing: Standing,
    ) -> Result<(Responder, Profile, Option<IncidentId>), LedgerError> {
        let (id, now) = (id.clone(), self.clock.now());
        self.write(Lane::Emergency, move |db| {
            set_standing(db, org, &id, (standing, now))
        })
        .await
    }

    async fn put_device(
        &self,
        who: ResponderNo,
        device: Device,
    ) -> Result<Vec<Profile>, LedgerError> {
        let now = self.clock.now();
        self.write(Lane::Routine, move |db| put_device(db, who, &device, now))
            .await
    }

    async fn delete_device(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<Profile, LedgerError> {
        let (device, now) = (device.clone(), self.clock.now());
        self.write(Lane::Routine, move |db| {
            delete_device(db, who, &device, now)
        })
        .await
    }

    async fn set_duty(
        &self,
        who: ResponderNo,
        on: bool,
        until: Option<Timestamp>,
    ) -> Result<Profile, LedgerError> {
        let now = self.clock.now();
        self.write(Lane::Routine, move |db| set_duty(db, who, (on, until), now))
            .await
    }

    async fn profiles(
        &self,
        after: ResponderNo,
        limit: usize,
    ) -> Result<Vec<Profile>, LedgerError> {
        let now = self.clock.now();
        self.read(move |db| people::profiles(db, after, bound(limit), now))
            .await
    }
}

#[async_trait]
impl<E: Engine> Profiles for SqlLedger<E> {
    async fn profiles_of(&self, responders: Vec<ResponderNo>) -> Result<Vec<Profile>, LedgerError> {
        let now = self.clock.now();
        let numbers: Vec<i64> = responders.iter().map(|no| int(no.0)).collect();
        self.read(move |db| {
            let rows = db.query_one(people::OF_NUMBERS, args![&numbers])?;
            people::profiles_of(&rows, now)
        })
        .await
    }
}
