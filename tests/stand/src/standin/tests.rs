//! The stand-in over real TLS and HTTP/2, as the server under test would use it.

use super::*;
use crate::clock;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::Value;

struct Sender {
    standin: StandIn,
    http: reqwest::Client,
    account: Value,
    _dir: tempfile::TempDir,
}

impl Sender {
    async fn new(config: StandInConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let standin = StandIn::start(config, dir.path()).await.unwrap();
        let ca = std::fs::read(standin.ca_file()).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        let file = std::fs::read(standin.service_account_file()).unwrap();
        let account = serde_json::from_slice(&file).unwrap();
        Self {
            standin,
            http,
            account,
            _dir: dir,
        }
    }

    fn assertion(&self, aud: &str, life_s: i64) -> String {
        let now = clock::now().as_second();
        let claims = json!({"iss": self.account["client_email"], "aud": aud, "iat": now,
            "exp": now + life_s, "scope": "https://www.googleapis.com/auth/firebase.messaging"});
        let key = self.account["private_key"].as_str().unwrap();
        let key = EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
        encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
    }

    async fn exchange(&self, assertion: &str) -> reqwest::Response {
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let form = format!("grant_type={grant}&assertion={assertion}");
        let to = self.account["token_uri"].as_str().unwrap();
        self.http.post(to).body(form).send().await.unwrap()
    }

    async fn token(&self) -> String {
        let assertion = self.assertion(self.account["token_uri"].as_str().unwrap(), 3_600);
        let answer: Value = self.exchange(&assertion).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn post(&self, token: &str, body: &Value) -> reqwest::RequestBuilder {
        let base = self.standin.base_url();
        let url = format!("{base}/v1/projects/muster-standin/messages:send");
        self.http.post(url).bearer_auth(token).json(body)
    }

    async fn send(&self, token: &str, body: &Value) -> (u16, Value) {
        let answer = self.post(token, body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or(Value::Null),
        )
    }
}

fn alert(address: &str) -> Value {
    json!({"message": {"token": address, "data": {"type": "alert", "alert_id": "a-1"},
                       "android": {"priority": "HIGH", "ttl": "600s", "direct_boot_ok": true}}})
}

#[tokio::test]
async fn a_message_is_taken_over_http2_and_handed_on() {
    let s = Sender::new(StandInConfig::default()).await;
    let mut phone = s.standin.subscribe(8);
    let token = s.token().await;
    let answer = s.post(&token, &alert("phone-1")).send().await.unwrap();
    assert_eq!(answer.version(), hyper::Version::HTTP_2);
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert!(
        body["name"]
            .as_str()
            .unwrap()
            .starts_with("projects/muster-standin/messages/")
    );
    let got = phone.recv().await.unwrap();
    assert_eq!(
        (got.address.as_str(), got.datum("alert_id"), got.seq),
        ("phone-1", "a-1", 1)
    );
    assert_eq!(s.standin.messages(0).len(), 1);
    assert!(s.standin.messages(1).is_empty());
}

#[tokio::test]
async fn a_dry_run_is_answered_but_not_taken() {
    let s = Sender::new(StandInConfig::default()).await;
    let mut body = alert("phone-1");
    body["validate_only"] = json!(true);
    let (status, answer) = s.send(&s.token().await, &body).await;
    assert_eq!(
        (status, &answer["name"]),
        (
            200,
            &json!("projects/muster-standin/messages/fake_message_id")
        )
    );
    assert!(s.standin.messages(0).is_empty());
}

#[tokio::test]
async fn assertions_for_somebody_else_or_too_long_or_over_are_refused() {
    let s = Sender::new(StandInConfig::default()).await;
    let uri = s.account["token_uri"].as_str().unwrap().to_owned();
    let mut forged = s.assertion(&uri, 3_600);
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    let cases = [
        s.assertion("https://other/token", 60),
        s.assertion(&uri, 7_200),
        s.assertion(&uri, -600),
        forged,
    ];
    for assertion in cases {
        let answer = s.exchange(&assertion).await;
        assert_eq!(answer.status(), 400);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], "invalid_grant", "{body}");
    }
}

#[tokio::test]
async fn a_send_without_a_living_access_token_is_unauthenticated() {
    let s = Sender::new(StandInConfig {
        access_token_s: 0,
        ..StandInConfig::default()
    })
    .await;
    assert_eq!(s.send("made-up", &alert("p")).await.0, 401);
    assert_eq!(
        s.send(&s.token().await, &alert("p")).await.0,
        401,
        "it lived for 0 s"
    );
}

#[tokio::test]
async fn what_google_refuses_is_refused() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    let bodies = [
        json!({"message": {"data": {"a": "b"}}}),
        json!({"message": {"token": "a", "fid": "b"}}),
        json!({"message": {"token": "a", "data": {"version": 3}}}),
        json!({"message": {"token": "a", "data": {"gcm.x": "y"}}}),
        json!({"message": {"token": "a", "data": {"x": "y".repeat(4_096)}}}),
        json!({"message": {"token": "a", "colour": "red"}}),
        json!({"message": {"token": "a", "android": {"ttl": 300}}}),
        json!({"message": {"token": "a", "android": {"urgency": "high"}}}),
    ];
    for body in bodies {
        let (status, answer) = s.send(&token, &body).await;
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{body}"
        );
    }
    assert!(s.standin.messages(0).is_empty());
}

#[tokio::test]
async fn every_scripted_error_has_googles_status_and_code() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    let table = [
        (Fault::Unregistered, 404, "UNREGISTERED"),
        (Fault::InvalidArgument, 400, "INVALID_ARGUMENT"),
        (Fault::SenderIdMismatch, 403, "SENDER_ID_MISMATCH"),
        (Fault::QuotaExceeded, 429, "QUOTA_EXCEEDED"),
        (Fault::Unavailable, 503, "UNAVAILABLE"),
        (Fault::Internal, 500, "INTERNAL"),
        (Fault::ThirdPartyAuthError, 401, "THIRD_PARTY_AUTH_ERROR"),
    ];
    for (fault, status, code) in table {
        s.standin.faults().set_for("bad", Rule::error(fault));
        let (got, body) = s.send(&token, &alert("bad")).await;
        assert_eq!(
            (got, &body["error"]["details"][0]["errorCode"]),
            (status, &json!(code))
        );
        assert_eq!(
            s.send(&token, &alert("good")).await.0,
            200,
            "nobody else is touched"
        );
    }
    s.standin.faults().set(Rule::error(Fault::Unauthenticated));
    assert_eq!(s.send(&token, &alert("good")).await.0, 401);
    s.standin.faults().set(Rule::error(Fault::Html502));
    let answer = s.post(&token, &alert("good")).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (502, &"text/html".parse().unwrap())
    );
}

#[tokio::test]
async fn a_fault_strikes_as_often_as_it_was_told_to() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    let rule = Rule {
        retry_after_s: Some(7),
        ..Rule::error_times(Fault::Unavailable, 2)
    };
    s.standin.faults().set(rule);
    for _ in 0..2 {
        let answer = s.post(&token, &alert("p")).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"7".parse().unwrap())
        );
    }
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
}

#[tokio::test]
async fn a_fault_may_strike_one_request_in_so_many() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    let rule = Rule::slow_and_failing(Duration::ZERO, Fault::Unavailable, 4);
    s.standin.faults().set(rule);
    let mut refused = 0;
    for _ in 0..20 {
        refused += u32::from(s.send(&token, &alert("p")).await.0 == 503);
    }
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn over_quota_is_429_with_the_time_to_wait() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    s.standin.faults().set_quota_per_minute(Some(2));
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
    let answer = s.post(&token, &alert("p")).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_a_message_that_was_taken() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    s.standin
        .faults()
        .set(Rule::error_times(Fault::TakeThenDrop, 1));
    assert!(s.post(&token, &alert("p")).send().await.is_err());
    assert_eq!(s.standin.messages(0).len(), 1);
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
}

#[tokio::test]
async fn latency_is_waited_for_before_the_message_is_looked_at() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    s.standin
        .faults()
        .set(Rule::latency(Duration::from_millis(80)));
    let start = tokio::time::Instant::now();
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(80));
    s.standin.faults().set(Rule {
        latency_ms: 0,
        ..Rule::error(Fault::Hang)
    });
    let hang = s
        .post(&token, &alert("p"))
        .timeout(Duration::from_millis(100))
        .send()
        .await;
    assert!(hang.unwrap_err().is_timeout());
}

#[tokio::test]
async fn down_closes_connections_and_control_still_answers() {
    let s = Sender::new(StandInConfig::default()).await;
    let token = s.token().await;
    let control = format!("{}/control/faults", s.standin.control_url());
    let order = |body: Value| s.http.post(&control).json(&body).send();
    assert_eq!(order(json!({"down": true})).await.unwrap().status(), 200);
    assert!(s.post(&token, &alert("p")).send().await.is_err());
    assert_eq!(order(json!({"down": false})).await.unwrap().status(), 200);
    assert_eq!(s.send(&token, &alert("p")).await.0, 200);
    let rule = json!({"address": "p", "rule": {"error": "HTML_502"}});
    assert_eq!(order(rule).await.unwrap().status(), 200);
    assert_eq!(s.send(&token, &alert("p")).await.0, 502);
    assert_eq!(order(json!({"typo": 1})).await.unwrap().status(), 400);
    let url = format!("{}/control/messages?after=0", s.standin.control_url());
    let page: Value = s.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&page["items"][0]["address"], &page["next"]),
        (&json!("p"), &json!(1))
    );
}

#[tokio::test]
async fn the_token_endpoint_fails_when_told_to() {
    let s = Sender::new(StandInConfig::default()).await;
    s.standin
        .faults()
        .set_token(Rule::error_times(Fault::Unavailable, 1));
    let assertion = s.assertion(s.account["token_uri"].as_str().unwrap(), 60);
    assert_eq!(s.exchange(&assertion).await.status(), 503);
    assert_eq!(s.exchange(&assertion).await.status(), 200);
    let token = s.token().await;
    s.standin.revoke_access_tokens();
    assert_eq!(s.send(&token, &alert("p")).await.0, 401);
}

#[tokio::test]
async fn arrivals_are_stamped_by_the_clock_that_all_processes_share() {
    let s = Sender::new(StandInConfig::default()).await;
    let control = |path: &str| format!("{}/control/{path}", s.standin.control_url());
    let answer = s.http.post(control("token")).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    s.send(token, &alert("a")).await;
    let between = clock::monotonic_ns();
    s.send(token, &alert("b")).await;
    let ask = |after: u64| {
        s.http
            .get(control(&format!("arrivals?after={after}")))
            .send()
    };
    let both: Value = ask(0).await.unwrap().json().await.unwrap();
    let last: Value = ask(1).await.unwrap().json().await.unwrap();
    let none: Value = ask(2).await.unwrap().json().await.unwrap();
    let now = clock::monotonic_ns();
    let stamp = |of: &Value, name: &str| of[name].as_u64().unwrap();
    assert_eq!(
        (&both["taken"], &none["last_ns"]),
        (&json!(2), &Value::Null)
    );
    assert!(stamp(&both, "first_ns") < between && between < stamp(&both, "last_ns"));
    assert!(stamp(&last, "first_ns") > between && stamp(&last, "last_ns") < now);
}

#[test]
fn escaped_forms_are_read() {
    assert_eq!(token::unescape("a%3Ab+c%2"), "a:b c ");
}

#[tokio::test]
async fn a_browser_takes_nothing_that_a_push_service_would_refuse() {
    let sender = Sender::new(StandInConfig::default()).await;
    let browser = sender.standin.browser("b", None);
    let post = async |endpoint: &str, headers: &[(&str, &str)]| {
        let request = headers.iter().fold(
            sender.http.post(endpoint).body("sealed"),
            |request, (name, value)| request.header(*name, *value),
        );
        request.send().await.unwrap().status().as_u16()
    };
    let ttl = ("TTL", "60");
    let sealed = ("Content-Encoding", "aes128gcm");
    assert_eq!(post(&browser.endpoint, &[]).await, 400, "no TTL");
    assert_eq!(post(&browser.endpoint, &[ttl]).await, 400, "in the clear");
    assert_eq!(
        post(&browser.endpoint, &[ttl, sealed]).await,
        401,
        "no VAPID"
    );
    let forged = ("Authorization", "vapid t=a.b.c, k=AAAA");
    assert_eq!(post(&browser.endpoint, &[ttl, sealed, forged]).await, 401);
    let unknown = format!("{}/webpush/nobody", sender.standin.base_url());
    assert_eq!(post(&unknown, &[ttl, sealed]).await, 404);
    sender.standin.end_browser("b");
    assert_eq!(post(&browser.endpoint, &[ttl, sealed]).await, 410);
    assert!(sender.standin.messages(0).is_empty());
}
