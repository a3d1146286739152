//! The small ports of one node: clock, names, hints, travel, and the push provider.

use async_trait::async_trait;

use super::exec::{Home, pause_between};
use super::node::{Bell, bell};
use super::phones;
use super::world::Shared;
use muster_core::domain::ids::{IncidentId, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::push::PushMessage;
use muster_core::domain::responder;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Bus, Clock, Ids, Later, Loops, Outgoing, PushGateway, SendResult, Travel,
};

/// A node's clock: the database's, and what the correction leaves.
pub(super) struct SimClock {
    pub(super) world: Shared,
    pub(super) node: usize,
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.world
            .with(|w| Timestamp(w.now + w.nodes[self.node].offset))
    }
}

pub(super) struct SimIds(pub(super) Shared);

impl Ids for SimIds {
    fn incident(&self) -> IncidentId {
        IncidentId(format!("i{:06}", self.0.with(super::world::Inner::name)))
    }
    fn name(&self) -> String {
        format!("n{:06}", self.0.with(super::world::Inner::name))
    }
}

/// Nobody is told: watchers find out by themselves, as after a lost hint.
pub(super) struct SimBus(pub(super) Shared);

impl Bus for SimBus {
    fn changed(&self) {
        self.0.with(|w| {
            for watcher in 0..w.witness.watchers.len() {
                if w.rng.chance(700) {
                    let (at, bell) = (w.now + w.rng.span(0, 300), w.witness.watchers[watcher].bell);
                    w.ring(bell, at);
                }
            }
        });
    }

    fn news(&self, _of: &[ResponderNo]) {}

    fn signed_out(&self, _of: &[ResponderNo]) {}

    fn connected(&self, _of: ResponderNo) -> bool {
        false
    }
}

/// The loops of one life of one node.
pub(super) struct SimLoops {
    pub(super) world: Shared,
    pub(super) node: usize,
    pub(super) boot: u64,
    pub(super) send: Box<dyn Fn(Outgoing) + Send + Sync>,
}

impl Loops for SimLoops {
    fn send(&self, rows: Vec<Outgoing>) {
        for row in rows {
            let new = self.world.with(|w| {
                w.lives(Home::Node(self.node, self.boot))
                    && w.nodes[self.node].held.insert(row.id.no)
            });
            if new {
                (self.send)(row);
            }
        }
    }

    fn wake_by(&self, at: Timestamp) {
        self.world.with(|w| {
            let offset = w.nodes[self.node].offset;
            w.ring(bell(self.node, Bell::Timers), at.0 - offset);
        });
    }
}

/// Four metres a second in a straight line.
pub(super) struct SimTravel(pub(super) Shared);

#[async_trait]
impl Travel for SimTravel {
    async fn eta_s(&self, from: &[(Point, responder::Travel)], to: Point) -> Vec<f64> {
        pause_between(&self.0, 0, 5).await;
        from.iter()
            .map(|(point, _)| point.distance_m(to) / 4.0)
            .collect()
    }
}

/// The provider: takes, puts off, refuses everybody, knows no such phone, or says nothing for ten
/// seconds.
pub(super) struct SimGateway(pub(super) Shared);

#[async_trait]
impl PushGateway for SimGateway {
    async fn send(&self, message: &PushMessage) -> SendResult {
        let world = &self.0;
        let put_off = |reason, after, refused| {
            SendResult::Later(Later {
                reason,
                after,
                refused,
                all: refused,
            })
        };
        if world.with(|w| w.now < w.faults.refuses_until) {
            pause_between(world, 5, 150).await;
            return put_off("permission_denied", None, true);
        }
        let slow = world.with(|w| w.rng.chance(w.faults.slow));
        let (least, most) = if slow { (9_000, 10_000) } else { (5, 150) };
        pause_between(world, least, most).await;
        let (later, gone, taken_anyway) = world.with(|w| {
            let later = w.rng.chance(w.faults.later);
            let gone = w.rng.chance(w.faults.gone);
            (later || slow, gone, w.rng.chance(300))
        });
        if gone && !later {
            // most such phones have another address by now, or will have told of it before this is heard
            if world.with(|w| w.rng.chance(500)) {
                phones::registers_anew(world, message);
            }
            pause_between(world, 0, 4_000).await;
            world.with(|w| w.witness.pushes.gone(&message.address));
            return SendResult::Gone {
                reason: "unregistered",
            };
        }
        if !later || taken_anyway {
            phones::on_its_way(world, message);
        }
        // after a silence nobody knows whether it was taken
        if later {
            let after = world.with(|w| w.rng.chance(300).then_some(Millis(2_000)));
            return put_off("unavailable", after, false);
        }
        world.with(|w| w.witness.pushes.taken(message));
        SendResult::Taken {
            name: message.alert.0.clone(),
        }
    }

    async fn warm(&self) {}

    fn health(&self) -> Result<(), String> {
        Ok(())
    }
}
