//! The slot file: what comes back, what does not, and what must be gone.

use std::fs;

use muster_core::domain::place::Point;

use super::*;

fn saved(number: u32, lat: f64, lon: f64) -> Saved {
    Saved {
        number,
        fixed: Fixed {
            place: GridPoint::of(Point::new(lat, lon).unwrap()),
            accuracy_m: 12.5,
            at: Timestamp(1_750_000_000_000 + i64::from(number)),
            source: if number.is_multiple_of(2) {
                Source::Place
            } else {
                Source::Live
            },
        },
    }
}

fn open(path: &Path) -> (SlotFile, Contents) {
    SlotFile::open(path).unwrap()
}

fn write(file: &SlotFile, saved: &[Saved]) {
    let records: Vec<(u32, Record)> = saved.iter().map(|s| (s.number, s.encode())).collect();
    file.write(&records).unwrap();
}

#[test]
fn what_is_written_comes_back_at_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    let people = [
        saved(1, 50.0, 8.0),
        saved(2, -33.9, 151.2),
        saved(9_000, 89.9, -180.0),
    ];
    write(&open(&path).0, &people);
    let (_, contents) = open(&path);
    assert_eq!(contents.saved, people);
    assert!(contents.broken.is_empty());
    assert_eq!(fs::metadata(&path).unwrap().len(), 9_001 * 32);
}

#[test]
fn a_live_record_is_written_as_it_always_was() {
    // bytes of the first version: whoever goes back to it loses no live position
    let old = [
        0x6d, 0x75, 0x73, 1, 1, 0, 0, 0, 0, 0x65, 0xcd, 0x1d, 0, 0xb4, 0xc4, 4, 1, 0xdc, 0x20,
        0x74, 0x97, 1, 0, 0, 0, 0, 0x48, 0x41,
    ];
    let record = saved(1, 50.0, 8.0).encode();
    assert_eq!(&record[..CRC_AT], old);
    assert_eq!(Saved::decode(&record, 1), Some(saved(1, 50.0, 8.0)));
    // and of a place the old version makes nothing
    assert_eq!(saved(2, 50.0, 8.0).encode()[3], 2);
}

#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    open(&path);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_torn_record_is_broken_and_its_neighbours_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    let people = [
        saved(1, 50.0, 8.0),
        saved(2, 50.1, 8.1),
        saved(3, 50.2, 8.2),
    ];
    write(&open(&path).0, &people);
    let mut bytes = fs::read(&path).unwrap();
    bytes[2 * RECORD + 9] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    let (_, contents) = open(&path);
    assert_eq!(contents.saved, [people[0], people[2]]);
    assert_eq!(contents.broken, [2]);
}

#[test]
fn a_record_cut_off_at_the_end_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    write(&open(&path).0, &[saved(1, 50.0, 8.0), saved(2, 50.1, 8.1)]);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 7]).unwrap();
    let (_, contents) = open(&path);
    assert_eq!(contents.saved, [saved(1, 50.0, 8.0)]);
    assert_eq!(fs::metadata(&path).unwrap().len(), 2 * 32);
}

#[test]
fn a_record_of_somebody_else_is_not_believed() {
    let record = saved(7, 50.0, 8.0).encode();
    assert_eq!(Saved::decode(&record, 8), None);
    assert_eq!(Saved::decode(&record, 7), Some(saved(7, 50.0, 8.0)));
    assert_eq!(Saved::decode(&Saved::wiped(), 0), None);
}
