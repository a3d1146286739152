//! Events that change one alert and nothing else of its incident: what providers and phones say.

use std::collections::{BTreeSet, HashMap};

use muster_core::domain::alert::Alert;
use muster_core::domain::event::{Actor, Event, Recorded};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::time::Timestamp;
use muster_core::ports::LedgerError;

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::events::Trail;
use super::fault::{Done, Fault};
use super::{events, locks};

/// An incident, locked.
pub(super) const INCIDENT: Sql =
    sql!("SELECT id, org_no, version FROM incident WHERE id = $1" [pg " FOR NO KEY UPDATE"]);
/// Alerts of an incident, by name.
pub(super) const ALERTS: Sql = sql!(
    "SELECT id, incident_id, said, body, ord FROM alert WHERE incident_id = $1 AND id " [many 2]
);
const TOUCH: Sql = sql!(
    [lite "UPDATE alert SET state = $1, is_open = $2, said = $3, body = $4
       WHERE incident_id = $5 AND ord = $6"]
    [pg "UPDATE alert SET state = new.state, is_open = new.is_open, said = new.said,
         body = new.body
       FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]),
         CAST($4 AS TEXT[]), CAST($5 AS TEXT[]), CAST($6 AS BIGINT[]))
         AS new (state, is_open, said, body, incident, ord)
       WHERE alert.incident_id = new.incident AND alert.ord = new.ord"]
);

/// Which proofs an alert has, as a bit each.
fn said(event: &Event) -> i64 {
    match event {
        Event::Sent { .. } => 1,
        Event::Received { .. } => 2,
        Event::Seen { .. } => 4,
        _ => 0,
    }
}

/// One alert with what an event about it alone needs.
pub(super) struct Touched {
    pub(super) alert: Alert,
    pub(super) incident: IncidentId,
    said: i64,
    /// Place in the order of asking.
    ord: i64,
}

/// Alerts that are changed by an event of their own, under the locks of their incidents.
pub(super) struct Touching {
    incidents: HashMap<IncidentId, (OrgNo, u64)>,
    pub(super) alerts: HashMap<AlertId, Touched>,
    changed: BTreeSet<AlertId>,
    happened: Vec<(IncidentId, Actor, Recorded)>,
}

impl Touching {
    pub(super) fn of(incidents: &Rows, alerts: &Rows) -> Done<Self> {
        let incident = |row: Row<'_>| Ok((IncidentId(row.string(0)?), (row.org(1)?, row.nat(2)?)));
        let alert = |row: Row<'_>| {
            let touched = Touched {
                alert: serde_json::from_str(row.text(3)?)?,
                incident: IncidentId(row.string(1)?),
                said: row.int(2)?,
                ord: row.int(4)?,
            };
            Ok((AlertId(row.string(0)?), touched))
        };
        Ok(Self {
            incidents: incidents.iter().map(incident).collect::<Done<_>>()?,
            alerts: alerts.iter().map(alert).collect::<Done<_>>()?,
            changed: BTreeSet::new(),
            happened: Vec::new(),
        })
    }

    pub(super) fn has_said(&self, event: &Event) -> bool {
        let touched = event.alert().and_then(|id| self.alerts.get(id));
        touched.is_some_and(|touched| match event {
            Event::Confirmed { shown, .. } => touched.alert.confirmed_version >= Some(*shown),
            _ => touched.said & said(event) != 0,
        })
    }

    /// A phone shows nothing newer than there is.
    fn possible(&self, alert: &AlertId, shown: u64) -> u64 {
        let touched = self.alerts.get(alert);
        let incident = touched.and_then(|touched| self.incidents.get(&touched.incident));
        incident.map_or(shown, |(_, version)| shown.min(*version))
    }

    /// Records an event that changes one alert and nothing else.
    pub(super) fn touch(&mut self, event: Event, actor: &Actor, now: Timestamp) -> Done<()> {
        let Some(touched) = event.alert().and_then(|id| self.alerts.get_mut(id)) else {
            return Ok(());
        };
        let Some((_, version)) = self.incidents.get(&touched.incident) else {
            return Err(Fault::broken("an alert whose incident is not locked"));
        };
        touched.alert.apply(&event, now);
        touched.alert.version = *version;
        touched.said |= said(&event);
        self.changed.insert(touched.alert.id.clone());
        let recorded = Recorded {
            at: now,
            version: *version,
            event,
        };
        self.happened
            .push((touched.incident.clone(), actor.clone(), recorded));
        Ok(())
    }

    /// Writes what happened and the alerts that changed.
    pub(super) fn finish(self, db: &dyn Db) -> Done<()> {
        if self.happened.is_empty() {
            return Ok(());
        }
        let history: Vec<_> = self
            .happened
            .iter()
            .filter_map(|(incident, actor, recorded)| {
                let (org, _) = self.incidents.get(incident)?;
                let trail = Trail {
                    org: *org,
                    incident,
                    actor,
                };
                Some((trail, recorded))
            })
            .collect();
        // these events hold no free text, so no key is needed
        events::append(db, &history, &mut None)?;
        let changed: Vec<_> = self
            .changed
            .iter()
            .filter_map(|id| self.alerts.get(id))
            .map(|touched| Ok((touched, serde_json::to_string(&touched.alert)?)))
            .collect::<Done<_>>()?;
        let rows: Vec<Vec<Arg<'_>>> = changed
            .iter()
            .map(|(touched, body)| {
                let state = touched.alert.state;
                let (state, open, said) = (state.as_str(), state.is_open(), touched.said);
                args![state, open, said, body, &touched.incident, touched.ord].to_vec()
            })
            .collect();
        db.execute_rows(TOUCH, &rows)
    }
}

/// A phone's proof.
#[derive(Clone)]
pub(super) struct Proof {
    /// Whose phone it is.
    pub(super) owner: ResponderNo,
    pub(super) alert: AlertId,
    pub(super) receipt: Receipt,
    pub(super) actor: Actor,
    pub(super) at: Timestamp,
}

impl Proof {
    fn event(&self, touching: &Touching) -> Event {
        let alert = self.alert.clone();
        match &self.receipt {
            Receipt::Sent => Event::Sent { alert },
            Receipt::Received {
                priority_original,
                priority_delivered,
            } => Event::Received {
                alert,
                priority_original: priority_original.clone(),
                priority_delivered: priority_delivered.clone(),
            },
            Receipt::Seen => Event::Seen { alert },
            Receipt::Confirmed(shown) => Event::Confirmed {
                shown: touching.possible(&alert, *shown),
                alert,
            },
        }
    }
}

/// Records proofs of phones about one incident, once of each kind. Gives the answer to each.
pub(super) fn write(
    db: &dyn Db,
    incident: &IncidentId,
    proofs: &[Proof],
) -> Done<Vec<Result<(), LedgerError>>> {
    let alerts: Vec<String> = proofs.iter().map(|proof| proof.alert.0.clone()).collect();
    let [_, locked, rows] = db.query([
        (locks::LOCK_INCIDENT, args![incident]),
        (INCIDENT, args![incident]),
        (ALERTS, args![incident, &alerts]),
    ])?;
    let mut touching = Touching::of(&locked, &rows)?;
    let mut answers = Vec::with_capacity(proofs.len());
    for proof in proofs {
        let touched = touching.alerts.get(&proof.alert);
        if touched.is_none_or(|touched| touched.alert.responder != proof.owner) {
            answers.push(Err(LedgerError::NotFound));
            continue;
        }
        let event = proof.event(&touching);
        if !touching.has_said(&event) {
            touching.touch(event, &proof.actor, proof.at)?;
        }
        answers.push(Ok(()));
    }
    touching.finish(db)?;
    Ok(answers)
}
