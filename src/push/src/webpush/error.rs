//! What can go wrong at start.

use thiserror::Error;

/// Why there is no sender; each is a sentence for the operator.
#[derive(Debug, Error)]
pub enum WebpushError {
    /// The key that is kept cannot be used.
    #[error("the key for Web Push that the ledger keeps is no PKCS #8 key for ES256")]
    NotAKey,
    /// The machine gave no randomness.
    #[error("no key for Web Push could be generated")]
    Generate,
    /// `webpush.contact` is neither of the two that push services take.
    #[error("webpush.contact must begin with mailto: or https://")]
    Contact,
    /// A file cannot be read or holds no certificate.
    #[error("tls_ca_file: {0}")]
    CaFile(String),
    /// The HTTP client could not be built.
    #[error("the HTTP client for Web Push could not be built: {0}")]
    Http(String),
}
