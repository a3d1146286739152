//! The disk is full.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{alerts, all_pushed, call_from, id, in_time, incidents, one_wave, row};
use crate::support::{HOME, World, eventually, text};

/// Room for a young ledger, and little more.
const SIZE: &str = "size=24m";
/// Raises until the disk is really full: the log's file may have room inside.
const TRIES: u32 = 2_000;

/// A small file system in memory; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Self {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "muster-test"])
            .arg(at)
            .status()
            .expect("`mount` is installed (package `mount`)");
        assert!(
            mounted.success(),
            "this test mounts a tmpfs: run it as root, or in a container with SYS_ADMIN"
        );
        Self(at.to_owned())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes all that is left.
    fn fill(&self) {
        let mut filler = File::options()
            .create(true)
            .append(true)
            .open(self.filler())
            .unwrap();
        for block in [1 << 16, 1 << 12, 1 << 8, 1] {
            while filler.write_all(&vec![7; block]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // lazily: a server that was just killed may still hold it for a moment
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(std::thread::panicking() || done.is_ok_and(|status| status.success()));
    }
}

#[tokio::test]
async fn a_full_disk_is_a_clear_503_that_changes_nothing_and_passes_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(&folder.path().join("disk"));
    let data = disk.0.join("data");
    let world = World::with(|settings| {
        settings.data_in(&data);
        settings.plan(|plan| one_wave(plan, 3, 1_000.0));
        settings.expect_error("disk is full");
        settings.expect_error("nothing of a batch is on disk");
        settings.expect_error("rollback failed");
    })
    .await;
    world.crowd("p", &row(HOME, 6, 20.0)).await;
    let before = world
        .desk
        .raise_as("before", &call_from(HOME))
        .await
        .expect(201);
    all_pushed(&world, id(&before)).await;
    let mut known = vec![id(&before).to_owned()];

    disk.fill();
    let mut refused = None;
    for n in 0..TRIES {
        let key = format!("full-{n}");
        let reply = in_time("a raise", world.desk.raise_as(&key, &call_from(HOME))).await;
        if reply.status == 201 {
            known.push(id(&reply.json).to_owned());
            disk.fill();
            continue;
        }
        reply.problem(503, "unavailable");
        refused = Some(key);
        break;
    }
    let key = refused.expect("the disk never filled up");

    // again, and still a clear answer; nothing half-written; reads go on
    for _ in 0..3 {
        let reply = in_time("a raise", world.desk.raise_as(&key, &call_from(HOME))).await;
        reply.problem(503, "unavailable");
        let now = in_time("a reading", world.desk.incident(id(&before))).await;
        assert_eq!(alerts(&now).len(), alerts(&before).len());
        assert_known(&world, &known).await;
    }
    let ready = in_time("readyz", world.desk.get("/readyz")).await;
    assert_eq!(ready.status, 503, "{}", ready.text);
    world.desk.get("/healthz").await.expect(200);

    // room again: the same key succeeds, with everything that belongs to it
    disk.make_room();
    let raised = eventually("the failed key succeeds when there is room", async || {
        let reply = world.desk.raise_as(&key, &call_from(HOME)).await;
        (reply.status == 201).then_some(reply.json)
    })
    .await;
    known.push(id(&raised).to_owned());
    assert_known(&world, &known).await;
    all_pushed(&world, id(&raised)).await;
    world.desk.get("/readyz").await.expect(200);
    world.finish().await;
    drop(disk);
}

/// Exactly the acknowledged incidents are there.
async fn assert_known(world: &World, known: &[String]) {
    let all = incidents(world).await;
    let mut there: Vec<&str> = all.iter().map(|incident| text(incident, "id")).collect();
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    there.sort_unstable();
    known.sort_unstable();
    assert_eq!(there, known);
}
