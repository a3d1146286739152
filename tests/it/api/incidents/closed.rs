//! Closed incidents are found and read whole.

use std::slice::from_ref;

use crate::support::{Desk, World, call, text};
use serde_json::{Value, json};

async fn found(desk: &Desk, query: &str) -> Vec<String> {
    let path = format!("/v1/incidents?state=closed{query}");
    let page = desk.get(&path).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|one| text(one, "id").to_owned()).collect()
}

async fn closed(world: &World, kind: &str, change: Value, outcome: &str) -> String {
    let mut call = call();
    call["kind"] = json!(kind);
    for (field, value) in change.as_object().unwrap() {
        call[field] = value.clone();
    }
    let id = world.desk.raise(&call).await;
    world.desk.close(&id, outcome).await;
    id
}

/// Clear errors, and no list that answers another question.
async fn what_is_odd_is_refused(desk: &Desk) {
    for wrong in [
        "state=closed&outcome=won",
        "state=closed&bbox=1,2,3",
        "state=closed&from=yesterday",
        "state=closed&exercise=maybe",
        "state=closed&after=x",
        "state=closed&limit=201",
        "state=closed&colour=red",
        "state=open&kind=fall",
        "state=unheard&kind=fall",
        "kind=fall",
        "state=shut",
    ] {
        let answer = desk.get(&format!("/v1/incidents?{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text);
    }
}

#[tokio::test]
async fn closed_incidents_are_found_by_what_is_known_of_them_and_read_whole() {
    let world = World::start().await;
    let desk = &world.desk;
    let here = call();
    let source = json!({"source": {"system": "cad-1", "id": "2019 / 7"}});
    let first = closed(&world, "chest_pain", source, "completed").await;
    let far = json!({"location": {"lat": 48.1, "lon": 11.5}, "exercise": true});
    let second = closed(&world, "choking", far, "false_alarm").await;
    let open = desk.raise(&call()).await;

    let both = vec![second.clone(), first.clone()];
    assert_eq!(
        found(desk, "").await,
        both,
        "the latest first, and no open one"
    );
    let lat = here["location"]["lat"].as_f64().unwrap();
    let lon = here["location"]["lon"].as_f64().unwrap();
    let (west, south, east, north) = (lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1);
    let near = format!("&bbox={west},{south},{east},{north}");
    let raised = text(&desk.incident(&second).await, "opened_at").to_owned();
    let (from, to) = (format!("&from={raised}"), format!("&to={raised}"));
    for (query, expected) in [
        ("&kind=chest_pain", vec![&first]),
        ("&outcome=false_alarm", vec![&second]),
        ("&outcome=expired", vec![]),
        ("&exercise=true", vec![&second]),
        ("&exercise=false&kind=choking", vec![]),
        ("&source=2019%20%2F%207", vec![&first]),
        (&near, vec![&first]),
        (&from, vec![&second]),
        (&to, vec![&first]),
        ("&to=2019-01-01T00:00:00Z", vec![]),
    ] {
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(found(desk, query).await, expected, "{query}");
    }
    let page = desk.get("/v1/incidents?state=closed&limit=1").await;
    let next = format!("&limit=1&after={}", text(&page.expect(200), "next"));
    assert_eq!(found(desk, &next).await, from_ref(&first));

    // whole, as an open one
    let whole = desk.incident(&first).await;
    assert_eq!(
        (text(&whole, "state"), text(&whole, "outcome")),
        ("closed", "completed")
    );
    assert!(!desk.log(&first).await.is_empty());

    // the kind that it was corrected to
    let third = desk.raise(&call()).await;
    desk.patch(&third, &json!({"kind": "burn"})).await;
    desk.close(&third, "completed").await;
    assert_eq!(found(desk, "&kind=burn").await, from_ref(&third));

    what_is_odd_is_refused(desk).await;
    let elsewhere = world.caller("coordinator", "org-2", "c").await;
    let none = elsewhere.get("/v1/incidents?state=closed").await;
    assert_eq!(none.expect(200)["items"], json!([]));
    let all = desk.get("/v1/incidents").await.expect(200);
    let both = [text(&all["items"][0], "id"), text(&all["items"][1], "id")];
    assert_eq!(both, [&*third, &*open], "the list of all is as it was");
    world.finish().await;
}
