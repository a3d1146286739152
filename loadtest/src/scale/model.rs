//! The way of an incident through an installation, as a queueing network.
//!
//! A raise: node, Redis, a connection to PostgreSQL with its computing and its flush, the node
//! again for each push, a free stream to the provider. Later changes take the same connections, of
//! which some are kept free for raises. Positions and viewers make the servers slower instead of
//! being followed one by one (see `laws.rs`: that is never too good).

use std::f64::consts::TAU;

use super::cases::{
    Background, Case, STREAMS, STREAMS_SECOND, WRITERS, WRITERS_SECOND, background,
};
use super::measured::Measured;
use super::queue::{Agenda, Rank, Station, Time, as_ms, exponential, ms};
use muster_stand::rng::Rng;

/// The mean time from a raise to one of its later changes, milliseconds. Assumed: receipts come at
/// once, answers within half a minute.
const LATER_MS: f64 = 20_000.0;
/// A run that needs more events does not keep up.
const EVENTS_MAX: u64 = 50_000_000;
/// The first part of all incidents finds an empty installation and is not counted.
const WARM_UP: usize = 20;

/// What a run came to.
pub(super) struct Run {
    /// From the call to the moment at which the last push of the first wave left, milliseconds,
    /// sorted.
    took_ms: Vec<f64>,
}

impl Run {
    /// The time that a share of all stays within, milliseconds.
    pub(super) fn within(&self, share: f64) -> f64 {
        let last = self.took_ms.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length"
        )]
        let at = (share * last as f64).round() as usize;
        self.took_ms.get(at).copied().unwrap_or(f64::NAN)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Raise,
    Change,
    /// Of the first wave.
    Alert,
    /// Later, or not urgent.
    Push,
}

#[derive(Clone, Copy)]
struct Job {
    kind: Kind,
    incident: u32,
    node: u32,
}

impl Job {
    fn rank(self) -> Rank {
        match self.kind {
            Kind::Raise | Kind::Alert => Rank::First,
            Kind::Change | Kind::Push => Rank::Second,
        }
    }
}

#[derive(Clone, Copy)]
enum Event {
    /// Somebody may call.
    Call,
    /// Comes to its node.
    Comes(Job),
    NodeDone(Job),
    Searched(Job),
    Computed(Job),
    Flushed,
    Committed(Job),
    /// The provider answered.
    Answered(Job),
}

struct Incident {
    raised: Time,
    left: usize,
}

struct Model<'a> {
    case: &'a Case,
    measured: &'a Measured,
    rng: Rng,
    agenda: Agenda<Event>,
    nodes: Vec<Station<Job>>,
    writers: Vec<Station<Job>>,
    slots: Vec<Station<Job>>,
    shards: Vec<Station<Job>>,
    pg: Station<Job>,
    /// Waiting for the next flush, and in the one under way.
    unflushed: Vec<Job>,
    flushing: Vec<Job>,
    /// What is left of a server beside the background.
    free: Background,
    incidents: Vec<Incident>,
    wanted: usize,
    /// The day is as long as it takes for all incidents.
    day: Time,
    took_ms: Vec<f64>,
    pushed: usize,
}

/// Simulates so many incidents; `None` when the installation does not keep up.
pub(super) fn simulate(
    measured: &Measured,
    case: &Case,
    incidents: usize,
    seed: u64,
) -> Option<Run> {
    let plant = &case.plant;
    let used = background(measured, &case.load, plant);
    let share = |used: f64, cores: usize| (1.0 - used / cores as f64).max(0.0);
    let free = Background {
        node: share(used.node, plant.nodes * plant.node_cores),
        pg: share(used.pg, plant.pg_cores),
        redis: share(used.redis, plant.shards),
    };
    if free.node <= 0.0 || free.pg <= 0.0 || free.redis <= 0.0 {
        return None;
    }
    let each = |servers, second| {
        let station = |_| Station::ranked(servers, second);
        (0..plant.nodes).map(station).collect::<Vec<_>>()
    };
    let streams = |each| plant.connections * each;
    let mut model = Model {
        case,
        measured,
        rng: Rng::new(seed),
        agenda: Agenda::new(),
        nodes: each(plant.node_cores, plant.node_cores),
        writers: each(WRITERS, WRITERS_SECOND),
        slots: each(streams(STREAMS), streams(STREAMS_SECOND)),
        shards: (0..plant.shards).map(|_| Station::new(1)).collect(),
        pg: Station::new(plant.pg_cores),
        unflushed: Vec::new(),
        flushing: Vec::new(),
        free,
        incidents: Vec::with_capacity(incidents),
        wanted: incidents,
        day: ms(incidents as f64 / case.load.incidents_per_s * 1e3),
        took_ms: Vec::with_capacity(incidents),
        pushed: 0,
    };
    model.call_later();
    let mut events = 0;
    while model.pushed < incidents {
        events += 1;
        if events > EVENTS_MAX {
            return None;
        }
        let event = model.agenda.next()?;
        model.happens(event);
    }
    Some(model.finish())
}

impl Model<'_> {
    /// The most that the rate reaches, of its mean.
    fn most(&self) -> f64 {
        (1.0 + self.case.load.swing) * self.case.load.minute
    }

    /// The rate now, of its mean: a wave over the day, and one full minute at its height.
    fn rate(&self) -> f64 {
        let (now, load) = (self.agenda.now(), &self.case.load);
        let of_day = now as f64 / self.day as f64;
        let wave = 1.0 + load.swing * (TAU * of_day).sin();
        let since = now.checked_sub(self.day / 4);
        if since.is_some_and(|since| since < ms(60_000.0)) {
            wave * load.minute
        } else {
            wave
        }
    }

    /// Candidates come at the highest rate; those above the rate of the moment are left out.
    fn call_later(&mut self) {
        let between = 1e3 / (self.case.load.incidents_per_s * self.most());
        let wait = exponential(&mut self.rng, between);
        self.agenda.after(wait, Event::Call);
    }

    fn call(&mut self) {
        if self.incidents.len() >= self.wanted {
            return;
        }
        if self.rng.chance(self.rate() / self.most()) {
            let job = Job {
                kind: Kind::Raise,
                incident: u32::try_from(self.incidents.len()).unwrap_or(u32::MAX),
                node: self.any_node(),
            };
            self.incidents.push(Incident {
                raised: self.agenda.now(),
                left: self.case.load.at_once,
            });
            self.come(job);
        }
        self.call_later();
    }

    fn any_node(&mut self) -> u32 {
        u32::try_from(self.rng.below(self.nodes.len())).unwrap_or(0)
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Call => self.call(),
            Event::Comes(job) => self.come(job),
            Event::NodeDone(job) => self.node_done(job),
            Event::Searched(job) => self.searched(job),
            Event::Computed(job) => self.computed(job),
            Event::Flushed => self.flushed(),
            Event::Committed(job) => self.committed(job),
            Event::Answered(job) => self.answered(job),
        }
    }

    fn come(&mut self, job: Job) {
        let taken = self.nodes[job.node as usize].enter(Rank::First, job);
        self.on_node(taken);
    }

    fn on_node(&mut self, taken: Option<Job>) {
        let Some(job) = taken else { return };
        let mean = match job.kind {
            Kind::Raise => self.measured.node_raise_ms,
            Kind::Change => self.measured.node_change_ms,
            Kind::Alert | Kind::Push => self.measured.node_push_ms,
        };
        let service = exponential(&mut self.rng, mean / self.free.node);
        self.agenda.after(service, Event::NodeDone(job));
    }

    fn node_done(&mut self, job: Job) {
        let node = job.node as usize;
        let next = self.nodes[node].leave(Rank::First);
        self.on_node(next);
        match job.kind {
            Kind::Raise => {
                let shard = job.incident as usize % self.shards.len();
                let taken = self.shards[shard].enter(Rank::First, job);
                self.on_shard(taken);
            }
            Kind::Change => self.want_writer(job),
            Kind::Alert | Kind::Push => {
                let taken = self.slots[node].enter(job.rank(), job);
                self.on_stream(taken);
            }
        }
    }

    fn on_shard(&mut self, taken: Option<Job>) {
        let Some(job) = taken else { return };
        let mean = self.measured.redis_search_ms / self.free.redis;
        let service = exponential(&mut self.rng, mean);
        self.agenda.after(service, Event::Searched(job));
    }

    fn searched(&mut self, job: Job) {
        let shard = job.incident as usize % self.shards.len();
        let next = self.shards[shard].leave(Rank::First);
        self.on_shard(next);
        self.want_writer(job);
    }

    fn want_writer(&mut self, job: Job) {
        let taken = self.writers[job.node as usize].enter(job.rank(), job);
        self.on_writer(taken);
    }

    fn on_writer(&mut self, taken: Option<Job>) {
        let Some(job) = taken else { return };
        let taken = self.pg.enter(Rank::First, job);
        self.on_pg(taken);
    }

    fn on_pg(&mut self, taken: Option<Job>) {
        let Some(job) = taken else { return };
        let mean = match job.kind {
            Kind::Raise => self.measured.pg_raise_ms,
            _ => self.measured.pg_change_ms,
        };
        let service = exponential(&mut self.rng, mean / self.free.pg);
        self.agenda.after(service, Event::Computed(job));
    }

    fn computed(&mut self, job: Job) {
        let next = self.pg.leave(Rank::First);
        self.on_pg(next);
        self.unflushed.push(job);
        self.flush();
    }

    /// One flush at a time; whoever comes meanwhile goes with the next.
    fn flush(&mut self) {
        if self.flushing.is_empty() && !self.unflushed.is_empty() {
            std::mem::swap(&mut self.flushing, &mut self.unflushed);
            self.agenda
                .after(ms(self.measured.flush_ms), Event::Flushed);
        }
    }

    fn flushed(&mut self) {
        let measured = self.measured;
        // the trips and the standby only take time, so it does not matter when
        let trips = measured.pg_trips * measured.trip_ms + measured.far_ms;
        for job in std::mem::take(&mut self.flushing) {
            let search = match job.kind {
                Kind::Raise => measured.redis_trips * measured.trip_ms,
                _ => 0.0,
            };
            self.agenda.after(ms(trips + search), Event::Committed(job));
        }
        self.flush();
    }

    fn committed(&mut self, job: Job) {
        let next = self.writers[job.node as usize].leave(job.rank());
        self.on_writer(next);
        if !matches!(job.kind, Kind::Raise) {
            return;
        }
        let load = self.case.load;
        for _ in 0..load.at_once {
            self.come(Job {
                kind: Kind::Alert,
                ..job
            });
        }
        let changes = load.alerts * self.measured.changes_per_alert;
        let pushes = load.alerts * (1.0 + load.other_pushes) - load.at_once as f64;
        for (kind, many) in [(Kind::Change, changes), (Kind::Push, pushes)] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small number of jobs"
            )]
            let many = many.max(0.0).round() as usize;
            for _ in 0..many {
                let node = self.any_node();
                let wait = exponential(&mut self.rng, LATER_MS);
                self.agenda.after(
                    wait,
                    Event::Comes(Job {
                        kind,
                        incident: job.incident,
                        node,
                    }),
                );
            }
        }
    }

    /// A push leaves as soon as it has a stream.
    fn on_stream(&mut self, taken: Option<Job>) {
        let Some(job) = taken else { return };
        let answer = ms(self.case.load.provider_ms);
        self.agenda.after(answer, Event::Answered(job));
        if !matches!(job.kind, Kind::Alert) {
            return;
        }
        let incident = &mut self.incidents[job.incident as usize];
        incident.left -= 1;
        if incident.left == 0 {
            self.pushed += 1;
            if job.incident as usize >= self.wanted / WARM_UP {
                self.took_ms
                    .push(as_ms(self.agenda.now() - incident.raised));
            }
        }
    }

    fn answered(&mut self, job: Job) {
        let next = self.slots[job.node as usize].leave(job.rank());
        self.on_stream(next);
    }

    fn finish(mut self) -> Run {
        self.took_ms.sort_by(f64::total_cmp);
        Run {
            took_ms: self.took_ms,
        }
    }
}
