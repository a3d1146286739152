//! The rules of the house that no compiler checks: who may import whom, how long a file may be,
//! what must be documented.

mod imports;

use std::fs;
use std::path::{Path, PathBuf};

/// `(room, rooms it may import)`, in building order. A new edge is a design decision: change this
/// table in its own commit. Between packages cargo keeps the edges.
const SERVER_ROOMS: &[(&str, &[&str])] = &[
    ("obs", &[]),
    ("config", &[]),
    ("travel", &[]),
    ("view", &[]),
    ("worker", &[]),
    ("auth", &["view"]),
    ("fixes", &["view"]),
    ("map", &["view", "auth"]),
    ("bus", &["auth"]),
    // an audience never imports another: what two need is in the rooms above
    ("trackers", &["view", "auth", "fixes"]),
    ("phone", &["view", "auth", "fixes", "map", "bus"]),
    ("desk", &["view", "auth", "map", "bus"]),
    ("ops", &["view", "obs"]),
];
const CORE_ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("dispatch", &["domain", "ports"]),
];
/// The map and the composition root may see everything.
const AT_THE_ROOT: &[&str] = &["lib.rs", "main.rs"];
const COMPOSITION: &str = "app";
const FILE_LINES_MAX: usize = 500;

/// A library that only some rooms may know, so that it can be replaced there.
const CONFINED: &[(&str, &[&str])] = &[
    ("actix_ws", &["phone"]),
    // the library: `bus::redis` is a module
    ("use redis", &["bus"]),
    ("reqwest", &["map"]),
    ("jsonwebtoken", &["auth"]),
    ("std::env::var", &["config"]),
];

/// Where no files import each other in a circle: everywhere but in the simulation.
const WITHOUT_CYCLES: &[&str] = &[
    "src/core/src",
    "src/ledger/src",
    "src/live/src",
    "src/push/src",
    "src/server/src",
];

#[test]
fn tables_are_in_building_order_so_they_have_no_cycle() {
    for table in [SERVER_ROOMS, CORE_ROOMS] {
        for (at, (room, targets)) in table.iter().enumerate() {
            for target in *targets {
                assert!(
                    table[..at].iter().any(|(name, _)| name == target),
                    "`{room}` imports `{target}`, which is not above it in the table"
                );
            }
        }
    }
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut errors = Vec::new();
    for (package, table) in [
        ("src/server/src", SERVER_ROOMS),
        ("src/core/src", CORE_ROOMS),
    ] {
        let root = workspace().join(package);
        for file in rust_files(&root) {
            check_imports(&root, &file, table, &mut errors);
        }
    }
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

fn check_imports(root: &Path, file: &Path, table: &[(&str, &[&str])], errors: &mut Vec<String>) {
    let shown = file.display();
    let inside = file.strip_prefix(root).unwrap();
    let mut parts = inside.components().map(|c| c.as_os_str().to_str().unwrap());
    let first = parts.next().unwrap();
    if parts.next().is_none() {
        if !AT_THE_ROOT.contains(&first) {
            errors.push(format!("{shown}: put it in a room"));
        }
        return;
    }
    if first == COMPOSITION {
        return;
    }
    let Some((_, allowed)) = table.iter().find(|(room, _)| *room == first) else {
        errors.push(format!("{shown}: room `{first}` is not in the table"));
        return;
    };
    let text = fs::read_to_string(file).unwrap();
    for target in imports::rooms(&text) {
        let known = table.iter().any(|(room, _)| *room == target);
        if known && target != first && !allowed.contains(&target.as_str()) {
            errors.push(format!("{shown}: `{first}` must not import `{target}`"));
        }
    }
    // the head of the file: tests below may use what they need
    let code = text.split("#[cfg(test)]").next().unwrap();
    let is_test = file
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .ends_with("tests");
    for (library, rooms) in CONFINED {
        if code.contains(&format!("{library}::")) && !rooms.contains(&first) && !is_test {
            errors.push(format!("{shown}: `{library}` belongs to {rooms:?} only"));
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles: Vec<_> = WITHOUT_CYCLES
        .iter()
        .flat_map(|folder| imports::circles(&workspace().join(folder)))
        .map(|circle| circle.join(" -> "))
        .collect();
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut errors = Vec::new();
    for folder in ["src", "tests", "loadtest"] {
        for file in rust_files(&workspace().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            if text.lines().count() > FILE_LINES_MAX {
                errors.push(format!("{}: over {FILE_LINES_MAX} lines", file.display()));
            }
            if !text.starts_with("//!") {
                errors.push(format!("{}: no module doc on line 1", file.display()));
            }
            if text.contains(concat!("#[ign", "ore")) {
                errors.push(format!("{}: a test that never runs", file.display()));
            }
        }
    }
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn every_error_code_has_its_section() {
    let text = fs::read_to_string(workspace().join("api/errors.md")).unwrap();
    for code in muster::view::error::CODES {
        assert!(
            text.lines().any(|line| line == format!("## {code}")),
            "api/errors.md has no section `{code}`"
        );
    }
}

#[test]
fn every_reason_to_reject_a_position_is_explained() {
    let text = fs::read_to_string(workspace().join("api/errors.md")).unwrap();
    for why in muster_core::domain::fix::Rejected::ALL {
        let row = format!("| `{}` | ", why.as_str());
        assert!(
            text.lines().any(|line| line.starts_with(&row)),
            "api/errors.md has no row for `{}`",
            why.as_str()
        );
    }
}

#[test]
fn the_committed_description_of_the_api_is_what_the_code_says() {
    let committed = fs::read_to_string(workspace().join("api/openapi.json")).unwrap();
    let generated = muster::app::openapi().unwrap();
    assert!(
        committed.trim() == generated.trim(),
        "api/openapi.json is stale: run `make openapi`"
    );
}

#[test]
fn every_route_that_others_build_on_is_described() {
    let document: serde_json::Value =
        serde_json::from_str(&muster::app::openapi().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for (method, path) in [
        ("post", "/v1/incidents"),
        ("get", "/v1/incidents"),
        ("get", "/v1/incidents/{id}"),
        ("patch", "/v1/incidents/{id}"),
        ("post", "/v1/incidents/{id}/release"),
        ("post", "/v1/incidents/{id}/widen"),
        ("post", "/v1/incidents/{id}/close"),
        ("post", "/v1/incidents/{id}/reopen"),
        ("get", "/v1/incidents/{id}/log"),
        ("get", "/v1/feed"),
        ("get", "/v1/session"),
        ("post", "/v1/incidents/{id}/acknowledge"),
        ("get", "/v1/incidents/{id}/people"),
        ("get", "/v1/form"),
        ("get", "/v1/coverage"),
        ("get", "/v1/aeds"),
        ("get", "/v1/geocode"),
        ("get", "/v1/map"),
        ("get", "/v1/map/base.pmtiles"),
        ("get", "/v1/responders"),
        ("post", "/v1/responders"),
        ("patch", "/v1/responders/{id}"),
        ("get", "/v1/follow-ups"),
        ("post", "/v1/follow-ups/{alert_id}/take"),
        ("post", "/v1/follow-ups/{alert_id}/done"),
        ("post", "/v1/responders/{id}/verify"),
        ("post", "/v1/responders/{id}/suspend"),
        ("post", "/v1/responders/{id}/trackers"),
        ("post", "/v1/owntracks"),
        ("post", "/v1/traccar"),
        ("get", "/v1/responders/{id}/phones"),
        ("post", "/v1/responders/{id}/enrolment"),
        ("post", "/v1/enrolment"),
        ("get", "/v1/phone"),
        ("get", "/v1/push/webpush"),
        ("get", "/v1/readiness"),
        ("get", "/v1/me"),
        ("put", "/v1/me/devices/{device_id}/readiness"),
        ("put", "/v1/me/quiet"),
        ("put", "/v1/me/places"),
        ("post", "/v1/me/test-alert"),
        ("post", "/v1/me/alerts/{id}/with-patient"),
        ("post", "/v1/me/alerts/{id}/report"),
        ("get", "/v1/incidents/{id}/reports"),
        ("post", "/v1/me/test-alert/{id}/received"),
        ("put", "/v1/me/devices/{device_id}"),
        ("delete", "/v1/me/devices/{device_id}"),
        ("put", "/v1/me/duty"),
        ("post", "/v1/me/fixes"),
        ("get", "/v1/me/alerts"),
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
        ("get", "/v1/openapi.json"),
    ] {
        assert!(
            paths
                .get(path)
                .is_some_and(|item| item.get(method).is_some()),
            "{method} {path} is not described"
        );
    }
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
