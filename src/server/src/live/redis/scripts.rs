//! What must happen in one step on the server. Sent with `EVAL`: the server keeps the compiled
//! script, and a restarted or promoted one needs no loading.

use h3o::Resolution;

use super::ground::{Spot, bit};
use super::keys::{self, Tag, bitmap, people};
use super::record::{Packed, pointer};
use super::store::{Ask, Cmd, cmd};

/// Replaces a record when it is still the expected one ('' for none, both ways); otherwise says
/// what it is.
const REPLACE: &str = "\
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held ~= ARGV[2] then return held end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1";

/// Takes somebody out of a cell and of the part of it, except out of the hash `ARGV[4]`, when what
/// is there is no newer than the record given; then takes away a pointer to an empty part and the
/// bit of an empty cell. Whoever adds somebody sets the pointer and the bit after that, so neither
/// can be taken from under them.
const REMOVE: &str = "\
local at, high, low = struct.unpack('>I6I4I4', ARGV[2], 9)
local gone = 0
for i = 1, 2 do
  local held = KEYS[i] ~= ARGV[4] and redis.call('HGET', KEYS[i], ARGV[1])
  if held and #held == #ARGV[2] then
    local a, h, l = struct.unpack('>I6I4I4', held, 9)
    if a <= at and (h < high or (h == high and l <= low)) then
      gone = gone + redis.call('HDEL', KEYS[i], ARGV[1])
    end
  end
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('HDEL', KEYS[1], ARGV[5]) end
if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('SETBIT', KEYS[3], ARGV[3], 0)
end
return gone";

/// Moves people (`ARGV[2..]`, field and value by turns) who are still as given out of a cell into
/// a part of it; who is there newer already stays so.
const SPLIT: &str = "\
local moved = 0
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    local held = redis.call('HGET', KEYS[2], ARGV[i])
    if not held or (struct.unpack('>I6', held, 9)) <= (struct.unpack('>I6', ARGV[i + 1], 9)) then
      redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
    end
    redis.call('HDEL', KEYS[1], ARGV[i])
    moved = moved + 1
  end
end
if moved > 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[1]) end
return moved";

/// Moves everybody of a part back into the cell, unless they are more than `ARGV[2]`.
const MERGE: &str = "\
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[2]) then return 0 end
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  redis.call('HSETNX', KEYS[1], all[i], all[i + 1])
end
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], ARGV[1])
return #all / 2";

fn eval(script: &str, keys: &[String]) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(script).arg(keys.len()).arg(keys);
    command
}

/// [`REPLACE`]: answers 1, or the record that is there.
pub(super) fn replace(number: u64, held: &[u8], new: Option<&Packed>) -> Ask {
    let bucket = keys::bucket_of(number);
    let mut command = eval(REPLACE, &[keys::records(bucket)]);
    command
        .arg(&keys::field(number))
        .arg(held)
        .arg(new.map_or(&[][..], |packed| &packed[..]));
    Ask::new(Tag::Bucket(bucket), command)
}

/// [`REMOVE`], sparing the hash `keep`: answers how many entries are gone.
pub(super) fn remove(
    number: u64,
    record: &Packed,
    spot: Spot,
    keep: &str,
    resolution: Resolution,
) -> Ask {
    let keys = [
        people(spot.region, spot.cell),
        people(spot.region, spot.part),
        bitmap(spot.region, resolution),
    ];
    let mut command = eval(REMOVE, &keys);
    command
        .arg(&keys::field(number))
        .arg(&record[..])
        .arg(bit(spot.cell))
        .arg(keep)
        .arg(&pointer(spot.part)[..]);
    Ask::new(Tag::Region(spot.region.into()), command)
}

/// [`SPLIT`]: answers how many were moved.
pub(super) fn split(spot: Spot, people_of: &[([u8; 8], Packed)]) -> Ask {
    let keys = [
        people(spot.region, spot.cell),
        people(spot.region, spot.part),
    ];
    let mut command = eval(SPLIT, &keys);
    command.arg(&pointer(spot.part)[..]);
    for (field, packed) in people_of {
        command.arg(&field[..]).arg(&packed[..]);
    }
    Ask::new(Tag::Region(spot.region.into()), command)
}

/// [`MERGE`]: answers how many were moved.
pub(super) fn merge(spot: Spot, at_most: usize) -> Ask {
    let keys = [
        people(spot.region, spot.cell),
        people(spot.region, spot.part),
    ];
    let mut command = eval(MERGE, &keys);
    command.arg(&pointer(spot.part)[..]).arg(at_most);
    Ask::new(Tag::Region(spot.region.into()), command)
}
