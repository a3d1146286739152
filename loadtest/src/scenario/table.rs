//! The scenarios, as plain data. Times are wall-clock seconds unless something else is said.

use super::judge::Aim;
use crate::world::Kind;
use std::time::Duration;

/// Who is without network: two of a hundred at any time, half a minute each.
const USUAL_GAPS: (f64, f64) = (0.02, 30.0);

/// One scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scenario {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// What it is for, in a sentence.
    pub(super) about: &'static str,
    /// The world it runs in when nobody says.
    pub(super) world: Kind,
    /// Where people live.
    pub(super) land: Land,
    /// Responders in the index.
    pub(super) people: usize,
    /// The first so many of them have a phone that lives; the others are only found and reached.
    pub(super) phones: usize,
    /// Position reports that are due each second, all phones together.
    pub(super) fixes_per_s: u32,
    /// When incidents are raised.
    pub(super) arrivals: Arrivals,
    /// Where incidents are raised.
    pub(super) at: At,
    /// People and plans are so many times faster than real.
    pub(super) speed: f64,
    /// An incident is closed so long after it was due.
    pub(super) open_s: f64,
    /// Share of phones without network, and for how long each time.
    pub(super) gaps: (f64, f64),
    /// What the push provider does, if it is not well.
    pub(super) provider: Provider,
    /// Every phone connects anew and reports, so often and evenly over the counted time.
    pub(super) reconnects: u32,
    /// Not counted, at the start.
    pub(super) warm_up_s: f64,
    /// Counted, unless `--seconds` says otherwise.
    pub(super) length_s: f64,
    /// Judged beside what is judged in every scenario.
    pub(super) aims: &'static [Aim],
}

/// Where people live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Land {
    /// Nine quarters, some 6 km across.
    Town,
    /// Sixty quarters, some 40 km across.
    City,
    /// 2.8 people in each square kilometre, evenly; those with phones live together.
    Country,
    /// Everybody within 120 m, in one H3 cell of resolution 9.
    Stadium,
}

/// When incidents are raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arrivals {
    /// At random (Poisson), so many a second on average.
    Random {
        /// Incidents a second.
        per_s: f64,
    },
    /// So many within one second, again and again.
    Bursts {
        /// Incidents in one burst.
        count: u32,
        /// Between the starts of two bursts.
        every_s: f64,
    },
}

/// Where incidents are raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum At {
    /// Some 200 m from where somebody with a phone is.
    NearSomebody,
    /// Anywhere in a square of that side in the middle.
    Square {
        /// Metres.
        side_m: f64,
    },
}

/// How the push provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// It takes everything at once.
    Well,
    /// It takes its time, and refuses one message in so many with 503.
    Slow {
        /// Before a message is looked at.
        latency: Duration,
        /// One in so many fails.
        one_in: u32,
    },
}

const TOWN: Scenario = Scenario {
    name: "town",
    about: "a town on a bad day: an incident every two seconds, people at their real pace",
    world: Kind::Embedded,
    land: Land::Town,
    people: 10_000,
    phones: 10_000,
    fixes_per_s: 200,
    arrivals: Arrivals::Random { per_s: 0.5 },
    at: At::NearSomebody,
    speed: 1.0,
    open_s: 600.0,
    gaps: USUAL_GAPS,
    provider: Provider::Well,
    reconnects: 0,
    warm_up_s: 10.0,
    length_s: 120.0,
    aims: &[Aim::FixesTaken(0.95)],
};

/// All of them.
pub(super) const TABLE: [Scenario; 9] = [
    Scenario {
        name: "smoke",
        about: "a bit of everything in less than a minute, for every test run",
        people: 500,
        phones: 500,
        fixes_per_s: 50,
        speed: 20.0,
        open_s: 12.0,
        gaps: (0.05, 4.0),
        warm_up_s: 3.0,
        length_s: 25.0,
        ..TOWN
    },
    TOWN,
    Scenario {
        name: "city",
        about: "a large city: an incident a second, 5,000 positions a second",
        land: Land::City,
        people: 100_000,
        phones: 100_000,
        fixes_per_s: 5_000,
        arrivals: Arrivals::Random { per_s: 1.0 },
        ..TOWN
    },
    Scenario {
        name: "country",
        about: "a million in the index, 10,000 positions a second",
        land: Land::Country,
        people: 1_000_000,
        phones: 100_000,
        fixes_per_s: 10_000,
        arrivals: Arrivals::Random { per_s: 1.0 },
        ..TOWN
    },
    Scenario {
        name: "storm",
        about: "50 incidents in one second in one square kilometre, again and again",
        fixes_per_s: 500,
        arrivals: Arrivals::Bursts {
            count: 50,
            every_s: 20.0,
        },
        at: At::Square { side_m: 1_000.0 },
        open_s: 15.0,
        gaps: (0.0, 0.0),
        length_s: 60.0,
        aims: &[
            Aim::PushedWithin(Duration::from_secs(2)),
            Aim::FixesTaken(0.95),
        ],
        ..TOWN
    },
    Scenario {
        name: "stadium",
        about: "20,000 responders in one cell, incidents among them",
        land: Land::Stadium,
        people: 20_000,
        phones: 20_000,
        fixes_per_s: 1_000,
        arrivals: Arrivals::Random { per_s: 1.0 },
        open_s: 60.0,
        length_s: 60.0,
        ..TOWN
    },
    Scenario {
        name: "reconnect",
        about: "every phone connects anew and reports at the same instant, twice",
        open_s: 60.0,
        reconnects: 2,
        length_s: 60.0,
        aims: &[Aim::FixesTaken(0.95), Aim::BackAtOnce(0.95)],
        ..TOWN
    },
    Scenario {
        name: "slow-push",
        about: "the push provider takes two seconds and refuses one message in twenty",
        people: 2_000,
        phones: 2_000,
        open_s: 60.0,
        provider: Provider::Slow {
            latency: Duration::from_secs(2),
            one_in: 20,
        },
        length_s: 60.0,
        ..TOWN
    },
    Scenario {
        name: "soak",
        about: "a town for long, people five times faster: memory and answers stay flat",
        speed: 5.0,
        open_s: 60.0,
        length_s: 300.0,
        aims: &[
            Aim::FixesTaken(0.95),
            Aim::MemoryFlat(1.1),
            Aim::AnswersFlat(1.25),
        ],
        ..TOWN
    },
];

/// The scenario of that name.
pub(super) fn named(name: &str) -> Option<Scenario> {
    TABLE.into_iter().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_its_own_name_and_enough_people() {
        for (n, scenario) in TABLE.iter().enumerate() {
            let twin = TABLE[..n].iter().any(|other| other.name == scenario.name);
            assert!(!twin, "{} twice", scenario.name);
            assert!(scenario.phones > 0 && scenario.phones <= scenario.people);
            assert_eq!(named(scenario.name).as_ref(), Some(scenario));
        }
        assert_eq!(named("nothing"), None);
    }
}
