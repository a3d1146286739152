//! Held or missed. What was lost, sent twice or left out decides the exit status; times and shares
//! do not, because the machine may be busy.

use crate::report::Judged;
use std::time::Duration;

/// Something a scenario is judged by beside the counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aim {
    /// Every alert is with the provider so soon after its decision.
    PushedWithin(Duration),
    /// At least this share of the position reports that were due was answered 202.
    FixesTaken(f64),
    /// At least this share of the phones that came back at once was answered 202.
    BackAtOnce(f64),
    /// The servers' memory in the last quarter is at most so many times that of the second.
    MemoryFlat(f64),
    /// The median of the raises in the last quarter is at most so many times that of the second.
    AnswersFlat(f64),
}

/// What was counted and measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    /// Alerts that the ledger decided.
    pub(super) decided: u64,
    /// Of them, those that never reached their phone.
    pub(super) lost: u64,
    /// Alerts that reached a phone again.
    pub(super) duplicates: u64,
    /// Alerts on phones that no log knows.
    pub(super) unknown: u64,
    /// Incidents that were due.
    pub(super) due: u64,
    /// Of them, those that could not be raised, closed or read.
    pub(super) failed: u64,
    /// Incidents that a viewer of the feed did not see.
    pub(super) unseen: u64,
    /// New positions that no search found.
    pub(super) not_found: u64,
    /// The longest from the decision to the provider.
    pub(super) slowest_push: Duration,
    /// Share of due reports answered 202.
    pub(super) fixes: f64,
    /// Share of phones that came back at once.
    pub(super) back: f64,
    /// Last quarter over second: memory and median of the raises.
    pub(super) memory: Option<f64>,
    pub(super) answers: Option<f64>,
}

/// Everything that is judged, counts first.
pub(super) fn judge(aims: &[Aim], facts: &Facts) -> Vec<Judged> {
    let none = |what: &str, is: u64| Judged {
        what: what.to_owned(),
        wanted: "0".to_owned(),
        is: is.to_string(),
        held: is == 0,
        counts: true,
    };
    let some = |what: &str, is: u64| Judged {
        what: what.to_owned(),
        wanted: "> 0".to_owned(),
        is: is.to_string(),
        held: is > 0,
        counts: true,
    };
    let mut all = vec![
        some("incidents raised", facts.due),
        some("alerts decided", facts.decided),
        none("alerts lost, counted on the phones", facts.lost),
        none("alerts that arrived twice", facts.duplicates),
        none("alerts that no log knows", facts.unknown),
        none("incidents that failed", facts.failed),
        none("incidents that a viewer of the feed missed", facts.unseen),
        none("new positions that no search found", facts.not_found),
    ];
    all.extend(aims.iter().map(|aim| judge_one(*aim, facts)));
    all
}

fn judge_one(aim: Aim, facts: &Facts) -> Judged {
    let judged = |what: &str, wanted: String, is: String, held: bool| Judged {
        what: what.to_owned(),
        wanted,
        is,
        held,
        counts: false,
    };
    let share = |what: &str, least: f64, is: f64| {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        judged(
            what,
            format!("≥ {}", percent(least)),
            percent(is),
            is >= least,
        )
    };
    let flat = |what: &str, most: f64, is: Option<f64>| {
        let shown = is.map_or("too little to tell".to_owned(), |is| format!("{is:.2}"));
        let held = is.is_some_and(|is| is <= most);
        judged(what, format!("≤ {most}"), shown, held)
    };
    match aim {
        Aim::PushedWithin(most) => judged(
            "slowest alert, decided → taken by the provider",
            format!("≤ {} ms", most.as_millis()),
            format!("{} ms", facts.slowest_push.as_millis()),
            facts.slowest_push <= most,
        ),
        Aim::FixesTaken(least) => share("position reports answered 202", least, facts.fixes),
        Aim::BackAtOnce(least) => share("phones back at once answered 202", least, facts.back),
        Aim::MemoryFlat(most) => flat("servers' memory, last quarter / second", most, facts.memory),
        Aim::AnswersFlat(most) => {
            flat("POST → 201 p50, last quarter / second", most, facts.answers)
        }
    }
}

/// Whether nothing that counts was missed.
pub(super) fn passed(judged: &[Judged]) -> bool {
    judged.iter().all(|one| one.held || !one.counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            decided: 100,
            due: 10,
            fixes: 1.0,
            back: 1.0,
            memory: Some(1.0),
            answers: Some(1.0),
            ..Facts::default()
        }
    }

    const AIMS: [Aim; 5] = [
        Aim::PushedWithin(Duration::from_secs(2)),
        Aim::FixesTaken(0.95),
        Aim::BackAtOnce(0.95),
        Aim::MemoryFlat(1.1),
        Aim::AnswersFlat(1.25),
    ];

    fn judged(change: impl FnOnce(&mut Facts)) -> (bool, usize) {
        let mut facts = well();
        change(&mut facts);
        let all = judge(&AIMS, &facts);
        (passed(&all), all.iter().filter(|one| !one.held).count())
    }

    #[test]
    fn one_lost_alert_fails_the_run_and_so_does_every_other_count() {
        assert_eq!(judged(|_| {}), (true, 0));
        assert_eq!(judged(|facts| facts.lost = 1), (false, 1));
        assert_eq!(judged(|facts| facts.duplicates = 1), (false, 1));
        assert_eq!(judged(|facts| facts.unknown = 1), (false, 1));
        assert_eq!(judged(|facts| facts.failed = 1), (false, 1));
        assert_eq!(judged(|facts| facts.unseen = 1), (false, 1));
        assert_eq!(judged(|facts| facts.not_found = 1), (false, 1));
        assert_eq!(judged(|facts| facts.decided = 0), (false, 1));
        assert_eq!(judged(|facts| facts.due = 0), (false, 1));
    }

    #[test]
    fn a_missed_time_or_share_is_shown_and_does_not_fail_the_run() {
        let slow = |facts: &mut Facts| facts.slowest_push = Duration::from_millis(2_001);
        assert_eq!(judged(slow), (true, 1));
        assert_eq!(judged(|facts| facts.fixes = 0.94), (true, 1));
        assert_eq!(judged(|facts| facts.back = 0.5), (true, 1));
        assert_eq!(judged(|facts| facts.memory = Some(1.2)), (true, 1));
        assert_eq!(judged(|facts| facts.answers = Some(1.3)), (true, 1));
        assert_eq!(judged(|facts| facts.answers = None), (true, 1));
    }
}
