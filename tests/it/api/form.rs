//! What the form of a desk checks a report against.

use crate::support::{HOME, World};
use serde_json::json;

#[tokio::test]
async fn kinds_of_plans_and_areas_of_three_but_never_of_fewer() {
    let world = World::start().await;
    let form = world.desk.get("/v1/form").await.expect(200);
    assert_eq!(form, json!({"kinds": ["cardiac_arrest"], "areas": []}));
    let anna = world.phone("anna", 0.0).await;
    world.phone("ben", 400.0).await;
    let two = world.desk.get("/v1/form").await.expect(200);
    assert_eq!(
        two["areas"],
        json!([]),
        "an area never stands for one or two"
    );
    world.phone("cleo", -400.0).await;
    let three = world.desk.get("/v1/form").await.expect(200);
    let areas = three["areas"].as_array().unwrap();
    assert_eq!(areas.len(), 1, "{areas:?}");
    let place = |axis: &str| areas[0][axis].as_f64().unwrap();
    // it is the middle of something 50 km wide, wherever in it they are
    assert!((place("lat") - HOME.lat).abs() < 0.5 && (place("lon") - HOME.lon).abs() < 0.5);
    // who is not asked does not count
    anna.duty(false).await;
    let without = world.desk.get("/v1/form").await.expect(200);
    assert_eq!(without["areas"], json!([]));
    let others = world.desk_of("org-2").await.get("/v1/form").await;
    assert_eq!(others.expect(200)["areas"], json!([]));
    world.finish().await;
}
