//! Phones: pushes reach them late, twice, out of order or never, and people answer as they like.

use std::sync::Arc;

use super::callers::{Answer, insist};
use super::exec::{Home, pause, pause_between};
use super::town;
use super::world::{Inner, Shared};
use muster_core::dispatch::{Answer as Word, FixMessage, Reply};
use muster_core::domain::event::{Actor, FinishReason, FreeText};
use muster_core::domain::fix::{ReportedFix, Sender};
use muster_core::domain::ids::OrgNo;
use muster_core::domain::incident::Receipt;
use muster_core::domain::place::Point;
use muster_core::domain::push::{PushAddress, PushKind, PushMessage};
use muster_core::ports::{Device, LedgerError, Stored};

/// Tries of one answer; after that the person tries no more.
const TRIES: usize = 6;

/// Lets a push travel from the provider to the phone.
pub(super) fn on_its_way(world: &Shared, message: &PushMessage) {
    let copies = world.with(|w| {
        if w.rng.chance(w.faults.undelivered) {
            0
        } else {
            1 + usize::from(w.rng.chance(w.faults.twice))
        }
    });
    for _ in 0..copies {
        let phone = Phone {
            world: Arc::clone(world),
            message: message.clone(),
        };
        world.start(Home::Outside, "phone", Box::pin(phone.receive()));
    }
}

/// The phone has another address now, and tells of it soon.
pub(super) fn registers_anew(world: &Shared, message: &PushMessage) {
    let (world, to) = (Arc::clone(world), Arc::clone(world));
    let (who, id) = (message.responder, message.device.clone());
    let (platform, no) = (message.platform, world.with(Inner::name));
    let register = async move {
        pause_between(&world, 0, 3_000).await;
        let make = |dispatch: muster_core::dispatch::Dispatch| -> Answer<()> {
            let device = Device {
                id: id.clone(),
                platform,
                address: PushAddress::FcmToken(format!("{}/{id}/{no}", who.0)),
            };
            Box::pin(async move { dispatch.put_device(who, device).await })
        };
        drop(insist(&world, "register", TRIES, make).await);
    };
    to.start(Home::Outside, "phone", Box::pin(register));
}

struct Phone {
    world: Shared,
    message: PushMessage,
}

impl Phone {
    async fn receive(self) {
        let late = self.world.with(|w| w.rng.chance(150));
        pause_between(&self.world, 100, if late { 60_000 } else { 3_000 }).await;
        if self.message.kind != PushKind::Alert {
            return;
        }
        let message = &self.message;
        // repeats are dropped by alert id
        let key = (
            message.responder.0,
            message.device.0.clone(),
            message.alert.clone(),
        );
        if self.world.with(|w| !w.witness.shown.insert(key)) {
            return;
        }
        let draw = |per_mille: usize| self.world.with(|w| w.rng.chance(per_mille));
        if draw(850) {
            self.prove(Receipt::Received {
                priority_original: None,
                priority_delivered: None,
            })
            .await;
        }
        if draw(700) {
            pause_between(&self.world, 200, 5_000).await;
            self.prove(Receipt::Seen).await;
        }
        if draw(200) {
            return;
        }
        let late = draw(250);
        pause_between(&self.world, 500, if late { 90_000 } else { 8_000 }).await;
        if draw(250) {
            self.say(Word::Decline).await;
            return;
        }
        let knowing = draw(500);
        let yes = self.say(Word::Accept { knowing }).await;
        if let Some(Ok(stored)) = yes {
            let place = stored.private.map(|private| private.location.point);
            self.go(place).await;
        }
    }

    /// Some are in danger, say so more than once, and say when it is over.
    async fn fear(&self) {
        let draw = |per_mille: usize| self.world.with(|w| w.rng.chance(per_mille));
        for chance in [50, 500] {
            if !draw(chance) {
                break;
            }
            self.say(Word::Unsafe).await;
            pause_between(&self.world, 1_000, 10_000).await;
            if draw(500) {
                self.say(Word::Safe).await;
            }
        }
    }

    /// At the door for half a minute, and perhaps away again before a word of it.
    async fn stand_at(&self, place: Option<Point>) {
        for _ in 0..8 {
            self.report(place).await;
            pause_between(&self.world, 2_000, 6_000).await;
        }
        if self.world.with(|w| w.rng.chance(500)) {
            for _ in 0..6 {
                self.report(None).await;
                pause_between(&self.world, 4_000, 8_000).await;
            }
        }
    }

    /// From the yes to the end, with any part left out.
    async fn go(&self, place: Option<Point>) {
        let draw = |per_mille: usize| self.world.with(|w| w.rng.chance(per_mille));
        if draw(250) {
            pause_between(&self.world, 1_000, 60_000).await;
            self.say(Word::Decline).await;
            return;
        }
        let why = self
            .world
            .with(|w| w.rng.pick(&FinishReason::SAID).copied());
        let why = why.filter(|_| draw(500));
        let walks_there = draw(400);
        for word in [Word::Depart, Word::Arrive, Word::Finish(why)] {
            pause_between(&self.world, 2_000, 40_000).await;
            if walks_there && word == Word::Arrive {
                self.stand_at(place).await;
            } else if draw(600) {
                self.report(None).await;
            }
            self.fear().await;
            if draw(700) {
                self.say(word).await;
            }
        }
    }

    fn reply(&self) -> Reply {
        let message = &self.message;
        Reply {
            // nobody of another organisation is ever asked
            org: OrgNo(1),
            responder: message.responder,
            actor: Actor {
                role: "responder".to_owned(),
                subject: message.responder.0.to_string(),
                device: Some(message.device.0.clone()),
            },
            alert: message.alert.clone(),
            reason: FreeText::default(),
        }
    }

    async fn prove(&self, receipt: Receipt) {
        let reply = self.reply();
        let make = |dispatch: muster_core::dispatch::Dispatch| -> Answer<Stored> {
            let (reply, receipt) = (reply.clone(), receipt.clone());
            Box::pin(async move { dispatch.receipt(reply, receipt).await })
        };
        drop(insist(&self.world, "receipt", TRIES, make).await);
    }

    async fn say(&self, word: Word) -> Option<Result<Stored, LedgerError>> {
        let reply = self.reply();
        if word == (Word::Accept { knowing: true }) {
            self.world
                .with(|w| w.witness.says_yes_knowing(&self.message));
        }
        let make = |dispatch: muster_core::dispatch::Dispatch| -> Answer<Stored> {
            let reply = reply.clone();
            Box::pin(async move { Ok(dispatch.answer(reply, word).await?.0) })
        };
        let heard = insist(&self.world, "answer", TRIES, make).await;
        self.world.with(|w| {
            let outcome = match &heard {
                Some(Ok(_)) => "yes, it is so".to_owned(),
                Some(Err(error)) => error.to_string(),
                None => "no answer".to_owned(),
            };
            w.tell(&format!("{word:?} {}: {outcome}", reply.alert));
            if let (Word::Accept { .. }, Some(Ok(stored))) = (word, &heard) {
                w.witness.acknowledged_yes(&self.message);
                w.witness.yes_was_knowing(&self.message, &stored.incident);
            }
            if word == Word::Unsafe && matches!(heard, Some(Ok(_))) {
                w.witness.acknowledged_report(&self.message);
            }
        });
        heard
    }

    /// Sends a position: at a place, or anywhere.
    async fn report(&self, place: Option<Point>) {
        let responder = self.message.responder;
        let sender = Sender::app(self.message.device.0.as_str());
        let fix = self.world.with(|w| {
            let at = w.time();
            let point = place.unwrap_or_else(|| town::somewhere(w));
            ReportedFix {
                lat: point.lat(),
                lon: point.lon(),
                accuracy_m: 10.0,
                at,
                speed_m_s: None,
                dated: true,
            }
        });
        let make = |dispatch: muster_core::dispatch::Dispatch| -> Answer<()> {
            Box::pin(async move {
                let message = FixMessage {
                    responder,
                    sender,
                    sent_at: Some(fix.at),
                    fixes: &[fix],
                };
                dispatch.report_fixes(&message).await;
                Ok(())
            })
        };
        drop(insist(&self.world, "fix", 1, make).await);
        pause(&self.world, 1).await;
    }
}
