//! The two listeners: TLS for pushes, plain HTTP for control.

use super::Shared;
use super::answer::{Answer, error, json_answer, with_body};
use super::faults::Line;
use super::{browser, control, send, token};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Requests are small; FCM refuses what is larger as well.
const MOST_BODY_BYTES: usize = 64 * 1_024;
/// A connection that has not shaken hands by then is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The answer is withheld: the stream is reset, or the connection closed.
#[derive(Debug)]
struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script says that this answer is lost")
    }
}

impl std::error::Error for Withheld {}

/// Accepts pushes until the task is aborted.
pub(super) async fn push_port(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    shared: Arc<Shared>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let line = shared.faults.line();
    loop {
        // Accept errors (out of descriptors, a peer gone already) pass; the next accept waits.
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        if *line.borrow() != Line::Up {
            continue;
        }
        let _ = socket.set_nodelay(true);
        let (acceptor, shared, mut line) = (acceptor.clone(), Arc::clone(&shared), line.clone());
        tokio::spawn(async move {
            let serve = async {
                let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)).await;
                if let Ok(Ok(stream)) = shaken {
                    connection(stream, shared).await;
                }
            };
            tokio::select! {
                () = serve => {}
                _ = line.wait_for(|now| *now != Line::Up) => {}
            }
        });
    }
}

/// Accepts control requests until the task is aborted.
pub(super) async fn control_port(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        tokio::spawn(connection(socket, Arc::clone(&shared)));
    }
}

async fn connection<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(shared.config.streams);
    http.http1().timer(TokioTimer::new());
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move {
            let answer = route(&shared, request).await;
            shared
                .record
                .answered(answer.as_ref().map_or(0, |a| a.status().as_u16()));
            answer.ok_or(Withheld)
        }
    });
    // A connection that breaks is the client's affair; what was taken is recorded.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn route(shared: &Shared, request: Request<Incoming>) -> Option<Answer> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST_BODY_BYTES).collect().await else {
        return Some(with_body(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            String::new(),
        ));
    };
    let body = body.to_bytes();
    let bearer = head
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|h| h.to_str().ok());
    let path = head.uri.path();
    match (&head.method, path) {
        (&Method::POST, "/token") => token::answer(shared, &body).await,
        (&Method::POST, "/control/faults") => Some(control::faults(shared, &body)),
        (&Method::POST, "/control/token") => Some(control::token(shared)),
        (&Method::POST, "/control/subscribe") => Some(browser::subscribe(shared, &body)),
        (&Method::GET, "/control/arrivals") => Some(control::arrivals(shared, head.uri.query())),
        (&Method::GET, "/control/messages") => Some(control::messages(shared, head.uri.query())),
        (&Method::GET, "/control/stats") => {
            Some(json_answer(StatusCode::OK, &json!(shared.record.stats())))
        }
        (&Method::POST, _) => match (project_of(path), browser::name_of(path)) {
            (Some(project), _) => send::answer(shared, project, bearer, &body).await,
            (None, Some(name)) => browser::answer(shared, name, &head.headers, &body).await,
            (None, None) => Some(not_found()),
        },
        _ => Some(not_found()),
    }
}

fn project_of(path: &str) -> Option<&str> {
    let project = path
        .strip_prefix("/v1/projects/")?
        .strip_suffix("/messages:send")?;
    (!project.is_empty() && !project.contains('/')).then_some(project)
}

fn not_found() -> Answer {
    let words = "Requested entity was not found.";
    error(StatusCode::NOT_FOUND, "NOT_FOUND", words, &json!([]))
}
