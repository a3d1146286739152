//! `/v1/incidents` and what hangs below it.

mod alarms;
mod bad_input;
mod close;
mod closed;
mod exercise;
mod held;
mod idempotency;
mod list;
mod merge;
mod odd_characters;
mod patch;
mod presence;
mod selection;
mod waves;
