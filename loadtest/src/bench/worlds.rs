//! The parts that need a server, one world after the other.

use super::child::Bare;
use super::drive::Scene;
use super::figures::Report;
use super::incident::{self, Options};
use super::load::{Until, closed_loop};
use super::town::{Nodes, Town, TownConfig, World};
use super::{fixes, machine, memory};
use muster_stand::failure::Outcome;

/// How many nodes the scaled world has, one world after the other.
const NODES: [usize; 2] = [1, 3];
/// Connections over which everybody reports once.
const CONNECTIONS: usize = 64;

/// What is to be measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Incidents in one process.
    pub(super) embedded: bool,
    /// Incidents over PostgreSQL and Redis.
    pub(super) scaled: bool,
    pub(super) fixes: bool,
}

/// All of them.
pub(super) async fn run(
    report: &mut Report,
    config: &TownConfig,
    options: &Options,
    wanted: Wanted,
) -> Outcome<()> {
    let town = Town::new(config).await?;
    if wanted.embedded || wanted.fixes {
        embedded(report, &town, options, wanted).await?;
    }
    if wanted.scaled {
        scaled(report, &town, options).await?;
    }
    Ok(())
}

async fn embedded(
    report: &mut Report,
    town: &Town,
    options: &Options,
    wanted: Wanted,
) -> Outcome<()> {
    let nobody = memory::of_nobody(town).await?;
    let world = town.embedded().await?;
    let nodes = world.start(1).await?;
    if wanted.embedded {
        memory::embedded(report, (town, &nodes), nobody)?;
        warm(&world, &nodes).await?;
        let scene = Scene {
            town,
            world: &world,
            nodes: &nodes,
        };
        incident::run(report, &scene, options).await?;
    }
    if wanted.fixes {
        let bare = Bare::start(&world.config.data_dir, machine::cores()).await?;
        fixes::run(report, (&world, &nodes), &bare).await?;
        bare.stop().await?;
    }
    nodes.stop().await
}

async fn scaled(report: &mut Report, town: &Town, options: &Options) -> Outcome<()> {
    let world = town.scaled().await?;
    // two databases share the cores, so each incident takes more of the machine
    let fewer = Options {
        incidents: options.incidents / 4,
        ..*options
    };
    for count in NODES {
        let nodes = world.start(count).await?;
        if count == 1 {
            memory::scaled(report, (town, &world, &nodes))?;
        }
        warm(&world, &nodes).await?;
        let scene = Scene {
            town,
            world: &world,
            nodes: &nodes,
        };
        incident::run(report, &scene, &fewer).await?;
        nodes.stop().await?;
    }
    Ok(())
}

/// Every token is verified once, as it was long ago for phones that report all day.
async fn warm(world: &World, nodes: &Nodes) -> Outcome<()> {
    for url in nodes.urls() {
        let all = Until::AllReported;
        closed_loop(&url, &world.phones, (CONNECTIONS, 1), all).await?;
    }
    Ok(())
}
