//! What FCM v1 accepts, as our own list of facts, and a check of a body against it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a field may hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    /// A string.
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    /// A protobuf `Duration`: digits and an `s`.
    Duration,
    /// A boolean.
    Flag,
    /// An object with string values only.
    Texts,
    /// Any object.
    Object,
    /// Another type of the list.
    Type(&'static str),
}

use Holds::{Duration, Flag, Object, Text, Texts, Type, Word};

/// Types and their fields, in FCM's JSON spelling. Fields we never mean to send are left out.
const TYPES: &[(&str, &[(&str, Holds)])] = &[
    (
        "SendMessageRequest",
        &[("validateOnly", Flag), ("message", Type("Message"))],
    ),
    (
        "Message",
        &[
            ("token", Text),
            ("fid", Text),
            ("topic", Text),
            ("data", Texts),
            ("android", Type("AndroidConfig")),
            ("apns", Type("ApnsConfig")),
            ("webpush", Type("WebpushConfig")),
        ],
    ),
    (
        "AndroidConfig",
        &[
            ("priority", Word(&["NORMAL", "HIGH"])),
            ("ttl", Duration),
            ("directBootOk", Flag),
            ("restrictedPackageName", Text),
        ],
    ),
    ("ApnsConfig", &[("headers", Texts), ("payload", Object)]),
    ("WebpushConfig", &[("headers", Texts), ("data", Texts)]),
];

/// Fields FCM reserves in `data`.
fn is_reserved(key: &str) -> bool {
    matches!(key, "from" | "message_type") || key.starts_with("google") || key.starts_with("gcm")
}

/// FCM reads `snake_case` as `camelCase`.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

fn fields(of: &str) -> BTreeMap<&'static str, Holds> {
    let found = TYPES.iter().find(|(name, _)| *name == of);
    found.expect("a listed type").1.iter().copied().collect()
}

/// Every way in which a body departs from the list.
pub(super) fn departures(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check("SendMessageRequest", body, "$", &mut found);
    let targets = ["token", "fid", "topic"];
    let named = targets
        .iter()
        .filter(|name| body["message"].get(**name).is_some());
    if named.count() != 1 {
        found.push("not exactly one target".to_owned());
    }
    let data = body["message"]["data"].as_object();
    for key in data
        .into_iter()
        .flat_map(Map::keys)
        .filter(|key| is_reserved(key))
    {
        found.push(format!("reserved data key {key}"));
    }
    found
}

fn check(of: &'static str, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        found.push(format!("{at} is not an object"));
        return;
    };
    let fields = fields(of);
    for (name, value) in object {
        let at = format!("{at}.{name}");
        let fine = match fields.get(&*camel(name)) {
            None => false,
            Some(Text) => value.is_string(),
            Some(Word(words)) => value.as_str().is_some_and(|word| words.contains(&word)),
            Some(Duration) => value.as_str().is_some_and(is_duration),
            Some(Flag) => value.is_boolean(),
            Some(Texts) => value
                .as_object()
                .is_some_and(|texts| texts.values().all(Value::is_string)),
            Some(Object) => value.is_object(),
            Some(Type(name)) => {
                check(name, value, &at, found);
                true
            }
        };
        if !fine {
            found.push(format!("{at} = {value} is not in the list"));
        }
    }
}

fn is_duration(text: &str) -> bool {
    let digits = text.strip_suffix('s').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The same against Google's discovery document.
pub(super) fn departures_from_discovery(body: &Value, discovery: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(discovery, "SendMessageRequest", body, &mut found);
    found
}

fn walk(discovery: &Value, of: &str, value: &Value, found: &mut Vec<String>) {
    let known = &discovery["schemas"][of]["properties"];
    for (name, value) in value.as_object().into_iter().flatten() {
        let field = &known[camel(name)];
        let texts = field["additionalProperties"]["type"] == "string";
        let fine = match (field["type"].as_str(), field["$ref"].as_str()) {
            (_, Some(other)) => {
                walk(discovery, other, value, found);
                value.is_object()
            }
            (Some("string"), _) => {
                let words = field["enum"].as_array();
                value.is_string() && words.is_none_or(|words| words.contains(value))
            }
            (Some("boolean"), _) => value.is_boolean(),
            (Some("object"), _) if texts => value
                .as_object()
                .is_some_and(|object| object.values().all(Value::is_string)),
            (Some("object"), _) => value.is_object(),
            _ => false,
        };
        if !fine {
            found.push(format!("{of}.{name} = {value}"));
        }
    }
}
