//! Whose fault a no is.

use std::collections::HashSet;
use std::time::Duration;

use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::selection::Role;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Later, SendResult};
use tokio::time::Instant;

use super::{CONFIRMED, SEVERAL, Trusts};

const AT: Timestamp = Timestamp(1_900_000_000_000);

fn push(to: &str, platform: Platform, address: PushAddress) -> PushMessage {
    PushMessage {
        kind: PushKind::Alert,
        alert: AlertId::from("a"),
        incident: IncidentId::from("i"),
        version: 1,
        sent_at: AT,
        expires_at: AT,
        role: Role::Cpr,
        exercise: false,
        responder: ResponderNo(u64::try_from(to.len()).unwrap()),
        device: DeviceId::from(to),
        platform,
        address,
        attention: None,
    }
}

fn app(n: usize) -> PushMessage {
    let mut push = push(
        "d",
        Platform::Android,
        PushAddress::FcmToken(format!("t-{n}")),
    );
    push.responder = ResponderNo(u64::try_from(n).unwrap());
    push
}

fn browser(host: &str, n: usize) -> PushMessage {
    let address = PushAddress::Webpush {
        endpoint: format!("https://{host}/{n}"),
        p256dh: String::new(),
        auth: String::new(),
    };
    let mut push = push("w", Platform::Web, address);
    push.responder = ResponderNo(u64::try_from(n).unwrap());
    push
}

fn gone() -> SendResult {
    SendResult::Gone {
        reason: "unregistered",
    }
}

fn taken() -> SendResult {
    SendResult::Taken {
        name: "n".to_owned(),
    }
}

fn refused(all: bool) -> SendResult {
    SendResult::Later(Later {
        reason: "permission_denied",
        after: None,
        refused: true,
        all,
    })
}

/// A node, and its clock.
struct Node {
    trusts: Trusts,
    now: Instant,
}

impl Node {
    fn new() -> Self {
        Self {
            trusts: Trusts::new(),
            now: Instant::now(),
        }
    }

    fn pass(&mut self, span: Duration) {
        self.now += span;
    }

    fn hears(&self, message: &PushMessage, outcome: SendResult) -> SendResult {
        self.trusts.judge(message, outcome, self.now, AT)
    }

    /// Whether the phone is buried when the service says that it is gone.
    fn buries(&self, message: &PushMessage) -> bool {
        self.hears(message, gone()) == gone()
    }

    fn blames_all(&self, message: &PushMessage, outcome: SendResult) -> bool {
        matches!(
            self.hears(message, outcome),
            SendResult::Later(Later { all: true, .. })
        )
    }
}

#[test]
fn a_phone_that_is_gone_is_buried_once_another_was_taken() {
    let node = Node::new();
    assert!(!node.buries(&app(1)), "not by the first word");
    assert!(!node.buries(&app(1)), "nor by a second at once");
    node.hears(&app(2), taken());
    assert!(node.buries(&app(1)));
    assert_eq!(node.trusts.health(), Ok(()));
}

#[test]
fn what_was_taken_before_proves_nothing() {
    let node = Node::new();
    node.hears(&app(9), taken());
    for n in 0..5 {
        assert!(!node.buries(&app(n)), "a proxy came between them");
    }
}

#[test]
fn a_single_phone_is_buried_when_it_is_still_gone_a_little_later() {
    let mut node = Node::new();
    assert!(!node.buries(&app(1)));
    node.pass(CONFIRMED);
    assert!(node.buries(&app(1)));
    assert_eq!(
        node.trusts.health(),
        Ok(()),
        "no reason to wake the operator"
    );
    node.hears(&app(2), taken());
    for n in 3..9 {
        node.hears(&app(n), gone());
    }
    assert!(node.trusts.wronged().is_empty(), "another was taken since");
}

/// Five phones or five thousand: a key that reaches nobody buries nobody, however often and in
/// whatever order they are tried, and the operator is told.
#[test]
fn when_several_are_gone_and_none_is_taken_nobody_is_buried() {
    for phones in [SEVERAL, 5, 40, 5_000] {
        let mut node = Node::new();
        let mut buried = HashSet::new();
        for round in 0..40 {
            for n in 0..phones {
                if node.buries(&app((n * 7 + round) % phones)) {
                    buried.insert(n);
                }
            }
            node.pass(Duration::from_millis(1_700));
        }
        assert_eq!(buried.len(), 0, "of {phones}");
        let why = node.trusts.health().unwrap_err();
        assert!(
            why.contains("fcm_android") && why.contains("2030-03-17T"),
            "{why}"
        );
        // the right key is back: all is well, and whoever is gone is gone
        assert!(!node.buries(&app(0)));
        node.hears(&app(1), taken());
        assert_eq!(node.trusts.health(), Ok(()));
        assert!(node.buries(&app(0)));
    }
}

#[test]
fn one_phone_after_the_other_is_noticed_as_well() {
    let mut node = Node::new();
    let mut buried = HashSet::new();
    for n in 0..50 {
        for _ in 0..4 {
            if node.buries(&app(n)) {
                buried.insert(n);
            }
            node.pass(CONFIRMED);
        }
        node.pass(Duration::from_mins(10));
    }
    assert!(buried.len() < SEVERAL, "{buried:?}");
    let mut back: Vec<u64> = node.trusts.wronged().iter().map(|(who, _)| who.0).collect();
    back.sort_unstable();
    let mut buried: Vec<_> = buried
        .into_iter()
        .map(|n| u64::try_from(n).unwrap())
        .collect();
    buried.sort_unstable();
    assert_eq!(back, buried, "brought back");
    assert!(node.trusts.wronged().is_empty(), "once");
    assert!(node.trusts.health().is_err());
}

#[test]
fn a_refusal_of_everybody_rings_at_once_and_one_of_a_phone_when_there_are_several() {
    let node = Node::new();
    assert!(node.blames_all(&app(1), refused(true)));
    assert!(node.trusts.health().is_err());
    node.hears(&app(1), taken());
    assert_eq!(node.trusts.health(), Ok(()));

    assert!(!node.blames_all(&app(1), refused(false)));
    assert!(
        !node.blames_all(&app(1), refused(false)),
        "the same phone again"
    );
    assert!(!node.blames_all(&app(2), refused(false)));
    assert_eq!(node.trusts.health(), Ok(()));
    assert!(node.blames_all(&app(3), refused(false)));
    let why = node.trusts.health().unwrap_err();
    assert!(why.contains("permission_denied"), "{why}");
}

#[test]
fn one_service_says_nothing_of_another() {
    let node = Node::new();
    let mozilla = "updates.push.services.mozilla.com";
    for n in 0..5 {
        node.hears(&app(n), gone());
        node.hears(&browser(mozilla, n), gone());
    }
    node.hears(&app(9), taken());
    assert!(node.buries(&app(1)));
    assert!(!node.buries(&browser(mozilla, 1)));
    let why = node.trusts.health().unwrap_err();
    assert!(
        why.contains("webpush_mozilla") && !why.contains("fcm"),
        "{why}"
    );
    let ios = push(
        "i",
        Platform::Ios,
        PushAddress::FcmToken("t-ios".to_owned()),
    );
    assert!(node.blames_all(&ios, refused(true)));
    assert!(!node.blames_all(&app(1), refused(false)), "Android goes on");
}

#[test]
fn a_strangers_own_push_service_does_not_ring_for_the_operator() {
    let node = Node::new();
    let mut own = browser("at-home.example", 1);
    for n in 0..9 {
        own.address = PushAddress::Webpush {
            endpoint: format!("https://at-home.example/{n}"),
            p256dh: String::new(),
            auth: String::new(),
        };
        node.hears(&own, refused(false));
    }
    assert_eq!(node.trusts.health(), Ok(()));
    for n in 12..15 {
        node.hears(&browser("at-home.example", n), refused(false));
    }
    let why = node.trusts.health().unwrap_err();
    assert!(
        why.contains("webpush_other") && !why.contains("at-home"),
        "{why}"
    );
}

#[test]
fn many_services_and_many_phones_stay_bounded() {
    let node = Node::new();
    for n in 0..3_000 {
        assert!(!node.buries(&browser(&format!("{n}.example"), n)));
        assert!(!node.buries(&app(n)));
    }
    let services = node.trusts.services.lock();
    assert!(services.len() <= super::SERVICES_MAX + 2);
    assert!(
        services
            .values()
            .all(|one| one.met.len() <= super::PHONES_MAX)
    );
}
