//! One message: the same words as every push, sealed for one browser (RFC 8291).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use muster_core::domain::push::PushMessage;
use web_push_native::{Auth, encrypt, p256};

use crate::payload::data;

/// What push services carry at least; ours is a tenth of it.
const PLAIN_MAX: usize = 3993;
/// Push services keep a message four weeks at most.
const LONGEST_TTL_S: i64 = 28 * 24 * 3600;
/// Letters of a topic (RFC 8030): 32 of base64url are 24 bytes.
const TOPIC_BYTES: usize = 24;
/// Browsers differ in whether they write the padding.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is posted.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) body: Vec<u8>,
    /// Seconds that the service may keep it.
    pub(super) ttl_s: i64,
    /// A newer one of the same topic takes its place.
    pub(super) topic: String,
}

/// The message for one browser, or a stable word why there can be none.
pub(super) fn seal(push: &PushMessage, p256dh: &str, auth: &str) -> Result<Sealed, &'static str> {
    let expires_in_s = (push.expires_at - push.sent_at).as_s().max(0);
    let plain = serde_json::to_vec(&data(push, expires_in_s))
        .map_err(|_unwritable| "unwritable_message")?;
    if plain.len() > PLAIN_MAX {
        return Err("unwritable_message");
    }
    let key = BASE64URL.decode(p256dh).map_err(|_why| "bad_key")?;
    let key = p256::PublicKey::from_sec1_bytes(&key).map_err(|_why| "bad_key")?;
    let auth = BASE64URL.decode(auth).map_err(|_why| "bad_key")?;
    if auth.len() != 16 {
        return Err("bad_key");
    }
    let body = encrypt(plain, &key, Auth::from_slice(&auth)).map_err(|_why| "unsealable")?;
    Ok(Sealed {
        body,
        ttl_s: expires_in_s.min(LONGEST_TTL_S),
        topic: topic(push),
    })
}

/// About one alert, of one kind: a stand-down never takes the place of an alert that has yet to be
/// shown, but a second try of either does.
fn topic(push: &PushMessage) -> String {
    let name = format!("{} {}", push.alert, push.kind.as_str());
    let hash = digest(&SHA256, name.as_bytes());
    let hash = hash.as_ref();
    BASE64URL.encode(hash.get(..TOPIC_BYTES).unwrap_or(hash))
}
