//! Generates the frames of the phone channel, and builds again when a page was built again: a
//! release holds its files.

use std::io::{Error, Result};
use std::path::Path;

/// The interface to phones, and the folder that its imports are relative to.
const PROTO: &str = "../../proto/muster/v1/phone.proto";
const PROTO_ROOT: &str = "../../proto";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={PROTO}");
    // compiled in Rust, so that nobody needs protoc
    let files = protox::compile([PROTO], [PROTO_ROOT]).map_err(Error::other)?;
    prost_build::compile_fds(files)?;

    println!("cargo::rerun-if-changed=build.rs");
    for page in ["../../web/desk", "../../web/phone"].map(Path::new) {
        // without a page the folder around it is watched, so that the first one is not missed
        let watched = [page.join("dist"), page.to_owned()];
        if let Some(path) = watched.iter().find(|path| path.exists()) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    Ok(())
}
