//! Builds again when the desk's page was built again: a release holds its files.

use std::path::Path;

fn main() {
    let page = Path::new("../../web/desk");
    // without a page the folder around it is watched, so that the first one is not missed
    let watched = [page.join("dist"), page.to_owned()];
    match watched.iter().find(|path| path.exists()) {
        Some(path) => println!("cargo::rerun-if-changed={}", path.display()),
        None => println!("cargo::rerun-if-changed=build.rs"),
    }
}
