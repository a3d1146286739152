//! The composition root: settings become adapters, adapters become the service. The only room
//! that knows every adapter.

mod commands;
mod data_dir;
mod embedded;
mod error;
mod listen;
mod loops;
mod openapi;
mod routes;
mod scaled;
mod services;
mod start;
mod stores;

pub use commands::{check, migrate, openapi, tokens};
pub use data_dir::make_private;
pub use error::AppError;
pub use start::{run, serve};
