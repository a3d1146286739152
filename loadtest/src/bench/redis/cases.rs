//! Where people are and what is asked of them: the cases of the comparison.

use muster_core::domain::place::Point;

use crate::bench::places::{Area, COUNTRY_HALF_M};
use muster_stand::failure::Outcome;
use muster_stand::rng::Rng;

/// How many a search asks for, unless a case says more.
pub(super) const LIMIT: usize = 50;
/// As far as a search in a city looks, metres.
const CITY_M: f64 = 5_000.0;
/// As far as a search in the country looks, metres.
const COUNTRY_M: f64 = 30_000.0;
/// Places that searches start from.
const STARTS: usize = 2_000;

/// A set of people and what to ask of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) places: Vec<Point>,
    pub(super) from: Vec<Point>,
    pub(super) radius_m: f64,
    /// How many are asked for: all of these in turn.
    pub(super) limits: &'static [usize],
    /// Memory and updates are measured too.
    pub(super) whole: bool,
    /// The median that is aimed at for [`LIMIT`], microseconds.
    pub(super) aim_us: Option<f64>,
    /// So many times faster than GEOSEARCH.
    pub(super) aim_geo: Option<f64>,
}

/// The name of the case that the growth of cost ends with.
pub(super) const COUNTRY: &str = "country";
/// The others of the same density.
pub(super) const SQUARES: [&str; 2] = ["country, 1/100 of it", "country, 1/10 of it"];

/// All cases, one after the other so that only one is in memory.
pub(super) struct Cases {
    people: usize,
    rng: Rng,
    city: Area,
    at: usize,
}

impl Cases {
    pub(super) fn new(people: usize, seed: u64) -> Self {
        let mut rng = Rng::split(seed, 7);
        let city = Area::city(&mut rng);
        Self {
            people,
            rng,
            city,
            at: 0,
        }
    }

    /// The next case; `None` after the last.
    pub(super) fn next(&mut self) -> Outcome<Option<Case>> {
        self.at += 1;
        let people = self.people;
        let (hundredth, tenth) = (people / 100, people / 10);
        let crowd = 20_000.min(people / 5);
        let rng = &mut self.rng;
        let city = Case {
            name: "city",
            places: Vec::new(),
            from: Vec::new(),
            radius_m: CITY_M,
            limits: &[LIMIT],
            whole: false,
            aim_us: None,
            aim_geo: None,
        };
        let country = |name| Case {
            name,
            radius_m: COUNTRY_M,
            ..city.empty()
        };
        let case = match self.at {
            1 => city.filled(&self.city, hundredth, rng)?,
            2 => city.filled(&self.city, tenth, rng)?,
            3 => Case {
                limits: &[5, LIMIT, 200],
                whole: true,
                aim_us: Some(300.0),
                aim_geo: Some(100.0),
                ..city.filled(&self.city, people, rng)?
            },
            // the same density on a hundredth and a tenth of the area
            4 => {
                let area = Area::Square(COUNTRY_HALF_M / 10.0);
                country(SQUARES[0]).filled(&area, hundredth, rng)?
            }
            5 => {
                let area = Area::Square(COUNTRY_HALF_M / 10_f64.sqrt());
                country(SQUARES[1]).filled(&area, tenth, rng)?
            }
            6 => Case {
                limits: &[5, LIMIT, 200],
                whole: true,
                aim_us: Some(300.0),
                ..country(COUNTRY).filled(&Area::Country, people, rng)?
            },
            7 => {
                let mut case = city.filled(&self.city, tenth, rng)?;
                case.name = "crowd all over a res-8 cell";
                case.aim_us = Some(500.0);
                case.gather(&Area::Cell, crowd, rng)?
            }
            8 => {
                let mut case = city.filled(&self.city, tenth, rng)?;
                case.name = "crowd within 120 m";
                case.aim_us = Some(2_500.0);
                case.gather(&Area::Spot(120.0), crowd, rng)?
            }
            9 | 10 => {
                let count = if self.at == 9 { hundredth } else { tenth };
                let mut case =
                    country("nobody within 15 km").filled(&Area::Hole(15_000.0), count, rng)?;
                case.from = Area::Spot(500.0).many(STARTS, rng)?;
                case.aim_us = Some(700.0);
                case
            }
            _ => return Ok(None),
        };
        Ok(Some(case))
    }
}

impl Case {
    fn empty(&self) -> Self {
        Self {
            places: Vec::new(),
            from: Vec::new(),
            ..*self
        }
    }

    /// People of an area, searches from where people are.
    fn filled(self, area: &Area, count: usize, rng: &mut Rng) -> Outcome<Self> {
        Ok(Self {
            places: area.many(count, rng)?,
            from: area.many(STARTS, rng)?,
            ..self
        })
    }

    /// Some more people, close together, and searches from among them.
    fn gather(mut self, area: &Area, count: usize, rng: &mut Rng) -> Outcome<Self> {
        self.places.extend(area.many(count, rng)?);
        self.from = area.many(STARTS, rng)?;
        Ok(self)
    }

    /// Name and size, as tables show them.
    pub(super) fn title(&self) -> String {
        format!("{} ({})", self.name, self.places.len())
    }
}
