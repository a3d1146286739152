//! Somebody whose positions are at the address, and who has not said so.

use crate::support::{World, alert_of, call, eventually};
use muster_stand::clock;
use serde_json::json;

#[tokio::test]
async fn two_positions_at_the_place_are_shown_and_count_as_no_arrival() {
    let world = World::start().await;
    let anna = world.phone("anna", 300.0).await;
    let id = world.desk.raise(&call()).await;
    anna.receives("alert", &id).await;
    anna.accepts(&id).await;
    // a phone that stands there and reports; it takes two positions ten seconds apart
    let incident = eventually("anna is at the address", async || {
        let now = clock::now_text();
        let fixes = json!([{"lat": 36.8529, "lon": -75.978, "accuracy_m": 10, "at": now}]);
        anna.report(&now, &fixes).await;
        let incident = world.desk.incident(&id).await;
        (alert_of(&incident, &anna)["presence"] == "at_address").then_some(incident)
    });
    let incident = incident.await;
    assert_eq!(alert_of(&incident, &anna)["state"], "accepted");
    assert_eq!(
        (
            &incident["summary"]["on_scene"],
            &incident["summary"]["at_address"]
        ),
        (&json!(0), &json!(1))
    );
    world.desk.logged(&id, "at_address").await;
    world.finish().await;
}
