//! Sessions of phones that were seen to stand, and how many codes were tried in vain.

use std::collections::HashMap;

use muster_core::domain::ids::{DeviceId, ResponderNo};
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::PhoneLedger;
use parking_lot::Mutex;

use crate::view::deadline::read;
use crate::view::error::ApiError;

/// Wrong codes at once, and a second in the long run: 60 bits are not found at this pace.
const WRONG: f64 = 10.0;
/// A session that was looked up is believed for so long.
const BELIEVED: Millis = Millis::from_s(60);
/// Responders whose sessions are remembered; about 20 MB.
const REMEMBERED_MAX: usize = 200_000;
/// Sessions remembered of each; the ledger keeps no more.
const OF_ONE_MAX: usize = 8;

/// Sessions that were looked up, and how many codes were tried in vain.
#[derive(Default)]
pub(crate) struct Sessions {
    seen: Mutex<Seen>,
    /// Wrong codes that are forgiven, as of when; `None` until the first.
    wrong: Mutex<Option<(f64, Timestamp)>>,
}

/// When the session of each device was last seen to stand.
type Seen = HashMap<ResponderNo, Vec<(String, Timestamp)>>;

/// So long ago that it is asked about again. It is remembered all the same: while the ledger cannot
/// be asked, who was signed in stays so.
const DOUBTED: Timestamp = Timestamp(0);

impl Sessions {
    /// What is remembered of these responders' sessions is asked about again.
    pub(crate) fn doubt(&self, of: &[ResponderNo]) {
        let mut seen = self.seen.lock();
        for no in of {
            for (_, at) in seen.get_mut(no).into_iter().flatten() {
                *at = DOUBTED;
            }
        }
    }

    /// The same of everybody's.
    pub(crate) fn doubt_all(&self) {
        for (_, at) in self.seen.lock().values_mut().flatten() {
            *at = DOUBTED;
        }
    }

    pub(crate) fn may_try(&self, now: Timestamp) -> bool {
        let mut wrong = self.wrong.lock();
        let (left, at) = wrong.unwrap_or((WRONG, now));
        let seconds = (now - at).0.max(0) as f64 / 1000.0;
        let left = (left + seconds * WRONG).min(WRONG);
        *wrong = Some((left, now));
        left >= 1.0
    }

    pub(crate) fn tried_in_vain(&self) {
        if let Some((left, _)) = &mut *self.wrong.lock() {
            *left -= 1.0;
        }
    }

    /// Whether the session of a device stands. Looked up once a minute; while the ledger cannot be
    /// asked, who was signed in before stays so: somebody may be on the way to a patient.
    pub(crate) async fn stands(
        &self,
        phone_ledger: &dyn PhoneLedger,
        no: ResponderNo,
        device: &str,
        now: Timestamp,
    ) -> Result<bool, ApiError> {
        let seen_at = self.seen_at(no, device);
        if seen_at.is_some_and(|at| now - at < BELIEVED) {
            return Ok(true);
        }
        let id = DeviceId::from(device);
        let stands = match read(phone_ledger.session_stands(no, &id)).await {
            Err(_) if seen_at.is_some() => return Ok(true),
            asked => asked?,
        };
        if stands {
            self.saw(no, device, now);
        } else {
            self.forget(no, device);
        }
        Ok(stands)
    }

    /// When the session was last seen to stand.
    fn seen_at(&self, no: ResponderNo, device: &str) -> Option<Timestamp> {
        let seen = self.seen.lock();
        let own = seen.get(&no)?;
        own.iter().find(|(of, _)| of == device).map(|(_, at)| *at)
    }

    fn saw(&self, no: ResponderNo, device: &str, now: Timestamp) {
        let mut seen = self.seen.lock();
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        let own = seen.entry(no).or_default();
        own.retain(|(of, _)| of != device);
        if own.len() >= OF_ONE_MAX {
            own.remove(0);
        }
        own.push((device.to_owned(), now));
    }

    fn forget(&self, no: ResponderNo, device: &str) {
        if let Some(own) = self.seen.lock().get_mut(&no) {
            own.retain(|(of, _)| of != device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_are_taken_at_a_pace_and_right_ones_cost_nothing() {
        let (sessions, now) = (Sessions::default(), Timestamp(1_000_000));
        for _ in 0..100 {
            assert!(sessions.may_try(now), "nothing was wrong yet");
        }
        let mut wrong = 0;
        while sessions.may_try(now) {
            sessions.tried_in_vain();
            wrong += 1;
        }
        assert_eq!(wrong, 10);
        assert!(sessions.may_try(now + Millis(100)));
    }
}
