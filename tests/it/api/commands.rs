//! The commands beside `serve`.

use crate::support::{World, binary, call};
use muster_stand::process::{Server, ServerConfig};
use serde_json::Value;
use std::process::Output;
use tokio::process::Command;

async fn muster(arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .envs(env.iter().copied())
        .kill_on_drop(true);
    command.output().await.unwrap()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "it was accepted");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn check_config_names_the_wrong_key() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().display().to_string();
    let good = muster(&["check-config"], &[("MUSTER__DATA_DIR", data.as_str())]).await;
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    for (name, value, named) in [
        ("MUSTER__LISTN", "x", "LISTN"),
        ("MUSTER__LISTEN", "everywhere", "`listen`"),
        ("MUSTER__FCM__CONNECTIONS", "0", "fcm.connections"),
        ("MUSTER__REDIS_URLS", "redis://127.0.0.1", "postgres_url"),
        (
            "MUSTER__PLANS_FILE",
            "/nowhere/plans.toml",
            "/nowhere/plans.toml",
        ),
        (
            "MUSTER__MAP__PMTILES",
            "/nowhere/town.pmtiles",
            "/nowhere/town.pmtiles",
        ),
        (
            "MUSTER__MAP__AEDS_FILE",
            "/nowhere/aeds.csv",
            "/nowhere/aeds.csv",
        ),
        ("MUSTER__MAP__CENTRE", "here", "map.centre"),
        ("MUSTER__MAP__STYLE_URL", "style.json", "map.style_url"),
        ("MUSTER__GEOCODER__URL", "http://127.0.0.1/", "geocoder.url"),
    ] {
        let said = complaint(&muster(&["check-config"], &[(name, value)]).await);
        assert!(said.contains(named), "{name}={value}: {said}");
    }
    let file = dir.path().join("muster.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:0\"\nlisten_too = 1\n").unwrap();
    let file = file.display().to_string();
    let said = complaint(&muster(&["check-config", "--config", &file], &[]).await);
    assert!(said.contains("listen_too"), "{said}");
    let plans = dir.path().join("plans.toml");
    std::fs::write(&plans, "[[plan]]\nid = \"default\"\nwanted = 0\n").unwrap();
    let plans = plans.display().to_string();
    let said = complaint(&muster(&["check-config"], &[("MUSTER__PLANS_FILE", &plans)]).await);
    assert!(said.contains("plans.toml"), "{said}");
    let aeds = dir.path().join("aeds.csv");
    std::fs::write(&aeds, "name\nTown hall\n").unwrap();
    let aeds = aeds.display().to_string();
    for command in ["check-config", "serve"] {
        let env = [
            ("MUSTER__MAP__AEDS_FILE", aeds.as_str()),
            ("MUSTER__DATA_DIR", data.as_str()),
            ("MUSTER__LISTEN", "127.0.0.1:0"),
        ];
        let said = complaint(&muster(&[command], &env).await);
        assert!(said.contains("aeds.csv"), "{command}: {said}");
    }
}

#[tokio::test]
async fn simulated_data_never_serve_a_real_server_nor_the_other_way_round() {
    let mut world = World::start().await;
    world.desk.raise(&call()).await;
    world.stop().await;
    let data = world.data_dir().display().to_string();
    let env = [
        ("MUSTER__DATA_DIR", data.as_str()),
        ("MUSTER__LISTEN", "127.0.0.1:0"),
    ];
    let said = complaint(&muster(&["serve"], &env).await);
    assert!(said.contains("simulated"), "{said}");
    world.restart().await;
    let listed = world.desk.get("/v1/incidents").await.expect(200);
    assert_eq!(
        listed["items"].as_array().unwrap().len(),
        1,
        "the data are still good"
    );

    let real = world.folder().join("real");
    let config = ServerConfig::new(&binary(), &real).with("MUSTER__SIMULATED", "false");
    let server = Server::start(config).await.unwrap();
    assert!(server.stop().await.unwrap().success());
    let data = real.join("data").display().to_string();
    let mut env = vec![
        ("MUSTER__DATA_DIR", data.as_str()),
        ("MUSTER__LISTEN", "127.0.0.1:0"),
    ];
    env.push(("MUSTER__SIMULATED", "true"));
    let said = complaint(&muster(&["serve"], &env).await);
    assert!(said.contains("real data"), "{said}");
    world.finish().await;
}

#[tokio::test]
async fn a_token_is_one_line_and_works_beside_a_running_server() {
    let world = World::start().await;
    let data = world.data_dir().display().to_string();
    let arguments = [
        "token",
        "--role",
        "coordinator",
        "--org",
        "org-9",
        "--sub",
        "c-1",
    ];
    let output = muster(&arguments, &[("MUSTER__DATA_DIR", data.as_str())]).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let caller = world.caller_with(printed.trim());
    let listed = caller.get("/v1/responders").await.expect(200);
    assert_eq!(
        listed["items"],
        Value::Array(Vec::new()),
        "an organisation exists when named"
    );
    world.finish().await;
}

#[tokio::test]
async fn migrate_and_openapi_do_what_their_names_say() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().display().to_string();
    for _ in 0..2 {
        let done = muster(&["migrate"], &[("MUSTER__DATA_DIR", data.as_str())]).await;
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    let document = muster(&["openapi"], &[]).await;
    let document: Value = serde_json::from_slice(&document.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
}
