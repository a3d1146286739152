//! Phones on the channel: they enter, stay, and say when they show an alert.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, stream};
use muster::wire::proto::{Down, Hello, Ping, Up, down, news::Why, up};
use prost::Message as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::seed::DEVICE;
use muster_stand::failure::{Context as _, Failure, Outcome};

/// Phones that enter side by side.
const SIDE_BY_SIDE: usize = 128;
/// One of them.
const ENTER_MAX: Duration = Duration::from_secs(20);
/// As the server asks for it.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Alerts that wait to be counted.
const SHOWN_MAX: usize = 100_000;
/// The loopback has many addresses, and each has its own ports: 28,000 by Linux's default.
const SOURCES: usize = 4;
/// This process has as many sockets as the server, and the machine has memory for one.
const BUFFER: usize = 2_048;

/// An alert was shown.
pub(super) struct Shown {
    /// On which phone.
    pub(super) phone: usize,
    /// Of which incident.
    pub(super) of: String,
    /// When.
    pub(super) at: Instant,
}

/// Connected phones.
pub(super) struct Phones {
    tasks: JoinSet<()>,
    shown: mpsc::Receiver<Shown>,
}

impl Phones {
    /// One phone for each token, welcomed by the server.
    pub(super) async fn connect(url: &str, tokens: &[&str]) -> Outcome<Self> {
        let (to, shown) = mpsc::channel(SHOWN_MAX);
        let entering = tokens.iter().enumerate().map(async |(n, token)| {
            let entered = timeout(ENTER_MAX, enter(url, token, source(n))).await;
            let line = entered.map_err(|_late| Failure::new("a phone was not welcomed in time"))?;
            Ok::<_, Failure>((n, line?))
        });
        let mut lines = stream::iter(entering).buffer_unordered(SIDE_BY_SIDE);
        let mut tasks = JoinSet::new();
        while let Some((n, line)) = lines.try_next().await? {
            tasks.spawn(stay(n, line, to.clone()));
        }
        Ok(Self { tasks, shown })
    }

    /// Waits until some phone shows an alert; nothing when all are gone.
    pub(super) async fn next(&mut self) -> Option<Shown> {
        self.shown.recv().await
    }

    /// All of them hang up.
    pub(super) async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

type Line = WebSocketStream<TcpStream>;

/// The address that a phone calls from.
fn source(phone: usize) -> SocketAddr {
    let last = u8::try_from(2 + phone % SOURCES).unwrap_or(1);
    SocketAddr::from(([127, 0, 0, last], 0))
}

async fn enter(url: &str, token: &str, from: SocketAddr) -> Outcome<Line> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let to: SocketAddr = host.parse().doing("reading the server's address")?;
    let socket = TcpSocket::new_v4().doing("opening a socket")?;
    socket.bind(from).doing("taking a port")?;
    let stream = socket.connect(to).await.doing("connecting")?;
    stream.set_nodelay(true).doing("asking for no delay")?;
    let request = format!("ws://{host}/v1/phone").into_client_request();
    let mut request = request.doing("making a request")?;
    for (name, value) in [
        ("authorization", format!("Bearer {token}")),
        ("sec-websocket-protocol", "muster.phone.v1".to_owned()),
    ] {
        let value = value.parse().doing("making a header")?;
        request.headers_mut().insert(name, value);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0);
    let opened = client_async_with_config(request, stream, Some(config)).await;
    let (mut line, _) = opened.doing("opening a channel")?;
    let hello = up::What::Hello(Hello {
        device_id: DEVICE.to_owned(),
        shown: Vec::new(),
    });
    line.send(frame(hello)).await.doing("saying hello")?;
    match line.next().await {
        Some(Ok(Message::Binary(bytes))) => {
            let down = Down::decode(bytes).doing("reading the welcome")?;
            let welcomed = matches!(down.what, Some(down::What::Welcome(_)));
            welcomed
                .then_some(line)
                .ok_or_else(|| Failure::new("the first frame is no welcome"))
        }
        other => Err(Failure::new(format!("no welcome: {other:?}"))),
    }
}

fn frame(what: up::What) -> Message {
    let up = Up {
        seq: 0,
        what: Some(what),
    };
    Message::Binary(up.encode_to_vec().into())
}

/// Until the line ends.
async fn stay(phone: usize, mut line: Line, shown: mpsc::Sender<Shown>) {
    // not all in the same second
    let spread = Duration::from_millis(u64::try_from(phone % 20_000).unwrap_or_default());
    let mut pings = interval_at(Instant::now() + spread, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = line.next() => {
                let Some(Ok(message)) = message else { return };
                let at = Instant::now();
                let Message::Binary(bytes) = message else { continue };
                let Ok(Down { what: Some(down::What::News(news)), .. }) = Down::decode(bytes) else {
                    continue;
                };
                let why = news.why();
                if let Some(alert) = news.alert.filter(|_| why == Why::Alert) {
                    let of = alert.incident_id;
                    if shown.send(Shown { phone, of, at }).await.is_err() {
                        return;
                    }
                }
            }
            _ = pings.tick() => {
                if line.send(frame(up::What::Ping(Ping {}))).await.is_err() {
                    return;
                }
            }
        }
    }
}
