//! Everybody at once: call handlers, phones, people who come and go, coordinators who watch.

mod desks;
mod feeds;
mod phones;

use super::history::{Change, Standing, Told};
use super::people::{Fate, Person};
use super::town::{Heard, Town, hear};
use muster_stand::rng::Rng;
use reqwest::RequestBuilder;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Call handlers.
const DESKS: u64 = 3;
/// Between two positions, all phones together.
const FIX_EVERY: Duration = Duration::from_millis(50);
/// Between two tries of the same.
const AGAIN: Duration = Duration::from_millis(300);
/// Tries of somebody who means it.
const TRIES: usize = 40;

/// The load of a round while it runs.
pub(super) struct Load {
    going: watch::Sender<bool>,
    tasks: JoinSet<()>,
    feeds: JoinSet<()>,
    phones: tokio::task::JoinHandle<()>,
}

/// Told to nobody else: whether to go on.
type Going = watch::Receiver<bool>;

impl Load {
    /// Everybody begins.
    pub(super) fn start(town: &Arc<Town>, seed: u64) -> Self {
        let (going, told) = watch::channel(true);
        let mut tasks = JoinSet::new();
        for n in 0..DESKS {
            let rng = Rng::split(seed, n);
            tasks.spawn(desks::raise(Arc::clone(town), told.clone(), n, rng));
        }
        for (n, person) in (100..).zip(&town.people) {
            let rng = Rng::split(seed, n);
            let comes_and_goes = Stand {
                town: Arc::clone(town),
                person: person.clone(),
                rng,
            };
            match person.fate {
                Fate::Suspended | Fate::Leaving => _ = tasks.spawn(comes_and_goes.leaves()),
                Fate::Fickle => _ = tasks.spawn(comes_and_goes.wavers(told.clone())),
                Fate::Ordinary | Fate::Pending | Fate::Foreign => {}
            }
        }
        tasks.spawn(fixes(Arc::clone(town), told, Rng::split(seed, 50)));
        let pushes = town.standin.subscribe(10_000);
        let phones = tokio::spawn(phones::answer(Arc::clone(town), pushes, seed));
        let mut feeds = JoinSet::new();
        for n in 0..super::town::NODES {
            town.history
                .lock()
                .unwrap()
                .feeds
                .push(super::history::Feed::default());
            feeds.spawn(feeds::follow(Arc::clone(town), n));
        }
        Self {
            going,
            tasks,
            feeds,
            phones,
        }
    }

    /// Nobody raises any more, or comes or goes; phones and coordinators go on. Returns when the
    /// last of them got an answer or gave up.
    pub(super) async fn quieten(&mut self) {
        self.going.send_replace(false);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        assert!(!self.phones.is_finished(), "the phones ended too early");
        assert_eq!(
            self.feeds.len(),
            super::town::NODES,
            "a coordinator went away"
        );
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.phones.abort();
    }
}

/// Sleeps; false when it is time to stop.
async fn pause(going: &mut Going, s: f64) -> bool {
    tokio::select! {
        () = sleep(Duration::from_secs_f64(s)) => true,
        _ = going.wait_for(|going| !going) => false,
    }
}

/// Asks other nodes until one says yes or no, and notes each try.
async fn insist(
    rng: &mut Rng,
    ask: impl Fn(usize) -> RequestBuilder,
    note: impl Fn(&Heard),
) -> Heard {
    let mut tries = 0;
    loop {
        let heard = hear(ask(rng.below(usize::MAX))).await;
        note(&heard);
        tries += 1;
        if heard.told != Told::Unsure || tries == TRIES {
            return heard;
        }
        sleep(AGAIN).await;
    }
}

/// Somebody who comes and goes.
struct Stand {
    town: Arc<Town>,
    person: Person,
    rng: Rng,
}

impl Stand {
    /// Away for good, at some time.
    async fn leaves(mut self) {
        let after = self.rng.between(2.0, 30.0);
        sleep(Duration::from_secs_f64(after)).await;
        let of = match self.person.fate {
            Fate::Suspended => Standing::Verified,
            _ => Standing::Duty,
        };
        self.change(of, false).await;
    }

    /// Off duty and back, to the end; on duty then.
    async fn wavers(mut self, mut going: Going) {
        let mut on = true;
        loop {
            let s = self.rng.between(2.0, 5.0);
            if !pause(&mut going, s).await {
                return;
            }
            on = !on;
            self.change(Standing::Duty, on).await;
        }
    }

    async fn change(&mut self, of: Standing, to: bool) {
        let (town, person) = (&self.town, &self.person);
        let suspend = format!("/v1/responders/{}/suspend", person.id);
        let (body, empty) = (json!({"on": to}), json!({}));
        let ask = |node: usize| match of {
            Standing::Verified => {
                let to = ("POST", &*suspend);
                town.prepared(node, to, &town.coordinator, Some(&empty))
            }
            Standing::Duty => {
                let duty = ("PUT", "/v1/me/duty");
                town.prepared(node, duty, &person.token, Some(&body))
            }
        };
        let note = |heard: &Heard| {
            town.history.lock().unwrap().changes.push(Change {
                responder: person.id.clone(),
                of,
                to,
                span: heard.span,
                told: heard.told.clone(),
            });
        };
        insist(&mut self.rng, ask, note).await;
    }
}

/// Everybody reports a position in turn, whether on duty or not.
async fn fixes(town: Arc<Town>, mut going: Going, mut rng: Rng) {
    let mut reports = JoinSet::new();
    for n in 0.. {
        if !pause(&mut going, FIX_EVERY.as_secs_f64()).await {
            break;
        }
        let person = town.people[n % town.people.len()].clone();
        let mut step = || rng.between(-15.0, 15.0);
        let (place, node) = (person.place.offset_m(step(), step()), rng.below(usize::MAX));
        let town = Arc::clone(&town);
        reports.spawn(async move {
            let heard = town.reports(node, &person, place).await;
            let what = match heard.told {
                Told::Done => "taken".to_owned(),
                Told::Unsure => "no answer".to_owned(),
                Told::Refused(code) => code,
            };
            let mut history = town.history.lock().unwrap();
            *history.fixes.entry(what).or_default() += 1;
        });
        while reports.try_join_next().is_some() {}
    }
    while reports.join_next().await.is_some() {}
}
