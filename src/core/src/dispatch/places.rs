//! Where people usually are stands in for where they are, while their hours run.

use futures_util::{StreamExt as _, stream};

use super::Dispatch;
use crate::domain::ids::ResponderNo;
use crate::domain::time::Timestamp;
use crate::domain::usual_places::UsualPlaces;
use crate::ports::{LedgerError, PlaceTimes, Whereabouts};

/// People looked at in one job of the ledger: an emergency waits for no longer than it takes.
const BATCH: usize = 64;
/// Most such jobs in one call. Half a country comes home at six; whoever is left is due at the
/// next call.
const JOBS_MAX: usize = 64;
/// So many people are told to the index at a time.
const TOLD_AT_ONCE: usize = 64;

impl Dispatch {
    /// Keeps somebody's usual places, and lets the index know at once.
    pub async fn set_places(
        &self,
        times: &dyn PlaceTimes,
        who: ResponderNo,
        places: Option<UsualPlaces>,
    ) -> Result<(), LedgerError> {
        let now = self.clock.now();
        // first: what was on its way to the ledger is gone before the ledger forgets
        self.index.leave_place(who, now).await;
        let whereabouts = times.set_places(who, places, now).await?;
        self.tell_whereabouts(vec![whereabouts], now).await;
        Ok(())
    }

    /// Looks at whoever's hours have begun, still run or have ended. Returns how many.
    pub async fn follow_places(&self, times: &dyn PlaceTimes) -> Result<usize, LedgerError> {
        let mut looked_at = 0;
        for _ in 0..JOBS_MAX {
            let now = self.clock.now();
            let due = times.due_places(now, BATCH).await?;
            let some = due.len();
            looked_at += some;
            self.tell_whereabouts(due, now).await;
            if some < BATCH {
                break;
            }
        }
        Ok(looked_at)
    }

    /// Whoever left one place for another is never nowhere: the index takes the later word.
    async fn tell_whereabouts(&self, people: Vec<Whereabouts>, now: Timestamp) {
        let tell = |Whereabouts { responder, place }: Whereabouts| async move {
            match place {
                Some(place) => {
                    // refused while a live position is fresh
                    self.index.report(responder, place.fix(now)).await;
                }
                None => self.index.leave_place(responder, now).await,
            }
        };
        stream::iter(people)
            .for_each_concurrent(TOLD_AT_ONCE, tell)
            .await;
    }
}
