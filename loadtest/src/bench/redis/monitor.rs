//! What a server is asked, as its `MONITOR` tells.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use muster_stand::failure::{Context as _, Failure, Outcome};

/// A command with its arguments.
pub(super) type Words = Vec<Vec<u8>>;

/// A connection that hears every command.
pub(super) struct Monitor(BufReader<TcpStream>);

impl Monitor {
    /// Hears from now on.
    pub(super) async fn start(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        let mut stream = BufReader::new(stream.doing("connecting to Redis")?);
        stream.write_all(b"MONITOR\r\n").await.doing("MONITOR")?;
        let mut answer = Vec::new();
        stream
            .read_until(b'\n', &mut answer)
            .await
            .doing("MONITOR")?;
        if answer.starts_with(b"+OK") {
            Ok(Self(stream))
        } else {
            Err(Failure::new("Redis does not let us listen with MONITOR"))
        }
    }

    /// All commands of clients (those that scripts call are not) until `ECHO` of this word.
    pub(super) async fn until_echo(mut self, word: &str) -> Outcome<Vec<Words>> {
        let mut all = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = self.0.read_until(b'\n', &mut line).await;
            if read.doing("listening to MONITOR")? == 0 {
                return Err(Failure::new("MONITOR ended before it should"));
            }
            let Some(words) = words(&line) else {
                continue;
            };
            if words.len() == 2
                && words[0].eq_ignore_ascii_case(b"ECHO")
                && words[1] == word.as_bytes()
            {
                return Ok(all);
            }
            all.push(words);
        }
    }
}

/// The words of `+TIME [DB CLIENT] "word" "word" …`; `None` for what a script did.
fn words(line: &[u8]) -> Option<Words> {
    let open = line.iter().position(|byte| *byte == b'[')?;
    let close = open + line[open..].iter().position(|byte| *byte == b']')?;
    if line[open..close].ends_with(b" lua") {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = line[close..].iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, &mut word) {
            (b'"', None) => word = Some(Vec::new()),
            (b'"', Some(_)) => words.extend(word.take()),
            (b'\\', Some(word)) => word.push(match bytes.next()? {
                b'x' => {
                    let digits = [bytes.next()?, bytes.next()?];
                    let digits = std::str::from_utf8(&digits).ok()?;
                    u8::from_str_radix(digits, 16).ok()?
                }
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                other => other,
            }),
            (byte, Some(word)) => word.push(byte),
            (_, None) => {}
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were_sent_and_those_of_scripts_do_not() {
        let line = br#"+17.2 [0 127.0.0.1:4] "HSET" "c:{1}2" "\x00\xff\"\\" "a b\r\n""#;
        let sent: [&[u8]; 4] = [b"HSET", b"c:{1}2", b"\x00\xff\"\\", b"a b\r\n"];
        assert_eq!(words(line).unwrap(), sent);
        assert_eq!(words(br#"+17.2 [0 lua] "hget" "u:1""#), None);
        assert_eq!(words(b"+OK"), None);
    }
}
