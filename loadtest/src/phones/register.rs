//! Making the responders, their devices and their first positions, many at once.

use super::fleet::Phone;
use super::{Counts, Fleet, FleetConfig, Observer, Trace};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use muster_stand::client::{ApiError, Nodes};
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::rng::Rng;
use muster_stand::tokens::Tokens;
use parking_lot::Mutex;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::time::Instant;

/// Tries of a registration call that may succeed later.
const TRIES: u32 = 5;

impl Fleet {
    /// Registers a phone for every trace: responder, verification, device, duty, position.
    /// `coordinator` is a client with a coordinator's token, at every node that the phones are to
    /// use; `progress` hears done and total.
    pub async fn register(
        coordinator: &Nodes,
        tokens: &Tokens,
        traces: Vec<Trace>,
        config: FleetConfig,
        (observer, progress): (Arc<dyn Observer>, impl Fn(usize, usize)),
    ) -> Outcome<Arc<Self>> {
        let ids: Vec<_> = (1..=traces.len())
            .map(|n| format!("{}-{n:05}", config.prefix))
            .collect();
        let jwts = if ids.is_empty() {
            Vec::new()
        } else {
            tokens.mint_many("responder", &ids).await?
        };
        let phones =
            ids.into_iter()
                .zip(jwts)
                .zip(traces)
                .enumerate()
                .map(|(n, ((id, jwt), t))| {
                    let mut rng = Rng::split(config.seed ^ 0xF1EE7, n as u64);
                    Phone {
                        device: format!("{id}-phone"),
                        address: format!("fcm-{id}-{:016x}", rng.bits()),
                        api: coordinator.as_other(&jwt, n),
                        trace: t,
                        engaged: Mutex::default(),
                        running: Mutex::default(),
                        id,
                    }
                });
        let phones: Vec<_> = phones.collect();
        let by_address: HashMap<_, _> = phones
            .iter()
            .enumerate()
            .map(|(n, p)| (p.address.clone(), n))
            .collect();
        let fleet = Self {
            by_address,
            crowd: None,
            phones,
            counts: Counts::default(),
            observer,
            busy: AtomicUsize::new(0),
            started: Instant::now(),
            config,
        };
        let total = fleet.len();
        let mut one_by_one = stream::iter(0..total)
            .map(|n| fleet.sign_up(n, coordinator))
            .buffer_unordered(fleet.config.at_once.max(1))
            .enumerate()
            .map(|(done, result)| result.map(|()| done));
        while let Some(done) = one_by_one.try_next().await? {
            progress(done + 1, total);
        }
        drop(one_by_one);
        fleet.sweep().await;
        Ok(Arc::new(fleet))
    }

    async fn sign_up(&self, n: usize, coordinator: &Nodes) -> Outcome<()> {
        let phone = &self.phones[n];
        let id = &phone.id;
        let skills = [
            vec!["bls"],
            vec!["bls", "nurse"],
            vec!["bls", "paramedic"],
            vec!["doctor"],
        ];
        let skills = &skills[match n % 20 {
            0 => 3,
            1 | 2 => 2,
            3 | 4 => 1,
            _ => 0,
        }];
        let travel = ["foot", "foot", "bike", "car"][n % 4];
        let body = json!({"id": id, "name": format!("Simulated {n}"), "skills": skills,
                          "travel": travel, "exercises": n.is_multiple_of(2)});
        let made = again(|| coordinator.any().create_responder(&body)).await;
        match made {
            // A run against a server that knows us from an earlier run.
            Err(e) if e.status == Some(409) => {}
            other => other.map(drop).doing(format!("creating responder {id}"))?,
        }
        again(|| coordinator.any().verify_responder(id))
            .await
            .doing(format!("verifying {id}"))?;
        let browser = self.config.browsers.as_ref().filter(|_| is_browser(n));
        let browser = browser.map(|browsers| browsers.subscribe(&phone.address));
        let device = again(|| async {
            match &browser {
                Some(browser) => phone.api.any().put_browser(&phone.device, browser).await,
                None => {
                    phone
                        .api
                        .any()
                        .put_device(&phone.device, &phone.address)
                        .await
                }
            }
        })
        .await;
        device.doing(format!("registering the phone of {id}"))?;
        again(|| phone.api.any().duty(true))
            .await
            .doing(format!("duty of {id}"))?;
        let first =
            again(|| async { phone.api.any().fixes(&phone.device, &[self.fix(n)]).await }).await;
        first.map(drop).doing(format!("first position of {id}"))?;
        again(|| phone.api.any().readiness(&phone.device))
            .await
            .doing(format!("what the phone of {id} says of itself"))
    }
}

/// One in four.
fn is_browser(n: usize) -> bool {
    n % 4 == 3
}

/// Calls again, with growing pauses, while the error is one that passes.
pub(crate) async fn again<T, F>(mut call: impl FnMut() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut pause = Duration::from_millis(100);
    for _ in 1..TRIES {
        match call().await {
            Err(e) if e.passes() => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    call().await
}
