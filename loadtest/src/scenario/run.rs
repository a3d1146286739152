//! The course of a run: everything starts, the warm-up passes, what counts is counted, everything
//! comes to rest, the account is drawn up.

use super::account::{Account, account};
use super::arrivals;
use super::feeds::Feeds;
use super::fixes::{Counted, Fixes};
use super::incidents::{Book, Caller, Raised, raise_all};
use super::probes::{Probes, Seen};
use super::reconnect::{Back, reconnect};
use super::sheets::Sheets;
use super::table::{Provider, Scenario};
use super::watch::Watch;
use crate::phones::Totals;
use crate::report::{Series, Times, Usage};
use crate::stages::Stages;
use crate::world::World;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;
use muster_stand::standin::{Fault, Rule};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// From everything being ready to the first instant of the warm-up.
const READY: Duration = Duration::from_millis(200);
/// After the end, nothing that was already decided may take longer to reach its phone, phones
/// without network aside.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks at something that comes to rest.
const LOOK: Duration = Duration::from_millis(200);
/// Between two lines on the terminal.
const SPOKEN: Duration = Duration::from_secs(10);

/// What a run left behind.
pub(super) struct Done {
    pub(super) count_from: Instant,
    pub(super) raised: Vec<Raised>,
    pub(super) account: Account,
    pub(super) phones: Totals,
    pub(super) fixes: Counted,
    /// Until a report takes them.
    pub(super) fix_times: Option<(Times, Series)>,
    pub(super) found: Arc<Mutex<Seen>>,
    pub(super) back: Option<Back>,
    /// For each incident raised: how long after its 201 each viewer saw it.
    pub(super) feed: Vec<(Instant, Vec<Option<Duration>>)>,
    pub(super) stages: Stages,
    pub(super) usage: Usage,
}

/// Everything that is at work while time passes.
struct Load {
    nodes: Vec<String>,
    count_from: Instant,
    end: Instant,
    book: Arc<Book>,
    feeds: Feeds,
    fixes: Fixes,
    watching: Watch,
    found: Arc<Mutex<Seen>>,
    /// Raise, and close when it is over.
    raisers: [JoinHandle<()>; 2],
    over: watch::Sender<bool>,
    returning: Option<JoinHandle<Back>>,
}

/// Runs it.
pub(super) async fn run(
    scenario: &Scenario,
    world: &World,
    sheets: &Sheets,
    seed: u64,
) -> Outcome<Done> {
    let load = Load::start(scenario, world, seed).await?;
    sleep_until(load.count_from).await;
    let before = Stages::of(&load.nodes).await?;
    load.speak(world).await;
    let stages = Stages::of(&load.nodes).await?.since(&before);
    let usage = load.watching.stop().await;
    let (fixes, times, series) = load.fixes.stop().await?;
    let back = match load.returning {
        Some(returning) => Some(returning.await.doing("waiting for the phones")?),
        None => None,
    };
    reached(&load.book, sheets, PATIENCE).await;
    load.over.send_replace(true);
    for task in load.raisers {
        let ended = timeout(PATIENCE * 4, task).await;
        ended
            .doing("waiting for the last incident to be closed")?
            .doing("raising incidents")?;
    }
    let raised = load.book.all();
    let dark = Duration::from_secs_f64(scenario.gaps.1);
    let account = settled(world, &raised, sheets, dark + PATIENCE).await;
    let feed = seen(&load.feeds, &raised).await;
    Ok(Done {
        count_from: load.count_from,
        account,
        phones: world.fleet.counts().totals(),
        fixes,
        fix_times: Some((times, series)),
        found: load.found,
        back,
        feed,
        stages,
        usage,
        raised,
    })
}

impl Load {
    async fn start(scenario: &Scenario, world: &World, seed: u64) -> Outcome<Self> {
        let nodes = world.desk.base_urls();
        let book = Arc::new(Book::default());
        let caller = Caller::new(&world.desk, &book, scenario.open_s);
        trouble(scenario.provider, world);
        // made before the clock starts, because it takes a call of the binary
        let with = (&world.desk, caller.clone(), &book);
        let probes = Probes::new(scenario.phones, &world.tokens, with).await?;
        let feeds = Feeds::start(&world.desk).await?;
        let (over, ending) = watch::channel(false);
        let start = Instant::now() + READY;
        let count_from = start + Duration::from_secs_f64(scenario.warm_up_s);
        let length = Duration::from_secs_f64(scenario.length_s);
        let end = count_from + length;
        let fixes = Fixes::start(&nodes, &world.fleet, scenario.fixes_per_s, count_from).await?;
        let found = Arc::clone(&probes.seen);
        let probing = tokio::spawn(probes.run((start, count_from), ending.clone()));
        let raising = tokio::spawn(raise_all(
            scenario.clone(),
            caller,
            Arc::clone(&world.fleet),
            arrivals::schedule(scenario.arrivals, end - start, seed),
            (start, seed),
            ending,
        ));
        let returning = (scenario.reconnects > 0).then(|| {
            let part = length / (scenario.reconnects + 1);
            let instants = (1..=scenario.reconnects).map(|n| count_from + part * n);
            let (nodes, fleet) = (nodes.clone(), Arc::clone(&world.fleet));
            tokio::spawn(reconnect(nodes, fleet, instants.collect(), count_from))
        });
        Ok(Self {
            watching: Watch::start(world.processes()?, count_from),
            raisers: [raising, probing],
            nodes,
            count_from,
            end,
            book,
            feeds,
            fixes,
            found,
            over,
            returning,
        })
    }

    /// Says how it goes until the end.
    async fn speak(&self, world: &World) {
        while Instant::now() < self.end {
            sleep_until(self.end.min(Instant::now() + SPOKEN)).await;
            let phones = world.fleet.counts().totals();
            let raised = self.book.all();
            let failed = raised.iter().filter(|one| one.error.is_some()).count();
            let accepted = phones.happened.get("accepted").copied().unwrap_or(0);
            say(format!(
                "  {:>4} s  {} incidents, {failed} failed, {} alerts on phones, {accepted} accepted",
                self.count_from.elapsed().as_secs(),
                raised.len(),
                phones.alerts
            ));
        }
    }
}

/// Makes the provider as it should be.
fn trouble(provider: Provider, world: &World) {
    if let (Provider::Slow { latency, one_in }, Some(standin)) = (provider, &world.standin) {
        let rule = Rule::slow_and_failing(latency, Fault::Unavailable, one_in);
        standin.faults().set(rule);
    }
}

/// Waits until what was decided with each incident is with the provider.
async fn reached(book: &Book, sheets: &Sheets, patience: Duration) {
    let until = Instant::now() + patience;
    let missing = || {
        let all = book.all();
        let mut first = all.iter().flat_map(|one| &one.first);
        first.any(|alert| sheets.alert(alert).is_none())
    };
    while missing() && Instant::now() < until {
        sleep(LOOK).await;
    }
}

/// Draws up the account until nothing is missing, or until it is time to say what is.
async fn settled(world: &World, raised: &[Raised], sheets: &Sheets, patience: Duration) -> Account {
    let until = Instant::now() + patience;
    loop {
        let drawn = account(&world.desk, raised, &world.fleet, sheets).await;
        if (drawn.lost == 0 && drawn.unread == 0) || Instant::now() > until {
            return drawn;
        }
        sleep(LOOK * 5).await;
    }
}

/// Waits until every viewer saw every incident, or until it is time to say who did not.
async fn seen(feeds: &Feeds, raised: &[Raised]) -> Vec<(Instant, Vec<Option<Duration>>)> {
    let until = Instant::now() + PATIENCE;
    loop {
        let answered = raised.iter().filter_map(|one| Some((one, one.answered?)));
        let all: Vec<_> = answered
            .map(|(one, at)| (at, feeds.lags(&one.id, at)))
            .collect();
        let missing = all.iter().any(|(_, lags)| lags.contains(&None));
        if !missing || Instant::now() > until {
            return all;
        }
        sleep(LOOK).await;
    }
}
