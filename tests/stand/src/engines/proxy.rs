//! A TCP connection that can be cut, slowed or made one-way.

use crate::failure::{Context as _, Outcome};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What is forwarded at once.
const CHUNK: usize = 16 * 1024;

/// What the network does. Nothing is ever lost by it: as TCP repeats what was not confirmed, what
/// is held back goes on its way once the link carries it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// As without a proxy.
    Open,
    /// Each chunk takes so long in each direction.
    Slow(Duration),
    /// Nothing passes, connections stay.
    Cut,
    /// What the client sends arrives, the answers do not.
    NoAnswers,
    /// What the client sends does not arrive.
    NoRequests,
    /// Connections are closed, new ones at once.
    Refused,
}

/// A port in front of another. Dropping it closes all of its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    link: watch::Sender<Link>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of the loopback in front of `target` (`HOST:PORT`), open.
    pub async fn start(target: &str) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.doing("opening a port for a proxy")?;
        let address = listener.local_addr().doing("asking for the proxy's port")?;
        let (link, seen) = watch::channel(Link::Open);
        let accepting = tokio::spawn(accept(listener, target.to_owned(), seen));
        Ok(Self {
            address,
            link,
            accepting,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the network, for what is under way too.
    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // the connections are in a set that the task owns
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, target: String, link: watch::Receiver<Link>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                connections.spawn(connect(client, target.clone(), link.clone()));
            }
            Some(_ended) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connect(client: TcpStream, target: String, link: watch::Receiver<Link>) {
    let mut refused = link.clone();
    let both_ways = async {
        // the way to the target must be free as well
        until(&mut link.clone(), |link| {
            !matches!(link, Link::Cut | Link::NoRequests)
        })
        .await?;
        let server = TcpStream::connect(&target).await.ok()?;
        client.set_nodelay(true).ok()?;
        server.set_nodelay(true).ok()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(
            pump(from_client, to_server, link.clone(), Link::NoRequests),
            pump(from_server, to_client, link, Link::NoAnswers)
        );
        Some(())
    };
    tokio::select! {
        _ = both_ways => {}
        _ = until(&mut refused, |link| link == Link::Refused) => {}
    }
}

/// Forwards one direction until it ends; `held_by` is the link that stops this direction only.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut link: watch::Receiver<Link>,
    held_by: Link,
) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = from.read(&mut chunk).await.unwrap_or(0);
        let now = *link.borrow();
        if let Link::Slow(delay) = now {
            tokio::time::sleep(delay).await;
        }
        let free = until(&mut link, |link| link != Link::Cut && link != held_by).await;
        if free.is_none() {
            return;
        }
        let sent = match chunk.get(..read) {
            Some([]) | None => {
                // the end, or an error that ends it: the other side learns of it
                drop(to.shutdown().await);
                return;
            }
            Some(bytes) => to.write_all(bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Waits until the link is as described; `None` when the proxy is gone.
async fn until(link: &mut watch::Receiver<Link>, so: impl Fn(Link) -> bool) -> Option<()> {
    link.wait_for(|link| so(*link)).await.ok().map(drop)
}
