//! The floor of positions over HTTP: a bare handler with the same tokens, the same parsing and the same number
//! of workers, and nothing behind it. Runs as a child process of the bench (`bare-server`).

use std::path::PathBuf;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Args;
use muster::auth::{Issuer, Verifier};
use muster_core::domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

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
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::clone(&verifier))
            .route("/v1/me/fixes", web::post().to(fixes))
    })
    .workers(args.workers)
    .bind(("127.0.0.1", 0))
    .doing("binding")?;
    for address in server.addrs() {
        say(json!({"listening": address.to_string()}).to_string());
    }
    server.run().await.doing("serving")
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
