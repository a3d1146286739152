//! People who watch the live feed: each a connection of its own that takes the stream apart and
//! notes when it learned of an incident. Some may read nothing until they are told to.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use muster_stand::failure::{Context as _, Failure, Outcome};

/// Opening all of them takes no longer; a server notices within 15 s that somebody left.
const OPEN_MAX: Duration = Duration::from_secs(30);
/// A head or the head of a chunk is shorter.
const LINE_MAX: usize = 4096;
/// Read at once.
const READ: usize = 16_384;
/// What the kernel may keep for somebody who reads nothing, so that the server notices soon.
const LITTLE: u32 = 65_536;
/// The word for a new incident is within so many bytes of an event's beginning.
const NEAR: usize = 256;
const RAISED: &[u8] = b"\"change\":\"raised\",\"id\":\"";
const RESET: &[u8] = b"event: reset\n";

/// How far they are; read them in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Told {
    Wait,
    Read,
    Stop,
}

/// What all of them counted so far.
#[derive(Default)]
struct Counts {
    messages: AtomicU64,
    bytes: AtomicU64,
    raised: AtomicU64,
    resets: AtomicU64,
    gone: AtomicU64,
}

/// Some viewers of one server.
pub(super) struct Viewers {
    counts: Arc<Counts>,
    told: watch::Sender<Told>,
    tasks: JoinSet<Outcome<Vec<(String, Instant)>>>,
}

/// What the viewers saw.
pub(super) struct Watched {
    /// Which incident, and when one of them learned of it.
    pub(super) seen: Vec<(String, Instant)>,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    /// Told to begin anew.
    pub(super) resets: u64,
    /// Whose connection the server ended.
    pub(super) gone: u64,
}

impl Viewers {
    /// Opens so many feeds of this server and path. `reading` is whether they read
    /// at once, or only after [`Self::read`].
    pub(super) async fn open(
        feed: (&str, &str),
        token: &str,
        many: usize,
        reading: bool,
    ) -> Outcome<Self> {
        let (told, hears) = watch::channel(if reading { Told::Read } else { Told::Wait });
        let counts = Arc::new(Counts::default());
        let mut tasks = JoinSet::new();
        let until = Instant::now() + OPEN_MAX;
        for _ in 0..many {
            let opened = connect(feed, token, reading, until).await?;
            tasks.spawn(follow(opened, Arc::clone(&counts), hears.clone()));
        }
        Ok(Self {
            counts,
            told,
            tasks,
        })
    }

    /// Those who waited read from now on.
    pub(super) fn read(&self) {
        self.told.send_replace(Told::Read);
    }

    /// Waits until they learned of so many incidents together, or the time is up.
    pub(super) async fn wait(&self, raised: u64, patience: Duration) {
        let until = Instant::now() + patience;
        while self.counts.raised.load(Ordering::Relaxed) < raised && Instant::now() < until {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until nothing came for `quiet`, or the time is up.
    pub(super) async fn wait_quiet(&self, quiet: Duration, patience: Duration) {
        let until = Instant::now() + patience;
        let mut last = (u64::MAX, Instant::now());
        while Instant::now() < until {
            let now = self.counts.messages.load(Ordering::Relaxed);
            if now != last.0 {
                last = (now, Instant::now());
            } else if last.1.elapsed() >= quiet {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Closes all connections.
    pub(super) async fn close(mut self) -> Outcome<Watched> {
        self.told.send_replace(Told::Stop);
        let mut seen = Vec::new();
        while let Some(done) = self.tasks.join_next().await {
            seen.extend(done.doing("waiting for a viewer")??);
        }
        let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
        Ok(Watched {
            seen,
            messages: count(&self.counts.messages),
            bytes: count(&self.counts.bytes),
            resets: count(&self.counts.resets),
            gone: count(&self.counts.gone),
        })
    }
}

/// An open feed, and what of it was read with the head of the answer.
struct Opened {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Opens a feed; tries again while the server says that it has too many viewers, because it may
/// notice those who left only when it next writes to them.
async fn connect(
    feed: (&str, &str),
    token: &str,
    reading: bool,
    until: Instant,
) -> Outcome<Opened> {
    loop {
        let mut opened = ask(feed, token, reading).await?;
        let head = loop {
            if let Some(end) = find(&opened.buffer, b"\r\n\r\n") {
                break opened.buffer.drain(..end + 4).collect::<Vec<u8>>();
            }
            let read = opened.stream.read_buf(&mut opened.buffer).await;
            if read.doing("opening a feed")? == 0 || opened.buffer.len() > READ {
                return Err(Failure::new("a feed ended before it began"));
            }
        };
        if head.starts_with(b"HTTP/1.1 200") {
            return Ok(opened);
        }
        if Instant::now() > until || !head.starts_with(b"HTTP/1.1 503") {
            let words = String::from_utf8_lossy(&head).into_owned();
            return Err(Failure::new(format!("opening a feed: {words}")));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn ask(feed: (&str, &str), token: &str, reading: bool) -> Outcome<Opened> {
    let (base_url, path) = feed;
    let host = base_url.trim_start_matches("http://").trim_end_matches('/');
    let address = host.parse().doing("reading the server's address")?;
    let socket = TcpSocket::new_v4().doing("making a socket; `ulimit -n` must be above 2,500")?;
    if !reading {
        socket
            .set_recv_buffer_size(LITTLE)
            .doing("asking for little room")?;
    }
    let mut stream = socket.connect(address).await.doing("connecting")?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    let sent = stream.write_all(request.as_bytes()).await;
    sent.doing("asking for the feed")?;
    let buffer = Vec::with_capacity(READ);
    Ok(Opened { stream, buffer })
}

/// Reads until told to stop, or until the server ends it.
async fn follow(
    opened: Opened,
    counts: Arc<Counts>,
    mut told: watch::Receiver<Told>,
) -> Outcome<Vec<(String, Instant)>> {
    let Opened {
        mut stream,
        mut buffer,
    } = opened;
    let mut seen = Vec::new();
    let mut known = HashSet::new();
    // an error: whoever tells is gone
    if told.wait_for(|told| *told >= Told::Read).await.is_err() {
        return Ok(seen);
    }
    loop {
        let mut done = 0;
        while let Some((chunk, next)) = chunk(&buffer[done..])? {
            let text = &buffer[done + chunk.start..done + chunk.end];
            counts.messages.fetch_add(1, Ordering::Relaxed);
            counts.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
            if let Some(incident) = raised(text)
                && known.insert(incident.clone())
            {
                seen.push((incident, Instant::now()));
                counts.raised.fetch_add(1, Ordering::Relaxed);
            }
            if text.starts_with(RESET) {
                counts.resets.fetch_add(1, Ordering::Relaxed);
            }
            done += next;
        }
        buffer.drain(..done);
        if !more(&mut stream, &mut buffer, &mut told).await? {
            if *told.borrow() != Told::Stop {
                counts.gone.fetch_add(1, Ordering::Relaxed);
            }
            return Ok(seen);
        }
    }
}

/// Reads what there is; false at the end of the stream and when told to stop.
async fn more(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    told: &mut watch::Receiver<Told>,
) -> Outcome<bool> {
    buffer.reserve(READ);
    tokio::select! {
        read = stream.read_buf(buffer) => match read {
            Ok(read) => Ok(read > 0),
            // cut off: the same as an end
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error).doing("reading the feed"),
        },
        _ = told.wait_for(|told| *told == Told::Stop) => Ok(false),
    }
}

/// The first whole chunk: where its text is, and where the next begins.
fn chunk(buffer: &[u8]) -> Outcome<Option<(Range<usize>, usize)>> {
    let Some(line) = find(&buffer[..buffer.len().min(LINE_MAX)], b"\r\n") else {
        return Ok(None);
    };
    let size = std::str::from_utf8(&buffer[..line]).doing("reading a chunk's size")?;
    let size = usize::from_str_radix(size.trim(), 16).doing("reading a chunk's size")?;
    let text = line + 2..line + 2 + size;
    let next = text.end + 2;
    Ok((buffer.len() >= next).then_some((text, next)))
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|at| at == what)
}

/// Which incident a message tells to be new.
fn raised(text: &[u8]) -> Option<String> {
    let head = &text[..text.len().min(NEAR)];
    let id = &head[find(head, RAISED)? + RAISED.len()..];
    let id = &id[..id.iter().position(|byte| *byte == b'"')?];
    String::from_utf8(id.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_taken_apart_and_half_a_chunk_waits() {
        let text = b"5\r\nhello\r\nA\r\n0123";
        assert_eq!(chunk(text).unwrap(), Some((3..8, 10)));
        assert_eq!(chunk(&text[10..]).unwrap(), None);
        assert!(chunk(b"no\r\n").is_err());
    }

    #[test]
    fn only_a_new_incident_is_one() {
        let event =
            b"event: incident\nid: e-7\ndata: {\"change\":\"raised\",\"id\":\"i1\",\"version\":1}";
        assert_eq!(raised(event).as_deref(), Some("i1"));
        assert_eq!(raised(b"data: {\"change\":\"sent\",\"id\":\"i1\"}"), None);
    }
}
