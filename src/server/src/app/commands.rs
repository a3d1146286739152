//! What the commands of the binary do beside running the service.

use muster_core::domain::ids::OrgId;
use muster_core::ports::Clock as _;

use super::error::{AppError, adapter};
use super::start::runtime;
use super::{data_dir, scaled, services};
use crate::auth::{Issuer, Principal, Role};
use crate::config::{Backend, Config};
use crate::obs::SystemClock;

/// The description of the HTTP API, pretty-printed.
pub fn openapi() -> Result<String, String> {
    super::openapi::openapi()
        .to_pretty_json()
        .map_err(|e| e.to_string())
}

/// Reads and opens what the settings name as far as that can be done without running.
pub fn check(config: &Config) -> Result<(), AppError> {
    services::map(config).map(|_unused| ())
}

/// Brings the ledger's schema up to date.
pub fn migrate(config: &Config) -> Result<(), AppError> {
    data_dir::keep_private(&config.data_dir)?;
    match &config.backend {
        Backend::Embedded { data_dir } => muster_ledger::migrate(data_dir).map_err(adapter),
        Backend::Scaled { postgres_url, .. } => runtime()?
            .block_on(muster_ledger::migrate_postgres(&scaled::postgres(
                config,
                postgres_url,
            )))
            .map_err(adapter),
    }
}

/// Tokens for each subject, signed by the local issuer; works beside a running server.
pub fn tokens(
    config: &Config,
    role: &str,
    org: &str,
    subs: &[String],
    ttl_s: u32,
) -> Result<Vec<String>, String> {
    let role = Role::parse(role).ok_or_else(|| {
        format!("`{role}` is no role: call_handler, responder, coordinator or admin")
    })?;
    let issuer = Issuer::open(&config.data_dir).map_err(|e| e.to_string())?;
    let now = SystemClock.now();
    subs.iter()
        .map(|sub| {
            let who = Principal {
                role,
                org: OrgId::from(org),
                sub: sub.clone(),
                device: None,
                renewable_until: None,
            };
            issuer.mint(&who, ttl_s, now).map_err(|e| e.to_string())
        })
        .collect()
}
