//! A bare HTTP/1.1 client over one kept connection: what it costs must not be what is measured.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::time::Duration;

use muster_core::domain::place::Point;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use muster_stand::clock;
use muster_stand::failure::{Context as _, Failure, Outcome};

/// No answer that this package asks for is longer.
const ANSWER_MAX: usize = 1 << 20;

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    host: String,
    out: String,
    answer: Vec<u8>,
}

/// What is sent.
pub(crate) struct Call<'a> {
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    /// A whole header line with its end, or nothing.
    pub(crate) header: &'a str,
    pub(crate) body: &'a str,
}

/// A call for help as control rooms send it, as JSON.
pub(super) fn report(place: Point) -> String {
    json!({"kind": "cardiac_arrest", "scene": "safe", "place": "private",
        "location": {"lat": place.lat(), "lon": place.lon(), "uncertainty_m": 15},
        "address": {"line": "1 Main Street", "floor": "3", "notes": "blue door"},
        "patient": {"age_y": 61}, "ems_eta_s": 540})
    .to_string()
}

impl Wire {
    /// Connects to `http://HOST:PORT`.
    pub(crate) async fn connect(base_url: &str) -> Outcome<Self> {
        let host = base_url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let stream = TcpStream::connect(&host)
            .await
            .doing(format!("connecting to {host}"))?;
        stream.set_nodelay(true).doing("asking for no delay")?;
        Ok(Self {
            stream,
            host,
            out: String::with_capacity(2048),
            answer: Vec::with_capacity(16_384),
        })
    }

    /// Whether the other side has not hung up, between two requests.
    pub(crate) fn is_open(&self) -> bool {
        let read = self.stream.try_read(&mut [0]);
        read.is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
    }

    /// `POST`s and returns the status; the body is then in [`Self::body`].
    pub(crate) async fn post(&mut self, call: &Call<'_>) -> Outcome<u16> {
        self.out.clear();
        let (path, host, token) = (call.path, &self.host, call.token);
        let (header, body) = (call.header, call.body);
        let length = body.len();
        write!(
            self.out,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{header}\r\n{body}"
        )
        .doing("writing a request")?;
        let sent = self.stream.write_all(self.out.as_bytes()).await;
        sent.doing("sending a request")?;
        self.read().await
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        head_end(&self.answer).map_or(&[], |end| &self.answer[end..])
    }

    async fn read(&mut self) -> Outcome<u16> {
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await;
            if read.doing("reading an answer")? == 0 {
                return Err(Failure::new("the server closed the connection"));
            }
            if let Some(end) = head_end(&self.answer) {
                let (status, length) = head(&self.answer[..end])
                    .ok_or_else(|| Failure::new("an answer without status or length"))?;
                if self.answer.len() >= end + length {
                    return Ok(status);
                }
            }
            if self.answer.len() > ANSWER_MAX {
                return Err(Failure::new("an answer without end"));
            }
        }
    }
}

fn head_end(answer: &[u8]) -> Option<usize> {
    answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// Status and length of the body.
fn head(head: &[u8]) -> Option<(u16, usize)> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some((status, length.unwrap_or(0)))
}

/// The body of some fixes, as a phone sends them: a second apart, the newest taken now.
pub(crate) fn fixes_body(fixes: &[Point]) -> String {
    let now = clock::now();
    let mut body = String::with_capacity(80 + 110 * fixes.len());
    // writing to a string cannot fail
    let head = write!(
        body,
        "{{\"device_id\":\"phone\",\"sent_at\":\"{now:.3}\",\"fixes\":["
    );
    debug_assert!(head.is_ok());
    for (age_s, fix) in (0..fixes.len()).rev().zip(fixes) {
        let at = now - Duration::from_secs(age_s as u64);
        let comma = if age_s + 1 == fixes.len() { "" } else { "," };
        let written = write!(
            body,
            "{comma}{{\"lat\":{:.7},\"lon\":{:.7},\"accuracy_m\":10,\"at\":\"{at:.3}\"}}",
            fix.lat(),
            fix.lon()
        );
        debug_assert!(written.is_ok());
    }
    body.push_str("]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_length_are_read_in_any_case() {
        let text = b"HTTP/1.1 202 Accepted\r\ncontent-LENGTH: 27\r\nx: y\r\n\r\n";
        assert_eq!(head(text), Some((202, 27)));
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n"), Some((204, 0)));
        assert_eq!(head(b"nonsense"), None);
        assert_eq!(head_end(b"ab\r\n\r\ncd"), Some(6));
    }

    #[test]
    fn the_body_of_fixes_is_json_and_the_last_is_of_now() {
        let place = Point::new(52.0, 13.5).unwrap();
        let value: serde_json::Value = serde_json::from_str(&fixes_body(&[place; 20])).unwrap();
        let fixes = value["fixes"].as_array().unwrap();
        assert_eq!(fixes.len(), 20);
        assert_eq!(fixes[0]["lon"], 13.5);
        assert_eq!(fixes[19]["at"], value["sent_at"]);
        let time = |at: &serde_json::Value| at.as_str().unwrap().parse::<jiff::Timestamp>();
        let (first, last) = (
            time(&fixes[0]["at"]).unwrap(),
            time(&fixes[19]["at"]).unwrap(),
        );
        assert_eq!(last.duration_since(first).as_secs(), 19);
    }
}
