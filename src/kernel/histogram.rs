//! How many pixels have each level, and the tables that follow from it.

use super::isa::kernel;
use super::{Isa, Lut};

/// Counts of each level, for red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram([[u32; 256]; 3]);

impl Histogram {
    /// Counts a picture's levels.
    pub fn of(pixels: &[u8]) -> Self {
        // Four sets of counts, since adding to one count soon again waits for the first, and neighbours look alike.
        let mut counts = [[[0u32; 256]; 3]; 4];
        let (fours, rest) = pixels.as_chunks::<12>();
        for four in fours {
            for (i, &level) in four.iter().enumerate() {
                counts[i / 3][i % 3][usize::from(level)] += 1;
            }
        }
        for (i, &level) in rest.iter().enumerate() {
            counts[0][i % 3][usize::from(level)] += 1;
        }
        Self(std::array::from_fn(|c| std::array::from_fn(|level| counts.iter().map(|set| set[c][level]).sum())))
    }

    /// The table that spreads each channel's levels evenly: OpenCV's `equalizeHist`, a channel at a time.
    pub fn equalize(&self) -> Lut {
        Lut(self.0.each_ref().map(|counts| {
            let total: u32 = counts.iter().sum();
            let first = counts.iter().position(|&n| n > 0).unwrap_or(0);
            if counts[first] == total {
                return std::array::from_fn(|level| level as u8);
            }
            // Single precision, as there: the rounding of halves depends on it.
            let scale = 255.0 / (total - counts[first]) as f32;
            let mut below = 0;
            std::array::from_fn(|level| {
                if level > first {
                    below += counts[level];
                }
                libm::rintf(below as f32 * scale) as u8
            })
        }))
    }

    /// The table that stretches each channel to black and white, once `cutoff` (0 to below 0.5) of its pixels is left out
    /// at each end: Pillow's `ImageOps.autocontrast`.
    pub fn stretch(&self, cutoff: f64) -> Lut {
        Lut(self.0.each_ref().map(|counts| {
            let total: u32 = counts.iter().sum();
            let left_out = (f64::from(total) * cutoff) as u32;
            let low = first_beyond(counts.iter(), left_out);
            let high = 255 - first_beyond(counts.iter().rev(), left_out);
            stretched(low, high)
        }))
    }
}

/// The table of [`Histogram::stretch`] with nothing left out, for which the darkest and the lightest level are enough.
pub fn stretch(isa: Isa, pixels: &[u8]) -> Lut {
    let mut ends = [[255, 0]; 3];
    find_ends(isa, pixels, &mut ends);
    Lut(ends.map(|[low, high]| stretched(usize::from(low), usize::from(high))))
}

kernel! {
    /// Widens `ends`, the lowest and highest level of each channel, by a picture's levels.
    pub fn find_ends(pixels: &[u8], ends: &mut [[u8; 2]; 3]) {
        const BLOCK: usize = 96;
        let (mut lowest, mut highest) = ([255; BLOCK], [0; BLOCK]);
        let (blocks, rest) = pixels.as_chunks::<BLOCK>();
        for block in blocks {
            for i in 0..BLOCK {
                lowest[i] = block[i].min(lowest[i]);
                highest[i] = block[i].max(highest[i]);
            }
        }
        for (i, &level) in rest.iter().enumerate() {
            lowest[i] = level.min(lowest[i]);
            highest[i] = level.max(highest[i]);
        }
        for i in 0..BLOCK {
            let [low, high] = &mut ends[i % 3];
            (*low, *high) = (lowest[i].min(*low), highest[i].max(*high));
        }
    }
}

/// From `low` as black to `high` as white; a channel of one level stays as it is.
fn stretched(low: usize, high: usize) -> [u8; 256] {
    if high <= low {
        return std::array::from_fn(|level| level as u8);
    }
    let scale = 255.0 / (high - low) as f64;
    std::array::from_fn(|level| (level as f64 * scale - low as f64 * scale).clamp(0.0, 255.0) as u8)
}

/// The first level that some pixel has once `left_out` pixels are gone.
fn first_beyond<'a>(counts: impl Iterator<Item = &'a u32>, mut left_out: u32) -> usize {
    for (level, &n) in counts.enumerate() {
        if n > left_out {
            return level;
        }
        left_out -= n;
    }
    255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_a_plain_loop() {
        for pixels in [3usize, 6, 9, 300] {
            let bytes: Vec<u8> = (0..pixels * 3).map(|i| (i * 31 % 251) as u8).collect();
            let mut wanted = [[0u32; 256]; 3];
            for (i, &level) in bytes.iter().enumerate() {
                wanted[i % 3][usize::from(level)] += 1;
            }
            assert_eq!(Histogram::of(&bytes).0, wanted);
        }
    }

    #[test]
    fn a_stretch_by_ends_is_the_stretch_by_counts() {
        for pixels in [1usize, 31, 32, 33, 200] {
            let bytes: Vec<u8> = (0..pixels * 3).map(|i| 40 + (i * 31 % 151) as u8).collect();
            assert_eq!(stretch(Isa::best(), &bytes), Histogram::of(&bytes).stretch(0.0));
        }
    }

    #[test]
    fn one_level_alone_is_left_alone() {
        let histogram = Histogram::of(&[7; 30]);
        assert_eq!(histogram.equalize().0[0][7], 7);
        assert_eq!(histogram.stretch(0.1).0[2][7], 7);
    }
}
