//! What operators ask, and what is counted of every request.

pub(crate) mod health;
pub(crate) mod requests;
