//! The listening server.

use std::any::Any;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
#[cfg(target_os = "linux")]
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpServer};
#[cfg(target_os = "linux")]
use rustix::net::sockopt;

use super::routes::configure;
use super::stores::Stores;
use crate::ops::requests::observe;

/// Phones and desks come back on the same connection within this.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// The head of a request must be here by then.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// A connection that takes nothing of what was sent for so long is ended, milliseconds.
#[cfg(target_os = "linux")]
const DEAF_MS: u32 = 30_000;
/// Running requests may end by themselves for so long when the server stops.
const STOP_WITHIN_S: u64 = 10;

/// Serves on a listener. The server runs once it is awaited; its handle stops it.
pub(super) fn serve(listener: TcpListener, stores: Stores, workers: usize) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(observe))
            .configure(configure(stores.clone()))
    })
    .workers(workers.max(1))
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_WITHIN)
    .shutdown_timeout(STOP_WITHIN_S)
    .tcp_nodelay(true)
    .on_connect(|connection, _| give_up_on_the_deaf(connection))
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

/// Ends a connection whose other end takes nothing: what waits for it would wait for hours.
#[cfg(target_os = "linux")]
fn give_up_on_the_deaf(connection: &dyn Any) {
    let Some(connection) = connection.downcast_ref::<TcpStream>() else {
        return;
    };
    if let Err(error) = sockopt::set_tcp_user_timeout(connection, DEAF_MS) {
        tracing::debug!(%error, "a connection has no limit on what is not taken");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_up_on_the_deaf(_: &dyn Any) {}
