//! Which reported positions may be trusted. Whoever is sent to a patient is chosen by them.
//!
//! Two kinds of rules: what a position says of itself ([`check`]), and what it says beside the
//! last one that was taken ([`Last::follow`]).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::place::Point;
use super::responder::{Fix, Source};
use super::time::{Millis, Timestamp};

/// A position may be this far ahead of its own message: receivers keep their own time, and it is
/// not that of the phone.
const AHEAD_MAX: Millis = Millis::from_s(120);
/// A position older than a day says nothing about where somebody is.
const AGE_MAX: Millis = Millis::from_s(24 * 3600);
/// Beyond this radius of uncertainty, metres, a position is a guess at a district.
const ACCURACY_MAX_M: f64 = 5_000.0;
/// What broken receivers report lies this close to (0, 0), degrees: about 100 metres of open sea.
const ZERO_ISLAND_DEG: f64 = 0.001;
/// Nobody who could help at an address goes faster, metres a second: it is an aircraft, or wrong.
const SPEED_MAX_M_S: f64 = 70.0;
/// Shorter jumps are taken, metres: a phone that knows only its cell or its network may be that far
/// off, so either of the two may be the wrong one, and whoever comes into reach is not to wait.
const JUMP_MIN_M: f64 = 30_000.0;
/// A message that left so much before the last one was overtaken. One that left earlier still
/// comes from a clock that was set back.
const OVERTAKEN_MAX: Millis = Millis::from_s(120);
/// For so long after the app on a phone spoke, a tracker is not asked.
const APP_FIRST: Millis = Millis::from_s(60);
/// Where a position without a time may differ from the last one, metres, and what it is worth:
/// apps that send such positions speak up when they have moved by less than that.
const UNDATED_MOVE_M: f64 = 1_000.0;
const UNDATED_ACCURACY_M: f32 = 500.0;

/// A position as a phone reported it, on the phone's own clock. No `Debug`: positions never reach
/// a log.
#[derive(Clone, Copy, PartialEq)]
pub struct ReportedFix {
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When, by the phone's clock.
    pub at: Timestamp,
    /// How fast the receiver moved, metres a second, when it says so.
    pub speed_m_s: Option<f64>,
    /// Whether `at` is when the position was taken, and not only when it was sent.
    pub dated: bool,
}

/// What sent a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The app of a responder's phone, by the hash of its name.
    App(u64),
    /// Another app with a credential of its own, by the credential's number.
    Tracker(u64),
}

impl Sender {
    /// The app of the phone that names itself so.
    pub fn app(name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self::App(hasher.finish())
    }
}

macro_rules! rejections {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
        /// Why a position was not used.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Rejected {
            $($(#[doc = $doc])* $name,)*
        }

        impl Rejected {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Stable word for the answer and the metrics.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

rejections! {
    /// No such place.
    ImpossiblePosition "impossible_position";
    /// (0, 0), which broken receivers report.
    ZeroIsland "zero_island";
    /// Negative, not a number, or over 5 km.
    BadAccuracy "bad_accuracy";
    /// Later than the message that carries it, by more than two minutes.
    FromTheFuture "from_the_future";
    /// Older than a day.
    TooOld "too_old";
    /// The receiver itself says that it moves faster than 70 m/s.
    TooFast "too_fast";
    /// Further from the last one than anybody can have come, and nothing else says so yet.
    ImpossibleJump "impossible_jump";
    /// Older than one that was taken, or overtaken on the way.
    OutOfOrder "out_of_order";
    /// Taken already.
    Repeated "repeated";
    /// The app on the responder's phone spoke just now, and counts more than a tracker.
    OtherDevice "other_device";
    /// Without a time of its own, and elsewhere than the last one.
    Undated "undated";
}

/// What a position says of itself. `sent_at` is when its message left, by the same clock as the
/// position: its age is the difference, so that a wrong clock does no harm. Apps that do not say
/// when they sent it are taken at their word: `sent_at` is then `now`.
pub fn check(reported: &ReportedFix, sent_at: Timestamp, now: Timestamp) -> Result<Fix, Rejected> {
    if reported.lat.abs() < ZERO_ISLAND_DEG && reported.lon.abs() < ZERO_ISLAND_DEG {
        return Err(Rejected::ZeroIsland);
    }
    let point = Point::new(reported.lat, reported.lon)
        .map_err(|_impossible| Rejected::ImpossiblePosition)?;
    if !(reported.accuracy_m >= 0.0 && reported.accuracy_m <= ACCURACY_MAX_M) {
        return Err(Rejected::BadAccuracy);
    }
    if reported
        .speed_m_s
        .is_some_and(|speed| speed > SPEED_MAX_M_S)
    {
        return Err(Rejected::TooFast);
    }
    let age = sent_at - reported.at;
    if age < Millis(-AHEAD_MAX.0) {
        return Err(Rejected::FromTheFuture);
    }
    if age > AGE_MAX {
        return Err(Rejected::TooOld);
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be below 5 km")]
    let accuracy_m = reported.accuracy_m as f32;
    Ok(Fix {
        point,
        accuracy_m,
        at: now - age.max(Millis(0)),
        source: Source::Live,
    })
}

/// A position that is good by itself, about to follow the last one.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub struct Step {
    /// The position, on the server's clock.
    pub fix: Fix,
    /// What sent it.
    pub sender: Sender,
    /// When it was taken, by the sender's clock.
    pub taken_at: Timestamp,
    /// When its message left, by the sender's clock.
    pub sent_at: Timestamp,
    /// Whether it has a time of its own.
    pub dated: bool,
}

/// The last position that was taken from a responder, and what is needed to judge the next. The
/// last one only: nobody's track is kept.
#[derive(Clone, Copy)]
pub struct Last {
    fix: Fix,
    sender: Sender,
    taken_at: Timestamp,
    sent_at: Timestamp,
    /// When the app was last heard.
    app_at: Option<Timestamp>,
    /// The jump that was not believed, and when it was taken.
    doubted: Option<(Fix, Timestamp)>,
}

impl Last {
    /// Takes the step, or says why not. Returns the position as it is to be used.
    pub fn follow(held: &mut Option<Self>, step: &Step, now: Timestamp) -> Result<Fix, Rejected> {
        let mut fix = step.fix;
        if !step.dated {
            fix.accuracy_m = fix.accuracy_m.max(UNDATED_ACCURACY_M);
        }
        let mut app_at = None;
        if let Some(last) = held {
            last.check_order(step, &mut fix)?;
            last.check_rank(step, now)?;
            last.check_jump(step, &fix)?;
            app_at = last.app_at;
        }
        if matches!(step.sender, Sender::App(_)) {
            app_at = Some(now);
        }
        *held = Some(Self {
            fix,
            sender: step.sender,
            taken_at: step.taken_at,
            sent_at: step.sent_at,
            app_at,
            doubted: None,
        });
        Ok(fix)
    }

    /// When the position was taken, on the server's clock.
    pub fn at(&self) -> Timestamp {
        self.fix.at
    }

    /// Of one sender its own clock tells the order; between two, the server's does.
    fn check_order(&self, step: &Step, fix: &mut Fix) -> Result<(), Rejected> {
        if step.sender != self.sender {
            let older = fix.at < self.fix.at;
            return if older {
                Err(Rejected::OutOfOrder)
            } else {
                Ok(())
            };
        }
        let before = self.sent_at - step.sent_at;
        let set_back = before > OVERTAKEN_MAX;
        if step.taken_at == self.taken_at && step.fix.point == self.fix.point {
            return Err(Rejected::Repeated);
        }
        if before > Millis(0) && !set_back {
            return Err(Rejected::OutOfOrder);
        }
        if set_back {
            let older = fix.at < self.fix.at;
            return if older {
                Err(Rejected::OutOfOrder)
            } else {
                Ok(())
            };
        }
        if step.taken_at < self.taken_at {
            return Err(Rejected::OutOfOrder);
        }
        // newer by its own clock, whatever the network made of it
        fix.at = fix.at.max(self.fix.at);
        Ok(())
    }

    fn check_rank(&self, step: &Step, now: Timestamp) -> Result<(), Rejected> {
        let tracker = matches!(step.sender, Sender::Tracker(_));
        let app_speaks = self.app_at.is_some_and(|at| now - at <= APP_FIRST);
        if tracker && app_speaks {
            return Err(Rejected::OtherDevice);
        }
        let moved = step.fix.point.distance_m(self.fix.point);
        if !step.dated && moved > UNDATED_MOVE_M + f64::from(self.fix.accuracy_m) {
            return Err(Rejected::Undated);
        }
        Ok(())
    }

    /// One impossible jump is not believed. When the next position is where that one was, the
    /// position before it was the wrong one.
    fn check_jump(&mut self, step: &Step, fix: &Fix) -> Result<(), Rejected> {
        if !is_impossible(&self.fix, fix) {
            return Ok(());
        }
        let confirmed = self.doubted.is_some_and(|(doubted, taken_at)| {
            step.taken_at != taken_at && fix.at >= doubted.at && !is_impossible(&doubted, fix)
        });
        if confirmed {
            return Ok(());
        }
        self.doubted = Some((*fix, step.taken_at));
        Err(Rejected::ImpossibleJump)
    }
}

/// Whether nobody can have come from one to the other in the time between.
fn is_impossible(from: &Fix, to: &Fix) -> bool {
    let blur = f64::from(from.accuracy_m) + f64::from(to.accuracy_m);
    let apart_m = from.point.distance_m(to.point) - blur;
    let seconds = (to.at - from.at).0.max(0) as f64 / 1000.0;
    apart_m > JUMP_MIN_M && apart_m > seconds * SPEED_MAX_M_S
}

#[cfg(test)]
#[path = "fix_tests.rs"]
mod tests;
