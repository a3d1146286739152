//! Which pushes a decision means, and words to one responder's phones.

use muster_core::domain::event::Recorded;
use muster_core::domain::failing_phone::Attention;
use muster_core::domain::ids::{AlertId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{PushKind, Wakeup, wakeups};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::Outgoing;

use super::db::Db;
use super::fault::{Done, Fault};
use super::outbox::{self, Content, Draft};
use super::phones::{self, Phone};
use super::responders::Responders;

/// Everything but the ask itself is worth sending for at least so long.
const WORTH: Millis = Millis::from_s(600);

/// A push that a decision means, before it has a row.
pub(super) struct Planned {
    wakeup: Wakeup,
    responder: ResponderNo,
    phone: Phone,
}

/// Finds every phone of everybody whom the events concern; `responders` knows most of them already.
/// `answered` is the phone that caused the events.
pub(super) fn plan(
    db: &dyn Db,
    responders: &Responders,
    (incident, events): (&Incident, &[Recorded]),
    answered: Option<&str>,
) -> Done<Vec<Planned>> {
    let mut asked: Vec<(Wakeup, ResponderNo)> = Vec::new();
    for recorded in events {
        for wakeup in wakeups(incident, &recorded.event) {
            let known = asked.iter().any(|(other, _)| *other == wakeup);
            let alert = incident.alert(&wakeup.alert).filter(|_| !known);
            asked.extend(alert.map(|alert| (wakeup, alert.responder)));
        }
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = asked.iter().map(|(_, no)| *no).collect();
    let phones = responders.phones(db, &numbers)?;
    let mut planned = Vec::new();
    for (wakeup, responder) in asked {
        let own = phones
            .get(&responder)
            .map(Vec::as_slice)
            .unwrap_or_default();
        // a responder with one phone has answered with that one, whatever it calls itself
        if wakeup.others_only && own.len() < 2 {
            continue;
        }
        for phone in own {
            if wakeup.others_only && answered == Some(phone.id.as_str()) {
                continue;
            }
            planned.push(Planned {
                wakeup: wakeup.clone(),
                responder,
                phone: phone.clone(),
            });
        }
    }
    Ok(planned)
}

impl Planned {
    fn draft(self, incident: &Incident, now: Timestamp) -> Done<Draft> {
        let Wakeup { kind, alert, .. } = self.wakeup;
        let alert = incident
            .alert(&alert)
            .ok_or_else(|| Fault::broken("a push for no alert"))?;
        Ok(Draft {
            content: Content {
                incident: Some(incident.opening.id.clone()),
                kind,
                version: alert.newest(),
                role: alert.role,
                exercise: incident.opening.exercise,
                expires_at: match kind {
                    PushKind::Alert => alert.expires_at,
                    _ => alert.expires_at.max(now + WORTH),
                },
                attention: None,
            },
            alert: alert.id.clone(),
            responder: self.responder,
            phone: self.phone,
        })
    }
}

/// Writes what was planned, leased to this node.
pub(super) fn enqueue(
    db: &dyn Db,
    incident: &Incident,
    planned: Vec<Planned>,
    now: Timestamp,
) -> Done<Vec<Outgoing>> {
    let drafts = planned.into_iter().map(|push| push.draft(incident, now));
    outbox::enqueue(db, drafts.collect::<Done<_>>()?, now)
}

/// A word to all phones of one responder that is of no incident.
pub(super) struct Word<'a> {
    pub(super) kind: PushKind,
    /// Its name, which stands for the alert's.
    pub(super) id: &'a AlertId,
    pub(super) expires_at: Timestamp,
    pub(super) attention: Option<Attention>,
}

/// Writes it for each phone that a push can reach, leased to this node.
pub(super) fn enqueue_word(
    db: &dyn Db,
    who: ResponderNo,
    said: &Word<'_>,
    now: Timestamp,
) -> Done<Vec<Outgoing>> {
    let phones = phones::of_responders(db, &[who])?;
    let draft = |phone| Draft {
        content: Content {
            incident: None,
            kind: said.kind,
            version: 1,
            role: Role::Guide,
            exercise: false,
            expires_at: said.expires_at,
            attention: said.attention.clone(),
        },
        alert: said.id.clone(),
        responder: who,
        phone,
    };
    let drafts = phones.into_values().flatten().map(draft).collect();
    outbox::enqueue(db, drafts, now)
}
