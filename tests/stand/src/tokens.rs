//! Bearer tokens, minted by `muster token` with the key in the data directory.

use crate::failure::{Context as _, Failure, Outcome};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Life of every token minted here: longer than any run.
const TTL_S: u32 = 24 * 3_600;

/// Mints tokens for one organisation.
#[derive(Debug, Clone)]
pub struct Tokens {
    binary: PathBuf,
    data_dir: PathBuf,
    org: String,
    env: Vec<(String, String)>,
}

impl Tokens {
    /// Tokens that the server with this data directory and environment trusts.
    pub fn new(binary: &Path, data_dir: &Path, org: &str, env: &[(String, String)]) -> Self {
        Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            org: org.to_owned(),
            env: env.to_vec(),
        }
    }

    /// The organisation.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// One token.
    pub async fn mint(&self, role: &str, sub: &str) -> Outcome<String> {
        self.mint_for(role, sub, TTL_S).await
    }

    /// One token that lives so many seconds.
    pub async fn mint_for(&self, role: &str, sub: &str, ttl_s: u32) -> Outcome<String> {
        let tokens = self
            .run(role, ttl_s, &["--sub".as_ref(), sub.as_ref()])
            .await?;
        let first = tokens.into_iter().next();
        first.ok_or_else(|| Failure::new("muster token printed no token"))
    }

    /// One token for each, in order, with a single call (`--subs-file`).
    pub async fn mint_many(&self, role: &str, subs: &[String]) -> Outcome<Vec<String>> {
        let dir = tempfile::tempdir().doing("making a folder for the subs")?;
        let file = dir.path().join("subs");
        std::fs::write(&file, subs.join("\n")).doing("writing the subs")?;
        let tokens = self
            .run(role, TTL_S, &["--subs-file".as_ref(), file.as_ref()])
            .await?;
        if tokens.len() == subs.len() {
            Ok(tokens)
        } else {
            Err(Failure::new(format!(
                "muster token printed {} tokens for {} subs",
                tokens.len(),
                subs.len()
            )))
        }
    }

    async fn run(&self, role: &str, ttl_s: u32, whom: &[&std::ffi::OsStr]) -> Outcome<Vec<String>> {
        let output = Command::new(&self.binary)
            .args([
                "token",
                "--role",
                role,
                "--org",
                &self.org,
                "--ttl-s",
                &ttl_s.to_string(),
            ])
            .args(whom)
            .envs(self.env.iter().map(|(n, v)| (n, v)))
            .env("MUSTER__DATA_DIR", &self.data_dir)
            .env("MUSTER__SIMULATED", "true")
            .output()
            .await
            .doing("running muster token")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Failure::new(format!(
                "muster token ended with {}: {said}",
                output.status
            )));
        }
        Ok(jwts(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// The JWT of each line that has one, so that a stray log line does no harm.
fn jwts(output: &str) -> Vec<String> {
    let last_words = output
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    let jwt = |word: &&str| word.starts_with("ey") && word.matches('.').count() == 2;
    last_words.filter(jwt).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_between_tokens_are_passed_over() {
        assert_eq!(
            jwts("{\"level\":\"INFO\"}\neyA.b.c\nr-2 eyD.e.f\n"),
            ["eyA.b.c", "eyD.e.f"]
        );
    }
}
