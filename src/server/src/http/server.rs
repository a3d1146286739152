//! The listening server.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::observe::observe;
use super::routes::configure;
use super::state::Web;

/// Phones and desks come back on the same connection within this.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// The head of a request must be here by then.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// Running requests may end by themselves for so long when the server stops.
const STOP_WITHIN_S: u64 = 10;

/// Serves on a listener. The server runs once it is awaited; its handle stops it.
pub fn serve(listener: TcpListener, web: web::Data<Web>, workers: usize) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(observe))
            .configure(configure(web.clone()))
    })
    .workers(workers.max(1))
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_WITHIN)
    .shutdown_timeout(STOP_WITHIN_S)
    .tcp_nodelay(true)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}
