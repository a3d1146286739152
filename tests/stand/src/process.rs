//! The built `muster` as a child process: started, watched, stopped or killed by its pid.

use crate::client::Api;
use crate::failure::{Context as _, Failure, Outcome};
use crate::tokens::Tokens;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// From start to the log line with the address, migrations included.
const START: Duration = Duration::from_mins(1);
/// From SIGTERM to the end; then it is killed and that is an error.
const STOP: Duration = Duration::from_secs(30);

/// How to start a server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The `muster` binary; see [`find_binary`].
    pub binary: PathBuf,
    /// Its data directory; kept across restarts by the caller.
    pub data_dir: PathBuf,
    /// `MUSTER__LISTEN`.
    pub listen: String,
    /// Further environment; later entries win over what this module sets itself.
    pub env: Vec<(String, String)>,
    /// Where stdout and stderr go, appended.
    pub log_file: PathBuf,
}

impl ServerConfig {
    /// A simulated server on a free port of the loopback, its data and log below `dir`.
    pub fn new(binary: &Path, dir: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            data_dir: dir.join("data"),
            listen: "127.0.0.1:0".to_owned(),
            env: Vec::new(),
            log_file: dir.join("muster.log"),
        }
    }

    /// Sets one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Points pushes at a stand-in.
    #[must_use]
    pub fn with_standin(self, standin: &crate::standin::StandIn) -> Self {
        let account = standin.service_account_file().display().to_string();
        self.with("MUSTER__FCM__SERVICE_ACCOUNT", account)
            .with("MUSTER__FCM__BASE_URL", standin.base_url())
            .with(
                "MUSTER__TLS_CA_FILE",
                standin.ca_file().display().to_string(),
            )
    }

    /// Uses these plans instead of the built-in ones.
    #[must_use]
    pub fn with_plans(self, plans: &Path) -> Self {
        self.with("MUSTER__PLANS_FILE", plans.display().to_string())
    }

    /// Tokens of this server's local issuer, for an organisation.
    pub fn tokens(&self, org: &str) -> Tokens {
        Tokens::new(&self.binary, &self.data_dir, org, &self.env)
    }
}

/// A running server. Dropping it kills it; [`Server::stop`] is the polite way.
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    child: Child,
    pid: u32,
    base_url: String,
}

impl Server {
    /// Starts `muster serve` and waits until it says where it listens and answers `/healthz`.
    pub async fn start(config: ServerConfig) -> Outcome<Self> {
        std::fs::create_dir_all(&config.data_dir).doing("making the data directory")?;
        let mut command = Command::new(&config.binary);
        command
            .arg("serve")
            .env("MUSTER__LISTEN", &config.listen)
            .env("MUSTER__DATA_DIR", &config.data_dir)
            .env("MUSTER__SIMULATED", "true")
            .envs(config.env.iter().map(|(n, v)| (n, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group: Ctrl-C at the terminal is ours to pass on, once.
            .process_group(0)
            .kill_on_drop(true);
        let binary = config.binary.display();
        let mut child = command.spawn().doing(format!("starting {binary}"))?;
        let pid = child
            .id()
            .ok_or_else(|| Failure::new("the server ended at once"))?;
        let (found, mut listening) = mpsc::channel(1);
        for stream in [
            child
                .stdout
                .take()
                .map(|s| Box::new(s) as Box<dyn AsyncRead + Send + Unpin>),
            child
                .stderr
                .take()
                .map(|s| Box::new(s) as Box<dyn AsyncRead + Send + Unpin>),
        ]
        .into_iter()
        .flatten()
        {
            tokio::spawn(drain(stream, config.log_file.clone(), found.clone()));
        }
        drop(found);
        let address = tokio::select! {
            address = timeout(START, listening.recv()) => address.ok().flatten(),
            _ = child.wait() => None,
        };
        let Some(address) = address else {
            let log = config.log_file.display();
            return Err(Failure::new(format!(
                "the server did not come up; its log is {log}"
            )));
        };
        let server = Self {
            config,
            child,
            pid,
            base_url: as_url(&address),
        };
        server.wait_healthy().await?;
        Ok(server)
    }

    /// `http://HOST:PORT`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it was started; clone it to start again on the same data.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Tokens of its local issuer, for an organisation.
    pub fn tokens(&self, org: &str) -> Tokens {
        self.config.tokens(org)
    }

    /// A client with a token.
    pub fn api(&self, token: &str) -> Outcome<Api> {
        Api::new(&self.base_url, token).doing("building a client")
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGTERM, then waits for the end.
    pub async fn stop(mut self) -> Outcome<ExitStatus> {
        if let Some(ended) = self.child.try_wait().doing("asking for the server")? {
            return Ok(ended);
        }
        self.signal("-TERM").await?;
        if let Ok(ended) = timeout(STOP, self.child.wait()).await {
            return ended.doing("waiting for the server");
        }
        self.child.kill().await.doing("killing the server")?;
        Err(Failure::new(
            "the server did not end within 30 s of SIGTERM",
        ))
    }

    /// SIGKILL, as a crash; its configuration, for a start on the same data.
    pub async fn kill(mut self) -> Outcome<ServerConfig> {
        self.signal("-KILL").await?;
        self.child
            .wait()
            .await
            .doing("waiting for the killed server")?;
        Ok(self.config.clone())
    }

    /// Any signal by name, for instance `-STOP` and `-CONT`.
    pub async fn signal(&self, name: &str) -> Outcome<()> {
        let pid = self.pid.to_string();
        let done = Command::new("kill").args([name, &pid]).status().await;
        if done.doing("running kill")?.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("kill {name} {pid} did not succeed")))
        }
    }

    async fn wait_healthy(&self) -> Outcome<()> {
        let api = self.api("")?;
        let until = Instant::now() + START;
        while !api.is_healthy().await {
            if Instant::now() > until {
                return Err(Failure::new(
                    "the server listens but /healthz does not answer",
                ));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

/// The `muster` beside this executable, or one level up (tests run from `target/…/deps`), unless
/// a path was given.
pub fn find_binary(given: Option<&Path>) -> Outcome<PathBuf> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let me = std::env::current_exe().doing("asking for my own path")?;
    let here = me
        .parent()
        .into_iter()
        .flat_map(|dir| [Some(dir), dir.parent()])
        .flatten();
    let tried: Vec<_> = here.map(|dir| dir.join("muster")).collect();
    tried
        .iter()
        .find(|path| path.is_file())
        .cloned()
        .ok_or_else(|| {
            let first = tried
                .first()
                .map(|p| p.display().to_string())
                .unwrap_or_default();
            Failure::new(format!(
                "no muster at {first}: run `cargo build -p muster`, or --muster PATH"
            ))
        })
}

/// Copies a stream to the log until it ends and reports the first address in it.
async fn drain(
    stream: Box<dyn AsyncRead + Send + Unpin>,
    log_file: PathBuf,
    found: mpsc::Sender<String>,
) {
    let mut log = File::options()
        .create(true)
        .append(true)
        .open(&log_file)
        .await
        .ok();
    let mut lines = BufReader::new(stream).split(b'\n');
    let mut found = Some(found);
    while let Ok(Some(mut line)) = lines.next_segment().await {
        if let Some(address) = found.as_ref().and_then(|_| listening(&line))
            && let Some(to) = found.take()
        {
            let _ = to.try_send(address);
        }
        line.push(b'\n');
        if let Some(log) = &mut log {
            let _ = log.write_all(&line).await;
            let _ = log.flush().await;
        }
    }
}

/// The field `listening` of a JSON log line, at any depth.
fn listening(line: &[u8]) -> Option<String> {
    fn look(value: &Value) -> Option<&str> {
        let fields = value.as_object()?;
        let here = fields.get("listening").and_then(Value::as_str);
        here.or_else(|| fields.values().find_map(look))
    }
    let line: Value = serde_json::from_slice(line).ok()?;
    look(&line).map(str::to_owned)
}

fn as_url(address: &str) -> String {
    if address.starts_with("http") {
        address.trim_end_matches('/').to_owned()
    } else {
        format!("http://{address}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_at_any_depth_and_nowhere_else() {
        let nested = br#"{"level":"INFO","fields":{"message":"up","listening":"127.0.0.1:4711"}}"#;
        assert_eq!(listening(nested).unwrap(), "127.0.0.1:4711");
        assert_eq!(
            listening(br#"{"listening":"http://[::1]:1"}"#).unwrap(),
            "http://[::1]:1"
        );
        assert_eq!(listening(br#"{"message":"listening"}"#), None);
        assert_eq!(listening(b"listening at last"), None);
    }

    #[test]
    fn an_address_becomes_a_url_once() {
        assert_eq!(as_url("127.0.0.1:1"), "http://127.0.0.1:1");
        assert_eq!(as_url("http://127.0.0.1:1/"), "http://127.0.0.1:1");
    }

    #[tokio::test]
    async fn a_server_that_ends_at_once_is_an_error_that_names_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let config = ServerConfig::new(Path::new("/bin/false"), dir.path());
        let error = Server::start(config).await.unwrap_err().to_string();
        assert!(error.contains("muster.log"), "{error}");
    }
}
