//! Positions from phones.

use super::Dispatch;
use crate::domain::fix::{Rejected, ReportedFix, Sender, Step, check};
use crate::domain::ids::ResponderNo;
use crate::domain::responder::Fix;
use crate::domain::time::Timestamp;

/// What a phone or tracker sent at once.
pub struct FixMessage<'a> {
    /// Whose position it is.
    pub responder: ResponderNo,
    /// What sent it.
    pub sender: Sender,
    /// When it left, by the sender's clock; `None` when it does not say, and is believed.
    pub sent_at: Option<Timestamp>,
    /// The positions.
    pub fixes: &'a [ReportedFix],
}

/// Which fix was not used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectedFix {
    /// Its place in the message, from 0.
    pub index: usize,
    /// Why.
    pub why: Rejected,
}

impl Dispatch {
    /// Takes a message of fixes; the newest good one becomes the responder's position, and older
    /// good ones are of no use. Returns those that could not be used, by their index.
    pub async fn report_fixes(&self, message: &FixMessage<'_>) -> Vec<RejectedFix> {
        let now = self.clock.now();
        let (newest, rejected) = self.judge(message, now);
        if let Some(fix) = newest {
            self.index.report(message.responder, fix).await;
            self.follow_presence(message.responder, &fix).await;
        }
        rejected
    }

    fn judge(&self, message: &FixMessage<'_>, now: Timestamp) -> (Option<Fix>, Vec<RejectedFix>) {
        let sent_at = message.sent_at.unwrap_or(now);
        let mut rejected = Vec::new();
        let mut good = Vec::with_capacity(message.fixes.len());
        for (index, reported) in message.fixes.iter().enumerate() {
            match check(reported, sent_at, now) {
                Ok(fix) => good.push((index, reported, fix)),
                Err(why) => rejected.push(RejectedFix { index, why }),
            }
        }
        // of two taken at once, the later in the message
        good.sort_by_key(|(index, reported, _)| (reported.at, *index));
        let mut newest = None;
        for (index, reported, fix) in good.into_iter().rev() {
            let step = Step {
                fix,
                sender: message.sender,
                taken_at: reported.at,
                sent_at,
                dated: reported.dated,
            };
            match self.tracks.follow(message.responder, &step, now) {
                Ok(fix) => {
                    newest = Some(fix);
                    break;
                }
                Err(why) => rejected.push(RejectedFix { index, why }),
            }
        }
        rejected.sort_by_key(|rejected| rejected.index);
        (newest, rejected)
    }
}
