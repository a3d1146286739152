//! A connection over a socket of two queues and a house of cardboard, in paused time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::Timestamp;
use prost::Message as _;
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::bus::phones::Phones;
use crate::phone::channel::machine::{Aside, Close};
use crate::phone::channel::session::{Caller, Received, Socket, Trouble, UseCases, attend};
use crate::phone::proto::{
    Alert, Done, Down, Fixes, Hello, News, Refused, Say, Test, Up, down, up,
};

const ANNA: ResponderNo = ResponderNo(1);

struct Pipe {
    up: mpsc::Receiver<Received>,
    down: mpsc::Sender<Down>,
    closed: Rc<Cell<Option<Close>>>,
}

#[async_trait(?Send)]
impl Socket for Pipe {
    async fn receive(&mut self) -> Received {
        self.up.recv().await.unwrap_or(Received::Gone)
    }

    async fn send(&mut self, frame: Bytes) -> bool {
        self.down.send(Down::decode(frame).unwrap()).await.is_ok()
    }

    async fn close(self, why: Close) {
        self.closed.set(Some(why));
    }
}

/// What the house knows, changed by the test.
#[derive(Default)]
struct Known {
    alerts: RefCell<Vec<Alert>>,
    /// So many looks fail.
    trouble: Cell<u32>,
    looks: Cell<u32>,
    signed_out: Cell<bool>,
    aside: RefCell<Aside>,
}

struct Cardboard {
    known: Rc<Known>,
    began: Instant,
}

#[async_trait(?Send)]
impl UseCases for Cardboard {
    fn now(&self) -> Timestamp {
        let passed = self.began.elapsed().as_millis();
        Timestamp(i64::try_from(passed).unwrap())
    }

    async fn look(&self, _shown: &[String]) -> Result<Vec<Alert>, Trouble> {
        self.known.looks.set(self.known.looks.get() + 1);
        if self.known.trouble.get() > 0 {
            self.known.trouble.set(self.known.trouble.get() - 1);
            return Err(Trouble);
        }
        Ok(self.known.alerts.borrow().clone())
    }

    async fn fixes(&self, _device: &str, _fixes: Fixes) -> Result<Done, Refused> {
        Ok(Done::default())
    }

    async fn say(&self, _device: &str, _say: Say) -> Result<Done, Refused> {
        Ok(Done::default())
    }

    async fn aside(&self, _device: &str) -> Option<Aside> {
        Some(self.known.aside.borrow().clone())
    }

    async fn stands(&self) -> bool {
        !self.known.signed_out.get()
    }
}

/// One connected phone.
struct Phone {
    up: mpsc::Sender<Received>,
    down: mpsc::Receiver<Down>,
    closed: Rc<Cell<Option<Close>>>,
    known: Rc<Known>,
}

impl Phone {
    /// Opens a connection whose socket holds `room` frames.
    fn open(phones: &Arc<Phones>, stop: &watch::Sender<bool>, room: usize) -> Self {
        let (up, from_phone) = mpsc::channel(16);
        let (to_phone, down) = mpsc::channel(room);
        let closed = Rc::new(Cell::new(None));
        let known = Rc::new(Known::default());
        let pipe = Pipe {
            up: from_phone,
            down: to_phone,
            closed: Rc::clone(&closed),
        };
        let house = Cardboard {
            known: Rc::clone(&known),
            began: Instant::now(),
        };
        let caller = Caller {
            no: ANNA,
            id: "anna".to_owned(),
            device: None,
            until: Timestamp(86_400_000),
        };
        let attended = attend(pipe, house, caller, Arc::clone(phones), stop.subscribe());
        tokio::task::spawn_local(attended);
        Self {
            up,
            down,
            closed,
            known,
        }
    }

    async fn says(&self, what: up::What) {
        let frame = Up {
            seq: 1,
            what: Some(what),
        };
        let frame = Received::Frame(frame.encode_to_vec().into());
        assert!(self.up.send(frame).await.is_ok());
    }

    async fn enters(&mut self, device: &str) {
        let hello = Hello {
            device_id: device.to_owned(),
            shown: Vec::new(),
        };
        self.says(up::What::Hello(hello)).await;
        let welcome = self.down.recv().await.unwrap();
        assert!(matches!(welcome.what, Some(down::What::Welcome(_))));
    }

    async fn hears(&mut self) -> News {
        match self.down.recv().await.unwrap().what {
            Some(down::What::News(news)) => news,
            other => panic!("not news: {other:?}"),
        }
    }

    /// Waits for the end.
    async fn ends(mut self) -> Option<Close> {
        while self.down.recv().await.is_some() {}
        self.closed.get()
    }
}

fn asked(version: u64) -> Alert {
    Alert {
        id: "a".to_owned(),
        state: "queued".to_owned(),
        version,
        ..Alert::default()
    }
}

async fn alone(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

#[tokio::test(start_paused = true)]
async fn news_reach_a_phone_that_is_there_and_a_failed_look_is_made_up_for() {
    alone(async {
        let (phones, (stop, _)) = (Arc::new(Phones::default()), watch::channel(false));
        let mut phone = Phone::open(&phones, &stop, 8);
        phone.enters("d").await;
        phone.known.alerts.borrow_mut().push(asked(1));
        phone.known.trouble.set(2);
        phones.ring(&[ANNA]);
        assert_eq!(phone.hears().await.alert.unwrap().version, 1);
        assert_eq!(
            phone.known.looks.get(),
            4,
            "welcome, two in vain, one that told"
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_test_comes_after_the_news_and_once() {
    alone(async {
        let (phones, (stop, _)) = (Arc::new(Phones::default()), watch::channel(false));
        let mut phone = Phone::open(&phones, &stop, 8);
        phone.enters("d").await;
        phone.known.alerts.borrow_mut().push(asked(1));
        phone.known.aside.borrow_mut().test = Some(Test {
            id: "t".to_owned(),
            ..Test::default()
        });
        phones.ring(&[ANNA]);
        assert_eq!(phone.hears().await.alert.unwrap().id, "a");
        let test = phone.down.recv().await.unwrap().what;
        assert!(matches!(test, Some(down::What::Test(test)) if test.id == "t"));
        *phone.known.alerts.borrow_mut() = vec![asked(2)];
        phones.ring(&[ANNA]);
        phone.hears().await;
        *phone.known.alerts.borrow_mut() = vec![asked(3)];
        phones.ring(&[ANNA]);
        assert_eq!(
            phone.hears().await.alert.unwrap().version,
            3,
            "not the test again"
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_phone_is_sent_the_newest_and_then_sent_away() {
    alone(async {
        let (phones, (stop, _)) = (Arc::new(Phones::default()), watch::channel(false));
        let mut phone = Phone::open(&phones, &stop, 1);
        phone.enters("d").await;
        for version in 1..=50 {
            *phone.known.alerts.borrow_mut() = vec![Alert {
                state: if version % 2 == 0 { "seen" } else { "sent" }.to_owned(),
                ..asked(version)
            }];
            phones.ring(&[ANNA]);
            tokio::task::yield_now().await;
        }
        let mut heard = vec![phone.hears().await.alert.unwrap().version];
        while heard.last() != Some(&50) {
            heard.push(phone.hears().await.alert.unwrap().version);
        }
        assert!(heard.len() < 10, "a backlog was kept: {heard:?}");
        // now it takes nothing at all
        for version in 51..=60 {
            *phone.known.alerts.borrow_mut() = vec![asked(version)];
            phones.ring(&[ANNA]);
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(31)).await;
        assert_eq!(phone.closed.get(), Some(Close::Silent));
        assert_eq!(phones.count(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn every_end_is_called_by_its_name() {
    alone(async {
        let (phones, (stop, _)) = (Arc::new(Phones::default()), watch::channel(false));
        let open = || Phone::open(&phones, &stop, 8);
        let phone = open();
        assert_eq!(
            phone.ends().await,
            Some(Close::NotAFrame),
            "ten seconds without a word"
        );
        let mut phone = open();
        phone.enters("d").await;
        assert_eq!(phone.ends().await, Some(Close::Silent));
        for (received, why) in [
            (Received::TooLarge, Some(Close::TooLarge)),
            (Received::Garbage, Some(Close::NotAFrame)),
            (
                Received::Frame(Bytes::from_static(b"\xff\xff")),
                Some(Close::NotAFrame),
            ),
            (Received::Gone, None),
        ] {
            let mut phone = open();
            phone.enters("d").await;
            assert!(phone.up.send(received).await.is_ok());
            assert_eq!(phone.ends().await, why);
        }
        let mut old = open();
        old.enters("d").await;
        let mut new = open();
        new.enters("d").await;
        assert_eq!(old.ends().await, Some(Close::Replaced));
        new.known.signed_out.set(true);
        assert_eq!(new.ends().await, Some(Close::SignedOut));
        let mut last = open();
        last.enters("d").await;
        stop.send_replace(true);
        assert_eq!(last.ends().await, Some(Close::GoingAway));
        assert_eq!(phones.count(), 0);
    })
    .await;
}
