//! One error type for a tool whose errors are read by people, not matched on by programs.

use std::fmt;

/// What went wrong, in words, the outermost step first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

/// The result of anything in this package that can fail.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure in the given words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Says what was being done when something failed.
pub trait Context<T> {
    /// Puts `doing` in front of the cause.
    fn doing(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn doing(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|cause| Failure(format!("{doing}: {cause}")))
    }
}
