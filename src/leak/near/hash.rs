//! A perceptual hash that knows flips and quarter turns, and the exact search for hashes that differ in few bits.

use std::sync::OnceLock;

use super::grey::Grey;

/// Side of the picture that is hashed.
pub const SIDE: usize = 32;
/// Frequencies each way.
const LOW: usize = 8;

/// The signs of the lowest 8 x 8 coefficients of the cosine transform (DCT-II) of a 32 x 32 picture; bit `8 v + u` is
/// the coefficient of horizontal frequency `u` and vertical frequency `v`; the mean (bit 0) is left out. After Zauner,
/// "Implementation and benchmarking of perceptual image hash functions" (2010), with zero in place of the median: a
/// mirrored picture has the same coefficients with other signs, so that its hash follows from the hash alone.
pub fn perceptual_hash(picture: &Grey) -> u64 {
    assert_eq!(picture.pixels.len(), SIDE * SIDE, "the picture to hash is 32 x 32");
    let waves = waves();
    let mut rows = [[0.0; LOW]; SIDE];
    for (row, pixels) in rows.iter_mut().zip(picture.pixels.chunks_exact(SIDE)) {
        for (sum, wave) in row.iter_mut().zip(waves) {
            *sum = pixels.iter().zip(wave).map(|(&p, w)| f64::from(p) * w).sum();
        }
    }
    let mut hash = 0;
    for (v, wave) in waves.iter().enumerate() {
        for u in 0..LOW {
            let coefficient: f64 = rows.iter().zip(wave).map(|(row, w)| row[u] * w).sum();
            if (u, v) != (0, 0) && coefficient > 0.0 {
                hash |= 1 << (LOW * v + u);
            }
        }
    }
    hash
}

fn waves() -> &'static [[f64; SIDE]; LOW] {
    static WAVES: OnceLock<[[f64; SIDE]; LOW]> = OnceLock::new();
    WAVES.get_or_init(|| {
        let angle = |u: usize, x: usize| std::f64::consts::PI * u as f64 * (x as f64 + 0.5) / SIDE as f64;
        std::array::from_fn(|u| std::array::from_fn(|x| libm::cos(angle(u, x))))
    })
}

/// Bits of odd horizontal frequency: their coefficients change sign when the picture is mirrored left to right.
const ODD_U: u64 = 0xaaaa_aaaa_aaaa_aaaa;
/// Bits of odd vertical frequency.
const ODD_V: u64 = 0xff00_ff00_ff00_ff00;

/// The hashes of the picture turned and mirrored in all eight ways: variant `t + 2 x + 4 y` is first transposed if `t`,
/// then mirrored left to right if `x` and top to bottom if `y`.
pub fn variants(hash: u64) -> [u64; 8] {
    std::array::from_fn(|way| {
        let turned = if way & 1 == 1 { transposed(hash) } else { hash };
        turned ^ if way & 2 == 2 { ODD_U } else { 0 } ^ if way & 4 == 4 { ODD_V } else { 0 }
    })
}

/// The 8 x 8 bits with rows and columns exchanged.
fn transposed(hash: u64) -> u64 {
    (0..64).map(|bit| (hash >> bit & 1) << (bit % 8 * 8 + bit / 8)).fold(0, |all, bit| all | bit)
}

/// Which of the eight ways brings `a` nearest to `b`, and the bits that still differ.
pub fn nearest_way(a: u64, b: u64) -> (usize, u32) {
    let ways = variants(a).into_iter().map(|v| (v ^ b).count_ones()).enumerate();
    ways.min_by_key(|&(_, distance)| distance).expect("there are eight ways")
}

/// All pairs of hashes (by place, the smaller first) that differ in at most `radius` bits in one of the eight ways,
/// with the bits; at most `most` for each place, the nearest first. By multi-index hashing (Norouzi, Punjani and Fleet,
/// "Fast exact search in Hamming space with multi-index hashing", 2014): of four parts of 16 bits one differs in at most
/// `radius / 4`.
pub fn pairs_within(hashes: &[u64], radius: u32, most: usize) -> Vec<(u32, u32, u32)> {
    use rayon::prelude::*;
    let tables: Vec<Table> = (0..4).map(|part| Table::new(hashes, part)).collect();
    let flips: Vec<u16> = (0..=u16::MAX).filter(|mask| mask.count_ones() <= radius / 4).collect();
    let near = |(place, &hash): (usize, &u64)| {
        let mut found = Vec::new();
        for variant in variants(hash) {
            for table in &tables {
                let part = table.part_of(variant);
                for &other in flips.iter().flat_map(|flip| table.bucket(part ^ flip)) {
                    let distance = (variant ^ hashes[other as usize]).count_ones();
                    if (other as usize) < place && distance <= radius {
                        found.push((distance, other));
                    }
                }
            }
        }
        found.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        found.retain(|&(_, other)| seen.insert(other));
        found.truncate(most);
        found.into_iter().map(move |(distance, other)| (other, place as u32, distance)).collect::<Vec<_>>()
    };
    hashes.par_iter().enumerate().flat_map_iter(near).collect()
}

/// Places by the value of one part of their hash.
struct Table {
    shift: usize,
    /// Where each value's places begin.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Table {
    fn new(hashes: &[u64], part: usize) -> Self {
        let shift = part * 16;
        let value = |hash: u64| usize::from((hash >> shift) as u16);
        let mut starts = vec![0; (1 << 16) + 1];
        for &hash in hashes {
            starts[value(hash) + 1] += 1;
        }
        for value in 0..1 << 16 {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut places = vec![0; hashes.len()];
        for (place, &hash) in hashes.iter().enumerate() {
            let slot = &mut next[value(hash)];
            places[*slot as usize] = place as u32;
            *slot += 1;
        }
        Self { shift, starts, places }
    }

    fn part_of(&self, hash: u64) -> u16 {
        (hash >> self.shift) as u16
    }

    fn bucket(&self, value: u16) -> &[u32] {
        let value = usize::from(value);
        &self.places[self.starts[value] as usize..self.starts[value + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    fn picture(seed: u64) -> Grey {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        };
        Grey { shape: Shape { width: SIDE, height: SIDE }, pixels: (0..SIDE * SIDE).map(|_| next()).collect() }
    }

    fn changed(from: &Grey, place: impl Fn(usize, usize) -> (usize, usize)) -> Grey {
        let at = |i: usize| place(i % SIDE, i / SIDE);
        Grey { shape: from.shape, pixels: (0..SIDE * SIDE).map(|i| from.pixels[at(i).1 * SIDE + at(i).0]).collect() }
    }

    #[test]
    fn hashes_of_turned_pictures_follow_from_the_hash() {
        let last = SIDE - 1;
        for seed in 0..20 {
            let original = picture(seed);
            let ways = variants(perceptual_hash(&original));
            let transposed = changed(&original, |x, y| (y, x));
            let quarter = changed(&transposed, |x, y| (last - x, y));
            for (way, picture) in [
                (1, transposed),
                (2, changed(&original, |x, y| (last - x, y))),
                (4, changed(&original, |x, y| (x, last - y))),
                (6, changed(&original, |x, y| (last - x, last - y))),
                (3, quarter),
            ] {
                assert_eq!(perceptual_hash(&picture), ways[way], "way {way}");
            }
        }
    }

    #[test]
    fn the_search_finds_what_comparing_all_pairs_finds() {
        // Groups of hashes some bits apart, turned at random.
        let hashes: Vec<u64> = (0..600u64)
            .map(|i| {
                let base = perceptual_hash(&picture(i % 40));
                let flips = (0..i % 13).map(|k| 1 << (1 + (i * 7 + k * 11) % 63)).fold(0, |a, b: u64| a ^ b);
                variants(base ^ flips)[i as usize % 8]
            })
            .collect();
        for radius in [0, 3, 4, 7, 11] {
            let mut found = pairs_within(&hashes, radius, usize::MAX);
            found.sort_unstable();
            let mut expected = Vec::new();
            for b in 0..hashes.len() {
                for a in 0..b {
                    let (_, distance) = nearest_way(hashes[a], hashes[b]);
                    if distance <= radius {
                        expected.push((a as u32, b as u32, distance));
                    }
                }
            }
            expected.sort_unstable();
            assert_eq!(found, expected, "radius {radius}");
        }
    }
}
