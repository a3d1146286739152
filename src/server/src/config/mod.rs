//! Settings: compiled-in default, then a file, then the environment; checked as a whole.

mod layers;
mod map;

pub use map::{Map, Style};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use muster_core::domain::plan::Plans;
use serde::Deserialize;
use thiserror::Error;

/// The commented default, which is also the reference of all settings.
pub const DEFAULT: &str = include_str!("../../../../deploy/config.default.toml");

/// What is wrong with the settings; each names the key.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or the whole is not what it should be.
    #[error("{origin}: {cause}")]
    Malformed {
        /// Where the mistake stands.
        origin: String,
        /// What is wrong.
        cause: String,
    },
}

/// Which adapters stand behind the ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// One node with nothing beside it.
    Embedded {
        /// Where its files live.
        data_dir: PathBuf,
    },
    /// Several nodes over Redis and PostgreSQL.
    Scaled {
        /// One URL, or several of a cluster.
        redis_urls: Vec<String>,
        /// The ledger.
        postgres_url: String,
    },
}

/// Settings as written, before they are checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: SocketAddr,
    data_dir: PathBuf,
    workers: usize,
    log: String,
    simulated: bool,
    plans_file: String,
    tls_ca_file: String,
    redis_urls: String,
    postgres_url: String,
    fcm: WrittenFcm,
    webpush: WrittenWebpush,
    desk: WrittenDesk,
    travel: WrittenTravel,
    map: map::WrittenMap,
    geocoder: map::WrittenGeocoder,
    retention: Retention,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFcm {
    service_account: String,
    base_url: String,
    connections: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWebpush {
    contact: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDesk {
    phone: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTravel {
    valhalla_url: String,
}

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Hours after closing until an incident's private part is destroyed.
    pub private_h: u32,
    /// Seconds after which a position is forgotten.
    pub fix_s: u32,
}

/// Where pushes go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fcm {
    /// Path of the key file; `None` means no pushes.
    pub service_account: Option<PathBuf>,
    /// Where FCM answers.
    pub base_url: String,
    /// HTTP/2 connections kept open.
    pub connections: usize,
}

/// Settings that make sense together.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address of the HTTP server.
    pub listen: SocketAddr,
    /// Where the issuer's key lives, in both worlds.
    pub data_dir: PathBuf,
    /// Threads that answer HTTP requests; `None` takes one for each core.
    pub workers: Option<usize>,
    /// What is logged.
    pub log: String,
    /// Simulated phones only.
    pub simulated: bool,
    /// The rules in force.
    pub plans: Plans,
    /// An extra root for outgoing TLS.
    pub tls_ca_file: Option<PathBuf>,
    /// Which adapters.
    pub backend: Backend,
    /// Where pushes go.
    pub fcm: Fcm,
    /// Whom a browser's push service may write to.
    pub webpush_contact: Option<String>,
    /// The control room's telephone, for responders.
    pub control_room_phone: Option<String>,
    /// A routing engine.
    pub valhalla_url: Option<String>,
    /// What the desk's map is drawn from.
    pub map: Map,
    /// Where addresses are searched for.
    pub geocoder_url: Option<String>,
    /// How long what is kept.
    pub retention: Retention,
}

impl Config {
    /// Reads the layers and checks the whole. The environment is an argument, so that a test
    /// need not touch the process's.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let written: Written = layers::merged(DEFAULT, file, environment)?;
        let backend = backend(&written)?;
        let plans = match set(&written.plans_file) {
            Some(path) => plans(Path::new(path))?,
            None => Plans::built_in(),
        };
        if written.fcm.connections == 0 || written.fcm.connections > 64 {
            return Err(malformed("fcm.connections", "must be between 1 and 64"));
        }
        Ok(Self {
            listen: written.listen,
            data_dir: written.data_dir,
            workers: (written.workers > 0).then_some(written.workers),
            log: written.log,
            simulated: written.simulated,
            plans,
            tls_ca_file: set(&written.tls_ca_file).map(PathBuf::from),
            backend,
            fcm: Fcm {
                service_account: set(&written.fcm.service_account).map(PathBuf::from),
                base_url: written.fcm.base_url,
                connections: written.fcm.connections,
            },
            webpush_contact: set(&written.webpush.contact).map(str::to_owned),
            control_room_phone: set(&written.desk.phone).map(str::to_owned),
            valhalla_url: set(&written.travel.valhalla_url).map(str::to_owned),
            map: written.map.check()?,
            geocoder_url: set(&written.geocoder.url).map(str::to_owned),
            retention: written.retention,
        })
    }
}

fn backend(written: &Written) -> Result<Backend, ConfigError> {
    match (set(&written.redis_urls), set(&written.postgres_url)) {
        (None, None) => Ok(Backend::Embedded {
            data_dir: written.data_dir.clone(),
        }),
        (Some(redis), Some(postgres)) => Ok(Backend::Scaled {
            redis_urls: redis.split(',').map(|url| url.trim().to_owned()).collect(),
            postgres_url: postgres.to_owned(),
        }),
        _ => Err(malformed(
            "redis_urls, postgres_url",
            "set both for the scaled world or neither for the embedded one",
        )),
    }
}

fn plans(path: &Path) -> Result<Plans, ConfigError> {
    let text = layers::read(path)?;
    let plans: Plans = toml::from_str(&text)
        .map_err(|e| malformed(&path.display().to_string(), &e.to_string()))?;
    plans
        .check()
        .map_err(|e| malformed(&path.display().to_string(), &e.to_string()))?;
    Ok(plans)
}

fn set(text: &str) -> Option<&str> {
    (!text.trim().is_empty()).then_some(text)
}

fn malformed(origin: &str, cause: &str) -> ConfigError {
    ConfigError::Malformed {
        origin: origin.to_owned(),
        cause: cause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Config::load(None, &environment)
    }

    #[test]
    fn nothing_configured_is_the_embedded_world() {
        let config = with(&[]).unwrap();
        assert!(matches!(config.backend, Backend::Embedded { .. }));
        assert!(!config.simulated);
        assert_eq!(config.fcm.service_account, None);
    }

    #[test]
    fn the_environment_comes_on_top() {
        let config = with(&[
            ("MUSTER__LISTEN", "127.0.0.1:0"),
            ("MUSTER__SIMULATED", "true"),
            ("MUSTER__FCM__CONNECTIONS", "3"),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(config.listen.port(), 0);
        assert!(config.simulated);
        assert_eq!(config.fcm.connections, 3);
    }

    #[test]
    fn an_unknown_key_and_half_a_world_are_errors_that_name_the_key() {
        let error = with(&[("MUSTER__LISTN", "x")]).unwrap_err().to_string();
        assert!(error.contains("MUSTER__LISTN"), "{error}");
        let error = with(&[("MUSTER__REDIS_URLS", "redis://h")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("postgres_url"), "{error}");
        let error = with(&[("MUSTER__WORKERS", "many")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("MUSTER__WORKERS"), "{error}");
    }
}
