//! Each engine: started, asked, killed, paused, started again.

use super::{Link, Postgres, Proxy, Redis, RedisCluster};
use crate::failure::Outcome;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Long enough for a loopback answer, short enough to wait for none.
const BRIEF: Duration = Duration::from_millis(300);

async fn set_and_get(redis: &Redis) -> Outcome<String> {
    redis.ask(&["SET", "k", "v"]).await?;
    redis.ask(&["GET", "k"]).await
}

#[tokio::test]
async fn redis_answers_dies_and_comes_back_empty_at_the_same_address() {
    let mut redis = Redis::start().await.unwrap();
    let (url, pid) = (redis.url(), redis.pid().unwrap());
    assert_eq!(set_and_get(&redis).await.unwrap(), "v");
    redis.pause().unwrap();
    assert!(redis.ask(&["PING"]).await.is_err(), "it is paused");
    redis.resume().unwrap();
    assert_eq!(redis.ask(&["GET", "k"]).await.unwrap(), "v");
    redis.kill().unwrap();
    assert!(redis.ask(&["PING"]).await.is_err(), "it is dead");
    assert!(redis.pid().is_err() && !redis.is_running());
    redis.restart().await.unwrap();
    assert_eq!(redis.url(), url);
    assert_ne!(redis.pid().unwrap(), pid);
    assert_eq!(redis.ask(&["DBSIZE"]).await.unwrap(), "0");
}

#[tokio::test]
async fn a_durable_redis_comes_back_with_what_it_had_until_it_is_flushed() {
    let mut redis = Redis::durable().await.unwrap();
    assert_eq!(set_and_get(&redis).await.unwrap(), "v");
    redis.restart().await.unwrap();
    assert_eq!(redis.ask(&["GET", "k"]).await.unwrap(), "v");
    redis.flush().await.unwrap();
    assert_eq!(redis.ask(&["DBSIZE"]).await.unwrap(), "0");
}

#[tokio::test]
async fn valkey_answers_too() {
    let redis = Redis::valkey().await.unwrap();
    let info = redis.ask(&["INFO", "server"]).await.unwrap();
    assert!(info.contains("valkey_version:"), "{info}");
    assert_eq!(set_and_get(&redis).await.unwrap(), "v");
}

#[tokio::test]
async fn a_server_goes_with_its_owner_and_its_folder_too() {
    let redis = Redis::start().await.unwrap();
    let (pid, folder) = (redis.pid().unwrap(), redis.folder().to_owned());
    let failed = tokio::spawn(async move {
        assert_eq!(redis.port(), 0, "a test that fails");
    });
    assert!(failed.await.unwrap_err().is_panic());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_cluster_survives_a_primary_and_takes_it_back_as_a_replica() {
    let mut cluster = RedisCluster::start().await.unwrap();
    assert_eq!(cluster.urls().len(), 6);
    let dead = cluster.kill_primary(1).await.unwrap();
    assert_eq!(dead, 1, "as it was set up");
    cluster.wait_ok().await.unwrap();
    cluster.restart(dead).await.unwrap();
    cluster.wait_ok().await.unwrap();
    let role = cluster.nodes()[dead].ask(&["INFO", "replication"]).await;
    assert!(role.unwrap().contains("role:slave"));
    cluster.flush().await.unwrap();
    for node in cluster.nodes() {
        assert_eq!(node.ask(&["DBSIZE"]).await.unwrap(), "0");
    }
}

/// The only value of the answer; nothing when there is none in time.
async fn ask(url: &str, statement: &str) -> Option<String> {
    let rows = timeout(BRIEF * 10, Postgres::ask(url, statement)).await;
    let first = rows.ok()?.ok()?.into_iter().next();
    Some(first.map_or_else(String::new, |row| row[0].clone().unwrap()))
}

#[tokio::test]
async fn postgres_keeps_what_it_committed_through_a_kill() {
    let mut postgres = Postgres::start().await.unwrap();
    let first = postgres.create_database().await.unwrap();
    let second = postgres.create_database().await.unwrap();
    assert_ne!(first, second);
    ask(&first, "CREATE TABLE t AS SELECT 7 AS n")
        .await
        .unwrap();
    assert_eq!(ask(&first, "SHOW fsync").await.unwrap(), "on");
    postgres.pause().unwrap();
    assert_eq!(ask(&first, "SELECT n FROM t").await, None, "it is paused");
    postgres.resume().unwrap();
    assert_eq!(ask(&first, "SELECT n FROM t").await.unwrap(), "7");
    let pid = postgres.pid().unwrap();
    postgres.kill().await.unwrap();
    assert!(!postgres.is_running());
    assert_eq!(ask(&first, "SELECT n FROM t").await, None, "it is dead");
    postgres.restart().await.unwrap();
    assert_ne!(postgres.pid().unwrap(), pid);
    assert_eq!(ask(&first, "SELECT n FROM t").await.unwrap(), "7");
    assert_eq!(ask(&second, "SELECT n FROM t").await, None, "another one");
}

/// Something that answers each byte with the next one.
async fn adder() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                while let Ok(byte) = stream.read_u8().await {
                    stream.write_u8(byte + 1).await.unwrap();
                }
            });
        }
    });
    address
}

async fn next(stream: &mut TcpStream, byte: u8) -> Option<u8> {
    stream.write_u8(byte).await.ok()?;
    timeout(BRIEF, stream.read_u8()).await.ok()?.ok()
}

#[tokio::test]
async fn a_proxy_holds_back_what_the_link_does_not_carry_and_delivers_it_later() {
    let proxy = Proxy::start(&adder().await).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(next(&mut stream, 1).await, Some(2));
    for link in [Link::Cut, Link::NoAnswers, Link::NoRequests] {
        proxy.set(link);
        assert_eq!(next(&mut stream, 10).await, None, "{link:?}");
        proxy.set(Link::Open);
        assert_eq!(stream.read_u8().await.unwrap(), 11, "{link:?}");
    }
    proxy.set(Link::Slow(Duration::from_millis(20)));
    let began = tokio::time::Instant::now();
    assert_eq!(next(&mut stream, 20).await, Some(21));
    assert!(
        began.elapsed() >= Duration::from_millis(40),
        "there and back"
    );
    proxy.set(Link::Refused);
    assert_eq!(next(&mut stream, 30).await, None, "closed");
    let again = TcpStream::connect(proxy.address()).await;
    if let Ok(mut again) = again {
        assert_eq!(next(&mut again, 40).await, None, "closed at once");
    }
    proxy.set(Link::Open);
    let mut again = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(next(&mut again, 50).await, Some(51));
}
