//! What is no frame, too large, too much, or not from whom it claims to be.

use crate::support::{Channel, ORG, World, call};
use muster::phone::proto::{Fixes, Hello, Ping, down, news::Why, up};
use tokio_tungstenite::tungstenite::Message;

const PROTOCOL: (&str, &str) = ("Sec-WebSocket-Protocol", "muster.phone.v1");

#[tokio::test]
async fn only_a_responder_with_a_good_token_and_the_right_protocol_gets_in() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let open = async |headers: &[(&str, &str)]| Channel::open(&anna, headers).await.err();
    let bearer = format!("Bearer {}", anna.token());
    assert_eq!(open(&[PROTOCOL]).await, Some(401));
    assert_eq!(
        open(&[PROTOCOL, ("Authorization", "Bearer x.y.z")]).await,
        Some(401)
    );
    let desk = format!("Bearer {}", world.desk.token());
    assert_eq!(open(&[PROTOCOL, ("Authorization", &desk)]).await, Some(403));
    let stranger = world
        .tokens("org-2")
        .mint("responder", "anna")
        .await
        .unwrap();
    let stranger = format!("Bearer {stranger}");
    assert_eq!(
        open(&[PROTOCOL, ("Authorization", &stranger)]).await,
        Some(404)
    );
    assert_eq!(
        open(&[("Authorization", &bearer)]).await,
        Some(400),
        "no protocol"
    );
    let other = ("Sec-WebSocket-Protocol", "chat");
    assert_eq!(open(&[other, ("Authorization", &bearer)]).await, Some(400));
    let in_url = format!("/v1/phone?token={}", anna.token());
    world
        .anonymous()
        .get(&in_url)
        .await
        .problem(401, "unauthenticated");
    anna.get("/v1/phone").await.problem(400, "not_a_websocket");
    assert_eq!(open(&[PROTOCOL, ("Authorization", &bearer)]).await, None);
    world.finish().await;
}

#[tokio::test]
async fn a_cookie_counts_only_with_the_pages_own_origin() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let cookie = format!("muster_session={}", anna.token());
    let cookie = ("Cookie", cookie.as_str());
    let own = world.base_url();
    let open = async |headers: &[(&str, &str)]| Channel::open(&anna, headers).await.err();
    assert_eq!(open(&[PROTOCOL, cookie]).await, Some(403), "no origin");
    let evil = ("Origin", "https://evil.example");
    assert_eq!(open(&[PROTOCOL, cookie, evil]).await, Some(403));
    assert_eq!(
        open(&[PROTOCOL, cookie, ("Origin", "null")]).await,
        Some(403)
    );
    assert_eq!(open(&[PROTOCOL, cookie, ("Origin", &own)]).await, None);
    world.finish().await;
}

#[tokio::test]
async fn garbage_and_oversized_frames_end_the_connection() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let large = vec![0; 20_000];
    for (message, code) in [
        (Message::Binary(vec![0xff, 0xff].into()), 4000),
        (Message::Binary(Vec::new().into()), 4000),
        (Message::Text("hello".into()), 4000),
        (Message::Binary(large.into()), 1009),
    ] {
        let mut raw = Channel::of(&anna).await.unwrap();
        raw.sends_raw(message.clone()).await;
        assert_eq!(raw.closes().await, code, "before hello");
        let (mut line, _) = Channel::enter(&anna, &anna.device).await;
        line.sends_raw(message).await;
        assert_eq!(line.closes().await, code, "after hello");
    }
    let mut early = Channel::of(&anna).await.unwrap();
    early.sends(1, up::What::Ping(Ping {})).await;
    assert_eq!(early.closes().await, 4000, "a phone says hello first");
    let (mut twice, _) = Channel::enter(&anna, &anna.device).await;
    let hello = Hello {
        device_id: anna.device.clone(),
        shown: Vec::new(),
    };
    twice.sends(1, up::What::Hello(hello)).await;
    assert_eq!(twice.closes().await, 4000, "and once");
    world.finish().await;
}

#[tokio::test]
async fn a_flood_is_refused_then_ended_and_others_do_not_notice() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", 150.0).await,
    );
    let (mut loud, _) = Channel::enter(&anna, &anna.device).await;
    let (mut quiet, _) = Channel::enter(&ben, &ben.device).await;
    for seq in 1..=1_500 {
        loud.sends(seq, up::What::Fixes(Fixes::default())).await;
    }
    world.desk.raise(&call()).await;
    quiet.hears(Why::Alert).await;
    quiet.settles().await;
    let mut refused = 0;
    let code = loop {
        match loud.next().await {
            Ok(frame) => {
                if let Some(down::What::Refused(why)) = frame.what {
                    assert_eq!(why.code, "too_many_requests");
                    refused += 1;
                }
            }
            Err(code) => break code,
        }
    };
    assert_eq!(code, 4008);
    assert!(refused >= 190, "{refused}");
    assert!(world.desk.get("/v1/session").await.status == 200, "{ORG}");
    world.finish().await;
}
