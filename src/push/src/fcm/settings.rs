//! What the operator sets, and the service account's key file.

use std::path::{Path, PathBuf};

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::error::FcmError;

/// Google's own address.
const GOOGLE: &str = "https://fcm.googleapis.com";
/// Eight connections carry a burst of 800 pushes at once.
const CONNECTIONS: usize = 8;
/// More connections than this are a mistake, not a need.
const MOST_CONNECTIONS: usize = 64;

/// The settings of the FCM sender.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FcmSettings {
    /// The service account's key file (JSON), as downloaded from the Firebase console.
    pub service_account: PathBuf,
    /// Where messages are posted: scheme and host, without a path.
    #[serde(default = "google")]
    pub base_url: String,
    /// A PEM file with further root certificates, for a stand-in or an inspecting proxy.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// HTTP/2 connections kept open, 1 to 64; each carries about 100 pushes at once.
    #[serde(default = "connections")]
    pub connections: usize,
    /// This server plays with invented incidents: it refuses to start if pointed at Google.
    #[serde(default)]
    pub simulated: bool,
}

fn google() -> String {
    GOOGLE.to_owned()
}

fn connections() -> usize {
    CONNECTIONS
}

impl FcmSettings {
    /// The defaults, with that key file.
    pub fn new(service_account: impl Into<PathBuf>) -> Self {
        Self {
            service_account: service_account.into(),
            base_url: google(),
            ca_file: None,
            connections: CONNECTIONS,
            simulated: false,
        }
    }

    /// The number of connections, if it makes sense.
    pub(super) fn checked_connections(&self) -> Result<usize, FcmError> {
        if (1..=MOST_CONNECTIONS).contains(&self.connections) {
            Ok(self.connections)
        } else {
            Err(FcmError::Connections {
                asked: self.connections,
                most: MOST_CONNECTIONS,
            })
        }
    }

    /// Where a message of that project is posted.
    pub(super) fn send_url(&self, project: &str) -> Result<Url, FcmError> {
        let base = self.checked_url("base_url", &self.base_url)?;
        let base = base.as_str().trim_end_matches('/');
        let url = format!("{base}/v1/projects/{project}/messages:send");
        self.checked_url("base_url", &url)
    }

    /// A URL this server may talk to: not Google when simulated, not in the clear when real.
    pub(super) fn checked_url(&self, setting: &'static str, text: &str) -> Result<Url, FcmError> {
        let wrong = |cause: String| FcmError::Url { setting, cause };
        let url = Url::parse(text).map_err(|cause| wrong(cause.to_string()))?;
        let Some(host) = url.host_str() else {
            return Err(wrong("it names no host".to_owned()));
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if self.simulated && (host == "googleapis.com" || host.ends_with(".googleapis.com")) {
            return Err(FcmError::SimulatedToGoogle { setting, host });
        }
        let clear_is_fine = self.simulated || matches!(&*host, "localhost" | "127.0.0.1" | "[::1]");
        match url.scheme() {
            "https" => Ok(url),
            "http" if clear_is_fine => Ok(url),
            "http" => Err(wrong(
                "credentials are never sent in the clear; use https".to_owned(),
            )),
            _ => Err(wrong("it is neither http nor https".to_owned())),
        }
    }
}

/// The key file as Google writes it; further fields are ignored.
#[derive(Deserialize)]
struct KeyFile {
    project_id: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

/// Who we are to Google.
pub(super) struct ServiceAccount {
    /// The Firebase project, checked to be fit for a path.
    pub(super) project_id: String,
    /// Goes into the assertion's header, so that Google finds the public key.
    pub(super) private_key_id: String,
    /// PEM.
    pub(super) private_key: SecretString,
    /// The account's name.
    pub(super) client_email: String,
    /// Where an assertion is changed for an access token; also the assertion's audience.
    pub(super) token_uri: Url,
}

impl ServiceAccount {
    /// Reads and checks the key file. Errors name the file and the cause, never its content.
    pub(super) fn read(settings: &FcmSettings) -> Result<Self, FcmError> {
        let file: &Path = &settings.service_account;
        let text = std::fs::read_to_string(file).map_err(|source| FcmError::Read {
            file: file.to_owned(),
            source,
        })?;
        let text = SecretString::from(text);
        let wrong = |cause: String| FcmError::KeyFile {
            file: file.to_owned(),
            cause,
        };
        // serde's own message may quote a value of the file; place and class never do.
        let key: KeyFile = serde_json::from_str(text.expose_secret()).map_err(|error| {
            wrong(format!(
                "line {}, column {}: {}; expected a service account key with project_id, \
                 private_key_id, private_key, client_email and token_uri",
                error.line(),
                error.column(),
                if error.is_data() {
                    "a field is missing or has the wrong type"
                } else {
                    "not JSON"
                },
            ))
        })?;
        let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        if key.project_id.is_empty() || !key.project_id.chars().all(fit) {
            return Err(wrong("project_id is not a project's name".to_owned()));
        }
        let token_uri = settings.checked_url("token_uri of the key file", &key.token_uri)?;
        Ok(Self {
            project_id: key.project_id,
            private_key_id: key.private_key_id,
            private_key: SecretString::from(key.private_key),
            client_email: key.client_email,
            token_uri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str, simulated: bool) -> FcmSettings {
        FcmSettings {
            base_url: base_url.to_owned(),
            simulated,
            ..FcmSettings::new("key.json")
        }
    }

    #[test]
    fn a_simulated_server_refuses_every_spelling_of_google() {
        for url in [
            "https://fcm.googleapis.com",
            "https://FCM.GoogleAPIs.com/",
            "https://fcm.googleapis.com.:443",
            "https://googleapis.com",
        ] {
            let refused = at(url, true).send_url("p");
            assert!(
                matches!(refused, Err(FcmError::SimulatedToGoogle { .. })),
                "{url}"
            );
            assert!(at(url, false).send_url("p").is_ok(), "{url}");
        }
        assert!(
            at("http://googleapis.com.example.org", true)
                .send_url("p")
                .is_ok()
        );
    }

    #[test]
    fn a_real_server_sends_nothing_in_the_clear_except_to_itself() {
        assert!(at("http://push.example.org", false).send_url("p").is_err());
        assert!(at("http://127.0.0.1:9", false).send_url("p").is_ok());
        assert!(at("ftp://127.0.0.1", false).send_url("p").is_err());
    }

    #[test]
    fn the_send_url_survives_a_trailing_slash() {
        let url = at("https://x.example/", false).send_url("p-1").unwrap();
        assert_eq!(
            url.as_str(),
            "https://x.example/v1/projects/p-1/messages:send"
        );
    }

    #[test]
    fn absurd_connection_counts_are_refused() {
        for (count, fine) in [(0, false), (1, true), (64, true), (65, false)] {
            let settings = FcmSettings {
                connections: count,
                ..FcmSettings::new("k")
            };
            assert_eq!(settings.checked_connections().is_ok(), fine, "{count}");
        }
    }

    #[test]
    fn a_broken_key_file_is_named_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.json");
        std::fs::write(&file, r#"{"project_id":"p","private_key":["SECRET"]}"#).unwrap();
        let Err(error) = ServiceAccount::read(&FcmSettings::new(&file)) else {
            panic!("a broken key file was taken");
        };
        let sentence = error.to_string();
        assert!(
            sentence.contains("key.json") && !sentence.contains("SECRET"),
            "{sentence}"
        );
    }
}
