//! Where somebody usually is at given hours, as people write it.

use muster_core::domain::place::Point;
use muster_core::domain::usual_places::{
    Label, Neighbourhood, PLACES_MAX, UsualPlace, UsualPlaces,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::phone::weekly::{SPANS_MAX, WeeklySpanShape, check_zone, spans};
use crate::view::invalid::Invalid;

/// Where somebody may be looked for while their phone says nothing, every week.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlacesShape {
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// At most 4, with 14 spans in all; none ends them all. Where the hours of several run, the
    /// first of them counts.
    pub places: Vec<PlaceShape>,
}

/// One place.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceShape {
    /// `home`, `work` or `other`.
    #[schema(example = "home")]
    pub label: String,
    /// Degrees, WGS 84. Kept is only the centre of the H3 cell of resolution 10 around it (about
    /// 130 m across), and that is what comes back.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// When they are there.
    pub hours: Vec<WeeklySpanShape>,
}

impl PlacesShape {
    /// Checks every value; `None` for no places at all.
    pub(crate) fn check(self) -> Result<Option<UsualPlaces>, Invalid> {
        check_zone(&self.zone)?;
        if self.places.len() > PLACES_MAX {
            return Err(Invalid::new("places", "at most 4 expected"));
        }
        let all: usize = self.places.iter().map(|place| place.hours.len()).sum();
        if all > SPANS_MAX {
            return Err(Invalid::new("places.hours", "at most 14 in all expected"));
        }
        let places = self.places.iter().map(PlaceShape::check);
        let places: Vec<UsualPlace> = places.collect::<Result<_, _>>()?;
        let zone = self.zone;
        Ok((!places.is_empty()).then_some(UsualPlaces { zone, places }))
    }
}

impl PlaceShape {
    fn check(&self) -> Result<UsualPlace, Invalid> {
        let label = Label::parse(&self.label)
            .ok_or_else(|| Invalid::new("places.label", "home, work or other expected"))?;
        let point = Point::new(self.lat, self.lon)
            .map_err(|_impossible| Invalid::new("places", "no such place on the earth"))?;
        if self.hours.is_empty() {
            return Err(Invalid::new("places.hours", "at least one span expected"));
        }
        Ok(UsualPlace {
            label,
            place: Neighbourhood::of(point),
            hours: spans("places.hours", &self.hours)?,
        })
    }
}

impl From<UsualPlaces> for PlacesShape {
    fn from(usual: UsualPlaces) -> Self {
        let places = usual.places.into_iter().map(|usual| {
            let centre = usual.place.centre();
            PlaceShape {
                label: usual.label.as_str().to_owned(),
                lat: centre.lat(),
                lon: centre.lon(),
                hours: usual.hours.into_iter().map(WeeklySpanShape::from).collect(),
            }
        });
        Self {
            places: places.collect(),
            zone: usual.zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PlacesShape {
        serde_json::from_str(text).unwrap()
    }

    fn one(label: &str, lat: &str, hours: &str) -> String {
        format!(
            r#"{{"zone":"UTC","places":[{{"label":"{label}","lat":{lat},"lon":8.123456,"hours":[{hours}]}}]}}"#
        )
    }

    const NIGHT: &str = r#"{"days":["mon"],"from":"18:00","to":"07:00"}"#;

    #[test]
    fn what_comes_back_is_the_neighbourhood_and_stays_the_same() {
        let said = one("home", "50.123456", NIGHT);
        let kept = read(&said).check().unwrap().unwrap();
        let shown = PlacesShape::from(kept.clone());
        let place = &shown.places[0];
        let exact = Point::new(50.123_456, 8.123_456).unwrap();
        let centre = Point::new(place.lat, place.lon).unwrap();
        assert!(centre.distance_m(exact) > 1.0, "not the exact place");
        assert!(centre.distance_m(exact) < 100.0);
        assert_eq!((&*place.label, &*place.hours[0].from), ("home", "18:00"));
        assert!(
            shown.check().unwrap().unwrap() == kept,
            "said again it is the same"
        );
        assert!(!serde_json::to_string(&kept).unwrap().contains("50.1"));
        let none = read(r#"{"zone":"UTC","places":[]}"#);
        assert!(none.check().unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let nights = |n: usize| vec![NIGHT; n].join(",");
        let bad_night = NIGHT.replace("18:00", "25:00");
        let five = format!(
            r#"{{"zone":"UTC","places":[{}]}}"#,
            [r#"{"label":"home","lat":50.0,"lon":8.0,"hours":[]}"#; 5].join(",")
        );
        for (text, field) in [
            (one("castle", "50.0", NIGHT), "places.label"),
            (one("home", "90.5", NIGHT), "places"),
            (one("home", "50.0", ""), "places.hours"),
            (one("home", "50.0", &nights(15)), "places.hours"),
            (one("home", "50.0", &bad_night), "places.hours.from"),
            (five, "places"),
            (r#"{"zone":"Mars","places":[]}"#.to_owned(), "zone"),
        ] {
            let wrong = read(&text).check().err().unwrap();
            assert_eq!(wrong.field, field, "{text}");
        }
        let island = r#"{"zone":"UTC","places":[{"label":"home","lat":0,"lon":0,"hours":[]}]}"#;
        assert_eq!(read(island).check().err().unwrap().field, "places");
        assert!(read(&one("other", "50.0", &nights(14))).check().is_ok());
    }
}
