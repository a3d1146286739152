//! A phone on the phone channel, over a real WebSocket.

use super::{Caller, DEADLINE};
use futures_util::{SinkExt as _, StreamExt as _};
use muster::phone::proto::say::What;
use muster::phone::proto::{
    Alert, Down, Hello, News, Refused, Say, Shown, Up, Welcome, down, news::Why, up,
};
use prost::Message as _;
use std::collections::VecDeque;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One connection.
pub(crate) struct Channel {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    seq: u32,
    /// News that came while something else was waited for.
    aside: VecDeque<News>,
}

impl Channel {
    /// Opens a connection with these headers and nothing else; the status when it is refused.
    pub(crate) async fn open(caller: &Caller, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let url = caller.base_url().replace("http://", "ws://") + "/v1/phone";
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match timeout(DEADLINE, connect_async(request)).await.unwrap() {
            Ok((socket, _)) => Ok(Self {
                socket,
                seq: 0,
                aside: VecDeque::new(),
            }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no connection: {error}"),
        }
    }

    /// Opens a connection with the caller's token.
    pub(crate) async fn of(caller: &Caller) -> Result<Self, u16> {
        let token = format!("Bearer {}", caller.token());
        let protocol = ("Sec-WebSocket-Protocol", "muster.phone.v1");
        Self::open(caller, &[("Authorization", token.as_str()), protocol]).await
    }

    /// The same, and enters as this device that shows nothing; the welcome.
    pub(crate) async fn enter(caller: &Caller, device: &str) -> (Self, Welcome) {
        Self::enter_showing(caller, device, &[]).await
    }

    /// The same for a phone that shows these alerts in these versions.
    pub(crate) async fn enter_showing(
        caller: &Caller,
        device: &str,
        shown: &[(&str, u64)],
    ) -> (Self, Welcome) {
        let mut channel = Self::of(caller).await.unwrap();
        let welcome = channel.hello(device, shown).await;
        (channel, welcome)
    }

    /// Says hello; the welcome.
    pub(crate) async fn hello(&mut self, device: &str, shown: &[(&str, u64)]) -> Welcome {
        let shown = shown.iter().map(|(id, version)| Shown {
            alert_id: (*id).to_owned(),
            version: *version,
        });
        let hello = Hello {
            device_id: device.to_owned(),
            shown: shown.collect(),
        };
        self.sends(0, up::What::Hello(hello)).await;
        match self.next().await.unwrap().what {
            Some(down::What::Welcome(welcome)) => welcome,
            other => panic!("no welcome: {other:?}"),
        }
    }

    /// Sends one frame.
    pub(crate) async fn sends(&mut self, seq: u32, what: up::What) {
        let frame = Up {
            seq,
            what: Some(what),
        };
        self.sends_raw(Message::Binary(frame.encode_to_vec().into()))
            .await;
    }

    /// Sends any message; a connection that is closing takes nothing, and that is no failure.
    pub(crate) async fn sends_raw(&mut self, message: Message) {
        drop(self.socket.send(message).await);
    }

    /// The next frame, or the close code.
    pub(crate) async fn next(&mut self) -> Result<Down, u16> {
        loop {
            let message = timeout(DEADLINE, self.socket.next()).await.unwrap();
            match message {
                Some(Ok(Message::Binary(frame))) => return Ok(Down::decode(frame).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the connection broke without a word: {other:?}"),
            }
        }
    }

    /// Waits for the end; its close code.
    pub(crate) async fn closes(mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// Waits for news of this kind; the alert. Mere changes of state are passed over.
    pub(crate) async fn hears(&mut self, why: Why) -> Alert {
        loop {
            let news = match self.aside.pop_front() {
                Some(news) => news,
                None => match self.next().await.unwrap().what {
                    Some(down::What::News(news)) => news,
                    other => panic!("waiting for {why:?}: {other:?}"),
                },
            };
            match news.why() {
                found if found == why => return news.alert.unwrap(),
                Why::State => {}
                other => panic!("waiting for {why:?}: {other:?}"),
            }
        }
    }

    /// Asks for something and waits for the answer to that; news are laid aside.
    pub(crate) async fn asks(&mut self, what: up::What) -> down::What {
        self.seq += 1;
        let seq = self.seq;
        self.sends(seq, what).await;
        loop {
            let frame = self.next().await.unwrap();
            match frame.what.unwrap() {
                down::What::News(news) => self.aside.push_back(news),
                what if frame.answers == seq => return what,
                other => panic!("waiting for the answer to {seq}: {other:?}"),
            }
        }
    }

    /// Says something about an alert; the alert as it is then.
    pub(crate) async fn says(&mut self, alert: &str, what: What) -> Result<Alert, Refused> {
        let mut say = Say {
            alert_id: alert.to_owned(),
            ..Say::default()
        };
        say.set_what(what);
        match self.asks(up::What::Say(say)).await {
            down::What::Done(done) => Ok(done.alert.unwrap()),
            down::What::Refused(refused) => Err(refused),
            other => panic!("no answer: {other:?}"),
        }
    }

    /// News that were laid aside and nobody waited for.
    pub(crate) fn laid_aside(&self) -> Vec<Why> {
        self.aside.iter().map(News::why).collect()
    }

    /// Waits until everything that the server had to say so far has come.
    pub(crate) async fn settles(&mut self) {
        let pong = self.asks(up::What::Ping(muster::phone::proto::Ping {}));
        assert!(matches!(pong.await, down::What::Pong(_)));
    }
}
