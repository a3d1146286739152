//! Our own sender as a process of its own: the server's `push::fcm` behind its port, driven as the
//! server's loop drives it.

use std::io::stdin;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use muster::obs::{Metrics, SystemClock};
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::selection::Role;
use muster_core::domain::time::Millis;
use muster_core::ports::{Clock as _, PushGateway, SendResult};
use muster_push::fcm::{Fcm, FcmSettings};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

use muster_stand::clock::{cpu_ns, monotonic_ns};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::say::say;

/// Urgent messages that the server has under way at most.
const IN_FLIGHT: usize = 1024;
const VALID: Millis = Millis::from_s(600);

/// Options of `fanout-sender`.
#[derive(Debug, Clone, Args)]
pub struct SenderArgs {
    /// Where messages are posted.
    #[arg(long)]
    base_url: String,
    /// Whom to trust, PEM.
    #[arg(long)]
    ca_file: PathBuf,
    /// The key file.
    #[arg(long)]
    service_account: PathBuf,
}

#[derive(Deserialize)]
struct Order {
    count: usize,
}

/// Answers orders from standard input until it ends: one JSON line each.
pub async fn run(args: SenderArgs) -> Outcome<()> {
    // counting is part of what a send costs in the server
    let _metrics = Metrics::install().map_err(Failure::new)?;
    let settings = FcmSettings {
        base_url: args.base_url,
        ca_file: Some(args.ca_file),
        simulated: true,
        ..FcmSettings::new(args.service_account)
    };
    let fcm = Fcm::open(&settings, Arc::new(SystemClock)).doing("opening the sender")?;
    fcm.warm().await;
    fcm.health().map_err(Failure::new)?;
    let gateway: Arc<dyn PushGateway> = Arc::new(fcm);
    say(json!({"ready": true, "version": env!("CARGO_PKG_VERSION")}).to_string());
    while let Some(line) = next_line().await? {
        let order: Order = serde_json::from_str(&line).doing("reading an order")?;
        // on a thread of the runtime, as the server's loop
        let round = tokio::spawn(round(Arc::clone(&gateway), order.count));
        say(round.await.doing("waiting for a round")??);
    }
    Ok(())
}

/// The next line of standard input, until it ends.
async fn next_line() -> Outcome<Option<String>> {
    let line = spawn_blocking(|| stdin().lines().next().transpose());
    line.await
        .doing("waiting for an order")?
        .doing("reading an order")
}

/// So many alerts at once, each in a task of its own.
async fn round(gateway: Arc<dyn PushGateway>, count: usize) -> Outcome<String> {
    let messages: Vec<_> = (0..count).map(alert).collect();
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut under_way = JoinSet::new();
    let (mut errors, mut words) = (0_usize, String::new());
    let (used, start_ns) = (cpu_ns(), monotonic_ns());
    for message in messages {
        let place = Arc::clone(&room).acquire_owned().await;
        let place = place.doing("waiting for room")?;
        let gateway = Arc::clone(&gateway);
        under_way.spawn(async move {
            let sent = gateway.send(&message).await;
            drop(place);
            sent
        });
    }
    while let Some(sent) = under_way.join_next().await {
        let sent = sent.doing("waiting for a send")?;
        if !matches!(sent, SendResult::Taken { .. }) {
            errors += 1;
            words = format!("{sent:?}");
        }
    }
    let cpu_ns = cpu_ns() - used;
    let said = json!({"start_ns": start_ns, "cpu_ns": cpu_ns, "errors": errors, "words": words});
    Ok(said.to_string())
}

/// An alert to the phone of that number; its address is as long as Google's are.
fn alert(number: usize) -> PushMessage {
    let now = SystemClock.now();
    PushMessage {
        kind: PushKind::Alert,
        alert: AlertId("0".repeat(32)),
        incident: IncidentId("1".repeat(32)),
        version: 1,
        sent_at: now,
        expires_at: now + VALID,
        role: Role::Cpr,
        exercise: false,
        responder: ResponderNo(1),
        device: DeviceId::from("phone"),
        platform: Platform::Android,
        address: PushAddress::FcmToken(format!("fanout-{number}-{}", "x".repeat(140))),
        attention: None,
    }
}
