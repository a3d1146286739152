//! What `redis-benchmark` reaches with the commands of an update.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use redis::aio::MultiplexedConnection;
use tokio::process::Command;

use super::monitor::Words;
use muster_stand::failure::{Context as _, Failure, Outcome};

/// Each kind of command is sent so often.
const SENT: usize = 50_000;

/// One kind of command, with the one of them that is of middle length.
#[derive(Debug)]
pub(super) struct Kind {
    /// How many of it an update needs.
    pub(super) per_update: f64,
    words: Words,
}

impl Kind {
    pub(super) fn name(&self) -> String {
        let name = self.words.first().map(|name| String::from_utf8_lossy(name));
        let name = name.unwrap_or_default().to_uppercase();
        match self.words.get(2) {
            Some(keys) if name == "EVAL" || name == "EVALSHA" => {
                format!("{name} of {} keys", String::from_utf8_lossy(keys))
            }
            _ => name,
        }
    }

    /// As arguments of a program, which cannot hold a NUL; the same length.
    fn arguments(&self) -> Words {
        let bytes = |word: &Vec<u8>| word.iter().map(|byte| (*byte).max(1)).collect();
        self.words.iter().map(bytes).collect()
    }
}

/// The kinds of command that so many updates were made of. Scripts differ by their text.
pub(super) fn kinds(heard: Vec<Words>, updates: usize) -> Vec<Kind> {
    let mut by_kind: BTreeMap<Words, Vec<Words>> = BTreeMap::new();
    for words in heard {
        let Some(name) = words.first().map(|name| name.to_ascii_uppercase()) else {
            continue;
        };
        let script = name.starts_with(b"EVAL");
        let mut kind = vec![name];
        kind.extend(words.get(1).filter(|_| script).cloned());
        by_kind.entry(kind).or_default().push(words);
    }
    let kinds = by_kind.into_values().filter_map(|mut all| {
        let count = all.len();
        all.sort_by_key(|words| words.iter().map(Vec::len).sum::<usize>());
        Some(Kind {
            per_update: count as f64 / updates as f64,
            words: all.into_iter().nth(count / 2)?,
        })
    });
    // what an update needs less often than once in a thousand is not of it
    kinds.filter(|kind| kind.per_update >= 0.001).collect()
}

/// Updates per second if `redis-benchmark` sent these commands over so many connections and so
/// many at a time, the same ones over and over.
pub(super) async fn per_s(
    port: u16,
    kinds: &[Kind],
    connections: usize,
    depth: usize,
    redis: &mut MultiplexedConnection,
) -> Outcome<f64> {
    let mut seconds = 0.0;
    for kind in kinds {
        let mut words = kind.arguments();
        expect_what_is_written(&mut words, redis).await?;
        seconds += kind.per_update / rate(port, &words, connections, depth).await?;
    }
    Ok(1.0 / seconds)
}

/// A script that replaces one value if it is the expected one would find another one from the
/// second time on and write nothing; so it is made to replace a value by itself.
async fn expect_what_is_written(
    words: &mut Words,
    redis: &mut MultiplexedConnection,
) -> Outcome<()> {
    // EVAL script 1 key field expected new
    let [name, _, keys, key, field, expected, new] = words.as_mut_slice() else {
        return Ok(());
    };
    if name.starts_with(b"EVAL") && keys == b"1" {
        expected.clone_from(new);
        let mut set = redis::cmd("HSET");
        set.arg(&*key).arg(&*field).arg(&*new);
        set.exec_async(redis).await.doing("HSET")?;
    }
    Ok(())
}

/// Commands per second.
async fn rate(port: u16, words: &Words, connections: usize, depth: usize) -> Outcome<f64> {
    let numbers = [
        ("-p", usize::from(port)),
        ("-c", connections),
        ("-P", depth),
        ("-n", SENT),
    ];
    let mut command = Command::new("redis-benchmark");
    command.arg("--csv");
    for (name, value) in numbers {
        command.arg(name).arg(value.to_string());
    }
    command.args(words.iter().map(|word| OsStr::from_bytes(word)));
    let done = command.output().await.doing("redis-benchmark")?;
    // "command","rps",… — a command may hold anything, so from the end
    let text = String::from_utf8_lossy(&done.stdout);
    let last = text.lines().last().unwrap_or_default();
    let rate = last.rsplit("\",\"").nth(LATENCIES);
    let rate = rate.and_then(|rate| rate.parse::<f64>().ok());
    rate.filter(|rate| done.status.success() && *rate > 0.0)
        .ok_or_else(|| {
            let why = String::from_utf8_lossy(&done.stderr);
            let name = words.first().map(|name| String::from_utf8_lossy(name));
            let name = name.unwrap_or_default();
            Failure::new(format!(
                "redis-benchmark gives no rate for {name}: {text} {why}"
            ))
        })
}

/// What `redis-benchmark --csv` prints behind the rate: the mean, the least, p50, p95, p99, the
/// greatest.
const LATENCIES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(words: &[&str]) -> Words {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn commands_are_told_apart_by_name_and_script_and_the_middle_one_stands_for_all() {
        let heard = vec![
            sent(&["hset", "a", "1"]),
            sent(&["HSET", "a", "1", "b", "2"]),
            sent(&["HSET", "a", "1", "b", "2", "c", "3"]),
            sent(&["EVAL", "return 1", "1", "k"]),
            sent(&["EVAL", "return 2", "2", "k", "l"]),
        ];
        let kinds = kinds(heard, 2);
        let names: Vec<_> = kinds.iter().map(Kind::name).collect();
        assert_eq!(names, ["EVAL of 1 keys", "EVAL of 2 keys", "HSET"]);
        assert!((kinds[2].per_update - 1.5).abs() < 1e-9);
        assert_eq!(kinds[2].arguments().len(), 5);
    }
}
