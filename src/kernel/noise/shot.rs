//! Photons: noise from the Poisson distribution.

use super::many_bits;
use crate::image::Scratch;
use crate::kernel::Isa;
use crate::kernel::isa::kernel;

/// The smallest scale: fewer than 256 counts below full light.
pub const MIN_SHOT_SCALE: f64 = 0.004;

/// Replaces every sample by what a count of photons would give: its light (level / 255 to the power of `gamma`) is the mean
/// of a Poisson distribution in units of `scale` ([`MIN_SHOT_SCALE`]..=1 of full light), the count drawn becomes a level
/// again. The larger the unit, the fewer photons and the more noise (Albumentations' `ShotNoise` with a gamma of 2.2,
/// ImageNet-C's with 1).
///
/// Each level has its distribution as Walker's alias table ("An efficient method for generating discrete random variables
/// with general distributions", ACM TOMS 1977), with probabilities in 1/65536 of a column: one look-up a draw. Counts above
/// full light are full light.
pub fn add_shot_noise(isa: Isa, pixels: &mut [u8], scale: f64, gamma: f64, key: u64, scratch: &mut Scratch) {
    let counts = (1.0 / scale).ceil() as usize + 1;
    let columns = counts.next_power_of_two();
    let levels = levels_of_counts(scale, gamma, counts);
    let table = &mut scratch.sums;
    table.clear();
    table.resize(256 * columns, 0);
    for (level, row) in table.chunks_exact_mut(columns).enumerate() {
        let light = libm::pow(level as f64 / 255.0, gamma);
        let mut chances = [0.0; 256];
        poisson(light / scale, &mut chances[..counts]);
        alias_table(&mut chances[..columns], &levels, row);
    }
    draw(isa, pixels, table, columns.ilog2(), key);
}

/// The level that each count of photons gives.
fn levels_of_counts(scale: f64, gamma: f64, counts: usize) -> [u8; 256] {
    let level = |count: usize| (libm::pow((count as f64 * scale).min(1.0), 1.0 / gamma) * 255.0).round() as u8;
    std::array::from_fn(|count| level(count.min(counts - 1)))
}

/// The chance of each count; the last has that of all above it too.
fn poisson(mean: f64, chances: &mut [f64]) {
    let mut chance = libm::exp(-mean);
    let mut left = 1.0;
    let last = chances.len() - 1;
    for (count, slot) in chances[..last].iter_mut().enumerate() {
        *slot = chance;
        left -= chance;
        chance *= mean / (count + 1) as f64;
    }
    chances[last] = f64::max(left, 0.0);
}

/// A column in 32 bits: the chance of its own level in the upper 16, then that level, then the other one.
fn alias_table(chances: &mut [f64], levels: &[u8; 256], table: &mut [i32]) {
    let columns = chances.len();
    for chance in &mut *chances {
        *chance *= columns as f64;
    }
    // The counts with less than a column's share, and those with more, as two stacks in one array.
    let (mut stack, mut poor, mut rich) = ([0u8; 256], 0, columns);
    for (count, &chance) in chances.iter().enumerate() {
        if chance < 1.0 {
            stack[poor] = count as u8;
            poor += 1;
        } else {
            rich -= 1;
            stack[rich] = count as u8;
        }
    }
    let column = |own: usize, chance: f64, other: usize| {
        let own_chance = ((chance * 65536.0).round() as u32).min(65535);
        (own_chance << 16 | u32::from(levels[own]) << 8 | u32::from(levels[other])) as i32
    };
    while poor > 0 && rich < columns {
        poor -= 1;
        let (own, other) = (usize::from(stack[poor]), usize::from(stack[rich]));
        table[own] = column(own, chances[own], other);
        chances[other] -= 1.0 - chances[own];
        if chances[other] < 1.0 {
            rich += 1;
            stack[poor] = other as u8;
            poor += 1;
        }
    }
    for own in stack[..poor].iter().chain(&stack[rich..columns]).map(|&own| usize::from(own)) {
        table[own] = column(own, 1.0, own);
    }
}

const BLOCK: usize = 32;

kernel! {
    /// Sample `i` has the upper bits of its 32 for the column and the lower 16 for the chance.
    pub fn draw(pixels: &mut [u8], table: &[i32], column_bits: u32, key: u64) {
        for (i, samples) in pixels.chunks_mut(BLOCK).enumerate() {
            let bits: [u32; BLOCK] = many_bits((i * BLOCK) as u32, key);
            let mut columns = [0u32; BLOCK];
            for ((column, bits), &sample) in columns.iter_mut().zip(bits).zip(&*samples) {
                // Two shifts, as there may be no bits at all.
                let at = (bits >> 16 >> (16 - column_bits)) as usize;
                *column = table[usize::from(sample) << column_bits | at] as u32;
            }
            for ((sample, column), bits) in samples.iter_mut().zip(columns).zip(bits) {
                let own = (bits & 0xffff) < column >> 16;
                *sample = if own { (column >> 8) as u8 } else { column as u8 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every level's counts are Poisson: chi-square against the published definition.
    #[test]
    fn counts_have_the_poisson_distribution() {
        let n = 60_000;
        for (scale, gamma) in [(0.004, 2.2), (0.05, 2.2), (0.1, 2.2), (0.3, 2.2), (1.0, 2.2), (0.04, 1.0)] {
            let counts = (1.0f64 / scale).ceil() as usize + 1;
            let of_count = levels_of_counts(scale, gamma, counts);
            for level in [0, 1, 60, 128, 200, 255u8] {
                let mut pixels = vec![level; n];
                add_shot_noise(Isa::best(), &mut pixels, scale, gamma, 5, &mut Scratch::default());
                // Exact chances, multiplied up from the start for each count, gathered by the level that they give.
                let mean = (f64::from(level) / 255.0).powf(gamma) / scale;
                let mut wanted = [0.0; 256];
                let mut rest = 1.0;
                for count in 0..counts - 1 {
                    let log = count as f64 * mean.max(1e-300).ln() - mean - libm::lgamma(count as f64 + 1.0);
                    let chance = if mean == 0.0 { f64::from(u8::from(count == 0)) } else { log.exp() };
                    wanted[usize::from(of_count[count])] += chance * n as f64;
                    rest -= chance;
                }
                wanted[255] += rest.max(0.0) * n as f64;
                let mut seen = [0.0; 256];
                for &pixel in &pixels {
                    seen[usize::from(pixel)] += 1.0;
                }
                let (mut chi, mut freedom, mut rare) = (0.0, -1.0, (0.0, 0.0));
                for (seen, wanted) in seen.into_iter().zip(wanted) {
                    if wanted >= 10.0 {
                        chi += (seen - wanted) * (seen - wanted) / wanted;
                        freedom += 1.0;
                    } else {
                        rare = (rare.0 + seen, rare.1 + wanted);
                    }
                }
                assert!(rare.0 < rare.1 + 5.0 * rare.1.sqrt() + 5.0, "scale {scale} level {level}: {rare:?}");
                let freedom = f64::max(freedom, 1.0);
                assert!(
                    chi < freedom + 5.0 * (2.0 * freedom).sqrt(),
                    "scale {scale} level {level}: {chi} of {freedom}"
                );
            }
        }
    }

    #[test]
    fn neighbours_do_not_follow_each_other() {
        let mut pixels = vec![128u8; 200_000];
        add_shot_noise(Isa::best(), &mut pixels, 0.1, 2.2, 3, &mut Scratch::default());
        let n = pixels.len() as f64;
        let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / n;
        let product = |lag: usize| {
            pixels.iter().zip(&pixels[lag..]).map(|(&a, &b)| (f64::from(a) - mean) * (f64::from(b) - mean)).sum::<f64>()
                / n
        };
        for lag in [1, 2, 3, 32, 1536] {
            assert!((product(lag) / product(0)).abs() < 0.01, "{lag}");
        }
    }
}
