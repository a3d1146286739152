//! One replayed incident: raised, left to the phones, closed, explained.

use super::{Call, ReplayArgs};
use crate::board::Board;
use crate::phones::Fleet;
use crate::world::World;
use futures_util::{StreamExt as _, stream};
use muster_stand::client::{ApiError, Incident, Nodes};
use muster_stand::clock;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Tries of a call that may succeed later (a server that restarts).
const TRIES: u32 = 8;
/// Logs read at once, at the end.
const EXPLAIN_AT_ONCE: usize = 16;
/// States in which nothing need have reached the phone.
const NEED_NOT_ARRIVE: [&str; 3] = ["queued", "unreachable", "stood_down"];

/// What all incidents of a run share.
pub(super) struct Context {
    pub(super) desk: Nodes,
    pub(super) fleet: Arc<Fleet>,
    pub(super) board: Arc<Board>,
    run: String,
    speed: f64,
    response_s: f64,
}

impl Context {
    pub(super) fn new(args: &ReplayArgs, world: &World, board: Arc<Board>) -> Self {
        Self {
            desk: world.desk.clone(),
            fleet: Arc::clone(&world.fleet),
            board,
            run: clock::now().as_millisecond().to_string(),
            speed: args.speed,
            response_s: args.response_s,
        }
    }
}

/// What became of one call.
#[derive(Debug, Clone, Default)]
pub(super) struct One {
    pub(super) id: String,
    pub(super) row: usize,
    /// Why it could not be followed to the end.
    pub(super) error: Option<String>,
    /// The state just before it was closed.
    pub(super) state: String,
    pub(super) alerts: usize,
    pub(super) unreachable: usize,
    pub(super) queued: usize,
    pub(super) ever_accepted: usize,
    pub(super) arrived: usize,
    pub(super) first_acceptance: Option<Duration>,
    /// From the schedule to the answer.
    pub(super) raise: Duration,
    /// Alerts that must have reached a phone.
    pub(super) must_arrive: Vec<String>,
    /// The last reason in its log.
    pub(super) reason: Option<String>,
}

impl One {
    /// How many of its alerts were sent and never arrived.
    pub(super) fn lost(&self, fleet: &Fleet) -> usize {
        self.must_arrive
            .iter()
            .filter(|id| !fleet.counts().arrived(id))
            .count()
    }
}

/// Lives through one call.
pub(super) async fn live(context: &Context, n: usize, call: Call, due: Instant) -> One {
    let mut one = One {
        row: call.row,
        ..One::default()
    };
    if let Err(e) = follow(context, n, &call, due, &mut one).await {
        one.error = Some(e.to_string());
    }
    one
}

async fn follow(
    context: &Context,
    n: usize,
    call: &Call,
    due: Instant,
    one: &mut One,
) -> Result<(), ApiError> {
    let response_s = call
        .response_s
        .unwrap_or(context.response_s)
        .clamp(60.0, 3_600.0);
    let scaled = Duration::from_secs_f64(response_s / context.speed);
    let key = format!("replay-{}-{n}", context.run);
    let body = json!({
        "kind": call.kind,
        "location": {"lat": call.place.lat, "lon": call.place.lon, "uncertainty_m": 50},
        "source": {"system": format!("replay-{}", context.run), "id": call.row.to_string()},
        "called_at": clock::now_text(),
        "ems_eta_s": scaled.as_secs_f64().ceil(),
    });
    let raised = again(|| context.desk.any().raise(&key, &body)).await?;
    one.raise = due.elapsed();
    one.id = raised.incident.id;
    sleep_until(due + scaled).await;
    let before = again(|| context.desk.any().incident(&one.id)).await?;
    one.note(&before);
    again(|| context.desk.any().close(&one.id, "ems_on_scene")).await?;
    let sheet = context.board.sheet(&one.id);
    one.ever_accepted = sheet.accepted.len();
    one.first_acceptance = sheet
        .accepted
        .first()
        .map(|a| a.at.saturating_duration_since(due));
    one.arrived = sheet.arrived;
    Ok(())
}

impl One {
    fn note(&mut self, before: &Incident) {
        let in_state = |name: &str| before.alerts.iter().filter(|a| a.state == name).count();
        self.state.clone_from(&before.state);
        self.alerts = before.alerts.len();
        self.unreachable = in_state("unreachable");
        self.queued = in_state("queued");
        self.must_arrive = sent(before);
    }
}

fn sent(incident: &Incident) -> Vec<String> {
    let sent = incident
        .alerts
        .iter()
        .filter(|a| !NEED_NOT_ARRIVE.contains(&a.state.as_str()));
    sent.map(|a| a.id.clone()).collect()
}

/// Reads every incident's log and final alerts.
pub(super) async fn explain_all(context: &Context, ones: Vec<One>) -> Vec<One> {
    let all = stream::iter(ones).map(|one| explain(context, one));
    all.buffer_unordered(EXPLAIN_AT_ONCE).collect().await
}

async fn explain(context: &Context, mut one: One) -> One {
    if one.id.is_empty() {
        return one;
    }
    match again(|| context.desk.any().log(&one.id)).await {
        // an incident that is over must say how it ended
        Ok(log) => one.reason = logged_reason(&log).filter(|said| said.contains("closed")),
        Err(e) => one.error = Some(format!("reading its log: {e}")),
    }
    match again(|| context.desk.any().incident(&one.id)).await {
        Ok(after) => {
            one.must_arrive.extend(sent(&after));
            one.must_arrive.sort();
            one.must_arrive.dedup();
        }
        Err(e) => one.error = Some(format!("reading it after its end: {e}")),
    }
    one
}

/// How the incident stood at last, and how it ended, in the words of its log; `None` when the log
/// says neither.
pub(crate) fn logged_reason(log: &[Value]) -> Option<String> {
    const STANDINGS: [&str; 4] = ["covered", "uncovered", "exhausted", "found_too_few"];
    let last = |types: &[&str]| {
        log.iter()
            .rev()
            .find(|entry| types.iter().any(|t| entry["type"] == *t))
    };
    let standing = last(&STANDINGS).and_then(|entry| entry["type"].as_str());
    let outcome = last(&["closed"]).and_then(|entry| entry["detail"]["outcome"].as_str());
    match (standing, outcome) {
        (Some(standing), Some(outcome)) => Some(format!("{standing}, then closed: {outcome}")),
        (None, Some(outcome)) => Some(format!("closed: {outcome}")),
        (Some(standing), None) => Some(standing.to_owned()),
        (None, None) => None,
    }
}

async fn again<T, F>(mut call: impl FnMut() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut pause = Duration::from_millis(50);
    for _ in 1..TRIES {
        match call().await {
            Err(e) if e.passes() => sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    call().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_stand::client::Alert;

    #[test]
    fn the_reason_is_how_it_stood_at_last_and_how_it_ended() {
        let log = [
            json!({"type": "raised"}),
            json!({"type": "exhausted"}),
            json!({"type": "covered"}),
            json!({"type": "closed", "detail": {"outcome": "ems_on_scene"}}),
        ];
        let said = logged_reason(&log).unwrap();
        assert_eq!(said, "covered, then closed: ems_on_scene");
        assert_eq!(logged_reason(&log[..2]).unwrap(), "exhausted");
        assert_eq!(logged_reason(&log[..1]), None);
    }

    #[test]
    fn only_what_was_handed_to_the_provider_must_arrive() {
        let alert = |id: &str, state: &str| Alert {
            id: id.to_owned(),
            state: state.to_owned(),
            ..Alert::default()
        };
        let alerts = vec![
            alert("1", "queued"),
            alert("2", "sent"),
            alert("3", "lapsed"),
            alert("4", "stood_down"),
            alert("5", "unreachable"),
        ];
        assert_eq!(
            sent(&Incident {
                alerts,
                ..Incident::default()
            }),
            ["2", "3"]
        );
    }
}
