//! Organisations, responders, phones: the `Roster` port.

use async_trait::async_trait;
use muster_core::domain::ids::{DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::responder::{Profile, Skills, Standing, Travel};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Device, Enrolment, LedgerError, Responder, Roster};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::fault::Done;
use super::queue::Lane;
use super::rows::{bound, instant, int, nat, word};
use super::{SqliteLedger, people};

const RESPONDER: &str = "SELECT no, id, name, phone, skills, travel, exercises, standing, on_duty,
    duty_until FROM responder";

/// Both words are read after the row, because they can be ours only.
fn responder(row: &rusqlite::Row<'_>) -> rusqlite::Result<Done<Responder>> {
    let (travel, standing): (String, String) = (row.get(5)?, row.get(7)?);
    let words = word(&travel, Travel::parse)
        .and_then(|travel| Ok((travel, word(&standing, Standing::parse)?)));
    let (travel, standing) = match words {
        Ok(words) => words,
        Err(fault) => return Ok(Err(fault)),
    };
    Ok(Ok(Responder {
        no: ResponderNo(nat(row.get(0)?)),
        id: ResponderId(row.get(1)?),
        name: row.get(2)?,
        phone: row.get(3)?,
        skills: Skills(row.get(4)?),
        travel,
        exercises: row.get(6)?,
        standing,
        on_duty: row.get(8)?,
        duty_until: instant(row.get(9)?),
    }))
}

/// As of `now`: a duty whose time came has turned, even before `duty_changes` writes it down.
fn as_of(mut who: Responder, now: Timestamp) -> Responder {
    if who.duty_until.is_some_and(|until| until <= now) {
        who.on_duty = !who.on_duty;
        who.duty_until = None;
    }
    who
}

fn load(db: &Connection, org: OrgNo, id: &ResponderId) -> Done<Responder> {
    db.prepare_cached(&format!("{RESPONDER} WHERE org_no = $1 AND id = $2"))?
        .query_row(params![org.0, id.as_str()], responder)
        .optional()?
        .ok_or(LedgerError::NotFound)?
}

fn org(db: &Connection, id: &OrgId) -> Done<OrgNo> {
    db.prepare_cached("INSERT INTO org (id) VALUES ($1) ON CONFLICT (id) DO NOTHING")?
        .execute(params![id.as_str()])?;
    Ok(find_org(db, id)?.ok_or(LedgerError::NotFound)?)
}

fn find_org(db: &Connection, id: &OrgId) -> Done<Option<OrgNo>> {
    Ok(db
        .prepare_cached("SELECT no FROM org WHERE id = $1")?
        .query_row(params![id.as_str()], |row| row.get(0).map(OrgNo))
        .optional()?)
}

/// Newly enrolled people are pending and on duty: once verified, having registered a phone is
/// their word that they want alerts.
fn enrol(db: &Connection, org: OrgNo, who: &Enrolment) -> Done<Responder> {
    let added = db
        .prepare_cached(
            "INSERT INTO responder (org_no, id, name, phone, skills, travel, exercises, standing,
               on_duty, duty_until, version, dirty)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, NULL, 1, 1)
             ON CONFLICT (org_no, id) DO NOTHING",
        )?
        .execute(params![
            org.0,
            who.id.as_str(),
            who.name,
            who.phone,
            who.skills.0,
            who.travel.as_str(),
            who.exercises,
            Standing::Pending.as_str(),
        ])?;
    if added == 0 {
        return Err(LedgerError::Taken.into());
    }
    load(db, org, &who.id)
}

fn set_standing(
    db: &Connection,
    org: OrgNo,
    id: &ResponderId,
    standing: Standing,
) -> Done<(Responder, Option<IncidentId>)> {
    let no = load(db, org, id)?.no;
    db.prepare_cached("UPDATE responder SET standing = $1 WHERE no = $2")?
        .execute(params![standing.as_str(), int(no.0)])?;
    people::renew(db, no)?;
    let on = people::claim(db, no)?.map(|(_, incident)| incident);
    Ok((load(db, org, id)?, on))
}

/// Registers a phone. Returns whom it concerns: its owner, and who had the address before.
fn put_device(db: &Connection, who: ResponderNo, device: &Device) -> Done<Vec<ResponderNo>> {
    must_exist(db, who)?;
    let address = serde_json::to_string(&device.address)?;
    let others = db
        .prepare_cached(
            "SELECT no, responder_no FROM device WHERE address = $1
               AND NOT (responder_no = $2 AND id = $3)",
        )?
        .query_map(params![address, int(who.0), device.id.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, ResponderNo(nat(row.get(1)?))))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut concerned = vec![who];
    for (no, owner) in others {
        db.prepare_cached("DELETE FROM device WHERE no = $1")?
            .execute(params![no])?;
        if !concerned.contains(&owner) {
            concerned.push(owner);
        }
    }
    db.prepare_cached(
        "INSERT INTO device (responder_no, id, platform, address, generation)
         VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (responder_no, id) DO UPDATE SET
           platform = excluded.platform, dead_reason = NULL, address = excluded.address,
           generation = device.generation
             + CASE WHEN device.address = excluded.address THEN 0 ELSE 1 END",
    )?
    .execute(params![
        int(who.0),
        device.id.as_str(),
        device.platform.as_str(),
        address
    ])?;
    for no in &concerned {
        people::renew(db, *no)?;
    }
    Ok(concerned)
}

fn must_exist(db: &Connection, who: ResponderNo) -> Done<()> {
    let known: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM responder WHERE no = $1)")?
        .query_row(params![int(who.0)], |row| row.get(0))?;
    if known {
        Ok(())
    } else {
        Err(LedgerError::NotFound.into())
    }
}

#[async_trait]
impl Roster for SqliteLedger {
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
            self.write(Lane::Routine, move |db| org(db, &name)).await?
        };
        self.orgs.write().insert(id.clone(), no);
        Ok(no)
    }

    async fn enrol(&self, org: OrgNo, who: Enrolment) -> Result<Responder, LedgerError> {
        self.write(Lane::Routine, move |db| enrol(db, org, &who))
            .await
    }

    async fn responder(&self, org: OrgNo, id: &ResponderId) -> Result<Responder, LedgerError> {
        let (id, now) = (id.clone(), self.clock.now());
        self.read(move |db| Ok(as_of(load(db, org, &id)?, now)))
            .await
    }

    async fn responders(
        &self,
        org: OrgNo,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Responder>, LedgerError> {
        let now = self.clock.now();
        self.read(move |db| {
            let mut statement = db.prepare_cached(&format!(
                "{RESPONDER} WHERE org_no = $1 AND id > $2 ORDER BY id LIMIT $3"
            ))?;
            let rows = statement
                .query_map(
                    params![org.0, after.unwrap_or_default(), bound(limit)],
                    responder,
                )?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|row| Ok(as_of(row?, now))).collect()
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
            let (who, on) = set_standing(db, org, &id, standing)?;
            let profile = people::profile(db, who.no, now)?;
            Ok((as_of(who, now), profile, on))
        })
        .await
    }

    async fn put_device(
        &self,
        who: ResponderNo,
        device: Device,
    ) -> Result<Vec<Profile>, LedgerError> {
        let now = self.clock.now();
        self.write(Lane::Routine, move |db| {
            put_device(db, who, &device)?
                .into_iter()
                .map(|no| people::profile(db, no, now))
                .collect()
        })
        .await
    }

    async fn delete_device(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<Profile, LedgerError> {
        let (device, now) = (device.clone(), self.clock.now());
        self.write(Lane::Routine, move |db| {
            let gone = db
                .prepare_cached("DELETE FROM device WHERE responder_no = $1 AND id = $2")?
                .execute(params![int(who.0), device.as_str()])?;
            if gone == 0 {
                return Err(LedgerError::NotFound.into());
            }
            people::renew(db, who)?;
            people::profile(db, who, now)
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
        self.write(Lane::Routine, move |db| {
            must_exist(db, who)?;
            db.prepare_cached("UPDATE responder SET on_duty = $1, duty_until = $2 WHERE no = $3")?
                .execute(params![on, until.map(|at| at.0), int(who.0)])?;
            people::renew(db, who)?;
            people::profile(db, who, now)
        })
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
