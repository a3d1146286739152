//! Incidents on time, whatever became of those before (open loop), while thousands of others report
//! where they are; and the machine's own floor between them. Every time counts from when it was
//! due.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use muster_core::domain::place::Point;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::figures::Times;
use super::floor::{self, Floor, Taken};
use super::load::{Background, Behind};
use super::machine::Used;
use super::sender::Arrivals;
use super::timer::when_due;
use super::town::{ASKED, Nodes, Town, World};
use super::wire::{Call, Wire, report};
use crate::stages::Stages;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;

/// The last pushes may take this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Places tried for an incident.
const DRAWN_MAX: usize = 10_000;
/// Deliveries that may wait to be counted.
const DELIVERIES: usize = 50_000;
/// Connections to each node that are warm before the first incident.
const WARM: usize = 8;

/// What is to be done to a world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// How many times, not counting the first, which make connections and caches warm.
    pub(super) groups: usize,
    pub(super) warm_up: usize,
    /// Incidents in the same instant.
    pub(super) at_once: usize,
    /// From one group to the next. Closing and the floor have a third of it each.
    pub(super) period: Duration,
    /// A group is closed so many periods after it was raised.
    pub(super) open_for: usize,
    pub(super) fixes_per_s: u32,
    pub(super) seed: u64,
}

/// What came of it.
pub(super) struct Measured {
    pub(super) load: Load,
    /// From due to the answer, and to the last push.
    pub(super) answers: Times,
    pub(super) pushes: Times,
    /// From due to sent: what this process itself was late.
    pub(super) late: Times,
    /// Incidents of which not everybody was woken.
    pub(super) incomplete: usize,
    /// Raises and closings that were not answered as they should be, and how the first was.
    pub(super) refused: (usize, String),
    pub(super) floor: Floors,
    pub(super) behind: Behind,
    pub(super) used: Used,
    pub(super) stages: Stages,
}

/// The machine's own times.
pub(super) struct Floors {
    pub(super) commit: Times,
    pub(super) search: Times,
    pub(super) sends: Times,
    /// Commit and search of each sample; and with its sends.
    pub(super) answer: Times,
    pub(super) whole: Times,
}

/// Something that is due.
enum Task {
    Raise { group: usize, places: Vec<Point> },
    Close,
    Floor { group: usize, place: Point },
}

/// One incident, as it was seen from outside.
struct Seen {
    id: String,
    due: Instant,
    sent: Instant,
    answered: Instant,
}

/// Runs of this process so far.
static RUNS: AtomicUsize = AtomicUsize::new(0);

/// What all tasks share.
struct Run {
    load: Load,
    urls: Vec<String>,
    desk: String,
    /// Ends the idempotency keys of this run, which no other run may use.
    name: String,
    arrivals: Arrivals,
    floor: Floor,
    /// Idle connections to each node.
    wires: Vec<Mutex<Vec<Wire>>>,
    next: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
    refused: Mutex<(usize, String)>,
    /// Groups that are open.
    open: Mutex<VecDeque<Vec<String>>>,
    floors: Mutex<Vec<(String, Taken)>>,
}

/// Where it happens.
pub(super) struct Scene<'a> {
    pub(super) town: &'a Town,
    pub(super) world: &'a World,
    pub(super) nodes: &'a Nodes,
}

impl Scene<'_> {
    /// As people call it.
    pub(super) fn title(&self) -> String {
        let nodes = self.nodes.pids().len();
        let plural = if nodes == 1 { "" } else { "s" };
        format!("{}, {nodes} node{plural}", self.world.name)
    }
}

/// Loads the running nodes of a world.
pub(super) async fn measure(scene: &Scene<'_>, load: Load) -> Outcome<Measured> {
    let (town, world, nodes) = (scene.town, scene.world, scene.nodes);
    let schedule = schedule(town, &load)?;
    let urls = nodes.urls();
    let mut wires = Vec::new();
    for url in &urls {
        let mut warm = Vec::new();
        for _ in 0..WARM.max(load.at_once) {
            warm.push(Wire::connect(url).await?);
        }
        wires.push(Mutex::new(warm));
    }
    let arrivals = Arrivals::default();
    let counting = arrivals.listen(town.standin.subscribe(DELIVERIES));
    let run = Arc::new(Run {
        load,
        floor: Floor::of(town, world).await?,
        desk: world.desk.clone(),
        name: RUNS.fetch_add(1, Ordering::Relaxed).to_string(),
        urls,
        arrivals,
        wires,
        next: AtomicUsize::new(0),
        seen: Mutex::default(),
        refused: Mutex::default(),
        open: Mutex::default(),
        floors: Mutex::default(),
    });
    let behind = Background::start(&run.urls, &world.phones, load.fixes_per_s).await?;
    let pids = (nodes.pids(), world.engine_pids()?);
    let (before, stages) = (Used::so_far(&pids)?, nodes.stages().await?);
    Arc::clone(&run).drive(schedule).await?;
    let used = Used::so_far(&pids)?.since(&before);
    let behind = behind.stop().await?;
    run.wait().await;
    let stages = nodes.stages().await?.since(&stages);
    counting.abort();
    run.close_all().await?;
    run.measured(behind, used, stages)
}

/// Everything with the time from the start at which it is due.
fn schedule(town: &Town, load: &Load) -> Outcome<Vec<(Duration, Task)>> {
    let mut rng = Rng::split(load.seed, 3);
    let mut tasks = Vec::new();
    for group in 0..load.warm_up + load.groups {
        let jitter = rng.between(0.0, 0.15);
        let at = |third: f64| load.period.mul_f64(group as f64 + jitter + third / 3.0);
        let places: Outcome<Vec<_>> = (0..load.at_once)
            .map(|_| place(town, load, &mut rng))
            .collect();
        let places = places?;
        let place = places[0];
        tasks.push((at(0.0), Task::Raise { group, places }));
        tasks.push((at(1.0), Task::Close));
        tasks.push((at(2.0), Task::Floor { group, place }));
    }
    Ok(tasks)
}

/// Where somebody lives, with enough others around for a few incidents.
fn place(town: &Town, load: &Load, rng: &mut Rng) -> Outcome<Point> {
    let points = town.crowd.points();
    let wanted = floor::PROPOSED + ASKED as usize * (load.open_for + 1);
    let draw = |_| points[rng.below(points.len())];
    let mut drawn = (0..DRAWN_MAX).map(draw);
    drawn
        .find(|place| floor::people_around(&town.index, *place, wanted) == wanted)
        .ok_or_else(|| Failure::new("nobody has enough people around: more people"))
}

impl Run {
    /// Starts everything when it is due.
    async fn drive(self: Arc<Self>, schedule: Vec<(Duration, Task)>) -> Outcome<()> {
        let mut tasks = JoinSet::new();
        let start = Instant::now() + Duration::from_millis(200);
        let due = schedule
            .into_iter()
            .map(|(after, task)| (start + after, task));
        let mut due = when_due(due.collect());
        while let Some((due, task)) = due.recv().await {
            match task {
                Task::Raise { group, places } => {
                    for (number, place) in places.into_iter().enumerate() {
                        let run = Arc::clone(&self);
                        tasks.spawn(run.raise((group, number), due, place));
                    }
                }
                Task::Close => {
                    for id in self.to_close() {
                        tasks.spawn(Arc::clone(&self).close(id));
                    }
                }
                Task::Floor { group, place } => {
                    tasks.spawn(Arc::clone(&self).floor(group, place));
                }
            }
            while let Some(done) = tasks.try_join_next() {
                done.doing("waiting for an incident")??;
            }
        }
        while let Some(done) = tasks.join_next().await {
            done.doing("waiting for an incident")??;
        }
        Ok(())
    }

    /// An idle connection to the next node in turn, and which.
    async fn wire(&self) -> Outcome<(usize, Wire)> {
        let node = self.next.fetch_add(1, Ordering::Relaxed) % self.urls.len();
        let kept = {
            let mut wires = self.wires[node].lock();
            // a server hangs up on whoever is silent for some seconds
            wires.retain(Wire::is_open);
            wires.pop()
        };
        let wire = match kept {
            Some(wire) => wire,
            None => Wire::connect(&self.urls[node]).await?,
        };
        Ok((node, wire))
    }

    async fn raise(
        self: Arc<Self>,
        (group, number): (usize, usize),
        due: Instant,
        place: Point,
    ) -> Outcome<()> {
        let (node, mut wire) = self.wire().await?;
        let call = Call {
            path: "/v1/incidents",
            token: &self.desk,
            header: &format!("Idempotency-Key: {group}-{number}-{}\r\n", self.name),
            body: &report(place),
        };
        let sent = Instant::now();
        let status = match wire.post(&call).await {
            Ok(status) => status,
            Err(e) => return self.refuse(&format!("raising: {e}"), &[]),
        };
        let answered = Instant::now();
        if status != 201 {
            let body = wire.body().to_vec();
            self.wires[node].lock().push(wire);
            return self.refuse(&format!("raising: {status}"), &body);
        }
        let incident: Value = serde_json::from_slice(wire.body()).doing("reading an incident")?;
        let id = incident["id"].as_str().unwrap_or_default().to_owned();
        self.wires[node].lock().push(wire);
        self.opened(id.clone());
        if group >= self.load.warm_up {
            self.seen.lock().push(Seen {
                id,
                due,
                sent,
                answered,
            });
        }
        Ok(())
    }

    /// Whoever is answered first fills the oldest group that is not full.
    fn opened(&self, id: String) {
        let mut open = self.open.lock();
        match open.back_mut() {
            Some(group) if group.len() < self.load.at_once => group.push(id),
            _ => open.push_back(vec![id]),
        }
    }

    /// The oldest group, so that its people are free again.
    fn to_close(&self) -> Vec<String> {
        let mut open = self.open.lock();
        if open.len() > self.load.open_for {
            open.pop_front().unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    async fn close(self: Arc<Self>, id: String) -> Outcome<()> {
        let (node, mut wire) = self.wire().await?;
        let call = Call {
            path: &format!("/v1/incidents/{id}/close"),
            token: &self.desk,
            header: "",
            body: "{\"outcome\":\"stood_down\"}",
        };
        let status = match wire.post(&call).await {
            Ok(status) => status,
            Err(e) => return self.refuse(&format!("closing: {e}"), &[]),
        };
        let body = wire.body().to_vec();
        self.wires[node].lock().push(wire);
        if status == 200 {
            return Ok(());
        }
        self.refuse(&format!("closing: {status}"), &body)
    }

    /// A server that cannot keep up says so; that is a result, not the end of the run.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "so that whoever is refused ends with it"
    )]
    fn refuse(&self, what: &str, body: &[u8]) -> Outcome<()> {
        let mut refused = self.refused.lock();
        if refused.0 == 0 {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let code = body["code"].as_str().unwrap_or_default();
            refused.1 = format!(" (first: {what} {code})");
        }
        refused.0 += 1;
        Ok(())
    }

    /// For whoever measures next.
    async fn close_all(self: &Arc<Self>) -> Outcome<()> {
        let groups = std::mem::take(&mut *self.open.lock());
        for id in groups.into_iter().flatten() {
            Arc::clone(self).close(id).await?;
        }
        Ok(())
    }

    /// What the machine itself needs, at this moment.
    async fn floor(self: Arc<Self>, group: usize, place: Point) -> Outcome<()> {
        let name = format!("floor-{group}");
        let taken = self.floor.take(place, &name).await?;
        if group >= self.load.warm_up {
            self.floors.lock().extend(taken.map(|taken| (name, taken)));
        }
        Ok(())
    }

    /// Until the last push is there.
    async fn wait(&self) {
        let until = Instant::now() + PATIENCE;
        let missing = || {
            let seen = self.seen.lock();
            seen.iter()
                .any(|one| self.arrivals.complete(&one.id).is_none())
        };
        while missing() && Instant::now() < until {
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn measured(&self, behind: Behind, used: Used, stages: Stages) -> Outcome<Measured> {
        let (mut answers, mut pushes, mut late) = (Times::new()?, Times::new()?, Times::new()?);
        let mut incomplete = 0;
        for one in self.seen.lock().iter() {
            answers.add(one.answered - one.due);
            late.add(one.sent - one.due);
            match self.arrivals.complete(&one.id) {
                Some(last) => pushes.add(last - one.due),
                None => incomplete += 1,
            }
        }
        Ok(Measured {
            load: self.load,
            answers,
            pushes,
            late,
            incomplete,
            refused: self.refused.lock().clone(),
            floor: self.floors()?,
            behind,
            used,
            stages,
        })
    }

    fn floors(&self) -> Outcome<Floors> {
        let mut all = Floors {
            commit: Times::new()?,
            search: Times::new()?,
            sends: Times::new()?,
            answer: Times::new()?,
            whole: Times::new()?,
        };
        for (name, taken) in self.floors.lock().iter() {
            let Some(last) = self.arrivals.complete(name) else {
                continue;
            };
            let sends = last - taken.began;
            all.commit.add(taken.commit);
            all.search.add(taken.search);
            all.sends.add(sends);
            all.answer.add(taken.commit + taken.search);
            all.whole.add(taken.commit + taken.search + sends);
        }
        Ok(all)
    }
}
