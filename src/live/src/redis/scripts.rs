//! What Redis does in one step, in its own language, and how it is asked to.
//!
//! The rule of [`Record::merged`](crate::record::Record::merged) is written here a second
//! time, over packed records; a test holds one against the other.

use std::sync::LazyLock;
use std::time::Duration;

use h3o::CellIndex;
use redis::{Cmd, ToRedisArgs, cmd};

use super::keys::Shard;
use super::packed::Packed;

/// `apply`: KEYS are `cells`, `moves` and the cells concerned; ARGV are the time that a cell lives
/// (ms), the names of those cells, and then for each change its kind, the number of its cell and
/// a record.
///
/// `put` merges the record into the cell, `leave` takes whoever it is out of the cell. Both do
/// nothing to what is newer. The answer has 1 for a change that holds, and otherwise the record
/// that is newer in some part.
const APPLY: &str = r"
local cells, moves, life = KEYS[1], KEYS[2], ARGV[1]
local count = #KEYS - 2
local first = 2 + count

local function version(r)
  return struct.unpack('>I4I4', r, 8)
end
local function newer_profile(a, b)
  local a1, a2 = version(a)
  local b1, b2 = version(b)
  return a1 > b1 or (a1 == b1 and a2 > b2)
end
local function order(r)
  return struct.unpack('>I7', r, 23)
end
local function is_gone(r)
  return r:sub(8, 15) == ('\255'):rep(8)
end
local function merged(held, said)
  if is_gone(held) ~= is_gone(said) then return is_gone(held) and held or said end
  local who = newer_profile(held, said) and held or said
  local position = order(held) > order(said) and held or said
  return said:sub(1, 7) .. who:sub(8, 22) .. position:sub(23)
end

local fields, held, known = {}, {}, {}
for i = 1, count do fields[i], held[i] = {}, {} end
for i = first, #ARGV, 3 do
  local cell, record = tonumber(ARGV[i + 1]), ARGV[i + 2]
  local field = record:sub(2, 7)
  if held[cell][field] == nil then
    held[cell][field] = false
    table.insert(fields[cell], field)
  end
end
for cell = 1, count do
  local values = redis.call('HMGET', KEYS[2 + cell], unpack(fields[cell]))
  for i, field in ipairs(fields[cell]) do
    held[cell][field] = values[i]
    known[cell] = known[cell] or values[i]
  end
end

local answers, news, touched = {}, {}, {}
for i = first, #ARGV, 3 do
  local kind, cell, said = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local field = said:sub(2, 7)
  local was = held[cell][field]
  local answer = 1
  if kind == 'put' then
    local now = was and merged(was, said) or said
    if now ~= said then answer = now end
    if now ~= was then
      held[cell][field] = now
      touched[cell] = touched[cell] or {}
      touched[cell][field] = true
      table.insert(news, now)
    end
  elseif was then
    if newer_profile(was, said) or order(was) > order(said) then
      answer = was
    else
      held[cell][field] = false
      touched[cell] = touched[cell] or {}
      touched[cell][field] = true
    end
  end
  table.insert(answers, answer)
end

-- What needs memory comes first: once a script has written, a full Redis refuses it nothing more.
local removals = {}
for cell, changed in pairs(touched) do
  local key, sets, gone = KEYS[2 + cell], {}, {}
  for field in pairs(changed) do
    local now = held[cell][field]
    if now then
      table.insert(sets, field)
      table.insert(sets, now)
    else
      table.insert(gone, field)
    end
  end
  if #gone > 0 then removals[key] = gone end
  if #sets > 0 then
    local is_new = not known[cell] and redis.call('EXISTS', key) == 0
    redis.call('HSET', key, unpack(sets))
    redis.call('PEXPIRE', key, life)
    if is_new then redis.call('HSET', cells, ARGV[1 + cell], 1) end
  end
end
for key, gone in pairs(removals) do redis.call('HDEL', key, unpack(gone)) end
if #news > 0 then redis.call('XADD', moves, '*', 'm', table.concat(news)) end
return answers
";

/// `beat`: KEYS are `cells` and `moves`; ARGV are the beat, the time that the stream reaches back
/// (ms), this installation, and how long another one may be silent (ms).
///
/// The answer is the beat's place in the stream and the epoch, empty when the shard is not known;
/// or, when another installation uses this Redis, only that.
const BEAT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner then
  local at, who = owner:match('^(%d+) (.*)$')
  if who ~= ARGV[3] and now - tonumber(at) < tonumber(ARGV[4]) then return { 'foreign' } end
end
redis.call('HSET', KEYS[1], 'owner', string.format('%.0f', now) .. ' ' .. ARGV[3])
local oldest = string.format('%.0f', now - tonumber(ARGV[2]))
local id = redis.call('XADD', KEYS[2], 'MINID', '=', oldest, '*', 'b', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return { id, redis.call('HGET', KEYS[1], 'epoch') or '' }
";

/// `prune`: KEYS are `cells` and a cell, ARGV is its name: takes it off the list when nobody is in it.
const PRUNE: &str = r"
if redis.call('EXISTS', KEYS[2]) == 0 then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
";

/// One command, and which shard it belongs to.
pub(super) struct Ask {
    pub(super) shard: Shard,
    pub(super) command: Cmd,
    pub(super) script: Option<Script>,
}

impl Ask {
    pub(super) fn new(shard: Shard, command: Cmd) -> Self {
        Self {
            shard,
            command,
            script: None,
        }
    }

    /// A script by its digest, to which keys and arguments are added.
    fn script(shard: Shard, script: Script, digest: &str) -> Self {
        let mut command = cmd("EVALSHA");
        command.arg(digest);
        Self {
            shard,
            command,
            script: Some(script),
        }
    }

    fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        self.command.arg(arg);
        self
    }
}

/// What is done to somebody in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They are there.
    Put,
    /// They are elsewhere now.
    Leave,
}

/// One change of one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) cell: CellIndex,
    pub(super) kind: Kind,
    pub(super) record: Packed,
}

/// Makes changes of one shard, in this order; `life` is how long a cell lives after its last change.
pub(super) fn apply(shard: Shard, life: Duration, changes: &[Change]) -> Ask {
    let mut cells: Vec<CellIndex> = changes.iter().map(|change| change.cell).collect();
    cells.sort_unstable();
    cells.dedup();
    let mut keys = vec![shard.cells(), shard.moves()];
    keys.extend(cells.iter().map(|cell| shard.cell(*cell)));
    let mut ask = Script::Apply.on(shard, &keys);
    ask.arg(millis(life));
    for cell in &cells {
        ask.arg(format!("{:x}", u64::from(*cell)));
    }
    for change in changes {
        let kind = match change.kind {
            Kind::Put => "put",
            Kind::Leave => "leave",
        };
        // counted from one in Lua
        let place = cells.partition_point(|cell| *cell <= change.cell);
        ask.arg(kind).arg(place).arg(&change.record[..]);
    }
    ask
}

/// Shows that a node follows the shard.
pub(super) fn beat(shard: Shard, beat: &str, reach: Duration, owner: &Owner) -> Ask {
    let mut ask = Script::Beat.on(shard, &[shard.cells(), shard.moves()]);
    ask.arg(beat)
        .arg(millis(reach))
        .arg(&owner.name)
        .arg(millis(owner.silent_max));
    ask
}

/// Takes a cell off the list if nobody is in it.
pub(super) fn prune(shard: Shard, cell: CellIndex) -> Ask {
    let mut ask = Script::Prune.on(shard, &[shard.cells(), shard.cell(cell)]);
    ask.arg(format!("{:x}", u64::from(cell)));
    ask
}

/// Who uses a Redis.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) name: String,
    /// Another one may take it over after so long without a beat.
    pub(super) silent_max: Duration,
}

/// The scripts, by name. They are sent by their digest, and whole when the server does not know
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Apply,
    Beat,
    Prune,
}

impl Script {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Apply => APPLY,
            Self::Beat => BEAT,
            Self::Prune => PRUNE,
        }
    }

    fn digest(self) -> &'static str {
        static DIGESTS: LazyLock<[String; 3]> = LazyLock::new(|| {
            [APPLY, BEAT, PRUNE].map(|code| redis::Script::new(code).get_hash().to_owned())
        });
        match self {
            Self::Apply => &DIGESTS[0],
            Self::Beat => &DIGESTS[1],
            Self::Prune => &DIGESTS[2],
        }
    }

    fn on(self, shard: Shard, keys: &[String]) -> Ask {
        let mut ask = Ask::script(shard, self, self.digest());
        ask.arg(keys.len());
        for key in keys {
            ask.arg(key);
        }
        ask
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
