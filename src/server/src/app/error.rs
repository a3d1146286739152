//! Why the service cannot run.

use thiserror::Error;

/// Why the service cannot run; each is a sentence for the operator.
#[derive(Debug, Error)]
pub enum AppError {
    /// Real and simulated data must not mix.
    #[error("{0}")]
    Simulated(String),
    /// What only the server may read can be read by others.
    #[error("{0}")]
    Readable(String),
    /// A file or socket.
    #[error("{what}: {cause}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        cause: std::io::Error,
    },
    /// An adapter refused to start.
    #[error("{0}")]
    Adapter(String),
}

/// An error of the file system or of a socket, about this.
pub(super) fn io(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> AppError {
    let what = what.to_string();
    move |cause| AppError::Io { what, cause }
}

/// An error of an adapter.
pub(super) fn adapter(error: impl std::fmt::Display) -> AppError {
    AppError::Adapter(error.to_string())
}
