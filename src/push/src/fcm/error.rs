//! What can go wrong at start, and how a cause is written.

use std::path::PathBuf;

/// Why the sender does not start. Names files and causes, never secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FcmError {
    /// A file cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key file is not a usable service account key.
    #[error("the service account key {file} is unusable: {cause}")]
    KeyFile {
        /// Which.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// The file of root certificates is unusable.
    #[error("the root certificates in {file} are unusable: {cause}")]
    CaFile {
        /// Which.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// A URL cannot be used.
    #[error("{setting} is unusable: {cause}")]
    Url {
        /// Which setting.
        setting: &'static str,
        /// Why.
        cause: String,
    },
    /// Invented incidents must not wake real phones.
    #[error("this server is simulated, but {setting} points at Google ({host})")]
    SimulatedToGoogle {
        /// Which setting.
        setting: &'static str,
        /// Where to.
        host: String,
    },
    /// The number of connections makes no sense.
    #[error("connections is {asked}; it must be 1 to {most}")]
    Connections {
        /// What was set.
        asked: usize,
        /// The bound.
        most: usize,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built: {cause}")]
    Http {
        /// Why.
        cause: String,
    },
    /// Opened outside an async runtime, where the token cannot be kept fresh.
    #[error("the FCM sender must be opened inside a tokio runtime")]
    NoRuntime,
}

/// An error with everything below it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        below = cause.source();
    }
    text
}
