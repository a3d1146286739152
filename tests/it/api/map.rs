//! What the map is drawn from, defibrillators, addresses.

use crate::support::World;
use serde_json::{Value, json};
use std::io::Write as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;

#[tokio::test]
async fn nothing_configured_is_a_map_of_nothing() {
    let world = World::start().await;
    let map = world.desk.get("/v1/map").await.expect(200);
    assert_eq!(
        map,
        json!({"style_url": null, "pmtiles": false, "attribution": null, "bounds": null,
               "centre": null,                "geocoder": false, "aeds": false})
    );
    let desk = &world.desk;
    desk.get("/v1/map/base.pmtiles")
        .await
        .problem(404, "no_base_map");
    desk.get("/v1/geocode?q=Main")
        .await
        .problem(404, "no_geocoder");
    let aeds = desk.get("/v1/aeds?bbox=-180,-90,180,90").await.expect(200);
    assert_eq!(aeds, json!({"items": [], "truncated": false}));
    world.finish().await;
}

#[tokio::test]
async fn a_base_map_is_served_whole_and_in_ranges() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("town.pmtiles");
    let mut bytes: Vec<u8> = b"PMTiles\x03"
        .iter()
        .copied()
        .chain((0..=255).cycle().take(9_000))
        .collect();
    // the edges in its head, in ten-millionths of a degree
    let edges: [i32; 4] = [-763_000_000, 366_000_000, -758_500_000, 371_000_000];
    for (at, edge) in edges.into_iter().enumerate() {
        bytes[102 + 4 * at..106 + 4 * at].copy_from_slice(&edge.to_le_bytes());
    }
    std::fs::write(&file, &bytes).unwrap();
    let world = World::with(|settings| {
        settings.env("MUSTER__MAP__PMTILES", &file.display().to_string());
        settings.env("MUSTER__MAP__ATTRIBUTION", "Town survey");
        settings.env("MUSTER__MAP__CENTRE", "36.85, -76, 11");
    })
    .await;
    let map = world.desk.get("/v1/map").await.expect(200);
    assert_eq!(
        (&map["pmtiles"], &map["attribution"]),
        (&json!(true), &json!("Town survey"))
    );
    assert_eq!(
        map["centre"],
        json!({"lat": 36.85, "lon": -76.0, "zoom": 11.0})
    );
    assert_eq!(map["bounds"], json!([-76.3, 36.6, -75.85, 37.1]));
    let path = "/v1/map/base.pmtiles";
    let part = |range: &'static str| {
        let request = world.desk.request("GET", path).header("Range", range);
        async move { request.send().await.unwrap() }
    };
    let some = part("bytes=8000-8099").await;
    assert_eq!(some.status(), 206);
    assert_eq!(
        some.headers()["content-range"],
        format!("bytes 8000-8099/{}", bytes.len())
    );
    assert!(some.headers().contains_key("etag"));
    assert!(
        some.headers()["cache-control"]
            .to_str()
            .unwrap()
            .starts_with("private")
    );
    assert_eq!(some.bytes().await.unwrap(), bytes[8000..8100]);
    assert_eq!(part("bytes=90000-90001").await.status(), 416);
    // the same for a phone, and no defibrillators or addresses with it
    let anna = world.enrolled("anna", &json!({})).await;
    assert_eq!(anna.get("/v1/map").await.expect(200), map);
    let request = anna.request("GET", path).header("Range", "bytes=0-99");
    let some = request.send().await.unwrap();
    assert_eq!(some.status(), 206);
    assert_eq!(some.bytes().await.unwrap(), bytes[..100]);
    for desks in ["/v1/aeds?bbox=-76.1,36.8,-75.9,36.9", "/v1/geocode?q=a"] {
        anna.get(desks).await.problem(403, "forbidden");
    }
    let whole = world.desk.request("GET", path).send().await.unwrap();
    assert_eq!(whole.bytes().await.unwrap(), bytes);
    world.finish().await;
}

#[tokio::test]
async fn defibrillators_in_a_box_are_listed_up_to_a_bound() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aeds.csv");
    let mut table = std::fs::File::create(&file).unwrap();
    writeln!(table, "id,lat,lon,name,opening_hours").unwrap();
    writeln!(table, "a1,36.85,-75.98,Town hall,24/7").unwrap();
    for n in 0..2_001 {
        writeln!(table, "b{n},50.0{n:04},8.0,,").unwrap();
    }
    let world = World::with(|settings| {
        settings.env("MUSTER__MAP__AEDS_FILE", &file.display().to_string());
    })
    .await;
    let desk = &world.desk;
    assert_eq!(desk.get("/v1/map").await.expect(200)["aeds"], true);
    let one = desk.get("/v1/aeds?bbox=-76.1,36.8,-75.9,36.9").await;
    assert_eq!(
        one.expect(200),
        json!({"items": [{"id": "a1", "lat": 36.85, "lon": -75.98, "name": "Town hall",
                          "hours": "24/7"}], "truncated": false})
    );
    let many = desk.get("/v1/aeds?bbox=7,49,9,51").await.expect(200);
    assert_eq!(many["items"].as_array().unwrap().len(), 2_000);
    assert_eq!(many["truncated"], true);
    for wrong in ["", "?bbox=7,49,9", "?bbox=7,51,9,49"] {
        let path = format!("/v1/aeds{wrong}");
        desk.get(&path).await.problem(400, "invalid");
    }
    world.finish().await;
}

/// Answers every request with this body, and hands out the first line of each.
async fn geocoder(body: Value) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, lines) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap() > 0 {}
            let head = String::from_utf8(head).unwrap();
            let line = head.lines().next().unwrap_or_default().to_owned();
            asked.send(line).await.unwrap();
            let body = body.to_string();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (format!("http://{address}"), lines)
}

#[tokio::test]
async fn an_address_is_searched_for_through_the_geocoder_and_never_logged() {
    let places = json!([
        {"display_name": "9 Secret Road, Town", "lat": "36.8530", "lon": "-75.9781"},
        {"display_name": "nowhere", "lat": "0", "lon": "0"},
    ]);
    let (site, mut asked) = geocoder(places).await;
    let world = World::with(|settings| {
        settings.env("MUSTER__GEOCODER__URL", &format!("{site}/search"));
        settings.secret("Secret");
    })
    .await;
    let desk = &world.desk;
    assert_eq!(desk.get("/v1/map").await.expect(200)["geocoder"], true);
    let found = desk
        .get("/v1/geocode?q=9%20Secret%20%26%20Road&near=36.9,-76")
        .await;
    assert_eq!(
        found.expect(200),
        json!({"items": [{"label": "9 Secret Road, Town", "lat": 36.853, "lon": -75.9781}]})
    );
    let line = asked.recv().await.unwrap();
    assert!(
        line.starts_with("GET /search?q=9+Secret+%26+Road&"),
        "{line}"
    );
    let long = format!("/v1/geocode?q={}", "x".repeat(201));
    for wrong in [
        "/v1/geocode",
        "/v1/geocode?q=%20",
        &long,
        "/v1/geocode?q=a&near=1",
    ] {
        desk.get(wrong).await.problem(400, "invalid");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_geocoder_that_does_not_answer_is_given_up_in_two_seconds() {
    // takes connections, says nothing
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", deaf.local_addr().unwrap());
    let world = World::with(|settings| {
        settings.env("MUSTER__GEOCODER__URL", &url);
        settings.secret("Secret");
    })
    .await;
    let began = Instant::now();
    let answer = world.desk.get("/v1/geocode?q=Secret").await;
    answer.problem(503, "geocoder_silent");
    let took = began.elapsed().as_secs_f64();
    assert!((1.5..8.0).contains(&took), "{took}");
    world.finish().await;
}
