//! One key per incident; what is private is sealed under it and dies with it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use muster_core::domain::ids::IncidentId;
use muster_core::ports::Private;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::fault::Done;

/// The secret of one incident.
pub(super) struct Key {
    secret: Vec<u8>,
    incident: IncidentId,
}

impl Key {
    /// The key of an incident, unless it was destroyed.
    pub(super) fn load(db: &Connection, incident: &IncidentId) -> Done<Option<Self>> {
        let secret: Option<Vec<u8>> = db
            .prepare_cached("SELECT secret FROM incident_key WHERE incident_id = $1")?
            .query_row(params![incident.as_str()], |row| row.get(0))
            .optional()?;
        Ok(secret.map(|secret| Self {
            secret,
            incident: incident.clone(),
        }))
    }

    /// The key of an incident; a new one when there is none.
    pub(super) fn load_or_make(db: &Connection, incident: &IncidentId) -> Done<Self> {
        if let Some(key) = Self::load(db, incident)? {
            return Ok(key);
        }
        let mut secret = vec![0; 32];
        rand::fill(&mut secret)?;
        db.prepare_cached("INSERT INTO incident_key (incident_id, secret) VALUES ($1, $2)")?
            .execute(params![incident.as_str(), secret])?;
        Ok(Self {
            secret,
            incident: incident.clone(),
        })
    }

    /// Nonce and sealed text. `use_for` keeps one kind of text from standing in for another.
    pub(super) fn seal(&self, use_for: &str, plain: &[u8]) -> Done<Vec<u8>> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.secret)?;
        let mut text = plain.to_vec();
        let nonce = key.seal_in_place_append_tag(self.aad(use_for), &mut text)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// The text that was sealed.
    pub(super) fn open(&self, use_for: &str, sealed: &[u8]) -> Done<Vec<u8>> {
        let (nonce, text) = sealed
            .split_at_checked(NONCE_LEN)
            .ok_or(aws_lc_rs::error::Unspecified)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.secret)?;
        let mut text = text.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let length = key
            .open_in_place(nonce, self.aad(use_for), &mut text)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// Fingerprint of a request body that means nothing without this key.
    pub(super) fn mac(&self, body: &[u8]) -> Vec<u8> {
        hmac::sign(&self.mac_key(), body).as_ref().to_vec()
    }

    /// Whether the body has that fingerprint.
    pub(super) fn is_mac(&self, body: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.mac_key(), body, mac).is_ok()
    }

    fn mac_key(&self) -> hmac::Key {
        let root = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let derived = hmac::sign(&root, b"muster idempotency 1");
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }

    fn aad(&self, use_for: &str) -> Aad<Vec<u8>> {
        Aad::from(format!("{use_for}:{}", self.incident.as_str()).into_bytes())
    }
}

/// The private part of an incident; `None` once its key was destroyed.
pub(super) fn load(db: &Connection, incident: &IncidentId) -> Done<Option<Private>> {
    let sealed: Option<Vec<u8>> = db
        .prepare_cached("SELECT sealed FROM incident_private WHERE incident_id = $1")?
        .query_row(params![incident.as_str()], |row| row.get(0))
        .optional()?;
    let (Some(sealed), Some(key)) = (sealed, Key::load(db, incident)?) else {
        return Ok(None);
    };
    Ok(Some(serde_json::from_slice(
        &key.open("private", &sealed)?,
    )?))
}

/// Writes the private part.
pub(super) fn store(db: &Connection, incident: &IncidentId, private: &Private) -> Done<()> {
    let key = Key::load_or_make(db, incident)?;
    let sealed = key.seal("private", &serde_json::to_vec(private)?)?;
    db.prepare_cached(
        "INSERT INTO incident_private (incident_id, sealed) VALUES ($1, $2)
         ON CONFLICT (incident_id) DO UPDATE SET sealed = excluded.sealed",
    )?
    .execute(params![incident.as_str(), sealed])?;
    Ok(())
}
