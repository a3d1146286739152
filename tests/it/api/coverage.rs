//! Who could be where in time.

use crate::support::{HOME, Reply, World};
use serde_json::{Value, json};

/// A box so many metres around [`HOME`].
async fn asked(world: &World, metres: f64) -> Reply {
    let (low, high) = (
        HOME.offset_m(-metres, -metres),
        HOME.offset_m(metres, metres),
    );
    let bbox = format!("{},{},{},{}", low.lon, low.lat, high.lon, high.lat);
    world.desk.get(&format!("/v1/coverage?bbox={bbox}")).await
}

/// The counts of the cell so many metres north of [`HOME`].
fn north(coverage: &Value, metres: f64) -> Value {
    let place = HOME.offset_m(metres, 0.0);
    let place = h3o::LatLng::new(place.lat, place.lon).unwrap();
    let resolution = u8::try_from(coverage["resolution"].as_u64().unwrap()).unwrap();
    let cell = place.to_cell(resolution.try_into().unwrap()).to_string();
    let mut cells = coverage["cells"].as_array().unwrap().iter();
    let found = cells.find(|c| c["cell"] == *cell);
    found.map_or(json!([0, 0, 0]), |cell| cell["counts"].clone())
}

#[tokio::test]
async fn whoever_is_on_duty_covers_what_they_reach_in_time() {
    let world = World::start().await;
    // on foot: 318 m in three minutes, 530 m in five, 849 m in eight
    let anna = world.phone("anna", 0.0).await;
    let driver = world.enrolled("driver", &json!({"travel": "car"})).await;
    world.verify(&driver).await;
    driver.register().await;
    driver.stands(-1_900.0).await;
    let coverage = asked(&world, 3_000.0).await.expect(200);
    assert_eq!(coverage["seconds"], json!([180, 300, 480]));
    assert_eq!(coverage["partial"], false);
    assert_eq!(
        north(&coverage, 0.0),
        json!([1, 1, 2]),
        "the driver needs six and a half minutes"
    );
    assert_eq!(
        north(&coverage, 1_500.0),
        json!([0, 0, 0]),
        "too far for both"
    );
    let cells = coverage["cells"].as_array().unwrap();
    for cell in cells {
        let counts: Vec<u64> = serde_json::from_value(cell["counts"].clone()).unwrap();
        assert!(counts.is_sorted() && counts[2] > 0, "{cell}");
        assert!((5..=6).contains(&cell["ring"].as_array().unwrap().len()));
    }
    let smaller = asked(&world, 500.0).await.expect(200);
    assert!(
        smaller["cells"].as_array().unwrap().len() < cells.len(),
        "the box bounds it"
    );
    assert_eq!(
        north(&smaller, 0.0),
        json!([1, 1, 2]),
        "people outside of it still count"
    );

    anna.duty(false).await;
    let without = asked(&world, 3_000.0).await.expect(200);
    assert_eq!(north(&without, 0.0), json!([0, 0, 1]));
    let others = world.desk_of("org-2").await;
    let foreign = others.get("/v1/coverage?bbox=-76.1,36.8,-75.9,36.9").await;
    assert_eq!(foreign.expect(200)["cells"], json!([]));
    world.finish().await;
}

#[tokio::test]
async fn a_box_has_a_form_and_a_bound() {
    let world = World::start().await;
    let large = asked(&world, 100_000.0).await.problem(400, "box_too_large");
    let detail = large["detail"].as_str().unwrap();
    assert!(detail.contains("square kilometres"), "{detail}");
    for query in [
        "",
        "?bbox=",
        "?bbox=1,2,3",
        "?bbox=1,3,2,2",
        "?bbox=1,2,3,NaN",
    ] {
        let path = format!("/v1/coverage{query}");
        world.desk.get(&path).await.problem(400, "invalid");
    }
    world.finish().await;
}
