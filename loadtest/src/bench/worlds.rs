//! The parts that need a server, one world after the other.

use super::channel::Wish;
use super::child::Bare;
use super::drive::Scene;
use super::figures::Report;
use super::growth::{self, Curve};
use super::incident::{self, Options};
use super::load::{Until, closed_loop};
use super::town::{Nodes, Town, TownConfig, World};
use super::{channel, feed, fixes, machine, memory};
use muster_stand::failure::Outcome;

/// Nodes of the scaled world at most.
const NODES: usize = 3;
/// Connections over which everybody reports once.
const CONNECTIONS: usize = 64;
/// The towns of the curve have so many times fewer people.
const SMALLER: [usize; 2] = [100, 10];
/// A smaller town has nobody around its incidents.
const PEOPLE_MIN: usize = 10_000;

/// What is to be measured.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "parts of a command line")]
pub(super) struct Wanted {
    /// Incidents in one process.
    pub(super) embedded: bool,
    /// Incidents over PostgreSQL and Redis.
    pub(super) scaled: bool,
    pub(super) fixes: bool,
    pub(super) feed: bool,
    /// So many phones.
    pub(super) channel: Option<Wish>,
    /// Growth as well.
    pub(super) full: bool,
}

/// All of them.
pub(super) async fn run(
    report: &mut Report,
    config: &TownConfig,
    options: &Options,
    wanted: Wanted,
) -> Outcome<()> {
    let mut curve = Curve::of("responders");
    if wanted.full && wanted.embedded {
        smaller_towns(&mut curve, config, options).await?;
    }
    let town = Town::new(config).await?;
    if wanted.embedded || wanted.fixes || wanted.feed || wanted.channel.is_some() {
        embedded(report, &town, options, (wanted, curve)).await?;
    }
    if wanted.scaled {
        scaled(report, &town, options, wanted.full).await?;
    }
    Ok(())
}

async fn embedded(
    report: &mut Report,
    town: &Town,
    options: &Options,
    (wanted, mut curve): (Wanted, Curve),
) -> Outcome<()> {
    let nobody = memory::of_nobody(town).await?;
    let world = town.embedded().await?;
    let nodes = world.start(1).await?;
    if let Some(wish) = wanted.channel {
        // before anybody did anything: nothing but the channels is in its memory
        for (url, pid) in nodes.urls().iter().zip(nodes.pids()) {
            channel::run(report, &world, (url, pid), (wish, options.seed)).await?;
        }
    }
    let bare = bare(&world).await?;
    if wanted.embedded {
        memory::embedded(report, (town, &nodes), nobody)?;
        warm(&world, &nodes).await?;
        let scene = Scene {
            town,
            world: &world,
            nodes: &nodes,
            bare: &bare,
        };
        incident::run(report, &scene, options).await?;
        if wanted.full {
            let load = growth::few(options, false);
            curve.point(&scene, town.people(), load).await?;
            curve.show(report);
            growth::in_one_town(report, &scene, options).await?;
        }
    }
    if wanted.fixes {
        fixes::run(report, (&world, &nodes), &bare).await?;
    }
    if wanted.feed {
        watched(report, (town, &world, &nodes), &bare, options.seed).await?;
    }
    bare.stop().await?;
    nodes.stop().await
}

/// The live feed of the only node.
async fn watched(
    report: &mut Report,
    (town, world, nodes): (&Town, &World, &Nodes),
    bare: &Bare,
    seed: u64,
) -> Outcome<()> {
    for (url, pid) in nodes.urls().iter().zip(nodes.pids()) {
        let desk = feed::Desk {
            url,
            pid,
            token: &world.desk,
            places: town.crowd.points(),
        };
        feed::run(report, &desk, bare, seed).await?;
    }
    Ok(())
}

async fn scaled(report: &mut Report, town: &Town, options: &Options, full: bool) -> Outcome<()> {
    let world = town.scaled().await?;
    let bare = bare(&world).await?;
    // two databases share the cores, so each incident takes more of the machine
    let fewer = Options {
        incidents: options.incidents / 4,
        ..*options
    };
    let mut curve = Curve::of("nodes");
    let counts = if full {
        vec![1, 2, NODES]
    } else {
        vec![1, NODES]
    };
    for count in counts {
        let nodes = world.start(count).await?;
        if count == 1 {
            memory::scaled(report, (town, &world, &nodes))?;
        }
        warm(&world, &nodes).await?;
        let scene = Scene {
            town,
            world: &world,
            nodes: &nodes,
            bare: &bare,
        };
        if matches!(count, 1 | NODES) {
            incident::run(report, &scene, &fewer).await?;
        }
        if full {
            curve
                .point(&scene, count, growth::few(options, true))
                .await?;
        }
        nodes.stop().await?;
    }
    if full {
        curve.show(report);
    }
    bare.stop().await
}

/// The first points of the curve, each in a town and a world of its own.
async fn smaller_towns(curve: &mut Curve, config: &TownConfig, options: &Options) -> Outcome<()> {
    for times in SMALLER {
        let people = config.people / times;
        if people < PEOPLE_MIN {
            continue;
        }
        let config = TownConfig {
            people,
            seed: config.seed,
            muster: config.muster.clone(),
            dir: config.dir.join(people.to_string()),
        };
        let town = Town::new(&config).await?;
        let world = town.embedded().await?;
        let nodes = world.start(1).await?;
        let bare = bare(&world).await?;
        warm(&world, &nodes).await?;
        let scene = Scene {
            town: &town,
            world: &world,
            nodes: &nodes,
            bare: &bare,
        };
        let load = growth::few(options, false);
        curve.point(&scene, people, load).await?;
        bare.stop().await?;
        nodes.stop().await?;
    }
    Ok(())
}

async fn bare(world: &World) -> Outcome<Bare> {
    Bare::start(&world.config.data_dir, machine::cores()).await
}

/// Every token is verified once, as it was long ago for phones that report all day.
async fn warm(world: &World, nodes: &Nodes) -> Outcome<()> {
    for url in nodes.urls() {
        let all = Until::AllReported;
        closed_loop(&url, &world.phones, (CONNECTIONS, 1), all).await?;
    }
    Ok(())
}
