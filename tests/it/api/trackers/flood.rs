//! Too much from one tracker.

use super::{asked, location, says, tracked};
use crate::support::{HOME, World};

#[tokio::test]
async fn a_flood_from_one_tracker_is_cut_and_touches_nobody_else() {
    let world = World::start().await;
    let (anna, loud) = tracked(&world, "anna").await;
    let (_, quiet) = tracked(&world, "ben").await;
    let mut cut = None;
    for _ in 0..500 {
        let reply = says(&world, &loud, &location(HOME, 0)).await;
        if reply.status == 429 {
            cut = Some(reply);
            break;
        }
        reply.expect(200);
    }
    let cut = cut.expect("the flood is cut");
    assert_eq!(cut.header("retry-after"), "1");
    cut.problem(429, "too_many_requests");
    says(&world, &quiet, &location(HOME, 0)).await.expect(200);
    // not even the phone of the same responder
    anna.stands(100.0).await;
    assert!(!asked(&world, &anna).await.is_null());
    let metrics = world.anonymous().get("/metrics").await.text;
    assert!(
        !metrics.contains("muster_fix_messages_limited_total 0"),
        "it is counted"
    );
    world.finish().await;
}
