//! Everybody at once: all phones lose their connection, make another and report, at one instant.

use super::fixes::report;
use crate::bench::wire::Wire;
use crate::phones::Fleet;
use crate::report::Point;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// A phone that has not got through by then gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Phones that hold a connection; each takes a descriptor here and one in a server.
const CONNECTIONS_MAX: usize = 15_000;

/// What became of it.
pub(super) struct Back {
    /// Phones that reported, all rounds together.
    pub(super) due: u64,
    /// Of them, those answered 202.
    pub(super) taken: u64,
    /// From the instant to the answer.
    pub(super) points: Vec<Point>,
}

/// Connects every phone, then lets all of them do so again at each of these instants.
pub(super) async fn reconnect(
    nodes: Vec<String>,
    fleet: Arc<Fleet>,
    instants: Vec<Instant>,
    count_from: Instant,
) -> Back {
    let phones = fleet.len().min(CONNECTIONS_MAX);
    let mut back = Back {
        due: 0,
        taken: 0,
        points: Vec::new(),
    };
    let mut held = Vec::with_capacity(phones);
    for phone in 0..phones {
        let node = &nodes[phone % nodes.len()];
        held.push(Wire::connect(node).await.ok());
    }
    for at in instants {
        sleep_until(at).await;
        let mut tasks = JoinSet::new();
        for (phone, old) in held.drain(..).enumerate() {
            let (node, fleet) = (nodes[phone % nodes.len()].clone(), Arc::clone(&fleet));
            tasks.spawn(async move {
                drop(old);
                let once = async {
                    let mut wire = Wire::connect(&node).await.ok()?;
                    let status = report(&mut wire, &fleet, phone).await?;
                    Some((wire, status))
                };
                (
                    phone,
                    timeout(PATIENCE, once).await.ok().flatten(),
                    at.elapsed(),
                )
            });
        }
        back.due += phones as u64;
        held.resize_with(phones, || None);
        while let Some(done) = tasks.join_next().await {
            let Ok((phone, Some((wire, status)), took)) = done else {
                continue;
            };
            if status == 202 {
                back.taken += 1;
                back.points.push(Point::new(at, count_from, took));
            }
            held[phone] = Some(wire);
        }
    }
    back
}
