//! How somebody signs in at the demo: a link for each role, and a token for programs.

use crate::world::World;
use muster_stand::client::Called;
use muster_stand::failure::{Context as _, Outcome};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// A link waits for so long: a demo stays open on a second screen.
const LINK_LIFE_S: u32 = 24 * 3600;
/// The desk's roles, each with its subject.
const DESKS: [(&str, &str); 3] = [
    ("call_handler", "demo-call_handler"),
    ("coordinator", "demo-coordinator"),
    ("admin", "demo-admin"),
];
/// A responder whose phone is simulated as well.
const RESPONDER: &str = "sim-00001";

/// By role, in the order in which they are told.
pub(super) struct SignIns {
    /// Addresses that sign a browser in, each once.
    pub(super) links: Vec<(&'static str, String)>,
    /// Tokens.
    pub(super) tokens: Vec<(&'static str, String)>,
}

impl SignIns {
    /// Made by an admin of this world.
    pub(super) async fn of(world: &World) -> Outcome<Self> {
        let mut tokens = Vec::new();
        for (role, sub) in DESKS.into_iter().chain([("responder", RESPONDER)]) {
            tokens.push((role, world.tokens.mint(role, sub).await?));
        }
        let admin = world.tokens.mint("admin", "demo-admin").await?;
        let admin = world.desk.as_other(&admin, 0);
        let base = admin.base_urls().swap_remove(0);
        let mut links = Vec::new();
        for (role, sub) in DESKS {
            let link = json!({"role": role, "sub": sub, "ttl_s": LINK_LIFE_S});
            let made = admin.any().call(Method::POST, "/v1/session/links", &link);
            links.push((role, address(&base, made.await)?));
        }
        let path = format!("/v1/responders/{RESPONDER}/enrolment");
        let code = admin.any().call(Method::POST, &path, &json!({})).await;
        links.push(("responder", address(&base, code)?));
        Ok(Self { links, tokens })
    }

    /// As the fields of one JSON object.
    pub(super) fn json(self) -> Value {
        let object = |all: Vec<(&str, String)>| -> Map<String, Value> {
            let fields = all.into_iter();
            fields
                .map(|(role, text)| (role.to_owned(), text.into()))
                .collect()
        };
        json!({"links": object(self.links), "tokens": object(self.tokens)})
    }
}

fn address(base: &str, made: Called<Value>) -> Outcome<String> {
    let made = made.doing("making a link that signs in")?;
    Ok(format!("{base}{}", made["path"].as_str().unwrap_or("/")))
}
