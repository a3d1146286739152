//! Waves: how far an incident searches, how many people it wants asked, and what comes by itself.
//! The radii themselves are the plan's: `domain/plan.rs`.

use super::{Incident, State};
use crate::domain::alert::AlertState;
use crate::domain::event::ExhaustedReason;
use crate::domain::time::Timestamp;

/// How many people should be asked now, and how far away they may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Want {
    /// The wave they belong to, from 1.
    pub wave: u32,
    /// Whether that wave begins with this search.
    pub launch: bool,
    /// How far away they may be, metres.
    pub radius_m: f64,
    /// How many.
    pub places: u32,
}

/// What comes by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextWave {
    /// Its number, from 1.
    pub wave: u32,
    /// How far it looks, metres.
    pub radius_m: f64,
    /// When it is due; in the past while it is about to begin.
    pub at: Timestamp,
}

impl Incident {
    /// Who should be asked as of `now`; `None` while nobody should.
    pub fn wants(&self, now: Timestamp) -> Option<Want> {
        if !self.seeks() {
            return None;
        }
        let plan = &self.opening.plan;
        let mut wave = self.wave();
        if self.widen_requested && plan.wave(wave + 1).is_some() {
            wave = self.wave + 1;
        }
        let since = self.waves_from()?;
        while plan
            .wave_after(wave + 1)
            .is_some_and(|after| since + after <= now)
        {
            wave += 1;
        }
        let places = plan
            .places(wave)
            .saturating_sub(self.occupied())
            .min(plan.max_asked.saturating_sub(self.asked()));
        // a covered incident asks for as many as are missing, not for a whole wave
        let places = if self.state == State::Covered {
            places.min(self.missing().saturating_sub(self.told()))
        } else {
            places
        };
        (places > 0).then_some(Want {
            wave,
            launch: wave > self.wave,
            radius_m: plan.wave(wave)?.radius_m,
            places,
        })
    }

    /// The wave that runs, or the first. A plan that was changed may have fewer.
    fn wave(&self) -> u32 {
        let waves = u32::try_from(self.opening.plan.waves.len()).unwrap_or(u32::MAX);
        self.wave.clamp(1, waves)
    }

    /// Waves count from here.
    fn waves_from(&self) -> Option<Timestamp> {
        self.waves_from.or(self.alerting_since)
    }

    /// Too few are coming: fewer than wanted accepted, or somebody who accepted is doubtful and
    /// there is still room for one more.
    fn seeks(&self) -> bool {
        if self.danger && self.overridden.is_none() {
            return false;
        }
        match self.state {
            State::Alerting | State::Exhausted => true,
            State::Covered => self.missing() > 0 && self.accepted() < self.opening.plan.capacity(),
            State::Held | State::Closed => false,
        }
    }

    /// How many of those wanted are not there, not done and not known to be going.
    pub(super) fn missing(&self) -> u32 {
        self.opening.plan.wanted.saturating_sub(self.going())
    }

    /// Accepted and not doubtful.
    fn going(&self) -> u32 {
        self.accepted() - self.doubtful()
    }

    pub(super) fn doubtful(&self) -> u32 {
        self.count(|a| a.state.is_engaged() && a.doubtful)
    }

    /// Asked, and not waiting for a provider.
    fn told(&self) -> u32 {
        self.unanswered() - self.waiting()
    }

    /// Places that nobody else should be asked for.
    fn occupied(&self) -> u32 {
        let plan = &self.opening.plan;
        let of_round =
            |class: fn(AlertState) -> bool| self.count(|a| a.round == self.round && class(a.state));
        let mut occupied = self.told() + self.going();
        if !plan.replace_on_decline {
            occupied += of_round(|s| matches!(s, AlertState::Declined | AlertState::Withdrawn));
        }
        if !plan.replace_on_silence {
            occupied += of_round(|s| s.is_silent() || s == AlertState::Expired);
        }
        occupied
    }

    /// Why nobody will be asked any more by the clock, for reasons that no search has to find.
    pub(super) fn is_spent(&self, now: Timestamp) -> Option<ExhaustedReason> {
        let open = self.state == State::Alerting && self.seeks() && self.unanswered() == 0;
        if !open {
            return None;
        }
        if self.asked() >= self.opening.plan.max_asked {
            return Some(ExhaustedReason::MaxAsked);
        }
        let nothing_comes = self.wants(now).is_none() && self.next_wave().is_none();
        nothing_comes.then_some(ExhaustedReason::NoReplacement)
    }

    /// The wave that begins by itself; `None` when none will as things stand.
    pub fn next_wave(&self) -> Option<NextWave> {
        let plan = &self.opening.plan;
        if !self.seeks() || self.asked() >= plan.max_asked {
            return None;
        }
        let number = if self.wave == 0 { 1 } else { self.wave() + 1 };
        let wave = plan.wave(number)?;
        Some(NextWave {
            wave: number,
            radius_m: wave.radius_m,
            at: self.waves_from()? + plan.wave_after(number)?,
        })
    }
}
