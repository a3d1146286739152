//! People as a coordinator finds and changes them.
//!
//! A search reads one index and nothing else until it knows whom it found: about a hundred bytes
//! of each person of the organisation, in the order of their names, and it ends with the page.

use muster_core::domain::ids::{OrgNo, ResponderId};
use muster_core::domain::name_search::text_of;
use muster_core::domain::responder::{Profile, Skills, Standing};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, PeopleQuery, PersonChange, Responder};

use super::db::{Arg, Db, Sql, args, sql};
use super::fault::Done;
use super::people::{self, Person};
use super::responder_ids::{BY_NAME, LOCK_BY_NAME, responder};
use super::rows::{bound, int};

/// So many people are filled in by one job.
const FILL_MAX: usize = 1_000;

const TEXT_OF: Sql = sql!("SELECT search FROM responder WHERE org_no = $1 AND id = $2");
/// Everybody in whose text all words stand, or the digits; those are NULL when there are none.
macro_rules! find {
    ($has:literal, $by:literal) => {
        concat!(
            "SELECT no, id, name, phone, skills, travel, exercises, standing, on_duty, duty_until,
               (SELECT hours FROM quiet_hours WHERE responder_no = responder.no)
             FROM responder WHERE no IN (
               SELECT no FROM responder ",
            $by,
            " WHERE org_no = $1 AND (search, id) > ($2, $3)
                 AND (CAST($4 AS BIGINT) = 0 OR (skills & CAST($4 AS BIGINT)) <> 0) AND ($5 = '' OR standing = $5)
                 AND ((",
            $has,
            "(search, $6) > 0 AND ",
            $has,
            "(search, $7) > 0 AND ",
            $has,
            "(search, $8) > 0 AND ",
            $has,
            "(search, $9) > 0) OR ",
            $has,
            "(search, CAST($10 AS TEXT)) > 0)
               ORDER BY search, id LIMIT $11)
             ORDER BY search, id"
        )
    };
}
pub(crate) const FIND: Sql = Sql {
    sqlite: find!("instr", "INDEXED BY responder_search"),
    postgres: find!("strpos", ""),
};
const AMEND: Sql = sql!(
    "UPDATE responder SET name = $1, phone = $2, skills = $3, travel = $4, exercises = $5,
       search = $6, version = version + 1 WHERE no = $7"
);
const UNSEARCHED: Sql =
    sql!("SELECT no, id, name, phone FROM responder WHERE search = '' ORDER BY no LIMIT $1");
const FILL: Sql = sql!(
    [lite "UPDATE responder SET search = $1 WHERE no = $2"]
    [pg "UPDATE responder SET search = new.search
       FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[])) AS new (search, no)
       WHERE responder.no = new.no"]
);

/// By name.
pub(super) fn find(
    db: &dyn Db,
    org: OrgNo,
    asked: &PeopleQuery,
    now: Timestamp,
) -> Done<Vec<Responder>> {
    let after = asked.after.as_deref().unwrap_or_default();
    let text = if after.is_empty() {
        String::new()
    } else {
        let rows = db.query_one(TEXT_OF, args![org, after])?;
        rows.first().ok_or(LedgerError::NotFound)?.string(0)?
    };
    let skills: Skills = asked.skill.into_iter().collect();
    let standing = asked.standing.map_or("", Standing::as_str);
    let [one, two, three, four] = &asked.sought.words;
    let rows = db.query_one(
        FIND,
        args![
            org,
            &text,
            after,
            skills.0,
            standing,
            one,
            two,
            three,
            four,
            asked.sought.digits.as_deref(),
            bound(asked.limit),
        ],
    )?;
    rows.iter().map(|row| responder(row, now)).collect()
}

/// Changes what is known of somebody.
pub(super) fn amend(
    db: &dyn Db,
    org: OrgNo,
    id: &ResponderId,
    (change, now): (PersonChange, Timestamp),
) -> Done<(Responder, Profile)> {
    let [_, who] = db.query([(LOCK_BY_NAME, args![org, id]), (BY_NAME, args![org, id])])?;
    let mut who = responder(who.first().ok_or(LedgerError::NotFound)?, now)?;
    change.apply(&mut who);
    let text = text_of(&who.name, &who.id.0, who.phone.as_deref());
    db.execute(
        AMEND,
        args![
            &who.name,
            who.phone.as_deref(),
            who.skills.0,
            who.travel.as_str(),
            who.exercises,
            &text,
            who.no,
        ],
    )?;
    let after = db.query_one(people::OF_NUMBERS, args![&vec![int(who.no.0)]])?;
    let person = Person::of(after.first().ok_or(LedgerError::NotFound)?)?;
    Ok((who, person.profile(now)))
}

/// Fills in what is searched, of people whom an older version enrolled. Returns whether there may
/// be more of them.
pub(crate) fn fill(db: &dyn Db) -> Done<bool> {
    let rows = db.query_one(UNSEARCHED, args![bound(FILL_MAX)])?;
    let texts = rows
        .iter()
        .map(|row| {
            let text = text_of(row.text(2)?, row.text(1)?, row.opt_text(3)?);
            Ok((text, row.int(0)?))
        })
        .collect::<Done<Vec<_>>>()?;
    let values: Vec<Vec<Arg<'_>>> = texts
        .iter()
        .map(|(text, no)| args![text, *no].to_vec())
        .collect();
    db.execute_rows(FILL, &values)?;
    Ok(values.len() == FILL_MAX)
}
