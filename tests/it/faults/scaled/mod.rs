//! Three nodes over Redis (one, or a cluster) and PostgreSQL, any of which may die.

mod checker;
mod gather;
mod history;
mod load;
mod nemesis;
mod outages;
mod people;
mod rounds;
mod town;
