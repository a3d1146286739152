//! Lower bounds against points, everywhere on the earth.

use proptest::prelude::*;

use super::*;

/// Everywhere, and more often where cells are odd: around pentagons, at the poles, at the
/// antimeridian.
fn anywhere() -> impl Strategy<Value = Point> {
    let pentagon = (0..12_usize, -0.3..0.3_f64, -0.3..0.3_f64).prop_map(|(n, dlat, dlon)| {
        let centre = LatLng::from(
            Resolution::Five
                .pentagons()
                .nth(n)
                .expect("there are twelve"),
        );
        (
            (centre.lat() + dlat).clamp(-90.0, 90.0),
            centre.lng() + dlon,
        )
    });
    prop_oneof![
        (-90.0..=90.0_f64, -180.0..=180.0_f64),
        (-17.0..-16.0_f64, 179.5..=180.0_f64),
        (89.5..=90.0_f64, -180.0..=180.0_f64),
        pentagon,
    ]
    .prop_filter_map("not a position", |(lat, lon)| {
        let lon = if lon > 180.0 {
            lon - 360.0
        } else if lon < -180.0 {
            lon + 360.0
        } else {
            lon
        };
        Point::new(lat, lon).ok()
    })
}

/// The cell of resolution 9 in which somebody is kept, and those above it.
fn above(point: Point) -> impl Iterator<Item = CellIndex> {
    let kept = point.cell(Resolution::Nine);
    (5..=9_u8).filter_map(move |resolution| kept.parent(Resolution::try_from(resolution).ok()?))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn nobody_outside_an_area_is_nearer_than_its_bound(
        from in anywhere(), exponent in -3.0..-0.4_f64, course in 0.0..std::f64::consts::TAU,
        resolution in 6..=8_u8, rings in 0..=4_u32,
    ) {
        let far = 10.0_f64.powf(exponent);
        let lat = from.lat() + far * course.cos();
        let lon = from.lon() + far * course.sin() / from.lat().to_radians().cos().max(1e-3);
        let Ok(person) = Point::new(lat, lon) else {
            return Ok(());
        };
        let here = From::here(from);
        let resolution = Resolution::try_from(resolution).expect("it is one");
        let (area, outside_m) = here.around(resolution, rings);
        let kept = person.cell(Resolution::Nine);
        let above = kept.parent(resolution).expect("it is finer");
        let inside = area.contains(&above);
        prop_assert!(inside || here.distance_m(person) + 1e-3 >= outside_m);
        // where somebody is said to be who was last seen there
        prop_assert!(inside || here.distance_m(centre(kept)) + 1e-3 >= outside_m);
        prop_assert!(inside || here.nearest_m(above) >= outside_m);
    }

    #[test]
    fn a_point_is_within_reach_of_every_cell_it_is_in(point in anywhere()) {
        for cell in above(point) {
            let apart = From::here(point).distance_m(centre(cell));
            prop_assert!(apart <= reach_m(cell.resolution()), "{cell} {apart}");
        }
    }

    #[test]
    fn nobody_in_a_cell_is_nearer_than_its_bound(
        from in anywhere(), dlat in -0.4..0.4_f64, dlon in -0.4..0.4_f64,
    ) {
        let lon = from.lon() + dlon;
        let lon = if lon.abs() > 180.0 { lon - lon.signum() * 360.0 } else { lon };
        let Ok(person) = Point::new((from.lat() + dlat).clamp(-90.0, 90.0), lon) else {
            return Ok(());
        };
        let here = From::here(from);
        let apart = here.distance_m(person);
        for cell in above(person) {
            // bounds and distances are computed in two ways, which differ by less than this
            prop_assert!(here.nearest_m(cell) <= apart + 1e-3);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_cell_in_reach_is_named(
        from in anywhere(), dlat in -0.6..0.6_f64, dlon in -0.6..0.6_f64,
    ) {
        let lon = from.lon() + dlon;
        let lon = if lon.abs() > 180.0 { lon - lon.signum() * 360.0 } else { lon };
        let Ok(person) = Point::new((from.lat() + dlat).clamp(-90.0, 90.0), lon) else {
            return Ok(());
        };
        let here = From::here(from);
        let cells = here.cells_within(here.distance_m(person), usize::MAX);
        prop_assert!(cells.contains(&cell_of(person)));
        prop_assert!(cells.is_sorted_by_key(|cell| here.nearest_m(*cell)));
    }
}

fn centre(cell: CellIndex) -> Point {
    let centre = LatLng::from(cell);
    Point::new(centre.lat(), centre.lng()).unwrap()
}
