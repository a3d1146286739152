//! Positions, whoever sends them: how many are taken of one sender, and what is counted of them.

pub(crate) mod flood;
pub(crate) mod intake;
