//! Where people are now, in the memory of one process: answers in microseconds, survives a
//! restart through a slot file that keeps the last position only.

mod density;
mod grid;
mod index;
mod quality;
mod search;
mod slot;
mod slots;
mod state;
mod tree;

pub use index::{Changed, MemoryIndex, Word};
