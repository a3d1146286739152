//! Whom to ask, of the people proposed.

use std::collections::BTreeSet;

use super::Draft;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, ExhaustedReason};
use crate::domain::ids::{AlertId, ResponderId, ResponderNo};
use crate::domain::incident::State;
use crate::domain::responder::Eligibility;
use crate::domain::selection::{Candidate, Passed, PassedOver, Role, rank};

/// At most so many people who were not asked are named in one event, the nearest of them.
const PASSED_OVER_MAX: usize = 32;

impl Draft {
    pub(super) fn ask(&mut self, proposed: &[(Candidate, Eligibility)], complete: bool) {
        let now = self.now;
        let Some(want) = self.incident.wants(now) else {
            return;
        };
        let mut free: Vec<Candidate> = Vec::with_capacity(proposed.len());
        let mut passed: Vec<PassedOver> = Vec::new();
        for (candidate, eligibility) in proposed {
            let why = match eligibility.barred {
                Some(bar) => Some(Passed::Barred(bar)),
                None if self.incident.was_asked(candidate.responder) => Some(Passed::AlreadyAsked),
                None => None,
            };
            match why {
                None => free.push(candidate.clone()),
                // asked before is in the log already, for each of them
                Some(Passed::AlreadyAsked) => {}
                Some(why) => passed.push(PassedOver {
                    responder_id: eligibility.responder_id.clone(),
                    distance_m: candidate.distance_m,
                    position: candidate.source,
                    why,
                }),
            }
        }
        rank(&mut free, self.incident.opening.plan.weighing(now));
        // whoever moved during the search may have been found in two places: the better one counts
        let mut once = BTreeSet::new();
        free.retain(|candidate| once.insert(candidate.responder));
        let named = |who: ResponderNo| -> ResponderId {
            proposed
                .iter()
                .find(|(c, _)| c.responder == who)
                .map_or_else(
                    || ResponderId(String::new()),
                    |(_, e)| e.responder_id.clone(),
                )
        };
        if want.launch {
            self.emit(Event::WaveLaunched {
                wave: want.wave,
                radius_m: want.radius_m,
                considered: u32::try_from(proposed.len()).unwrap_or(u32::MAX),
            });
        }
        let places = want.places as usize;
        for candidate in free.iter().take(places) {
            let alert = self.new_alert(candidate, named(candidate.responder), want.wave);
            self.emit(Event::Alerted {
                alert: Box::new(alert),
            });
        }
        passed.extend(free.iter().skip(places).map(|c| PassedOver {
            responder_id: named(c.responder),
            distance_m: c.distance_m,
            position: c.source,
            why: Passed::OthersNearer,
        }));
        passed.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        passed.truncate(PASSED_OVER_MAX);
        // a repeated search that asked nobody says nothing new
        if !passed.is_empty() && (want.launch || !free.is_empty()) {
            self.emit(Event::PassedOver { people: passed });
        }
        self.found_too_few(places.saturating_sub(free.len()), complete);
    }

    /// What a search means that found fewer than wanted. A wave that finds nobody at all is not
    /// waited out, unless somebody may be there whom the index could not show.
    fn found_too_few(&mut self, missing: usize, complete: bool) {
        if missing == 0 {
            return;
        }
        let incident = &self.incident;
        let plan = &incident.opening.plan;
        let (wave, round) = (incident.wave, incident.round);
        let is_last = plan.wave(wave + 1).is_none();
        let asks = matches!(incident.state, State::Alerting | State::Exhausted);
        let of_wave = |a: &Alert| a.wave == wave && a.round == round;
        let is_empty = complete && asks && !incident.alerts.iter().any(of_wave);
        if is_empty && !is_last && !plan.wait_when_empty {
            self.emit(Event::WaveEmpty { wave });
            return;
        }
        if !self.incident.short {
            self.emit(Event::FoundTooFew {
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
            });
        }
        let nobody_left = complete && is_last && self.incident.unanswered() == 0;
        if nobody_left && self.incident.state == State::Alerting {
            self.emit(Event::Exhausted {
                why: ExhaustedReason::NobodyInReach,
            });
        }
    }

    fn new_alert(&self, candidate: &Candidate, responder_id: ResponderId, wave: u32) -> Alert {
        let plan = &self.incident.opening.plan;
        let now = self.now;
        let age_s = candidate.fix_age(now).as_s();
        Alert {
            id: AlertId::at(&self.incident.opening.id, self.incident.alerts.len()),
            responder: candidate.responder,
            responder_id,
            skills: candidate.skills,
            travel: candidate.travel,
            state: AlertState::Queued,
            role: Role::for_skills(candidate.skills),
            wave,
            round: self.incident.round,
            replaces: Vec::new(),
            for_doubt: self.incident.state == State::Covered,
            distance_m: candidate.distance_m,
            eta_s: candidate.eta_s,
            fix_age_s: u32::try_from(age_s).unwrap_or(u32::MAX),
            position: candidate.source,
            created_at: now,
            answer_by: now + plan.answer_window(),
            receipt_by: now + plan.receipt_window(),
            expires_at: now + plan.expires(),
            push_waiting_since: None,
            received_at: None,
            seen_at: None,
            accepted_at: None,
            with_patient_at: None,
            finished: None,
            stood_down_because: None,
            heard_at: None,
            doubtful: false,
            at_address: false,
            in_danger: false,
            danger_at: None,
            told_danger: self.incident.danger,
            all_clear_at: None,
            version: self.incident.version,
            told_version: None,
            confirmed_version: None,
        }
    }
}
