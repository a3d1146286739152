//! Every answer of the ledger has a deadline.

use std::time::Duration;

use muster_core::ports::LedgerError;

use crate::view::error::{ApiError, Code};

/// No answer of the ledger is waited for longer: the caller's own software gives up soon after.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// Waits for a reading, with a deadline.
pub(crate) async fn read<T>(
    reading: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(DEADLINE, reading).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(Code::Deadline.into()),
    }
}

/// Waits for a change, with a deadline. The change itself runs to its end even when the deadline
/// passes or the client goes away: what was committed must still be announced to phones and desks.
pub(crate) async fn change<T: Send + 'static>(
    changing: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::time::timeout(DEADLINE, tokio::spawn(changing)).await {
        Ok(Ok(answer)) => Ok(answer?),
        Ok(Err(panicked)) => Err(ApiError::with_cause(Code::Internal, panicked.to_string())),
        Err(_elapsed) => Err(Code::OutcomeUnknown.into()),
    }
}
