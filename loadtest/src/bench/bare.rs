//! The floor of HTTP: a bare handler with the same tokens, the same parsing and the same number
//! of workers, and nothing behind it. Runs as a child process of the bench (`bare-server`).
//!
//! Beside it the floor of the live feed: whatever is said is streamed to everybody who follows.

use std::convert::Infallible;
use std::path::PathBuf;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Args;
use futures_util::stream;
use muster::auth::{Issuer, Verifier};
use muster_core::domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast;

use muster_stand::clock;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;

/// Options of `bare-server`.
#[derive(Debug, Clone, Args)]
pub struct BareArgs {
    /// Where the issuer's key is.
    #[arg(long)]
    pub data_dir: PathBuf,
    /// Threads that answer.
    #[arg(long)]
    pub workers: usize,
}

/// Messages that a follower may be behind before it loses some.
const BEHIND_MAX: usize = 65_536;

/// What is said, and how often.
#[derive(Deserialize)]
struct Times {
    times: usize,
}

#[derive(Deserialize)]
struct Message {
    device_id: String,
    sent_at: String,
    fixes: Vec<Fix>,
}

#[derive(Deserialize)]
struct Fix {
    lat: f64,
    lon: f64,
    accuracy_m: f64,
    at: String,
}

/// Serves until it is killed.
pub async fn run(args: BareArgs) -> Outcome<()> {
    let verifier = Issuer::open(&args.data_dir)
        .doing("opening the key")?
        .verifier();
    let verifier = web::Data::new(verifier);
    let said = web::Data::new(broadcast::Sender::<web::Bytes>::new(BEHIND_MAX));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::clone(&verifier))
            .app_data(web::Data::clone(&said))
            .route("/v1/me/fixes", web::post().to(fixes))
            .route("/echo", web::post().to(echo))
            .route("/v1/feed", web::get().to(follow))
            .route("/say", web::post().to(tell))
            .route("/healthz", web::get().to(HttpResponse::Ok))
    })
    .workers(args.workers)
    .bind(("127.0.0.1", 0))
    .doing("binding")?;
    for address in server.addrs() {
        say(json!({"listening": address.to_string()}).to_string());
    }
    server.run().await.doing("serving")
}

async fn echo(body: web::Bytes) -> HttpResponse {
    HttpResponse::Ok().body(body)
}

/// The first half of the body is a message, the second one too: it is said the other times.
async fn tell(
    said: web::Data<broadcast::Sender<web::Bytes>>,
    query: web::Query<Times>,
    body: web::Bytes,
) -> HttpResponse {
    let half = body.len() / 2;
    let (first, other) = (body.slice(..half), body.slice(half..));
    for message in
        std::iter::once(first).chain(std::iter::repeat_n(other, query.times.saturating_sub(1)))
    {
        // nobody follows: nobody hears it
        let _heard = said.send(message);
    }
    HttpResponse::Created().finish()
}

async fn follow(said: web::Data<broadcast::Sender<web::Bytes>>) -> HttpResponse {
    let heard = stream::unfold(said.subscribe(), |mut said| async move {
        // a follower that lost something ends, so that the loss is seen
        let message = said.recv().await.ok()?;
        Some((Ok::<_, Infallible>(message), said))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(Box::pin(heard))
}

async fn fixes(
    request: HttpRequest,
    verifier: web::Data<Verifier>,
    body: web::Json<Message>,
) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION);
    let token = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if verifier
        .verify(token, Timestamp(clock::now().as_millisecond()))
        .is_err()
    {
        return HttpResponse::Unauthorized().finish();
    }
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let sent_at = time(&body.sent_at);
    let good = |fix: &&Fix| {
        let at = time(&fix.at);
        fix.lat.abs() <= 90.0
            && fix.lon.abs() <= 180.0
            && fix.accuracy_m >= 0.0
            && at.is_some()
            && at <= sent_at
    };
    let accepted = if body.device_id.is_empty() {
        0
    } else {
        body.fixes.iter().filter(good).count()
    };
    let rejected: [(); 0] = [];
    HttpResponse::Accepted().json(json!({"accepted": accepted, "rejected": rejected}))
}
