//! The local issuer: one key in the data directory, made when it is missing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use muster_core::domain::time::Timestamp;
use pem::{EncodeConfig, LineEnding, Pem};
use thiserror::Error;

use super::tokens::{AuthError, Claims, ISSUER, check_name};
use super::{Principal, Verifier};

/// Name of the key's file in the data directory.
const FILE: &str = "issuer.key";

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("{file}: {cause}")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file holds no ES256 key in PKCS #8.
    #[error("{0}: not a PKCS #8 key for ES256")]
    NotAKey(PathBuf),
    /// The machine gave no randomness.
    #[error("no key could be generated")]
    Generate,
}

/// Signs tokens that this installation trusts.
pub struct Issuer {
    key: EncodingKey,
    public: Vec<u8>,
    kid: String,
}

impl Issuer {
    /// Reads the key of the data directory, and makes it first when it is missing. Safe beside a
    /// running server and beside others that do the same: the first whole file wins.
    pub fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let file = data_dir.join(FILE);
        let failed = |cause| KeyError::File {
            file: file.clone(),
            cause,
        };
        let text = match fs::read_to_string(&file) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(data_dir).map_err(failed)?;
                make(&file)?;
                fs::read_to_string(&file).map_err(failed)?
            }
            read => read.map_err(failed)?,
        };
        from_pem(&text)
            .and_then(|pkcs8| Self::from_pkcs8(&pkcs8))
            .ok_or_else(|| KeyError::NotAKey(file.clone()))
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
        let public = pair.public_key().as_ref().to_vec();
        Some(Self {
            key: EncodingKey::from_ec_der(pkcs8),
            kid: kid_of(&public),
            public,
        })
    }

    /// Name of the key, made from its public part.
    pub fn key_id(&self) -> &str {
        &self.kid
    }

    /// A token for somebody, good for `ttl_s` seconds from `now`.
    pub fn mint(&self, who: &Principal, ttl_s: u32, now: Timestamp) -> Result<String, AuthError> {
        check_name(&who.sub)?;
        check_name(who.org.as_str())?;
        let iat = now.0.div_euclid(1000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: who.sub.clone(),
            role: who.role.as_str().to_owned(),
            org: who.org.0.clone(),
            device: who.device.clone(),
            renewable_until: who.renewable_until.map(|at| at.0.div_euclid(1000)),
            iat,
            exp: iat + i64::from(ttl_s),
        };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_key| AuthError::Signing)
    }

    /// Verifies what this issuer signs.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.kid.clone(), &self.public)
    }
}

/// Writes a new key beside `file` and links it into place whole; another's key that came first
/// stays.
fn make(file: &Path) -> Result<(), KeyError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map_err(|_unspecified| KeyError::Generate)?;
    let pkcs8 = pair
        .to_pkcs8v1()
        .map_err(|_unspecified| KeyError::Generate)?;
    // the name holds the key's own, so that no two writers share a draft
    let draft = file.with_extension(format!("{}.tmp", kid_of(pair.public_key().as_ref())));
    let placed = write_private(&draft, &to_pem(pkcs8.as_ref()))
        .and_then(|()| match fs::hard_link(&draft, file) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(cause),
            _ => Ok(()),
        })
        .and_then(|()| sync_dir(file));
    // a leftover draft is a key that nothing trusts
    drop(fs::remove_file(&draft));
    placed.map_err(|cause| KeyError::File {
        file: file.to_owned(),
        cause,
    })
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn sync_dir(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

fn kid_of(public: &[u8]) -> String {
    let hash = digest(&SHA256, public);
    URL_SAFE_NO_PAD
        .encode(hash.as_ref())
        .chars()
        .take(16)
        .collect()
}

/// What the block of the key's file calls itself.
const PRIVATE_KEY: &str = "PRIVATE KEY";

fn to_pem(pkcs8: &[u8]) -> String {
    let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(PRIVATE_KEY, pkcs8), lines)
}

fn from_pem(text: &str) -> Option<Vec<u8>> {
    pem::parse(text).ok().map(Pem::into_contents)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_private_and_stays_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("not-there-yet");
        let first = Issuer::open(&data).unwrap();
        let again = Issuer::open(&data).unwrap();
        assert_eq!(first.kid, again.kid);
        let mode = fs::metadata(data.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn many_who_start_at_once_end_with_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let kids: Vec<String> = std::thread::scope(|scope| {
            let open = || Issuer::open(dir.path()).unwrap().kid;
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(kids.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "hello").unwrap();
        let error = Issuer::open(dir.path()).err().unwrap();
        assert!(error.to_string().contains("issuer.key"));
    }
}
