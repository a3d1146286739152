//! The connection against an HTTP/2 server of its own, over TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::header::HeaderValue;
use http::{Request, Response};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::{Connection as FcmConnection, Target};
use super::response::Unanswered;

/// What the server does with one connection.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers everything.
    Answers,
    /// Refuses its first request as not looked at, and answers the others.
    Refuses,
    /// Answers one request and ends the connection in good order.
    GoesAway,
    /// Looks at one request and breaks the connection without a word.
    Breaks,
}

struct Server {
    url: String,
    tls: ClientConfig,
    /// Connections, and requests that were looked at.
    counts: Arc<[AtomicUsize; 2]>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Its connections behave so, one after the other; those after the last like the last.
    async fn start(manners: &'static [Manner]) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/send", listener.local_addr().unwrap());
        let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let (acceptor, counted) = (TlsAcceptor::from(Arc::new(config)), Arc::clone(&counts));
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let at = counted[0].fetch_add(1, Ordering::Relaxed);
                let manner = manners[at.min(manners.len() - 1)];
                let tls = acceptor.accept(tcp).await.unwrap();
                tokio::spawn(serve(tls, manner, Arc::clone(&counted)));
            }
        });
        Self {
            url,
            tls,
            counts,
            task,
        }
    }

    fn link(&self) -> FcmConnection {
        let target = Target::new(&self.url, self.tls.clone()).unwrap();
        FcmConnection::new(Arc::new(target))
    }

    fn counts(&self) -> [usize; 2] {
        [0, 1].map(|at| self.counts[at].load(Ordering::Relaxed))
    }
}

async fn serve(tls: TlsStream<TcpStream>, manner: Manner, counts: Arc<[AtomicUsize; 2]>) {
    let mut connection: Connection<_, Bytes> = h2::server::handshake(tls).await.unwrap();
    let mut first = true;
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        match manner {
            Manner::Refuses if first => answer.send_reset(Reason::REFUSED_STREAM),
            Manner::Breaks => {
                counts[1].fetch_add(1, Ordering::Relaxed);
                return;
            }
            _ => {
                counts[1].fetch_add(1, Ordering::Relaxed);
                tokio::spawn(echo(request, answer));
                if matches!(manner, Manner::GoesAway) {
                    connection.graceful_shutdown();
                }
            }
        }
        first = false;
    }
}

/// The token and the body come back.
async fn echo(request: Request<RecvStream>, mut answer: SendResponse<Bytes>) {
    let (head, mut body) = request.into_parts();
    let mut text = head.headers["authorization"].as_bytes().to_vec();
    while let Some(Ok(chunk)) = body.data().await {
        body.flow_control().release_capacity(chunk.len()).unwrap();
        text.extend_from_slice(&chunk);
    }
    let mut out = answer.send_response(Response::new(()), false).unwrap();
    out.send_data(text.into(), true).unwrap();
}

async fn post(link: &FcmConnection, body: &'static str) -> Result<String, Unanswered> {
    let mut bearer = HeaderValue::from_static("Bearer x ");
    bearer.set_sensitive(true);
    let answer = link
        .post(&bearer, Bytes::from_static(body.as_bytes()))
        .await?;
    assert_eq!(answer.status, 200);
    Ok(String::from_utf8(answer.text).unwrap())
}

#[tokio::test]
async fn a_burst_shares_one_connection() {
    let server = Server::start(&[Manner::Answers]).await;
    let link = server.link();
    let sends = (0..250).map(|_| post(&link, "one"));
    for text in futures_util::future::join_all(sends).await {
        assert_eq!(text.unwrap(), "Bearer x one");
    }
    assert_eq!(server.counts(), [1, 250]);
}

#[tokio::test]
async fn what_the_server_did_not_look_at_is_posted_once_more() {
    let server = Server::start(&[Manner::Refuses]).await;
    assert_eq!(
        post(&server.link(), "again").await.unwrap(),
        "Bearer x again"
    );
    assert_eq!(server.counts(), [1, 1]);
}

#[tokio::test]
async fn a_connection_that_ended_is_opened_anew() {
    let server = Server::start(&[Manner::GoesAway, Manner::Answers]).await;
    let link = server.link();
    assert!(post(&link, "first").await.is_ok());
    assert!(post(&link, "second").await.is_ok());
    assert_eq!(server.counts(), [2, 2]);
}

#[tokio::test]
async fn what_the_server_may_have_taken_is_left_to_the_outbox() {
    let server = Server::start(&[Manner::Breaks, Manner::Answers]).await;
    let link = server.link();
    assert!(matches!(
        post(&link, "perhaps").await,
        Err(Unanswered::Network(_))
    ));
    assert_eq!(server.counts(), [1, 1]);
    assert!(post(&link, "after").await.is_ok());
}

#[tokio::test]
async fn a_stranger_with_another_certificate_is_not_talked_to() {
    let [ours, theirs] = [
        Server::start(&[Manner::Answers]).await,
        Server::start(&[Manner::Answers]).await,
    ];
    let target = Target::new(&theirs.url, ours.tls.clone()).unwrap();
    let link = FcmConnection::new(Arc::new(target));
    assert!(matches!(
        post(&link, "secret").await,
        Err(Unanswered::Network(_))
    ));
    assert_eq!(theirs.counts()[1], 0);
}
