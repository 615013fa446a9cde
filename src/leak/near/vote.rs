//! The shortlist by local features: pictures that share parts of descriptors.

use std::cmp::Reverse;
use std::io::{self, Read};

use rayon::prelude::*;

use super::shelf::Pile;
use super::store::Chosen;

/// A value that more pictures share than this says little: lettering, a frame, a plain edge.
const CROWD: usize = 64;
/// Fewer meetings of two pictures than this are chance.
const LEAST_VOTES: usize = 2;
/// Values that are held in memory at a time, of 8 bytes.
const VALUES_AT_ONCE: usize = 16 << 20;
/// Corners of the pictures whose meetings are counted at a time. With real photos a corner has about five meetings, of 8 bytes.
const CORNERS_AT_ONCE: usize = 2_500_000;
/// Bytes of meetings that wait in memory, of all together.
const WAITING: usize = 64 << 20;
/// Meetings that a thread collects before it puts them aside.
const HANDFUL: usize = 1 << 13;

/// Pairs of pictures (by place, the smaller first) that share more parts of descriptors than chance would have it, with
/// how many; about `most` for each place, those with more first.
///
/// Locality-sensitive hashing by sampling bits (Indyk and Motwani 1998). A part is the same bits of both halves of a
/// descriptor, the smaller half first: it is the same in a mirrored picture. Memory does not grow with the pictures but for
/// the pairs: what does not fit is put aside, 8 bytes a meeting.
pub fn pairs(sketches: &Chosen, most: usize) -> io::Result<Vec<(u32, u32, u32)>> {
    let corners = sketches.corners();
    let blocks: Vec<Pile> = {
        let count = corners.div_ceil(CORNERS_AT_ONCE).max(1);
        (0..count).map(|_| Pile::new(WAITING / count)).collect()
    };
    let meetings = Meetings { width: part_width(corners), blocks };
    let ranges = (corners * rayon::current_num_threads()).div_ceil(VALUES_AT_ONCE).max(1) as u32;
    let parts = 64 / meetings.width;
    (0..parts * ranges).into_par_iter().try_for_each(|i| {
        let values = meetings.values(sketches, i / ranges, (i % ranges, ranges))?;
        meetings.of_values(&values)
    })?;
    let met: u64 = meetings.blocks.iter().map(|block| block.len() / size_of::<u64>() as u64).sum();
    let possible = (sketches.len() * sketches.len().saturating_sub(1) / 2) as f64;
    let enough = votes_beyond_chance(met as f64 / possible, possible / sketches.len() as f64);
    let mut pairs = Vec::new();
    for block in meetings.blocks {
        pairs.extend(counted(block, enough, 4 * most)?);
    }
    pairs.sort_unstable_by_key(|&(a, b, votes)| (Reverse(votes), a, b));
    let mut of_place = vec![0; sketches.len()];
    pairs.retain(|&(a, b, _)| {
        let keep = of_place[a as usize] < most || of_place[b as usize] < most;
        of_place[a as usize] += 1;
        of_place[b as usize] += 1;
        keep
    });
    Ok(pairs)
}

/// Bits of each half of a descriptor in a part: there are twice as many values as corners, so that chance meetings are few.
fn part_width(corners: usize) -> u32 {
    (12..=16).find(|width| 1usize << (2 * width - 2) >= corners).unwrap_or(16)
}

/// Meetings of two pictures at a value of a part, put aside by the picture that comes first in the pair.
struct Meetings {
    width: u32,
    blocks: Vec<Pile>,
}

impl Meetings {
    /// Of one part, the values of one of `ranges` ranges with the pictures that have them, in order: value, then place.
    fn values(&self, sketches: &Chosen, part: u32, (range, ranges): (u32, u32)) -> io::Result<Vec<u64>> {
        let (width, mask) = (self.width, (1u64 << self.width) - 1);
        let mut values = Vec::with_capacity(sketches.corners() / ranges as usize * 9 / 8);
        sketches.descriptors(|place, descriptor| {
            let [one, other] = [descriptor as u64, (descriptor >> 64) as u64].map(|half| half >> (part * width) & mask);
            let value = (one.min(other) << width | one.max(other)) as u32;
            // Fibonacci hashing spreads values over the ranges evenly.
            let spread = (u64::from(value.wrapping_mul(0x9e37_79b9)) * u64::from(ranges)) >> 32;
            if spread as u32 == range {
                values.push(u64::from(value) << 32 | u64::from(place));
            }
        })?;
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    /// Puts the pairs aside that meet at these values.
    fn of_values(&self, values: &[u64]) -> io::Result<()> {
        let count = self.blocks.len();
        let mut hands: Vec<Vec<u8>> = self.blocks.iter().map(|_| Vec::new()).collect();
        for same in values.chunk_by(|a, b| a >> 32 == b >> 32).filter(|same| same.len() <= CROWD) {
            for (i, a) in same.iter().enumerate() {
                let place = *a as u32;
                let hand = &mut hands[place as usize % count];
                for b in &same[i + 1..] {
                    hand.extend((u64::from(place) << 32 | u64::from(*b as u32)).to_le_bytes());
                }
                if hand.len() >= HANDFUL * size_of::<u64>() {
                    self.blocks[place as usize % count].add(hand)?;
                    hand.clear();
                }
            }
        }
        self.blocks.iter().zip(&hands).try_for_each(|(block, hand)| block.add(hand).map(|_| ()))
    }
}

/// The pairs that meet often enough, with how often; of the pairs of one first picture `most`, those that meet most often.
fn counted(block: Pile, enough: usize, most: usize) -> io::Result<Vec<(u32, u32, u32)>> {
    let count = block.len() as usize / size_of::<u64>();
    let (mut meetings, mut bytes) = (Vec::with_capacity(count), vec![0; HANDFUL * size_of::<u64>()]);
    let mut block = block.read_through()?;
    while meetings.len() < count {
        let now = (count - meetings.len()).min(HANDFUL) * size_of::<u64>();
        block.read_exact(&mut bytes[..now])?;
        meetings.extend(bytes[..now].as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes)));
    }
    meetings.par_sort_unstable();
    let mut pairs: Vec<(u32, u32, u32)> = meetings
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() >= enough)
        .map(|same| ((same[0] >> 32) as u32, same[0] as u32, same.len() as u32))
        .collect();
    pairs.sort_unstable_by_key(|&(a, b, votes)| (a, Reverse(votes), b));
    let (mut of, mut kept) = (None, 0);
    pairs.retain(|&(a, ..)| {
        kept = if of == Some(a) { kept + 1 } else { 1 };
        of = Some(a);
        kept <= most
    });
    Ok(pairs)
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
