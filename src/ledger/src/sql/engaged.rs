//! Whoever is on an open incident, for the map of the desk.

use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::ports::Engaged;

use super::db::{Db, Row, Sql, args, sql};
use super::fault::Done;
use super::rows::nat;

macro_rules! engaged {
    () => {
        "SELECT i.id, i.cell, a.id, a.responder_no, r.id
         FROM incident i
         JOIN alert a ON a.incident_id = i.id
         JOIN responder r ON r.no = a.responder_no
         WHERE i.org_no = $1 AND i.is_open = 1 AND a.is_open = 1
           AND a.state IN ('accepted', 'en_route', 'on_scene')"
    };
}

const ON_ANY: Sql = sql!([engaged]);
const ON_THESE: Sql = sql!([engaged] " AND i.id " [many 2]);

fn of_row(row: Row<'_>) -> Done<Engaged> {
    Ok(Engaged {
        incident: IncidentId(row.string(0)?),
        cell: row.opt_int(1)?.map(nat),
        alert: AlertId(row.string(2)?),
        responder: ResponderNo(row.nat(3)?),
        responder_id: ResponderId(row.string(4)?),
    })
}

/// Whoever is on these open incidents of the organisation, or on any of them.
pub(super) fn engaged(db: &dyn Db, org: OrgNo, of: Option<&Vec<String>>) -> Done<Vec<Engaged>> {
    let rows = match of {
        Some(ids) => db.query_one(ON_THESE, args![org, ids])?,
        None => db.query_one(ON_ANY, args![org])?,
    };
    rows.iter().map(of_row).collect()
}
