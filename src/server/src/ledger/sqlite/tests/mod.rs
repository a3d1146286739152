//! What the ledger promises, tried on real files.

mod flow;
mod history;
mod pushes;
mod rivals;
mod support;
mod writer;
