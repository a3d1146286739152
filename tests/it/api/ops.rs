//! What operators ask.

use crate::support::{World, call};
use serde_json::{Value, json};

#[tokio::test]
async fn operators_learn_how_it_is_without_a_token() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    anna.accepts(&id).await;
    let anybody = world.anonymous();
    anybody.get("/healthz").await.expect(200);

    let ready = anybody.get("/readyz").await.expect(200);
    assert_eq!(ready["simulated"], true);
    let dependencies = ready["dependencies"].as_array().unwrap();
    assert!(!dependencies.is_empty());
    for dependency in dependencies {
        assert!(dependency["name"].is_string(), "{dependency}");
        assert_eq!(dependency["ok"], true, "{dependency}");
    }

    let metrics = anybody.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let samples = metrics
        .text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let mut names = 0;
    for sample in samples {
        let (name, value) = sample.rsplit_once(' ').unwrap();
        assert!(name.starts_with("muster_"), "{sample}");
        assert!(value.parse::<f64>().is_ok(), "{sample}");
        for personal in ["anna", "org-1", id.as_str()] {
            assert!(!sample.contains(personal), "{sample}");
        }
        names += 1;
    }
    assert!(names > 3, "{}", metrics.text);
    world.finish().await;
}

#[tokio::test]
async fn the_served_description_is_the_committed_one() {
    let world = World::start().await;
    let served = world.anonymous().get("/v1/openapi.json").await.expect(200);
    let file = crate::tidy::workspace().join("api/openapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(
        served == committed,
        "api/openapi.json is stale: run `make openapi`"
    );
    assert_ne!(served["paths"], json!({}));
    world.finish().await;
}
