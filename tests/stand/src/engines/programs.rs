//! Where the servers' programs are.

use crate::failure::{Failure, Outcome};
use std::path::{Path, PathBuf};

/// Names the program of Valkey when it is not in `PATH`.
const VALKEY_VARIABLE: &str = "MUSTER_TEST_VALKEY";
/// Where Debian puts PostgreSQL, one folder for each version.
const POSTGRES_ROOT: &str = "/usr/lib/postgresql";

/// Debian's Redis.
pub(super) fn redis() -> Outcome<PathBuf> {
    in_path("redis-server").ok_or_else(|| {
        Failure::new("no redis-server: run `make setup`, or `apt-get install redis-server`")
    })
}

/// Valkey: as the environment says, from `PATH`, or from where `make setup` puts it.
pub(super) fn valkey() -> Outcome<PathBuf> {
    let named = std::env::var_os(VALKEY_VARIABLE).map(PathBuf::from);
    let mut found = named.or_else(|| in_path("valkey-server"));
    if found.is_none() {
        let me = std::env::current_exe().unwrap_or_default();
        let tools = me.ancestors().map(|dir| dir.join("tools/valkey-server"));
        found = tools.into_iter().find(|program| program.is_file());
    }
    found.ok_or_else(|| {
        Failure::new(format!(
            "no valkey-server: run `make setup`, or name one in {VALKEY_VARIABLE}"
        ))
    })
}

/// The folder with `initdb` and `postgres`, of the newest version.
pub(super) fn postgres() -> Outcome<PathBuf> {
    let of_path = in_path("initdb").and_then(|program| program.parent().map(Path::to_owned));
    let of_debian = || {
        let versions = std::fs::read_dir(POSTGRES_ROOT).into_iter().flatten();
        let folders = versions.flatten().map(|version| version.path().join("bin"));
        let whole = folders.filter(|bin| bin.join("initdb").is_file());
        whole.max_by_key(|bin| version_of(bin))
    };
    of_path.or_else(of_debian).ok_or_else(|| {
        Failure::new("no PostgreSQL server: run `make setup`, or `apt-get install postgresql`")
    })
}

fn version_of(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name);
    name.and_then(|n| n.to_str()?.parse().ok()).unwrap_or(0)
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|program| program.is_file())
}
