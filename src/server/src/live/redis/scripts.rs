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

/// Takes exactly the entry `ARGV[2]` of somebody out of a cell and of the part of it; then takes
/// away a pointer to an empty part and the bit of an empty cell. Whoever adds somebody sets the
/// pointer and the bit after that, so neither can be taken from under them.
const REMOVE: &str = "\
local gone = 0
for i = 1, 2 do
  if redis.call('HGET', KEYS[i], ARGV[1]) == ARGV[2] then
    gone = gone + redis.call('HDEL', KEYS[i], ARGV[1])
  end
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('HDEL', KEYS[1], ARGV[4]) end
if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('SETBIT', KEYS[3], ARGV[3], 0)
end
return gone";

/// Takes somebody out of a cell who is in the part of it too, with the very same entry. One of the
/// two stays whatever was moved since they were met.
const SINGLE: &str = "\
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and held == redis.call('HGET', KEYS[2], ARGV[1]) then
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[2])
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0";

/// Moves people (`ARGV[2..]`, field and value by turns) who are still as given out of a cell into
/// a part of it. Who is there with another entry stays in both: only whoever knows the record can
/// say which is right.
const SPLIT: &str = "\
local moved = 0
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    local held = redis.call('HGET', KEYS[2], ARGV[i])
    if not held or held == ARGV[i + 1] then
      redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
      redis.call('HDEL', KEYS[1], ARGV[i])
      moved = moved + 1
    end
  end
end
if moved > 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[1]) end
return moved";

/// Moves everybody of a part back into the cell, unless they are more than `ARGV[2]`, or somebody
/// is there with another entry.
const MERGE: &str = "\
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[2]) then return 0 end
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local held = redis.call('HGET', KEYS[1], all[i])
  if held and held ~= all[i + 1] then return 0 end
end
for i = 1, #all, 2 do
  redis.call('HSET', KEYS[1], all[i], all[i + 1])
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

/// [`REMOVE`]: answers how many entries are gone.
pub(super) fn remove(number: u64, record: &Packed, spot: Spot, resolution: Resolution) -> Ask {
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
        .arg(&pointer(spot.part)[..]);
    Ask::new(Tag::Region(spot.region.into()), command)
}

/// [`SINGLE`]: answers how many entries are gone.
pub(super) fn single(number: u64, spot: Spot) -> Ask {
    let keys = [
        people(spot.region, spot.cell),
        people(spot.region, spot.part),
    ];
    let mut command = eval(SINGLE, &keys);
    command
        .arg(&keys::field(number))
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
