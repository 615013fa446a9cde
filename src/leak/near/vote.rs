//! The shortlist by local features: pictures that share parts of descriptors.

use rayon::prelude::*;

use super::feature::Features;

/// A value that more pictures share than this says little: lettering, a frame, a plain edge.
const CROWD: usize = 64;
/// Fewer meetings of two pictures than this are chance.
const LEAST_VOTES: usize = 2;
/// Corners for which meetings are counted at a time, about 20 bytes each.
const ENTRIES_OF_BLOCK: usize = 5_000_000;
/// Into how many ranges the values of a part are divided.
const RANGES: u32 = 4;

/// Pairs of pictures (by place, the smaller first) that share more parts of descriptors than chance would have it, with
/// how many; at most `most` for each place, those with more first.
///
/// Locality-sensitive hashing by sampling bits (Indyk and Motwani 1998). A part is the same bits of both halves of a
/// descriptor, the smaller half first: it is the same in a mirrored picture.
pub fn pairs(features: &[&Features], most: usize) -> Vec<(u32, u32, u32)> {
    let entries: usize = features.iter().map(|f| f.descriptors.len()).sum();
    // Twice as many values as corners, so that chance meetings are few: wider parts for more pictures.
    let width = (12..=16).find(|width| 1usize << (2 * width - 2) >= entries).unwrap_or(16);
    // All meetings at once would need more memory than the pictures' sketches.
    let blocks = entries.div_ceil(ENTRIES_OF_BLOCK).max(1) as u32;
    let (mut met_in_all, mut pairs) = (0, Vec::new());
    for block in 0..blocks {
        let mut meetings: Vec<u64> =
            (0..64 / width).flat_map(|part| met(features, part, width, block, blocks)).collect();
        meetings.par_sort_unstable();
        met_in_all += meetings.len();
        let several = meetings.chunk_by(|a, b| a == b).filter(|same| same.len() >= LEAST_VOTES);
        pairs.extend(several.map(|same| ((same[0] >> 32) as u32, same[0] as u32, same.len() as u32)));
    }
    let possible = (features.len() * features.len().saturating_sub(1) / 2) as f64;
    let enough = votes_beyond_chance(met_in_all as f64 / possible, possible / features.len() as f64);
    pairs.retain(|&(_, _, votes)| votes as usize >= enough);
    pairs.sort_unstable_by_key(|&(a, b, votes)| (std::cmp::Reverse(votes), a, b));
    let mut of_place = vec![0; features.len()];
    pairs.retain(|&(a, b, _)| {
        let keep = of_place[a as usize] < most || of_place[b as usize] < most;
        of_place[a as usize] += 1;
        of_place[b as usize] += 1;
        keep
    });
    pairs
}

/// The pairs of pictures that meet at a value of one part, once a meeting; of the pictures that come first in a pair, a block.
fn met(features: &[&Features], part: usize, width: usize, block: u32, blocks: u32) -> Vec<u64> {
    let mask = (1u64 << width) - 1;
    let value = |descriptor: u128| {
        let [one, other] = [descriptor as u64, (descriptor >> 64) as u64].map(|half| half >> (part * width) & mask);
        (one.min(other) << width | one.max(other)) as u32
    };
    // By ranges of values, of which each needs but its own share of the memory.
    let of_range = |range: u32| {
        let mut entries: Vec<(u32, u32)> = Vec::new();
        for (features, place) in features.iter().zip(0..) {
            let values = features.descriptors.iter().map(|&descriptor| value(descriptor));
            entries.extend(values.filter(|value| value % RANGES == range).map(|value| (value, place)));
        }
        entries.sort_unstable();
        entries.dedup();
        let mut pairs = Vec::new();
        for same in entries.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() <= CROWD) {
            for (i, (_, a)) in same.iter().enumerate().filter(|(_, (_, a))| a % blocks == block) {
                pairs.extend(same[i + 1..].iter().map(|(_, b)| u64::from(*a) << 32 | u64::from(*b)));
            }
        }
        pairs
    };
    (0..RANGES).into_par_iter().flat_map_iter(of_range).collect()
}

/// The least number of meetings, at least [`LEAST_VOTES`], that chance gives to at most one partner a picture, where a pair has
/// `rate` meetings by chance (Poisson) and a picture `partners` others.
fn votes_beyond_chance(rate: f64, partners: f64) -> usize {
    let (mut votes, mut term) = (LEAST_VOTES, rate * rate / 2.0);
    while term * partners > 1.0 && votes < 12 {
        votes += 1;
        term *= rate / votes as f64;
    }
    votes
}
