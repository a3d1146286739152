//! The slot file: the last position of each responder, overwritten in place.
//!
//! A hint kept over a restart, and never a history: record n is at n times 32 bytes, says where
//! responder n was last, and is all zeros when that is not known. Nothing is flushed to the disk;
//! after a power cut some positions are older or missing, and phones report anew.
//!
//! Record, little-endian: magic and format (4), number (4), latitude and longitude in 1e-7 degrees
//! (4 + 4), time of the fix in ms since 1970 (8), accuracy in metres as f32 (4), CRC-32 of all
//! that (4). Format 1 is a live position; format 2, of the same fields, is where somebody is by
//! their hours. A version that knows format 1 only wipes the others, and their owners are found
//! again when their hours are looked at.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::Source;
use muster_core::domain::time::Timestamp;

use super::grid::GridPoint;
use super::slot::{Fixed, Slots};

/// Bytes per record.
pub(super) const RECORD: usize = 32;

const CRC_AT: usize = RECORD - 4;

/// "mus", format 1.
const LIVE: [u8; 4] = *b"mus\x01";
/// "mus", format 2.
const BY_HOURS: [u8; 4] = *b"mus\x02";

/// Read at once on opening.
const READ: usize = RECORD << 12;

/// One record as it stands in the file.
pub(super) type Record = [u8; RECORD];

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Saved {
    pub(super) number: u32,
    pub(super) fixed: Fixed,
}

impl Saved {
    /// The record of somebody whose position is not known.
    pub(super) fn wiped() -> Record {
        [0; RECORD]
    }

    pub(super) fn encode(self) -> Record {
        let mut record = Self::wiped();
        let magic = match self.fixed.source {
            Source::Live => LIVE,
            Source::Place => BY_HOURS,
        };
        record[..4].copy_from_slice(&magic);
        record[4..8].copy_from_slice(&self.number.to_le_bytes());
        record[8..12].copy_from_slice(&self.fixed.place.lat_e7.to_le_bytes());
        record[12..16].copy_from_slice(&self.fixed.place.lon_e7.to_le_bytes());
        record[16..24].copy_from_slice(&self.fixed.at.0.to_le_bytes());
        record[24..CRC_AT].copy_from_slice(&self.fixed.accuracy_m.to_le_bytes());
        let crc = crc32fast::hash(&record[..CRC_AT]);
        record[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        record
    }

    /// `None` unless the record was written whole, by this format, for this number.
    fn decode(record: &Record, number: u32) -> Option<Self> {
        let word = |at: usize| [record[at], record[at + 1], record[at + 2], record[at + 3]];
        let signed = |at: usize| i32::from_le_bytes(word(at));
        let whole = crc32fast::hash(&record[..CRC_AT]) == u32::from_le_bytes(word(CRC_AT));
        let source = match word(0) {
            LIVE => Source::Live,
            BY_HOURS => Source::Place,
            _ => return None,
        };
        if !whole || u32::from_le_bytes(word(4)) != number {
            return None;
        }
        let place = GridPoint {
            lat_e7: signed(8),
            lon_e7: signed(12),
        };
        place.point()?;
        let at = i64::from(signed(20)) << 32 | i64::from(u32::from_le_bytes(word(16)));
        Some(Self {
            number,
            fixed: Fixed {
                place,
                accuracy_m: f32::from_le_bytes(word(24)),
                at: Timestamp(at),
                source,
            },
        })
    }
}

/// What was in a file on opening.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) saved: Vec<Saved>,
    /// Records that are neither whole nor wiped. They may still give a position away, so they are
    /// to be wiped.
    pub(super) broken: Vec<u32>,
}

/// An open slot file.
#[derive(Debug)]
pub(super) struct SlotFile {
    file: File,
}

impl SlotFile {
    /// Opens the file, or makes it readable for its owner only, and reads all of it.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Contents)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let contents = read(&mut file)?;
        Ok((Self { file }, contents))
    }

    /// Writes records, given in ascending order, neighbours in one go.
    pub(super) fn write(&self, records: &[(u32, Record)]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(records.len() * RECORD);
        for run in records.chunk_by(|a, b| a.0 + 1 == b.0) {
            bytes.clear();
            for (_, record) in run {
                bytes.extend_from_slice(record);
            }
            let start = u64::from(run[0].0) * RECORD as u64;
            self.file.write_all_at(&bytes, start)?;
        }
        Ok(())
    }
}

fn read(file: &mut File) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut buffer = Vec::with_capacity(READ);
    let mut number = 0_u64;
    loop {
        buffer.clear();
        (&mut *file).take(READ as u64).read_to_end(&mut buffer)?;
        let (records, rest) = buffer.as_chunks::<RECORD>();
        for record in records {
            let Some(known) = Slots::number(ResponderNo(number)) else {
                return Ok(contents);
            };
            match Saved::decode(record, known) {
                Some(saved) => contents.saved.push(saved),
                None if *record == Saved::wiped() => {}
                None => contents.broken.push(known),
            }
            number += 1;
        }
        if !rest.is_empty() {
            // The last record of a write that was cut off.
            file.set_len(number * RECORD as u64)?;
        }
        if buffer.len() < READ {
            return Ok(contents);
        }
    }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
