//! What a base map holds, from the head of its file (`PMTiles` 3).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Length of the head, bytes.
const HEAD: usize = 127;
/// Where the western, southern, eastern and northern edges stand in it, each as a whole number of
/// ten-millionths of a degree, the lowest byte first.
const EDGES: [usize; 4] = [102, 106, 110, 114];
const IN_A_DEGREE: f64 = 1e7;

/// West, south, east, north in degrees; `None` when the file does not say, or nonsense. Blocks.
pub fn base_map_bounds(path: &Path) -> Option<[f64; 4]> {
    let mut head = [0; HEAD];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    bounds(&head)
}

fn bounds(head: &[u8; HEAD]) -> Option<[f64; 4]> {
    let edge = |at: usize| {
        let bytes = head[at..].first_chunk().copied();
        f64::from(bytes.map_or(0, i32::from_le_bytes)) / IN_A_DEGREE
    };
    let edges = EDGES.map(edge);
    let [west, south, east, north] = edges;
    let on_earth = west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
    (on_earth && west < east && south < north).then_some(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(edges: [i32; 4]) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        for (at, edge) in EDGES.into_iter().zip(edges) {
            head[at..at + 4].copy_from_slice(&edge.to_le_bytes());
        }
        head
    }

    #[test]
    fn the_edges_are_degrees() {
        let town = head([-763_000_000, 366_000_000, -758_500_000, 371_000_000]);
        assert_eq!(bounds(&town), Some([-76.3, 36.6, -75.85, 37.1]));
    }

    #[test]
    fn a_head_that_says_nothing_or_nonsense_is_no_box() {
        assert_eq!(bounds(&[0; HEAD]), None);
        let inside_out = head([10_000_000, 0, -10_000_000, 10_000_000]);
        assert_eq!(bounds(&inside_out), None);
        let beyond = head([0, 0, 10_000_000, 910_000_000]);
        assert_eq!(bounds(&beyond), None);
    }

    #[test]
    fn a_file_that_ends_early_or_is_missing_is_no_box() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("town.pmtiles");
        assert_eq!(base_map_bounds(&path), None);
        std::fs::write(&path, b"PMTiles\x03").unwrap();
        assert_eq!(base_map_bounds(&path), None);
    }
}
