//! What responders tell after an incident: the `Reports` port.

use async_trait::async_trait;
use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Refusal;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{KeptReport, LedgerError, Reports};

use super::db::{Db, Sql, args, sql};
use super::fault::{Done, Fault};
use super::private::{self, Key};
use super::{Engine, SqlLedger};
use crate::ledger::queue::Lane;

/// What these texts are sealed for.
const USE: &str = "report";
/// Most reports of one incident that are read: nobody asks more people.
const REPORTS_MAX: i64 = 1_000;

const ALERT: Sql = sql!(
    "SELECT a.incident_id, a.body, k.secret FROM alert a
     LEFT JOIN incident_key k ON k.incident_id = a.incident_id
     WHERE a.id = $1 AND a.responder_no = $2" [pg " FOR KEY SHARE OF a"]
);
const PUT: Sql = sql!(
    "INSERT INTO alert_report (alert_id, incident_id, at, sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (alert_id) DO UPDATE SET at = excluded.at, sealed = excluded.sealed"
);
const IS_THERE: Sql = sql!("SELECT no FROM incident WHERE id = $1 AND org_no = $2");
const OF_INCIDENT: Sql = sql!(
    "SELECT r.alert_id, a.body, r.at, r.sealed FROM alert_report r JOIN alert a ON a.id = r.alert_id
     WHERE r.incident_id = $1 ORDER BY r.at, r.alert_id LIMIT $2"
);

fn put(db: &dyn Db, who: ResponderNo, id: &AlertId, (told, now): (&str, Timestamp)) -> Done<()> {
    let rows = db.one(ALERT, args![id, who])?;
    let row = rows.first().ok_or(LedgerError::NotFound)?;
    let alert: Alert = serde_json::from_str(row.text(1)?)?;
    if alert.accepted_at.is_none() {
        return Err(LedgerError::from(Refusal::NotAccepted).into());
    }
    let incident = IncidentId(row.string(0)?);
    let secret = row.opt_blob(2)?.ok_or(LedgerError::NotFound)?;
    let sealed = Key::of(&incident, secret).seal(USE, told.as_bytes())?;
    db.tell(PUT, args![id, &incident, now, &sealed])
}

fn of_incident(db: &dyn Db, org: OrgNo, id: &IncidentId) -> Done<Vec<KeptReport>> {
    let [there, key, rows] = db.ask([
        (IS_THERE, args![id, org]),
        (private::OF_INCIDENT, args![id]),
        (OF_INCIDENT, args![id, REPORTS_MAX]),
    ])?;
    there.first().ok_or(LedgerError::NotFound)?;
    let (Some(key), _) = private::of_rows(&key)? else {
        return Ok(Vec::new());
    };
    rows.iter()
        .map(|row| {
            let alert: Alert = serde_json::from_str(row.text(1)?)?;
            let sealed = row.opt_blob(3)?.unwrap_or_default();
            let told = String::from_utf8(key.open(USE, sealed)?)
                .map_err(|_not_text| Fault::broken("a report is no text"))?;
            Ok(KeptReport {
                alert: AlertId(row.string(0)?),
                responder: alert.responder_id,
                at: row.instant(2)?,
                told,
            })
        })
        .collect()
}

#[async_trait]
impl<E: Engine> Reports for SqlLedger<E> {
    async fn put_report(
        &self,
        who: ResponderNo,
        alert: &AlertId,
        told: String,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let alert = alert.clone();
        self.write(Lane::Routine, move |db| put(db, who, &alert, (&told, now)))
            .await
    }

    async fn reports_of(
        &self,
        org: OrgNo,
        incident: &IncidentId,
    ) -> Result<Vec<KeptReport>, LedgerError> {
        let incident = incident.clone();
        self.read(move |db| of_incident(db, org, &incident)).await
    }
}
