//! Everybody else: the first one's rows again, under another name.

use muster_core::domain::ids::ResponderNo;

use super::crowd::Crowd;
use muster_stand::failure::{Failure, Outcome};

/// The columns of a table, in any order.
pub(super) struct Columns {
    pub(super) responder: Vec<String>,
    pub(super) device: Vec<String>,
}

/// Numbers are given in the order of the rows, so that place `n` is the first number plus `n`.
/// Both engines understand this.
pub(super) fn statements(columns: &Columns, first: ResponderNo, people: usize) -> [String; 2] {
    let (first, last) = (first.0, people.saturating_sub(1));
    let person = |name: &str| match name {
        "id" => "'r' || s.i".to_owned(),
        "name" => "t.name || ' ' || s.i".to_owned(),
        "search" => "lower(t.name) || ' ' || s.i || '\nr' || s.i || '\n'".to_owned(),
        // the live index is seeded with them
        "dirty" => "0".to_owned(),
        other => format!("t.{other}"),
    };
    let mark = format!("{}-", Crowd::id(0));
    let phone = |name: &str| match name {
        "responder_no" => "r.no".to_owned(),
        "address" => format!("replace(t.address, '{mark}', r.id || '-')"),
        other => format!("t.{other}"),
    };
    let (into, from) = lists(&columns.responder, person);
    let responders = format!(
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {last})
         INSERT INTO responder ({into}) SELECT {from} FROM responder t CROSS JOIN s
         WHERE t.no = {first} ORDER BY s.i"
    );
    let (into, from) = lists(&columns.device, phone);
    let devices = format!(
        "INSERT INTO device ({into}) SELECT {from} FROM device t CROSS JOIN responder r
         WHERE t.responder_no = {first} AND r.no > {first} ORDER BY r.no"
    );
    [responders, devices]
}

/// Which columns are written, and from what; rows number themselves.
fn lists(columns: &[String], of: impl Fn(&str) -> String) -> (String, String) {
    let given = columns.iter().filter(|name| *name != "no");
    let (into, from): (Vec<_>, Vec<_>) = given.map(|name| (name.clone(), of(name))).unzip();
    (into.join(", "), from.join(", "))
}

/// Counts that say whether everybody is there under their number: people, phones, and people
/// whose number is not that of their place.
pub(super) fn check(first: ResponderNo) -> String {
    let first = first.0;
    format!(
        "SELECT (SELECT count(*) FROM responder), (SELECT count(*) FROM device),
           (SELECT count(*) FROM responder WHERE id <> 'r' || (no - {first}))"
    )
}

/// What [`check`] found, judged.
pub(super) fn judged((people, phones, astray): (i64, i64, i64), wanted: usize) -> Outcome<()> {
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    if (people, phones, astray) == (wanted, wanted, 0) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "of {wanted} people there are {people} with {phones} phones, {astray} under another's \
         number: the ledger was not empty"
    )))
}
