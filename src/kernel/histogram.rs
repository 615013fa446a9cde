//! How many pixels have each level, and the tables that follow from it.

use super::Lut;

/// Counts of each level, for red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram([[u32; 256]; 3]);

impl Histogram {
    /// Counts a picture's levels.
    pub fn of(pixels: &[u8]) -> Self {
        // Two sets of counts, since adding to one count twice in a row waits for the first.
        let mut counts = [[[0u32; 256]; 3]; 2];
        let (pairs, rest) = pixels.as_chunks::<6>();
        for pair in pairs {
            for (i, &level) in pair.iter().enumerate() {
                counts[i / 3][i % 3][usize::from(level)] += 1;
            }
        }
        for (channel, &level) in rest.iter().enumerate() {
            counts[0][channel][usize::from(level)] += 1;
        }
        let [first, second] = counts;
        Self(std::array::from_fn(|c| std::array::from_fn(|level| first[c][level] + second[c][level])))
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
            if high <= low {
                return std::array::from_fn(|level| level as u8);
            }
            let scale = 255.0 / (high - low) as f64;
            std::array::from_fn(|level| (level as f64 * scale - low as f64 * scale).clamp(0.0, 255.0) as u8)
        }))
    }
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
    fn one_level_alone_is_left_alone() {
        let histogram = Histogram::of(&[7; 30]);
        assert_eq!(histogram.equalize().0[0][7], 7);
        assert_eq!(histogram.stretch(0.1).0[2][7], 7);
    }
}
