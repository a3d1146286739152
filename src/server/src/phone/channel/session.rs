//! One connection from its opening to its end: the socket, the machine and the use-cases together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::{Millis, Timestamp};
use prost::Message as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::bus::phones::{Connection, Phones};
use crate::phone::channel::machine::{Aside, Close, Machine, Step};
use crate::phone::proto::{Alert, Done, Down, Fixes, Refused, Say, Up};

/// A phone that takes nothing for so long is gone.
const DEAF: Duration = Duration::from_secs(30);
/// A look that failed is tried again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often it is asked whether the session still stands.
const STANDS_EVERY: Duration = Duration::from_mins(1);
/// How often the end of patience is looked for at most.
const NAP_MAX: Duration = Duration::from_mins(1);

/// What a socket brings.
pub(super) enum Received {
    /// One whole binary message.
    Frame(Bytes),
    /// A message over the bound.
    TooLarge,
    /// Text, or bytes that are no WebSocket frame.
    Garbage,
    /// The other end is gone.
    Gone,
}

/// One WebSocket.
#[async_trait(?Send)]
pub(super) trait Socket {
    /// Waits for the next message. Nothing is lost when the waiting is given up.
    async fn receive(&mut self) -> Received;
    /// Hands one message over; waits while the other end takes nothing. `false` when it is gone.
    async fn send(&mut self, frame: Bytes) -> bool;
    /// Ends it.
    async fn close(self, why: Close);
}

/// The use-cases could not answer; the phone is to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble;

/// What a connection needs from the use-cases. Every answer has a deadline of its own.
#[async_trait(?Send)]
pub(super) trait UseCases {
    /// The time.
    fn now(&self) -> Timestamp;
    /// How every open alert, and each of `shown`, stands now.
    async fn look(&self, shown: &[String]) -> Result<Vec<Alert>, Trouble>;
    /// Takes positions.
    async fn fixes(&self, device: &str, fixes: Fixes) -> Result<Done, Refused>;
    /// Takes a receipt or an answer.
    async fn say(&self, device: &str, say: Say) -> Result<Done, Refused>;
    /// What is to be said that is of no alert; `None` when it cannot be asked.
    async fn aside(&self, device: &str) -> Option<Aside>;
    /// Whether the session still stands; yes when it cannot be asked.
    async fn stands(&self) -> bool;
}

/// Whose connection it is.
pub(super) struct Caller {
    /// Number in this installation.
    pub no: ResponderNo,
    /// Name in the organisation.
    pub id: String,
    /// The one device of the session, if it has one.
    pub device: Option<String>,
    /// When the session ends.
    pub until: Timestamp,
}

/// Attends to a connection until it ends.
pub(super) async fn attend(
    mut socket: impl Socket,
    use_cases: impl UseCases,
    caller: Caller,
    phones: Arc<Phones>,
    shutdown: watch::Receiver<bool>,
) {
    let machine = Machine::new(caller.id, caller.device, caller.until, use_cases.now());
    let mut session = Session {
        machine,
        use_cases,
        no: caller.no,
        phones,
        device: String::new(),
        place: None,
        look_at: None,
        stands_at: Instant::now() + STANDS_EVERY,
    };
    let why = session.run(&mut socket, shutdown).await;
    let word = why.map_or("gone", Close::as_str);
    metrics::counter!("muster_phone_closed_total", "why" => word).increment(1);
    if let Some(why) = why {
        drop(timeout(DEAF, socket.close(why)).await);
    }
}

struct Session<H> {
    machine: Machine,
    use_cases: H,
    no: ResponderNo,
    phones: Arc<Phones>,
    device: String,
    place: Option<Connection>,
    /// A look that failed is due then.
    look_at: Option<Instant>,
    stands_at: Instant,
}

/// What woke a connection.
enum Woken {
    Received(Received),
    News,
    SignedOut,
    Replaced,
    Stop,
    Time,
}

impl<H: UseCases> Session<H> {
    /// Runs until the phone is gone (`None`) or is sent away.
    async fn run(
        &mut self,
        socket: &mut impl Socket,
        mut shutdown: watch::Receiver<bool>,
    ) -> Option<Close> {
        loop {
            let woken = tokio::select! {
                biased;
                _ = shutdown.wait_for(|down| *down) => Woken::Stop,
                woken = self.rung() => woken,
                received = socket.receive() => Woken::Received(received),
                () = sleep_until(self.wake_at()) => Woken::Time,
            };
            let sent = match woken {
                Woken::Stop => return Some(Close::GoingAway),
                Woken::Replaced => return Some(Close::Replaced),
                Woken::Time => self.time_passed(socket).await,
                Woken::SignedOut => self.stands().await,
                Woken::News => self.look(socket).await,
                Woken::Received(Received::Gone) => return None,
                Woken::Received(Received::TooLarge) => return Some(Close::TooLarge),
                Woken::Received(Received::Garbage) => return Some(Close::NotAFrame),
                Woken::Received(Received::Frame(frame)) => self.frame(socket, &frame).await,
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    /// Waits for a bell.
    async fn rung(&self) -> Woken {
        let Some(place) = &self.place else {
            return std::future::pending().await;
        };
        tokio::select! {
            biased;
            () = place.bell.replaced.notified() => Woken::Replaced,
            () = place.bell.signed_out.notified() => Woken::SignedOut,
            () = place.bell.news.notified() => Woken::News,
        }
    }

    fn wake_at(&self) -> Instant {
        let patience = (self.machine.wake_at() - self.use_cases.now()).max(Millis(0));
        let patience = Duration::from_millis(patience.0.unsigned_abs()).min(NAP_MAX);
        let at = self.stands_at.min(Instant::now() + patience);
        self.look_at.map_or(at, |look| look.min(at))
    }

    async fn time_passed(&mut self, socket: &mut impl Socket) -> Result<(), Option<Close>> {
        if let Some(close) = self.machine.tick(self.use_cases.now()) {
            return Err(Some(close));
        }
        let now = Instant::now();
        if now >= self.stands_at {
            self.stands().await?;
        }
        if self.look_at.is_some_and(|at| at <= now) {
            return self.look(socket).await;
        }
        Ok(())
    }

    /// Asks whether the session still stands, and sends the phone away if it does not.
    async fn stands(&mut self) -> Result<(), Option<Close>> {
        self.stands_at = Instant::now() + STANDS_EVERY;
        if self.use_cases.stands().await {
            return Ok(());
        }
        Err(Some(Close::SignedOut))
    }

    async fn frame(&mut self, socket: &mut impl Socket, frame: &[u8]) -> Result<(), Option<Close>> {
        let up = Up::decode(frame).ok();
        let down = match self.machine.frame(up, self.use_cases.now()) {
            Step::Rest => None,
            Step::Send(down) => Some(*down),
            Step::Close(close) => return Err(Some(close)),
            Step::Enter(device) => return self.enter(socket, device).await,
            Step::Fixes(seq, fixes) => {
                let done = self.use_cases.fixes(&self.device, fixes).await;
                self.machine.answered(seq, done)
            }
            Step::Say(seq, say) => {
                let done = self.use_cases.say(&self.device, say).await;
                self.machine.answered(seq, done)
            }
        };
        if self.machine.is_flood() {
            return Err(Some(Close::Flood));
        }
        match down {
            Some(down) => send(socket, &down).await,
            None => Ok(()),
        }
    }

    /// Takes the place first and looks then, so that no news falls between the two.
    async fn enter(
        &mut self,
        socket: &mut impl Socket,
        device: String,
    ) -> Result<(), Option<Close>> {
        self.place = Some(self.phones.enter(self.no, device.clone()));
        self.device = device;
        // the phone tries again after a while: nothing half is ever called the whole
        let alerts = self.use_cases.look(&self.machine.shows()).await;
        let alerts = alerts.map_err(|Trouble| Some(Close::GoingAway))?;
        let welcome = self.machine.welcome(alerts, self.use_cases.now());
        send(socket, &welcome).await?;
        self.aside(socket).await
    }

    /// Says what is of no alert; after the alerts, which come first.
    async fn aside(&mut self, socket: &mut impl Socket) -> Result<(), Option<Close>> {
        let aside = self.use_cases.aside(&self.device).await;
        for down in aside.map_or_else(Vec::new, |aside| self.machine.aside(aside)) {
            send(socket, &down).await?;
        }
        Ok(())
    }

    async fn look(&mut self, socket: &mut impl Socket) -> Result<(), Option<Close>> {
        self.look_at = None;
        let Ok(alerts) = self.use_cases.look(&self.machine.shows()).await else {
            self.look_at = Some(Instant::now() + LOOK_AGAIN);
            return Ok(());
        };
        for news in self.machine.looked(alerts) {
            send(socket, &news).await?;
        }
        self.aside(socket).await
    }
}

async fn send(socket: &mut impl Socket, down: &Down) -> Result<(), Option<Close>> {
    match timeout(DEAF, socket.send(down.encode_to_vec().into())).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(None),
        Err(_elapsed) => Err(Some(Close::Silent)),
    }
}
