//! Who we are to push services (VAPID, RFC 8292): one key, one signed word per service and half
//! day.

use std::collections::HashMap;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use muster_core::domain::time::{Millis, Timestamp};
use parking_lot::Mutex;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::error::WebpushError;

/// A word is good for half a day; push services allow a whole one.
const LIFE: Millis = Millis::from_s(12 * 3600);
/// And used until an hour before.
const USED: Millis = Millis::from_s(11 * 3600);
/// Push services that are remembered; browsers have five or so.
const SERVICES_MAX: usize = 256;

/// The key pair that subscriptions are made for: phones subscribe with its public part, so it must
/// never change. Kept in the ledger, the same for all nodes.
pub struct VapidKey {
    pkcs8: SecretString,
    public: Vec<u8>,
}

impl VapidKey {
    /// A new key, as it is kept.
    pub fn generate() -> Result<String, WebpushError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_unspecified| WebpushError::Generate)?;
        let pkcs8 = pair
            .to_pkcs8v1()
            .map_err(|_unspecified| WebpushError::Generate)?;
        Ok(URL_SAFE_NO_PAD.encode(pkcs8.as_ref()))
    }

    /// The key that is kept.
    pub fn read(kept: &str) -> Result<Self, WebpushError> {
        let pkcs8 = URL_SAFE_NO_PAD
            .decode(kept)
            .map_err(|_not_base64| WebpushError::NotAKey)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
            .map_err(|_rejected| WebpushError::NotAKey)?;
        Ok(Self {
            public: pair.public_key().as_ref().to_vec(),
            pkcs8: kept.into(),
        })
    }

    /// The public part as browsers want it: an uncompressed point, base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

/// Signs for push services.
pub(super) struct Tokens {
    key: EncodingKey,
    public: String,
    contact: Option<String>,
    /// For each service, and since when.
    known: Mutex<HashMap<String, (HeaderValue, Timestamp)>>,
}

impl Tokens {
    pub(super) fn new(key: &VapidKey, contact: Option<String>) -> Result<Self, WebpushError> {
        let known_form =
            |contact: &String| contact.starts_with("mailto:") || contact.starts_with("https://");
        if contact.as_ref().is_some_and(|contact| !known_form(contact)) {
            return Err(WebpushError::Contact);
        }
        let pkcs8 = URL_SAFE_NO_PAD
            .decode(key.pkcs8.expose_secret())
            .map_err(|_not_base64| WebpushError::NotAKey)?;
        Ok(Self {
            key: EncodingKey::from_ec_der(&pkcs8),
            public: key.public(),
            contact,
            known: Mutex::default(),
        })
    }

    /// The `Authorization` header for the service at this origin.
    pub(super) fn header(&self, origin: &str, now: Timestamp) -> Option<HeaderValue> {
        if let Some((header, since)) = self.known.lock().get(origin)
            && now - *since < USED
        {
            return Some(header.clone());
        }
        let claims = Claims {
            aud: origin,
            exp: (now + LIFE).0.div_euclid(1000),
            sub: self.contact.as_deref(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.key);
        let text = format!("vapid t={}, k={}", token.ok()?, self.public);
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        let mut known = self.known.lock();
        if known.len() >= SERVICES_MAX {
            known.clear();
        }
        known.insert(origin.to_owned(), (header.clone(), now));
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::*;

    const NOW: Timestamp = Timestamp(1_900_000_000_000);

    fn claims(header: &HeaderValue, public: &[u8]) -> Value {
        let text = header.to_str().unwrap();
        let (token, key) = text
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(key).unwrap(), public);
        let mut rules = Validation::new(Algorithm::ES256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        let key = DecodingKey::from_ec_der(public);
        jsonwebtoken::decode::<Value>(token, &key, &rules)
            .unwrap()
            .claims
    }

    #[test]
    fn each_service_gets_a_word_of_its_own_that_its_own_key_proves() {
        let key = VapidKey::read(&VapidKey::generate().unwrap()).unwrap();
        let contact = Some("mailto:desk@example.org".to_owned());
        let tokens = Tokens::new(&key, contact).unwrap();
        let first = tokens.header("https://push.example:8443", NOW).unwrap();
        assert!(first.is_sensitive());
        let said = claims(&first, &key.public);
        assert_eq!(said["aud"], "https://push.example:8443");
        assert_eq!(said["sub"], "mailto:desk@example.org");
        let life_s = said["exp"].as_i64().unwrap() - NOW.0 / 1000;
        assert!((3600..=24 * 3600).contains(&life_s), "{life_s}");
        let again = tokens.header("https://push.example:8443", NOW + Millis::from_s(3600));
        assert_eq!(again.unwrap(), first, "signed once");
        let other = tokens.header("https://other.example", NOW).unwrap();
        assert_eq!(claims(&other, &key.public)["aud"], "https://other.example");
        let later = tokens
            .header("https://push.example:8443", NOW + LIFE)
            .unwrap();
        assert_ne!(later, first);
    }

    #[test]
    fn what_is_no_key_and_what_is_no_contact_are_refused() {
        assert!(VapidKey::read("hello").is_err());
        assert!(VapidKey::read("").is_err());
        let key = VapidKey::read(&VapidKey::generate().unwrap()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(key.public()).unwrap().len(), 65);
        assert!(Tokens::new(&key, Some("desk@example.org".to_owned())).is_err());
        assert!(Tokens::new(&key, None).is_ok());
    }
}
