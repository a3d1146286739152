//! The data directory is nobody's to read but the server's own user's.

use crate::support::{Desk, World, binary, call};
use muster_stand::process::{Server, ServerConfig};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every file of the directory, with what others may do with it.
fn open_to_others(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .chain([dir.to_owned()])
        .filter(|path| mode(path) & 0o077 != 0)
        .map(|path| format!("{} {:o}", path.display(), mode(&path)))
        .collect()
}

/// A program that starts the server with no mask at all.
fn unmasked(dir: &Path) -> std::path::PathBuf {
    let script = dir.join("unmasked");
    let text = format!(
        "#!/bin/sh\numask 000\nexec '{}' \"$@\"\n",
        binary().display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    script
}

#[tokio::test]
async fn what_a_server_makes_is_private_under_any_mask() {
    let dir = tempfile::tempdir().unwrap();
    let config = ServerConfig::new(&unmasked(dir.path()), dir.path());
    let made_by_token = ServerConfig {
        data_dir: dir.path().join("token/data"),
        ..config.clone()
    };
    made_by_token
        .tokens("org-1")
        .mint("admin", "a")
        .await
        .unwrap();
    assert_eq!(open_to_others(&made_by_token.data_dir), [""; 0]);
    assert_eq!(mode(&dir.path().join("token")), 0o700);
    let server = Server::start(config.clone()).await.unwrap();
    let names = |dir: &Path| {
        let names = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names
            .map(|name| name.into_string().unwrap())
            .collect::<Vec<_>>()
    };
    for file in [
        "muster.db",
        "muster.db-wal",
        "muster.db-shm",
        "issuer.key",
        "positions.slots",
    ] {
        assert!(
            names(&config.data_dir).iter().any(|name| name == file),
            "{file}"
        );
    }
    assert_eq!(open_to_others(&config.data_dir), [""; 0]);
    server.stop().await.unwrap();
    assert_eq!(open_to_others(&config.data_dir), [""; 0]);
}

#[tokio::test]
async fn what_is_laxer_is_tightened_at_the_next_start_and_said() {
    let mut world = World::start().await;
    let desk: Desk = world.desk.clone();
    desk.raise(&call()).await;
    world.crash().await;
    let dir = world.data_dir().to_owned();
    for entry in fs::read_dir(&dir).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
    let before = world.log_text().len();
    world.restart().await;
    assert_eq!(open_to_others(&dir), [""; 0]);
    let log = world.log_text().split_off(before);
    for name in ["muster.db\"", "muster.db-wal\"", "issuer.key\""] {
        let said = |line: &str| line.contains("WARN") && line.contains(name);
        assert!(log.lines().any(said), "{name}: {log}");
    }
    world.finish().await;
}
