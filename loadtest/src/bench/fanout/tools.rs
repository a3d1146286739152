//! Google's SDKs as `make setup-peers` installs them, and our small programs that drive them.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use super::post::Post;
use crate::bench::machine;
use crate::bench::talker::Talker;
use muster_stand::failure::{Context as _, Failure, Outcome};

const NODE: &str = include_str!("../../../peers/fanout.cjs");
const PYTHON: &str = include_str!("../../../peers/fanout.py");
const HINT: &str = "run `make setup-peers`";

/// Google's SDK for Node. The first answer says that it is ready.
pub(super) fn node(dir: &Path, post: &Post) -> Outcome<Talker> {
    let modules = installed("node_modules/firebase-admin", "firebase-admin for Node")?;
    let program = dir.join("fanout.cjs");
    machine::write(&program, NODE)?;
    let mut command = Command::new("node");
    command
        .arg(program)
        .env("NODE_PATH", modules)
        .env("NODE_EXTRA_CA_CERTS", &post.at.ca_file);
    Talker::start("node", &mut command)
}

/// Google's SDK for Python.
pub(super) fn python(dir: &Path, post: &Post) -> Outcome<Talker> {
    let packages = installed("python/firebase_admin", "firebase-admin for Python")?;
    let program = dir.join("fanout.py");
    machine::write(&program, PYTHON)?;
    let mut command = Command::new("python3");
    // it advises to address phones by installation; ours are addressed as most still are
    command
        .args(["-W", "ignore::DeprecationWarning"])
        .arg(program)
        .env("PYTHONPATH", packages)
        .env("REQUESTS_CA_BUNDLE", &post.at.ca_file)
        .env("NO_PROXY", "*")
        .env("no_proxy", "*");
    Talker::start("python3", &mut command)
}

/// This program as a sender of our own.
pub(super) fn ours(post: &Post) -> Outcome<Talker> {
    let me = std::env::current_exe().doing("asking for my own path")?;
    let mut command = Command::new(me);
    command
        .args(["fanout-sender", "--base-url", &post.at.base_url])
        .args(["--ca-file", &post.at.ca_file])
        .args(["--service-account", &post.at.service_account_file]);
    Talker::start("our sender", &mut command)
}

/// The version that a sender says with its first answer.
pub(super) fn version(said: &Value) -> &str {
    said["version"].as_str().unwrap_or("unknown")
}

/// The folder above a package, if the package is there.
fn installed(package: &str, name: &str) -> Outcome<PathBuf> {
    let me = std::env::current_exe().doing("asking for my own path")?;
    let mut places = me
        .ancestors()
        .map(|dir| dir.join("tools/peers").join(package));
    let found = places.find(|place| place.is_dir());
    let folder = found.and_then(|place| place.parent().map(Path::to_owned));
    folder.ok_or_else(|| Failure::new(format!("no {name}: {HINT}")))
}
