//! A server with many responders in a city, made quickly through the server's own library and
//! then started as its own process, with the push stand-in in this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use muster::ledger::SqliteLedger;
use muster::live::memory::MemoryIndex;
use muster_core::domain::ids::{DeviceId, OrgId, OrgNo, ResponderId};
use muster_core::domain::place::Point;
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::responder::{Fix, Profile, Skill, Standing, Travel};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, Device, Enrolment, LiveIndex as _, Roster as _};
use tokio::time::Instant;

use super::machine;
use super::places::Area;
use crate::clock;
use crate::failure::{Context as _, Failure, Outcome};
use crate::plans::Plans;
use crate::process::{Server, ServerConfig, find_binary};
use crate::rng::Rng;
use crate::say::say;
use crate::standin::{StandIn, StandInConfig};

/// The organisation of the bench.
const ORG: &str = "bench";
/// Enrolments under way; the ledger's queue takes 2,048.
const AT_ONCE: usize = 512;
/// Responders whose phones report; each has a token of its own.
const REPORTING: usize = 20_000;
/// Asked at once by the plan of the bench.
pub(super) const ASKED: u32 = 10;
/// No plan of the bench looks further, metres.
pub(super) const RADIUS_M: f64 = 5_000.0;

/// What the town is made of.
pub(super) struct TownConfig {
    pub(super) responders: usize,
    pub(super) seed: u64,
    pub(super) muster: Option<PathBuf>,
    /// Where everything goes.
    pub(super) dir: PathBuf,
}

/// A running server, and what is needed to load it.
pub(super) struct Town {
    pub(super) server: Server,
    pub(super) standin: StandIn,
    pub(super) data_dir: PathBuf,
    /// Where everybody is.
    pub(super) places: Vec<Point>,
    /// One token each for the first of them.
    pub(super) phones: Arc<Vec<Phone>>,
    pub(super) desk: String,
}

/// Somebody who reports.
pub(super) struct Phone {
    pub(super) token: String,
    pub(super) place: Point,
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp(clock::now().as_millisecond())
    }
}

impl Town {
    /// Seeds, starts, mints.
    pub(super) async fn start(config: &TownConfig) -> Outcome<Self> {
        let binary = find_binary(config.muster.as_deref())?;
        let dir = &config.dir;
        let standin = StandIn::start(StandInConfig::default(), &dir.join("standin")).await?;
        let plans = dir.join("plans.toml");
        machine::write(&plans, &plans_of_bench().to_toml())?;
        let server = ServerConfig::new(&binary, dir)
            .with_standin(&standin)
            .with_plans(&plans);
        let data_dir = server.data_dir.clone();

        let start = Instant::now();
        say(format!("enrolling {} responders …", config.responders));
        let mut rng = Rng::split(config.seed, 2);
        let area = Area::city(&mut rng);
        let places = area.many(config.responders, &mut rng)?;
        seed(&data_dir, &places).await?;
        say(format!("  {:.1} s", start.elapsed().as_secs_f64()));

        let start = Instant::now();
        let server = Server::start(server).await?;
        let tokens = server.tokens(ORG);
        let subs: Vec<String> = (0..places.len().min(REPORTING)).map(name).collect();
        let minted = tokens.mint_many("responder", &subs).await?;
        let phones = minted.into_iter().zip(&places);
        let phones = phones.map(|(token, place)| Phone {
            token,
            place: *place,
        });
        let phones = Arc::new(phones.collect::<Vec<_>>());
        let desk = tokens.mint("call_handler", "desk").await?;
        say(format!(
            "server up, tokens minted, {:.1} s",
            start.elapsed().as_secs_f64()
        ));
        Ok(Self {
            server,
            standin,
            data_dir,
            places,
            phones,
            desk,
        })
    }

    /// Stops the server by its pid; an error when it does not end well.
    pub(super) async fn stop(self) -> Outcome<()> {
        let ended = self.server.stop().await?;
        if ended.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("the server ended with {ended}")))
        }
    }
}

/// Ten at once, nobody further than 5 km, and nothing happens by itself while the bench runs.
fn plans_of_bench() -> Plans {
    let mut plans = Plans::real();
    for plan in &mut plans.plan {
        plan.answer_window_s = 600.0;
        plan.receipt_window_s = 600.0;
        plan.waves.truncate(1);
        for wave in &mut plan.waves {
            wave.radius_m = RADIUS_M;
            wave.at_once = ASKED;
        }
    }
    plans
}

fn name(number: usize) -> String {
    format!("r{number}")
}

/// Enrols, verifies and registers a phone for each, and writes where they are.
async fn seed(data_dir: &Path, places: &[Point]) -> Outcome<()> {
    std::fs::create_dir_all(data_dir).doing("making the data directory")?;
    // a simulated server refuses a ledger that is not marked so
    machine::write(&data_dir.join("simulated"), "")?;
    let ledger = SqliteLedger::open(data_dir, Arc::new(Now)).doing("opening the ledger")?;
    let org = ledger
        .org(&OrgId::from(ORG))
        .await
        .doing("naming the organisation")?;
    let enrolled = stream::iter(0..places.len())
        .map(|number| enrol(&ledger, org, number))
        .buffered(AT_ONCE)
        .try_collect::<Vec<Profile>>()
        .await;
    let profiles = enrolled?;
    ledger.close().await;
    let slots = data_dir.join("positions.slots");
    let index = MemoryIndex::open(Some(slots)).doing("opening the slot file")?;
    for (profile, place) in profiles.into_iter().zip(places) {
        index.admit(profile).await;
        let fix = Fix {
            point: *place,
            accuracy_m: 10.0,
            at: Now.now(),
        };
        index.report(profile.responder, fix).await;
    }
    index.flush().doing("writing the slot file")?;
    Ok(())
}

async fn enrol(ledger: &Arc<SqliteLedger>, org: OrgNo, number: usize) -> Outcome<Profile> {
    let id = ResponderId(name(number));
    let who = Enrolment {
        id: id.clone(),
        name: format!("Responder {number}"),
        phone: None,
        skills: [Skill::Bls].into_iter().collect(),
        travel: Travel::Foot,
        exercises: false,
    };
    let who = ledger.enrol(org, who).await.doing("enrolling")?;
    let device = Device {
        id: DeviceId::from("phone"),
        platform: Platform::Android,
        address: PushAddress::FcmToken(format!("{id}-{}", "x".repeat(140))),
    };
    ledger
        .put_device(who.no, device)
        .await
        .doing("registering a phone")?;
    let verified = ledger.set_standing(org, &id, Standing::Verified).await;
    verified.map(|(_, profile, _)| profile).doing("verifying")
}
