//! What responders tell after an incident: the `Reports` port.

use async_trait::async_trait;
use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Refusal;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{KeptReport, LedgerError, Reports, Told};

use super::db::{Db, Sql, args, sql};
use super::fault::{Done, Fault};
use super::sealed::{self, Key};
use super::{Engine, SqlLedger, follow_ups};
use crate::queue::Lane;

/// What these texts are sealed for.
const USE: &str = "report";
/// Most reports of one incident that are read: nobody asks more people.
const REPORTS_MAX: i64 = 1_000;

const ALERT: Sql = sql!(
    "SELECT a.incident_id, a.body, k.secret FROM alert a
     LEFT JOIN incident_key k ON k.incident_id = a.incident_id
     WHERE a.incident_id = $1 AND a.id = $2 AND a.responder_no = $3" [pg " FOR KEY SHARE OF a"]
);
const PUT: Sql = sql!(
    "INSERT INTO alert_report (alert_id, incident_id, at, sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (alert_id) DO UPDATE SET at = excluded.at, sealed = excluded.sealed"
);
const SEALED: Sql = sql!("SELECT sealed FROM alert_report WHERE alert_id = $1");
const IS_THERE: Sql = sql!("SELECT no FROM incident WHERE id = $1 AND org_no = $2");
const OF_INCIDENT: Sql = sql!(
    "SELECT r.alert_id, a.body, r.at, r.sealed, f.alert_id, f.taken_by, f.taken_at, f.done_at
     FROM alert_report r JOIN alert a ON a.incident_id = r.incident_id AND a.id = r.alert_id
     LEFT JOIN follow_up f ON f.alert_id = r.alert_id
     WHERE r.incident_id = $1 ORDER BY r.at, r.alert_id LIMIT $2"
);

fn put(
    db: &dyn Db,
    who: ResponderNo,
    (incident, id): (&IncidentId, &AlertId),
    (told, now): (&Told, Timestamp),
) -> Done<()> {
    let [rows, before] = db.query([(ALERT, args![incident, id, who]), (SEALED, args![id])])?;
    let row = rows.first().ok_or(LedgerError::NotFound)?;
    let alert: Alert = serde_json::from_str(row.text(1)?)?;
    if alert.accepted_at.is_none() {
        return Err(LedgerError::from(Refusal::NotAccepted).into());
    }
    let secret = row.opt_blob(2)?.ok_or(LedgerError::NotFound)?;
    let key = Key::of(incident, secret);
    let before = before.first().map(|row| row.opt_blob(0)).transpose()?;
    let before = before
        .flatten()
        .and_then(|sealed| key.open(USE, sealed).ok());
    let same = before.is_some_and(|before| before == told.json.as_bytes());
    let sealed = key.seal(USE, told.json.as_bytes())?;
    db.execute(PUT, args![id, incident, now, &sealed])?;
    follow_ups::heard(db, (incident, id), (told.asks, same), now)
}

fn of_incident(db: &dyn Db, org: OrgNo, id: &IncidentId) -> Done<Vec<KeptReport>> {
    let [there, key, rows] = db.query([
        (IS_THERE, args![id, org]),
        (sealed::OF_INCIDENT, args![id]),
        (OF_INCIDENT, args![id, REPORTS_MAX]),
    ])?;
    there.first().ok_or(LedgerError::NotFound)?;
    let (Some(key), _) = sealed::of_rows(&key)? else {
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
                care: match row.opt_text(4)? {
                    Some(_) => Some(follow_ups::care(row, 5)?),
                    None => None,
                },
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
        told: Told,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (incident, alert) = (self.of_name(alert).await?, alert.clone());
        self.write(Lane::Routine, move |db| {
            put(db, who, (&incident, &alert), (&told, now))
        })
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
