//! Three nodes over one Redis (or a cluster) and one PostgreSQL, any of which may die.

mod checker;
mod history;
