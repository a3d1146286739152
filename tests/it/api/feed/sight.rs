//! Positions and density: only what is in the box, only of one's own, only what changed.

use crate::support::{Event, Feed, HOME, Phone, World, call, call_at};
use muster_stand::geo::LatLon;
use serde_json::{Value, json};

/// A box so many metres around [`HOME`], and the zoom of a town.
fn around(metres: f64) -> String {
    let (low, high) = (
        HOME.offset_m(-metres, -metres),
        HOME.offset_m(metres, metres),
    );
    let (west, south, east, north) = (low.lon, low.lat, high.lon, high.lat);
    format!("/v1/feed?bbox={west},{south},{east},{north}&zoom=14")
}

fn who(event: &Event) -> Vec<&str> {
    let items = event.data["items"].as_array().unwrap().iter();
    let mut who: Vec<&str> = items.map(|i| i["responder_id"].as_str().unwrap()).collect();
    who.sort_unstable();
    who
}

fn item<'a>(event: &'a Event, phone: &Phone) -> Option<&'a Value> {
    let items = event.data["items"].as_array().unwrap();
    items.iter().find(|item| item["responder_id"] == *phone.id)
}

/// How many stand where, by cell, in one event.
fn counts(event: &Event) -> Vec<(String, u64)> {
    let cells = event.data["cells"].as_array().unwrap().iter();
    cells
        .map(|c| {
            (
                c["cell"].as_str().unwrap().to_owned(),
                c["count"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn cell(place: LatLon, resolution: &Value) -> String {
    let resolution = u8::try_from(resolution.as_u64().unwrap()).unwrap();
    let place = h3o::LatLng::new(place.lat, place.lon).unwrap();
    place.to_cell(resolution.try_into().unwrap()).to_string()
}

#[tokio::test]
async fn whoever_said_yes_is_shown_where_they_are_until_they_are_done() {
    let world = World::with(|settings| {
        settings.plan(|plan| (plan.wanted, plan.overbook) = (1, 0));
    })
    .await;
    let anna = world.phone("anna", 300.0).await;
    let idle = world.phone("idle", 900.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    let mut feed = Feed::open(&world.desk, &around(2_000.0), None).await;
    let first = feed.next_of("position").await;
    assert_eq!(
        who(&first),
        ["anna"],
        "nobody who was only asked: {}",
        first.data
    );
    assert!(first.id.is_none(), "the cursor stays where it is");
    let shown = item(&first, &anna).unwrap();
    assert_eq!(
        (&shown["incident_id"], &shown["alert_id"]),
        (&json!(id), &json!(alert))
    );
    assert_eq!(shown["accuracy_m"], 5.0);
    let near = |shown: &Value, north_m: f64| {
        let place = HOME.offset_m(north_m, 0.0);
        (shown["lat"].as_f64().unwrap() - place.lat).abs() < 2e-5
            && (shown["lon"].as_f64().unwrap() - place.lon).abs() < 2e-5
    };
    assert!(near(shown, 300.0), "{shown}");

    idle.stands(800.0).await;
    anna.stands(100.0).await;
    let next = feed.next_of("position").await;
    assert_eq!(who(&next), ["anna"], "nobody else: {}", next.data);
    assert!(near(item(&next, &anna).unwrap(), 100.0), "{}", next.data);

    anna.does(&alert, "arrive").await;
    anna.does(&alert, "finish").await;
    let done = |event: &Event| event.data["state"] == "finished";
    feed.until(done).await;
    // the watch has seen it too once somebody else is shown
    let second = world.desk.raise(&call_at(50.0)).await;
    idle.accepts(&second).await;
    anna.stands(50.0).await;
    let after = feed.next_of("position").await;
    assert_eq!(who(&after), ["idle"], "{}", after.data);
    world.finish().await;
}

#[tokio::test]
async fn only_incidents_and_people_in_the_box_of_ones_own_organisation_are_shown() {
    let world = World::start().await;
    let anna = world.phone("anna", 300.0).await;
    let far = world.phone("far", 20_100.0).await;
    let here = world.desk.raise(&call()).await;
    let there = world.desk.raise(&call_at(20_000.0)).await;
    anna.accepts(&here).await;
    far.accepts(&there).await;

    let others = world.desk_of("org-2").await;
    let mut foreign = Feed::open(&others, &around(30_000.0), None).await;
    let mut blind = Feed::open(&world.desk, "/v1/feed?zoom=14", None).await;
    let mut both = Feed::open(&world.desk, &around(30_000.0), None).await;
    let mut one = Feed::open(&world.desk, &around(2_000.0), None).await;
    assert_eq!(who(&both.next_of("position").await), ["anna", "far"]);
    assert_eq!(who(&one.next_of("position").await), ["anna"]);

    // under way to an incident outside, through the box; and away from one inside
    far.stands(0.0).await;
    assert_eq!(who(&one.next_of("position").await), ["far"]);
    anna.stands(5_000.0).await;
    assert_eq!(who(&one.next_of("position").await), ["anna"]);

    // by now both of these have had the time; they must have seen nothing of it
    world.desk.patch(&here, &json!({"note": "n"})).await;
    let own = others.raise(&call()).await;
    loop {
        let event = blind.any().await;
        let by_box = ["position", "density"].contains(&event.name.as_str());
        assert!(!by_box, "nothing of a box without one: {event:?}");
        if event.data["change"] == "noted" {
            break;
        }
    }
    loop {
        let event = foreign.any().await;
        match event.name.as_str() {
            "density" => assert_eq!(event.data["cells"], json!([]), "nobody of theirs"),
            "incident" => {
                assert_eq!(event.data["id"], *own);
                break;
            }
            "beat" | "stale" => {}
            name => panic!("{name}: {}", event.data),
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn density_begins_whole_and_goes_on_with_what_changed() {
    let world = World::start().await;
    let first = world.phone("first", 0.0).await;
    world.phone("second", 0.0).await;
    world.phone("outside", 20_000.0).await;
    let mut feed = Feed::open(&world.desk, &around(2_000.0), None).await;
    let whole = feed.next_of("density").await;
    assert!(
        whole.id.is_none() && whole.data["full"] == true,
        "{}",
        whole.data
    );
    let resolution = whole.data["resolution"].clone();
    let home = cell(HOME, &resolution);
    assert_eq!(
        counts(&whole),
        [(home.clone(), 2)],
        "nobody outside the box"
    );
    let ring = whole.data["cells"][0]["ring"].as_array().unwrap();
    assert!((5..=6).contains(&ring.len()), "{ring:?}");

    let elsewhere = HOME.offset_m(1_500.0, 0.0);
    first.stands_at(elsewhere).await;
    let change = feed.next_of("density").await;
    assert_eq!(change.data["full"], false);
    let mut expected = vec![(home.clone(), 1), (cell(elsewhere, &resolution), 1)];
    expected.sort();
    let mut changed = counts(&change);
    changed.sort();
    assert_eq!(changed, expected);

    first.duty(false).await;
    let gone = feed.next_of("density").await;
    assert_eq!(
        counts(&gone),
        [(cell(elsewhere, &resolution), 0)],
        "one cell, removed"
    );
    assert!(gone.data["cells"][0].get("ring").is_none());

    // a country is shown in few large cells
    let mut country = Feed::open(&world.desk, "/v1/feed?bbox=-85,30,-70,45&zoom=14", None).await;
    let coarse = country.next_of("density").await;
    assert!(
        coarse.data["resolution"].as_u64().unwrap() <= 5,
        "{}",
        coarse.data
    );
    let all: u64 = counts(&coarse).iter().map(|(_, count)| count).sum();
    assert_eq!(all, 2);
    world.finish().await;
}

#[tokio::test]
async fn a_box_that_is_none_is_refused() {
    let world = World::start().await;
    for query in [
        "bbox=1,2,3",
        "bbox=1,5,3,4",
        "bbox=a,b,c,d",
        "bbox=1,2,3,4&zoom=25",
        "zoom=-1",
        "zoom=x",
    ] {
        let path = format!("/v1/feed?{query}");
        world.desk.get(&path).await.problem(400, "invalid");
    }
    world.finish().await;
}
