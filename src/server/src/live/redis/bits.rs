//! Bitmaps as Redis keeps them: the first bit is the highest of the first byte; what is beyond
//! the end is not set.

/// Whether a bit is set.
pub(super) fn bit_is_set(map: &[u8], bit: u64) -> bool {
    any_bit(map, bit, bit + 1)
}

/// Whether any bit of `start..end` is set.
pub(super) fn any_bit(map: &[u8], start: u64, end: u64) -> bool {
    let end = end.min(map.len() as u64 * 8);
    if start >= end {
        return false;
    }
    let (first, last) = (start / 8, (end - 1) / 8);
    (first..=last).any(|at| {
        let mut byte = usize::try_from(at)
            .ok()
            .and_then(|at| map.get(at))
            .copied()
            .unwrap_or(0);
        if at == first {
            byte &= 0xFF_u8 >> (start % 8);
        }
        if at == last {
            byte &= 0xFF_u8 << (7 - (end - 1) % 8);
        }
        byte != 0
    })
}

#[cfg(test)]
mod tests {
    use h3o::Resolution;
    use muster_core::domain::place::Point;
    use proptest::prelude::*;

    use super::*;
    use crate::live::redis::ground::{REGION, Spot, bit};

    proptest! {
        #[test]
        fn any_bit_is_what_looking_at_each_says(
            map in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 0..12),
            start in 0..100_u64, len in 0..60_u64,
        ) {
            let set = |bit: u64| {
                let byte = map.get(usize::try_from(bit / 8).unwrap()).copied().unwrap_or(0);
                byte & (0x80 >> (bit % 8)) != 0
            };
            let end = start + len;
            prop_assert_eq!(any_bit(&map, start, end), (start..end).any(set));
        }
    }

    #[test]
    fn children_come_in_the_order_of_their_bits() {
        let pentagon = REGION.pentagons().next().unwrap();
        let hexagon = Spot::of(Point::new(50.0, 8.0).unwrap(), Resolution::Nine).region;
        for region in [pentagon, hexagon] {
            let mut start = 0;
            for child in region.children(Resolution::Seven) {
                for cell in child.children(Resolution::Nine) {
                    assert_eq!(bit(cell), start);
                    start += 1;
                }
            }
            assert_eq!(start, region.children_count(Resolution::Nine));
        }
    }
}
