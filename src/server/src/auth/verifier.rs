//! Verification, once per token.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use muster_core::domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use super::Principal;
use super::tokens::{AuthError, Claims, ISSUER, seconds};

/// Clocks of other machines may differ by so much.
const LEEWAY: Millis = Millis::from_s(5);
/// A longer text is no token of ours.
const TOKEN_BYTES_MAX: usize = 4096;
/// Remembered tokens in all; about 40 MB.
const REMEMBERED_MAX: usize = 200_000;
/// Locks, so that the threads of the server do not queue for one.
const SHARDS: usize = 16;

type Shard = Mutex<HashMap<[u8; 32], Remembered>>;

struct Remembered {
    who: Arc<Principal>,
    until: Timestamp,
}

/// Tells good tokens from bad ones.
pub struct Verifier {
    kid: String,
    key: DecodingKey,
    rules: Validation,
    shards: [Shard; SHARDS],
}

impl Verifier {
    pub(super) fn new(kid: String, public: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::ES256);
        // expiry is checked below, by the clock that counts
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        rules.set_issuer(&[ISSUER]);
        Self {
            kid,
            key: DecodingKey::from_ec_der(public),
            rules,
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Who the token is for, if it is good at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Principal>, AuthError> {
        self.verify_until(token, now).map(|(who, _)| who)
    }

    /// Who the token is for, if it is good at `now`, and when it stops to be.
    pub fn verify_until(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Arc<Principal>, Timestamp), AuthError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AuthError::Invalid);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let shard = &self.shards[usize::from(hash[0]) % SHARDS];
        if let Some(known) = shard.lock().get(&hash) {
            return in_time(known.until, now).map(|()| (Arc::clone(&known.who), known.until));
        }
        let (who, until) = self.verify_anew(token)?;
        in_time(until, now)?;
        let who = Arc::new(who);
        let remembered = Remembered {
            who: Arc::clone(&who),
            until,
        };
        remember(&mut shard.lock(), hash, remembered, now);
        Ok((who, until))
    }

    fn verify_anew(&self, token: &str) -> Result<(Principal, Timestamp), AuthError> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.key, &self.rules)
            .map_err(|_not_ours| AuthError::Invalid)?;
        if decoded.header.kid.is_some_and(|kid| kid != self.kid) {
            return Err(AuthError::Invalid);
        }
        let until = seconds(decoded.claims.exp) + LEEWAY;
        Ok((decoded.claims.principal()?, until))
    }
}

fn in_time(until: Timestamp, now: Timestamp) -> Result<(), AuthError> {
    if now >= until {
        return Err(AuthError::Expired);
    }
    Ok(())
}

fn remember(
    shard: &mut HashMap<[u8; 32], Remembered>,
    hash: [u8; 32],
    remembered: Remembered,
    now: Timestamp,
) {
    if shard.len() >= REMEMBERED_MAX / SHARDS {
        shard.retain(|_, known| known.until > now);
    }
    if shard.len() >= REMEMBERED_MAX / SHARDS {
        // all still good: verifying again costs less than keeping an order of use
        shard.clear();
    }
    shard.insert(hash, remembered);
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use muster_core::domain::ids::OrgId;

    use super::*;
    use crate::auth::{Issuer, Role};

    const NOW: Timestamp = Timestamp(1_900_000_000_000);

    fn issuer() -> Issuer {
        let dir = tempfile::tempdir().unwrap();
        Issuer::open(dir.path()).unwrap()
    }

    fn ada() -> Principal {
        Principal {
            role: Role::CallHandler,
            org: OrgId::from("town"),
            sub: "ada".to_owned(),
            device: None,
            renewable_until: Some(NOW + Millis::from_s(3600)),
        }
    }

    #[test]
    fn a_minted_token_is_good_until_it_expires_even_when_remembered() {
        let issuer = issuer();
        let verifier = issuer.verifier();
        let token = issuer.mint(&ada(), 60, NOW).unwrap();
        for _ in 0..2 {
            assert_eq!(*verifier.verify(&token, NOW).unwrap(), ada());
        }
        let late = NOW + Millis::from_s(66);
        assert_eq!(verifier.verify(&token, late), Err(AuthError::Expired));
        assert_eq!(
            issuer.verifier().verify(&token, late),
            Err(AuthError::Expired)
        );
        assert!(verifier.verify(&token, NOW + Millis::from_s(64)).is_ok());
    }

    #[test]
    fn a_token_of_another_key_is_foreign() {
        let token = issuer().mint(&ada(), 60, NOW).unwrap();
        assert_eq!(
            issuer().verifier().verify(&token, NOW),
            Err(AuthError::Invalid)
        );
    }

    #[test]
    fn a_changed_or_unsigned_token_is_refused() {
        let issuer = issuer();
        let verifier = issuer.verifier();
        let token = issuer.mint(&ada(), 60, NOW).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let admin = URL_SAFE_NO_PAD.encode(text.replace("call_handler", "admin"));
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let hmac = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        for forged in [
            format!("{}.{admin}.{}", parts[0], parts[2]),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            "x".repeat(5000),
            String::new(),
        ] {
            assert_eq!(
                verifier.verify(&forged, NOW),
                Err(AuthError::Invalid),
                "{forged}"
            );
        }
    }

    #[test]
    fn names_have_a_length() {
        let issuer = issuer();
        let mut who = ada();
        who.sub = String::new();
        assert_eq!(issuer.mint(&who, 60, NOW), Err(AuthError::BadName));
        who.sub = "x".repeat(129);
        assert_eq!(issuer.mint(&who, 60, NOW), Err(AuthError::BadName));
    }
}
