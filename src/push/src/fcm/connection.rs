//! One HTTP/2 connection to FCM: opened when it is needed, kept until it ends.
//!
//! `h2` itself and no client above it: a burst is what this connection is for, and there each message
//! would pay for an address to be parsed again, a pool, a channel to the connection's task and a task
//! of its own. What such clients do for their users beyond that is done here: pings, one more try for
//! what the server surely did not take, and the operator's proxy.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Ping, PingPong, Reason, RecvStream};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Request, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use parking_lot::Mutex;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service as _;

use super::error::chain;
use super::response::{Answer, CONNECT, JSON, LONGEST_ANSWER, Unanswered};

/// Pings on the connection, so that a dead one is noticed before an incident.
const PING: Duration = Duration::from_secs(20);
const PING_ANSWER: Duration = Duration::from_secs(5);

/// Where all connections lead.
pub(super) struct Target {
    uri: Uri,
    name: ServerName<'static>,
    tls: TlsConnector,
    proxies: Matcher,
}

impl Target {
    /// An `https` address with a host; the sentence says what is wrong with it otherwise.
    pub(super) fn new(url: &str, mut tls: ClientConfig) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
        let host = uri.host().unwrap_or_default();
        // brackets belong to the address and not to the name in the certificate
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        tls.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            uri,
            name,
            tls: TlsConnector::from(Arc::new(tls)),
            proxies: Matcher::from_env(),
        })
    }

    async fn reach(&self) -> Result<TcpStream, Unanswered> {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        // shared among all addresses of the name, with time left for TLS: one that swallows what
        // it is sent must not keep the others from being tried
        direct.set_connect_timeout(Some(CONNECT / 2));
        let reached = match self.proxies.intercept(&self.uri) {
            None => direct.call(self.uri.clone()).await.map_err(network)?,
            Some(via) => {
                let mut tunnel = Tunnel::new(via.uri().clone(), direct);
                if let Some(auth) = via.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                tunnel.call(self.uri.clone()).await.map_err(network)?
            }
        };
        Ok(reached.into_inner())
    }

    /// TCP, TLS and the first frames; what drives the connection runs until it ends.
    async fn open(&self) -> Result<SendRequest<Bytes>, Unanswered> {
        let opening = async {
            let tcp = self.reach().await?;
            let tls = self.tls.connect(self.name.clone(), tcp).await;
            let mut builder = h2::client::Builder::new();
            // nothing is ever pushed to us
            builder.enable_push(false);
            let shaken = builder.handshake(Gathered(tls.map_err(network)?)).await;
            shaken.map_err(network)
        };
        let opened = timeout(CONNECT, opening).await;
        let (asks, mut connection) = opened.map_err(|_elapsed| Unanswered::Late)??;
        let pings = connection.ping_pong();
        tokio::spawn(async move {
            let deaf = async {
                match pings {
                    Some(pings) => until_deaf(pings).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection to FCM ended");
                },
                () = deaf => tracing::warn!("a connection to FCM answered no ping and was given up"),
            }
        });
        Ok(asks)
    }
}

/// Returns when a ping found no answer.
async fn until_deaf(mut pings: PingPong) {
    loop {
        sleep(PING).await;
        match timeout(PING_ANSWER, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            // the connection itself says why
            Ok(Err(_)) => std::future::pending().await,
            Err(_elapsed) => return,
        }
    }
}

fn network(error: impl std::error::Error) -> Unanswered {
    Unanswered::Network(chain(&error))
}

/// One connection.
pub(super) struct Connection {
    to: Arc<Target>,
    held: Mutex<Option<SendRequest<Bytes>>>,
    /// One opens; the others wait for what it opened.
    opening: AsyncMutex<()>,
}

impl Connection {
    pub(super) fn new(to: Arc<Target>) -> Self {
        Self {
            to,
            held: Mutex::new(None),
            opening: AsyncMutex::new(()),
        }
    }

    /// Posts one message. Once more, on a new connection, if the server surely did not take it:
    /// connections end in their time, and an alert must not wait for the outbox because of that.
    pub(super) async fn post(
        &self,
        bearer: &HeaderValue,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        match self.try_post(bearer, body.clone()).await {
            Err(Tried::NotTaken(_)) => self.try_post(bearer, body).await,
            tried => tried,
        }
        .map_err(|(Tried::NotTaken(why) | Tried::Unknown(why))| why)
    }

    async fn try_post(&self, bearer: &HeaderValue, body: Bytes) -> Result<Answer, Tried> {
        let mut asks = self.ready().await.map_err(Tried::Unknown)?;
        let mut request = Request::new(());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.to.uri.clone();
        *request.version_mut() = http::Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(AUTHORIZATION, indexed(bearer));
        let (answer, mut text) = asks.send_request(request, false).map_err(not_taken)?;
        text.send_data(body, true).map_err(tried)?;
        let (head, text) = answer.await.map_err(tried)?.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            retry_after: head.headers.get(RETRY_AFTER).cloned(),
            text: read(text).await.map_err(tried)?,
        })
    }

    /// A handle of the connection that takes a request now; opens a connection if there is none.
    async fn ready(&self) -> Result<SendRequest<Bytes>, Unanswered> {
        let held = self.held.lock().clone();
        if let Some(asks) = held
            && let Ok(asks) = asks.ready().await
        {
            return Ok(asks);
        }
        let _opening = self.opening.lock().await;
        // somebody else may have opened it meanwhile
        let held = self.held.lock().clone();
        if let Some(asks) = held
            && let Ok(asks) = asks.ready().await
        {
            return Ok(asks);
        }
        let opened = self.to.open().await?;
        *self.held.lock() = Some(opened.clone());
        opened.ready().await.map_err(network)
    }
}

/// What is known of a message without an answer.
enum Tried {
    /// The server did not look at it.
    NotTaken(Unanswered),
    /// Perhaps it did.
    Unknown(Unanswered),
}

fn not_taken(error: h2::Error) -> Tried {
    Tried::NotTaken(network(error))
}

/// RFC 9113, 8.7: what the server refused, or what came after the last it says that it looked at.
fn tried(error: h2::Error) -> Tried {
    let reason = error.reason();
    let refused = error.is_reset() && reason == Some(Reason::REFUSED_STREAM);
    let late = error.is_go_away() && reason == Some(Reason::NO_ERROR);
    if error.is_remote() && (refused || late) {
        not_taken(error)
    } else {
        Tried::Unknown(network(error))
    }
}

/// The token as a header that the connection's table of headers may hold: sent once as a kilobyte
/// and then as one byte a message. Nobody else can put headers on this connection and so probe the
/// table (RFC 7541, 7.1).
fn indexed(bearer: &HeaderValue) -> HeaderValue {
    let mut bearer = bearer.clone();
    bearer.set_sensitive(false);
    bearer
}

/// As much of the body as an answer of FCM has.
async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut text = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        let room = LONGEST_ANSWER - text.len();
        text.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if text.len() == LONGEST_ANSWER {
            break;
        }
    }
    Ok(text)
}

/// Says that it cannot write several pieces at once. `h2` then gathers frames of up to a kilobyte
/// in its buffer, and a burst leaves in a few large TLS records and system calls instead of one of
/// each a message.
struct Gathered(TlsStream<TcpStream>);

impl AsyncRead for Gathered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gathered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
