//! Which files of a package import which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::rust_files;

/// The rooms that a file names after `crate::`.
pub(super) fn rooms(text: &str) -> BTreeSet<String> {
    paths(text)
        .into_iter()
        .filter(|path| path.first().is_some_and(|first| first == "crate"))
        .filter_map(|path| path.into_iter().nth(1))
        .collect()
}

/// Circles of files below a folder that import each other, outside of tests; of each circle one way around.
pub(super) fn circles(folder: &Path) -> Vec<Vec<String>> {
    let texts: BTreeMap<Vec<String>, String> = rust_files(folder)
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).unwrap();
            (module(file), code(&text))
        })
        .collect();
    let imports: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = texts
        .iter()
        .map(|(module, text)| {
            let named = paths(text).into_iter();
            let absolute = named.filter_map(|path| absolute(module, path));
            let files = absolute.filter_map(|path| file_of(&texts, path));
            (module, files.filter(|file| *file != module).collect())
        })
        .collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut known: BTreeSet<&Vec<String>> = BTreeSet::new();
    for start in texts.keys() {
        if known.contains(start) {
            continue;
        }
        if let Some(circle) = way_back(&imports, start) {
            known.extend(circle.iter().copied());
            found.push(circle.iter().map(|module| module.join("::")).collect());
        }
    }
    found
}

/// A shortest way from a file back to itself.
fn way_back<'a>(
    imports: &BTreeMap<&'a Vec<String>, BTreeSet<&'a Vec<String>>>,
    start: &'a Vec<String>,
) -> Option<Vec<&'a Vec<String>>> {
    let mut ways = vec![vec![start]];
    let mut met = BTreeSet::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        for next in &imports[way.last()?] {
            if *next == start {
                return Some(way);
            }
            if met.insert(*next) {
                ways.push(way.iter().copied().chain([*next]).collect());
            }
        }
    }
    None
}

/// The module that a file is: its path below the last `src`.
fn module(file: &Path) -> Vec<String> {
    let path = file.with_extension("");
    let parts: Vec<&str> = path
        .components()
        .map(|part| part.as_os_str().to_str().unwrap())
        .collect();
    let inside = parts.rsplit(|part| *part == "src").next().unwrap();
    let named = inside
        .iter()
        .filter(|part| !["mod", "lib", "main"].contains(part));
    ["crate"]
        .iter()
        .chain(named)
        .map(|part| (*part).to_owned())
        .collect()
}

/// Without tests and comments.
fn code(text: &str) -> String {
    let head = text.split("#[cfg(test)]").next().unwrap();
    let lines = head.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The longest beginning of a path that is a file.
fn file_of(texts: &BTreeMap<Vec<String>, String>, mut path: Vec<String>) -> Option<&Vec<String>> {
    while !path.is_empty() {
        if let Some((file, _)) = texts.get_key_value(&path) {
            return Some(file);
        }
        path.pop();
    }
    None
}

/// The path from the root, of one that begins with `crate`, `self` or `super`.
fn absolute(module: &[String], path: Vec<String>) -> Option<Vec<String>> {
    let mut base = match path.first()?.as_str() {
        "crate" => return Some(path),
        "self" | "super" => module.to_vec(),
        _ => return None,
    };
    let up = path.iter().take_while(|part| *part == "super").count();
    base.truncate(base.len().checked_sub(up)?);
    base.extend(
        path.into_iter()
            .filter(|part| part != "super" && part != "self"),
    );
    Some(base)
}

/// Every path that begins with `crate`, `self` or `super`, with its groups opened up.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "self::", "super::"] {
        for (at, _) in text.match_indices(root) {
            let before = text.split_at(at).0.chars().next_back();
            let inside = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if !inside {
                open_up(&[], text.split_at(at).1, &mut found);
            }
        }
    }
    found
}

/// Adds the paths that the text begins with.
fn open_up(before: &[String], text: &str, found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    let mut rest = text.trim_start();
    loop {
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        rest = rest.split_at(name.len()).1;
        if !name.is_empty() && (name != "self" || path.is_empty()) {
            path.push(name);
        }
        let Some(more) = rest.strip_prefix("::") else {
            found.push(path);
            return;
        };
        if let Some(group) = more.strip_prefix('{') {
            for item in items(group) {
                open_up(&path, item, found);
            }
            return;
        }
        rest = more;
    }
}

/// The comma-separated items of a group, without those inside nested groups.
fn items(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0_i32, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(group.get(start..at).unwrap());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(group.get(start..at).unwrap());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_opened_up_and_relative_paths_are_followed() {
        let text = "use crate::a::{self, b::{C, D}};\nuse super::e;\nself::f::g();";
        let found: BTreeSet<String> = paths(text)
            .into_iter()
            .filter_map(|path| absolute(&["crate".to_owned(), "x".to_owned()], path))
            .map(|path| path.join("::"))
            .collect();
        let expected = [
            "crate::a",
            "crate::a::b::C",
            "crate::a::b::D",
            "crate::e",
            "crate::x::f::g",
        ];
        assert_eq!(found, expected.map(str::to_owned).into());
        assert_eq!(rooms(text), ["a".to_owned()].into());
    }
}
