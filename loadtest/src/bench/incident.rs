//! From a call to ten woken phones, while thousands of others report where they are.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use muster::live::memory::MemoryIndex;
use muster_core::domain::place::Point;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::child::Bare;
use super::figures::{Report, Times, aim, round};
use super::floor::{self, Arrivals, Disk, Sender};
use super::load::{Background, Behind};
use super::nearest;
use super::town::Town;
use super::wire::{Call, Wire};
use super::{Options, machine};
use crate::failure::{Context as _, Failure, Outcome};
use crate::rng::Rng;
use crate::say::say;

/// Between two incidents: 16.7 a second. Closing and the floor have their own third each.
const PERIOD: Duration = Duration::from_millis(60);
/// Not counted: connections and caches become warm.
const WARM_UP: usize = 30;
/// An incident is closed so many periods after it was raised.
const OPEN_FOR: usize = 3;
/// The last pushes may take this long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Places tried for an incident.
const DRAWN_MAX: usize = 1_000;
/// Deliveries that may wait to be counted.
const DELIVERIES: usize = 10_000;

const AGAINST: [&str; 7] = [
    "what",
    "floor",
    "floor p50",
    "floor p99",
    "p50 / floor p50",
    "p99 / floor p50",
    "p99 / floor p99",
];

/// One incident, as it was seen from outside.
struct Seen {
    id: String,
    sent: Instant,
    answered: Instant,
}

/// What all parts of the run share.
struct Run {
    base_url: String,
    desk: String,
    places: Vec<Point>,
    arrivals: Arrivals,
    index: MemoryIndex,
    disk: Disk,
    sender: Sender,
    wires: Mutex<Vec<Wire>>,
    bare: Mutex<Option<Wire>>,
    seen: Mutex<Vec<Seen>>,
    open: Mutex<VecDeque<String>>,
    floors: Mutex<Floors>,
}

/// The machine's own times.
struct Floors {
    flush: Times,
    search: Times,
    echo: Times,
    /// Name and beginning of each ten sends.
    sends: Vec<(String, Instant)>,
}

/// Measures, prints, judges.
pub(super) async fn run(
    report: &mut Report,
    town: &Town,
    bare: &Bare,
    options: &Options,
) -> Outcome<()> {
    let arrivals = Arrivals::default();
    let counting = arrivals.listen(town.standin.subscribe(DELIVERIES));
    let run = Arc::new(Run {
        base_url: town.server.base_url().to_owned(),
        desk: town.desk.clone(),
        places: town.places.clone(),
        index: nearest::ours(&town.places).await,
        disk: Disk::open(&town.data_dir)?,
        sender: Sender::connect(&town.standin).await?,
        arrivals,
        wires: Mutex::default(),
        bare: Mutex::new(Some(Wire::connect(bare.base_url()).await?)),
        seen: Mutex::default(),
        open: Mutex::default(),
        floors: Mutex::new(Floors {
            flush: Times::new()?,
            search: Times::new()?,
            echo: Times::new()?,
            sends: Vec::new(),
        }),
    });
    say(format!(
        "incidents: {} at 16.7/s, {} fixes/s …",
        options.incidents, options.fixes_per_s
    ));
    let behind = Background::start(town.server.base_url(), &town.phones, options.fixes_per_s);
    let behind = behind.await?;
    sleep(Duration::from_millis(500)).await;
    let pids = [town.server.pid(), std::process::id(), bare.pid()];
    let before = Used::so_far(&pids)?;
    Arc::clone(&run).drive(options).await?;
    let used = Used::so_far(&pids)?.since(&before);
    let behind = behind.stop().await?;
    run.wait().await;
    counting.abort();
    run.tell(report, &behind, &used)
}

/// Processor time: seconds so far, or cores over a span.
struct Used {
    server: f64,
    /// Neither the server nor the bench: neighbours, who make the tails.
    others: f64,
    at: Instant,
}

impl Used {
    /// The server comes first.
    fn so_far(pids: &[u32; 3]) -> Outcome<Self> {
        let each = pids
            .iter()
            .map(|pid| machine::cpu_s(*pid))
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Self {
            server: each[0],
            others: machine::busy_s() - each.iter().sum::<f64>(),
            at: Instant::now(),
        })
    }

    fn since(&self, before: &Self) -> Self {
        let span = (self.at - before.at).as_secs_f64();
        Self {
            server: (self.server - before.server) / span,
            // both are counted in ticks, so the difference may fall below nothing
            others: ((self.others - before.others) / span).max(0.0),
            at: self.at,
        }
    }
}

impl Run {
    /// Raises on time, whatever became of the incidents before.
    async fn drive(self: Arc<Self>, options: &Options) -> Outcome<()> {
        let mut rng = Rng::split(options.seed, 3);
        let mut tasks = JoinSet::new();
        let start = Instant::now();
        for number in 0..WARM_UP + options.incidents {
            let due = start + PERIOD.mul_f64(number as f64);
            let jitter = PERIOD.mul_f64(rng.between(0.0, 0.15));
            let place = self.place(&mut rng)?;
            sleep_until(due + jitter).await;
            tasks.spawn(Arc::clone(&self).raise(number, place));
            sleep_until(due + PERIOD / 3 + jitter).await;
            tasks.spawn(Arc::clone(&self).close());
            sleep_until(due + PERIOD * 2 / 3 + jitter).await;
            tasks.spawn(Arc::clone(&self).floor(number, place));
            while let Some(done) = tasks.try_join_next() {
                done.doing("waiting for an incident")??;
            }
        }
        while let Some(done) = tasks.join_next().await {
            done.doing("waiting for an incident")??;
        }
        Ok(())
    }

    /// Where somebody lives, with enough others around for a few incidents.
    fn place(&self, rng: &mut Rng) -> Outcome<Point> {
        let draw = |_| self.places[rng.below(self.places.len())];
        let mut drawn = (0..DRAWN_MAX).map(draw);
        drawn
            .find(|place| floor::people_around(&self.index, *place) == floor::AROUND)
            .ok_or_else(|| Failure::new("nobody has enough people around: more responders"))
    }

    async fn wire(&self) -> Outcome<Wire> {
        let kept = self.wires.lock().pop();
        match kept {
            Some(wire) => Ok(wire),
            None => Wire::connect(&self.base_url).await,
        }
    }

    async fn raise(self: Arc<Self>, number: usize, place: Point) -> Outcome<()> {
        let mut wire = self.wire().await?;
        let body = json!({"kind": "cardiac_arrest", "scene": "safe", "place": "private",
            "location": {"lat": place.lat(), "lon": place.lon(), "uncertainty_m": 15},
            "address": {"line": "1 Main Street", "floor": "3", "notes": "blue door"},
            "patient": {"age_y": 61}, "ems_eta_s": 540})
        .to_string();
        let call = Call {
            path: "/v1/incidents",
            token: &self.desk,
            header: &format!("Idempotency-Key: bench-{number}\r\n"),
            body: &body,
        };
        let sent = Instant::now();
        let status = wire.post(&call).await?;
        let answered = Instant::now();
        if status != 201 {
            let words = String::from_utf8_lossy(wire.body()).into_owned();
            return Err(Failure::new(format!("raising answered {status}: {words}")));
        }
        let incident: Value = serde_json::from_slice(wire.body()).doing("reading an incident")?;
        let id = incident["id"].as_str().unwrap_or_default().to_owned();
        self.wires.lock().push(wire);
        self.open.lock().push_back(id.clone());
        if number >= WARM_UP {
            let seen = Seen { id, sent, answered };
            self.seen.lock().push(seen);
        }
        Ok(())
    }

    /// Closes the oldest, so that its people are free again.
    async fn close(self: Arc<Self>) -> Outcome<()> {
        let oldest = {
            let mut open = self.open.lock();
            if open.len() <= OPEN_FOR {
                None
            } else {
                open.pop_front()
            }
        };
        let Some(id) = oldest else { return Ok(()) };
        let mut wire = self.wire().await?;
        let call = Call {
            path: &format!("/v1/incidents/{id}/close"),
            token: &self.desk,
            header: "",
            body: "{\"outcome\":\"stood_down\"}",
        };
        match wire.post(&call).await? {
            200 => {
                self.wires.lock().push(wire);
                Ok(())
            }
            other => Err(Failure::new(format!("closing answered {other}"))),
        }
    }

    /// What the machine itself needs, at this moment.
    async fn floor(self: Arc<Self>, number: usize, place: Point) -> Outcome<()> {
        let search = floor::find(&self.index, place)?;
        let flush = self.disk.flush().await?;
        let kept = self.bare.lock().take();
        let mut echo = None;
        if let Some(mut wire) = kept {
            echo = Some(floor::echo(&mut wire, &"x".repeat(300)).await?);
            *self.bare.lock() = Some(wire);
        }
        let name = format!("floor-{number}");
        let began = self.sender.ten(&name).await?;
        if number < WARM_UP {
            return Ok(());
        }
        let mut floors = self.floors.lock();
        floors.search.add(search);
        floors.flush.add(flush);
        floors.sends.push((name, began));
        if let Some(echo) = echo {
            floors.echo.add(echo);
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

    /// Times of all incidents, and how many did not wake ten phones.
    fn outcomes(&self) -> Outcome<(Times, Times, usize)> {
        let (mut answers, mut pushes) = (Times::new()?, Times::new()?);
        let mut incomplete = 0;
        for one in self.seen.lock().iter() {
            answers.add(one.answered - one.sent);
            match self.arrivals.complete(&one.id) {
                Some(last) => pushes.add(last - one.sent),
                None => incomplete += 1,
            }
        }
        Ok((answers, pushes, incomplete))
    }

    fn tell(&self, report: &mut Report, behind: &Behind, used: &Used) -> Outcome<()> {
        let (answers, pushes, incomplete) = self.outcomes()?;
        let floors = self.floors.lock();
        let mut sends = Times::new()?;
        for (name, began) in &floors.sends {
            if let Some(last) = self.arrivals.complete(name) {
                sends.add(last - *began);
            }
        }
        let all = [
            ("POST → 201", "answer", &answers),
            ("POST → last of 10 pushes", "push", &pushes),
            ("floor: append 4 KiB and flush", "flush", &floors.flush),
            ("floor: nearest 28, in process", "search", &floors.search),
            ("floor: HTTP echo, bare handler", "echo", &floors.echo),
            (
                "floor: ten bare HTTP/2 sends, last arrival",
                "sends",
                &sends,
            ),
            (
                "fixes in the background, due → answer",
                "fixes",
                &behind.times,
            ),
        ];
        let mut lines = Vec::new();
        let mut figures = Map::new();
        for (shown, name, times) in all {
            let mut cells = vec![shown.to_owned(), times.len().to_string()];
            cells.extend(times.cells());
            lines.push(cells);
            figures.insert(name.to_owned(), times.json());
        }
        Report::table(
            "Incident",
            &["what", "n", "p50", "p90", "p99", "max"],
            &lines,
        );
        let on_disk = [&floors.flush, &floors.search];
        let woken = [&floors.flush, &floors.search, &sends];
        let rows = [
            judged(report, ("POST → 201", "flush + search"), &answers, &on_disk),
            judged(
                report,
                ("POST → last push", "flush + search + sends"),
                &pushes,
                &woken,
            ),
        ];
        let lines = rows.each_ref().map(|(cells, _)| cells.clone());
        Report::table("Against the floor of the same run", &AGAINST, &lines);
        for (name, (_, value)) in ["answer_ratios", "push_ratios"].into_iter().zip(rows) {
            figures.insert(name.to_owned(), value);
        }
        note(report, &mut figures, (behind, used), incomplete);
        report.figure("incident", Value::Object(figures));
        Ok(())
    }
}

/// What else went on.
fn note(
    report: &mut Report,
    figures: &mut Map<String, Value>,
    (behind, used): (&Behind, &Used),
    incomplete: usize,
) {
    say(format!(
        "\n{:.0} fixes/s in the background ({} refused, {} left out); cores used: server {:.2}, \
         processes that are not ours {:.2}; {incomplete} incidents without their ten pushes",
        behind.per_s, behind.refused, behind.left_out, used.server, used.others
    ));
    report.judge(
        incomplete == 0,
        &format!("{incomplete} incidents without their ten pushes"),
    );
    let sound = behind.refused + behind.left_out == 0;
    report.judge(sound, "fixes in the background were refused or left out");
    figures.insert("incomplete".to_owned(), json!(incomplete));
    figures.insert("server_cores".to_owned(), json!(round(used.server)));
    figures.insert("other_cores".to_owned(), json!(round(used.others)));
    figures.insert("fixes_per_s".to_owned(), json!(behind.per_s.round()));
}

/// One line of ratios; the parts of the floor are added up.
fn judged(
    report: &mut Report,
    (what, of): (&str, &str),
    ours: &Times,
    parts: &[&Times],
) -> (Vec<String>, Value) {
    let sum = |share: f64| parts.iter().map(|part| part.us(share)).sum::<f64>();
    let (middle, tail) = (sum(0.5), sum(0.99));
    let p50 = ours.us(0.5) / middle;
    let p99 = ours.us(0.99) / middle;
    let tails = ours.us(0.99) / tail;
    report.judge(
        p50 <= 2.0,
        &format!("{what}: p50 is {p50:.2} times its floor, aim 2"),
    );
    report.judge(
        p99 <= 5.0,
        &format!("{what}: p99 is {p99:.2} times the floor's p50, aim 5"),
    );
    let show = super::figures::show_us;
    let cells = vec![
        what.to_owned(),
        of.to_owned(),
        show(middle),
        show(tail),
        aim(p50, p50 <= 2.0, "≤ 2"),
        aim(p99, p99 <= 5.0, "≤ 5"),
        format!("{tails:.2}"),
    ];
    let value = json!({"floor_p50_us": round(middle), "floor_p99_us": round(tail),
        "p50": round(p50), "p99": round(p99), "p99_to_p99": round(tails)});
    (cells, value)
}
