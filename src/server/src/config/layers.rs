//! Laying one source of settings over another.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{ConfigError, malformed};

/// Every variable of ours begins so.
const PREFIX: &str = "MUSTER__";

pub(super) fn merged<T: DeserializeOwned>(
    default: &str,
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<T, ConfigError> {
    let mut table = parse("the default settings", default)?;
    if let Some(path) = file {
        overlay(
            &mut table,
            parse(&path.display().to_string(), &read(path)?)?,
        );
    }
    for (name, text) in environment {
        if let Some(key) = name.strip_prefix(PREFIX) {
            set(&mut table, name, key, text)?;
        }
    }
    Value::Table(table)
        .try_into()
        // the whole text: it ends with the name of the key
        .map_err(|e: toml::de::Error| malformed("settings", e.to_string().trim()))
}

pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable {
        path: path.to_owned(),
        cause,
    })
}

fn parse(origin: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse()
        .map_err(|e: toml::de::Error| malformed(origin, &e.to_string()))
}

fn overlay(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Sets `SECTION__KEY`, read as the type that the default has.
fn set(table: &mut Table, name: &str, key: &str, text: &str) -> Result<(), ConfigError> {
    let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
    let unknown = || malformed(name, "no such setting");
    let (last, sections) = path.split_last().ok_or_else(unknown)?;
    let mut at = table;
    for section in sections {
        at = at
            .get_mut(section)
            .and_then(Value::as_table_mut)
            .ok_or_else(unknown)?;
    }
    let slot = at.get_mut(last).ok_or_else(unknown)?;
    let wrong = |wanted: &str| malformed(name, &format!("must be {wanted}"));
    *slot = match slot {
        Value::Boolean(_) => {
            Value::Boolean(text.parse().map_err(|_bad| wrong("`true` or `false`"))?)
        }
        Value::Integer(_) => Value::Integer(text.parse().map_err(|_bad| wrong("a whole number"))?),
        Value::String(_) => Value::String(text.to_owned()),
        _ => return Err(unknown()),
    };
    Ok(())
}
