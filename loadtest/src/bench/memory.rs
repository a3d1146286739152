//! What a million who do nothing cost: resident memory of the server, beside one without anybody.

use serde_json::json;

use super::figures::{Report, round};
use super::machine::Memory;
use super::town::{Nodes, Town, World};
use muster_stand::failure::{Failure, Outcome};
use muster_stand::process::Server;

/// Bytes for each responder: 250 MB for a million.
const EACH: f64 = 250.0;

/// Memory of a server over an empty folder.
pub(super) async fn of_nobody(town: &Town) -> Outcome<Memory> {
    let server = Server::start(town.nobody()).await?;
    let memory = Memory::of(server.pid())?;
    let ended = server.stop().await?;
    if !ended.success() {
        return Err(Failure::new(format!("the empty server ended with {ended}")));
    }
    Ok(memory)
}

/// The server has just started and nobody has reported.
pub(super) fn embedded(
    report: &mut Report,
    (town, nodes): (&Town, &Nodes),
    nobody: Memory,
) -> Outcome<()> {
    let (full, people) = (of_one(nodes)?, town.people() as f64);
    let grown = full.resident() - nobody.resident();
    let lines = [
        line("server without anybody", nobody.resident(), people),
        line("server with everybody", full.resident(), people),
        line("grown by", grown, people),
        line("of that its own", full.own - nobody.own, people),
        line(
            "of that files it looks at",
            full.files - nobody.files,
            people,
        ),
    ];
    let title = format!("Memory, embedded, {people:.0} idle responders");
    Report::table(&title, &HEAD, &lines);
    let each = grown / people;
    report.judge(
        each <= EACH,
        &format!(
            "memory: {people:.0} idle responders take {}, {each:.0} B each, aim ≤ {EACH} B",
            mb(grown)
        ),
    );
    report.figure(
        "memory, embedded",
        json!({"people": people, "nobody": nobody.resident(), "resident": full.resident(),
               "own": full.own, "files": full.files, "grown_each": round(each)}),
    );
    Ok(())
}

/// The node has just started and told Redis of everybody, which holds them.
pub(super) fn scaled(
    report: &mut Report,
    (town, world, nodes): (&Town, &World, &Nodes),
) -> Outcome<()> {
    let (node, people) = (of_one(nodes)?, town.people() as f64);
    let mut lines = vec![line("a node", node.resident(), people)];
    let redis = world.engines.as_ref().map(|both| both.redis_bytes);
    lines.extend(redis.map(|bytes| line("Redis, used_memory", bytes, people)));
    if let Some(bytes) = redis {
        let each = bytes / people;
        report.judge(
            each <= EACH,
            &format!("memory: in Redis {each:.0} B for each idle responder, aim ≤ {EACH} B"),
        );
    }
    let title = format!("Memory, scaled, {people:.0} idle responders");
    Report::table(&title, &HEAD, &lines);
    report.figure(
        "memory, scaled",
        json!({"people": people, "node": node.resident(), "redis": redis}),
    );
    Ok(())
}

const HEAD: [&str; 3] = ["what", "resident", "for each"];

fn of_one(nodes: &Nodes) -> Outcome<Memory> {
    let pid = nodes.pids().first().copied();
    Memory::of(pid.ok_or_else(|| Failure::new("no node runs"))?)
}

fn mb(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

fn line(what: &str, bytes: f64, people: f64) -> Vec<String> {
    vec![
        what.to_owned(),
        mb(bytes),
        format!("{:.0} B", bytes / people),
    ]
}
