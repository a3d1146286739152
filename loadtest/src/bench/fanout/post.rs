//! The stand-in as a process of its own, so that its processor time is nobody else's, and what it says
//! of arrivals.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::bench::machine;
use crate::bench::talker::Talker;
use muster_stand::failure::{Context as _, Failure, Outcome};

const START: Duration = Duration::from_secs(10);
/// It remembers a burst and little more, so that its memory stays small.
const KEEP: &str = "1000";
const CONTROL: Duration = Duration::from_secs(10);
/// The project that the stand-in's account belongs to.
pub(super) const PROJECT: &str = "muster-standin";

/// A running stand-in.
pub(super) struct Post {
    talker: Talker,
    http: reqwest::Client,
    pub(super) at: Address,
}

/// Where everything is, as the stand-in says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Address {
    pub(super) base_url: String,
    control_url: String,
    pub(super) ca_file: String,
    pub(super) service_account_file: String,
}

/// What arrived since some message.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Arrivals {
    /// The number of the last message taken.
    pub(super) taken: u64,
    first_ns: Option<u64>,
    last_ns: Option<u64>,
}

impl Arrivals {
    /// When the first and the last arrived, on the machine's monotonic clock, ns.
    pub(super) fn span_ns(&self) -> Option<(u64, u64)> {
        self.first_ns.zip(self.last_ns)
    }
}

impl Post {
    /// Starts this very program as `standin`; it writes its keys into that folder.
    pub(super) async fn start(dir: &Path) -> Outcome<Self> {
        let me = std::env::current_exe().doing("asking for my own path")?;
        let mut command = Command::new(me);
        command.args(["standin", "--keep", KEEP, "--dir"]);
        let mut talker = Talker::start("the stand-in", command.arg(dir))?;
        let said = talker.hear(START).await?;
        let at = serde_json::from_value(said).doing("reading the stand-in's address")?;
        let http = reqwest::Client::builder().no_proxy().timeout(CONTROL);
        let http = http.build().doing("building a client")?;
        Ok(Self { talker, http, at })
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        let url = format!("{}{path}", self.at.control_url);
        let answer = self
            .http
            .get(url)
            .send()
            .await
            .doing("asking the stand-in")?;
        answer.json().await.doing("reading the stand-in's answer")
    }

    /// What arrived after the message of that number.
    pub(super) async fn arrivals(&self, after: u64) -> Outcome<Arrivals> {
        self.get(&format!("/control/arrivals?after={after}")).await
    }

    /// An access token.
    pub(super) async fn token(&self) -> Outcome<String> {
        let url = format!("{}/control/token", self.at.control_url);
        let answer = self
            .http
            .post(url)
            .send()
            .await
            .doing("asking for a token")?;
        let answer: Value = answer.json().await.doing("reading the token")?;
        let token = answer["access_token"].as_str();
        let token = token.ok_or_else(|| Failure::new("the stand-in gave no token"))?;
        Ok(token.to_owned())
    }

    /// The oldest message that it remembers, whole.
    pub(super) async fn first_message(&self) -> Outcome<Value> {
        let page: Value = self.get("/control/messages?after=0").await?;
        match &page["items"][0]["message"] {
            Value::Null => Err(Failure::new("the stand-in took no message")),
            message => Ok(message.clone()),
        }
    }

    /// Processor time that it has used so far, seconds.
    pub(super) fn cpu_s(&self) -> Outcome<f64> {
        machine::cpu_s(self.talker.pid()?)
    }

    /// Its URL of one message.
    pub(super) fn send_url(&self) -> String {
        format!("{}/v1/projects/{PROJECT}/messages:send", self.at.base_url)
    }

    pub(super) async fn stop(mut self) -> Outcome<()> {
        self.talker.kill().await
    }
}

/// What every sender but ours is told first: where to send what, and with which right.
pub(super) async fn setup(post: &Post) -> Outcome<Value> {
    Ok(
        json!({"base_url": post.at.base_url, "project": PROJECT, "token": post.token().await?,
              "like": post.first_message().await?}),
    )
}
