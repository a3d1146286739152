//! One key per incident; what is private is sealed under it and dies with it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use muster_core::domain::ids::IncidentId;
use muster_core::ports::Private;

use super::db::{Db, Row, Rows, Sql, args, sql};
use super::fault::Done;

/// Key and sealed part of one incident; either may be absent.
pub(super) const OF_INCIDENT: Sql = sql!(
    "SELECT k.incident_id, k.secret, p.sealed FROM incident_key k
       LEFT JOIN incident_private p ON p.incident_id = k.incident_id WHERE k.incident_id = $1"
);
/// The same of several.
pub(super) const OF_INCIDENTS: Sql = sql!(
    "SELECT k.incident_id, k.secret, p.sealed FROM incident_key k
       LEFT JOIN incident_private p ON p.incident_id = k.incident_id WHERE k.incident_id "
    [many 1]
);
const PUT_KEY: Sql = sql!("INSERT INTO incident_key (incident_id, secret) VALUES ($1, $2)");
const PUT_PART: Sql = sql!(
    "INSERT INTO incident_private (incident_id, sealed) VALUES ($1, $2)
     ON CONFLICT (incident_id) DO UPDATE SET sealed = excluded.sealed"
);

/// The secret of one incident.
#[derive(Clone)]
pub(super) struct Key {
    secret: Vec<u8>,
    incident: IncidentId,
}

impl Key {
    /// The key of an incident, from its column.
    pub(super) fn of(incident: &IncidentId, secret: &[u8]) -> Self {
        Self {
            secret: secret.to_vec(),
            incident: incident.clone(),
        }
    }

    /// A new key, kept with the incident.
    pub(super) fn make(db: &dyn Db, incident: &IncidentId) -> Done<Self> {
        let mut secret = vec![0; 32];
        rand::fill(&mut secret)?;
        db.execute(PUT_KEY, args![incident, &secret])?;
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

    /// What is private, from its column.
    fn private(&self, sealed: &[u8]) -> Done<Private> {
        Ok(serde_json::from_slice(&self.open("private", sealed)?)?)
    }

    /// Writes the private part.
    pub(super) fn store(&self, db: &dyn Db, private: &Private) -> Done<()> {
        let sealed = self.seal("private", &serde_json::to_vec(private)?)?;
        db.execute(PUT_PART, args![&self.incident, &sealed])
    }
}

/// A row of [`OF_INCIDENT`] or [`OF_INCIDENTS`].
pub(super) fn of_row(row: Row<'_>) -> Done<(Key, Option<Private>)> {
    let incident = IncidentId(row.string(0)?);
    let key = Key::of(&incident, row.opt_blob(1)?.unwrap_or_default());
    let private = row
        .opt_blob(2)?
        .map(|sealed| key.private(sealed))
        .transpose()?;
    Ok((key, private))
}

/// Key and private part; both `None` once the key was destroyed.
pub(super) fn of_rows(rows: &Rows) -> Done<(Option<Key>, Option<Private>)> {
    Ok(match rows.first().map(of_row).transpose()? {
        Some((key, private)) => (Some(key), private),
        None => (None, None),
    })
}
