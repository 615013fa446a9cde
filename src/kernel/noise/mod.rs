//! Noise that depends on a key and a place only.

mod gauss;
mod iso;
mod multiply;
mod replace;
mod shot;

pub use gauss::add_gauss_noise;
pub(super) use gauss::normal;
pub use iso::add_iso_noise;
pub use multiply::{Grain, multiply_noise};
pub use replace::{replace_pixels, replace_samples};
pub use shot::{MIN_SHOT_SCALE, add_shot_noise};

/// 32 random bits, a function of a counter and a key: the mixer is Wellons' `lowbias32` (hash-prospector, public domain),
/// with the key's two halves put in before and in the middle.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub(super) fn bits(counter: u32, key: u64) -> u32 {
    let mut h = counter.wrapping_mul(0x9E37_79B9) ^ key as u32;
    h = (h ^ (h >> 16)).wrapping_mul(0x21F0_AAAD);
    h = (h ^ (h >> 15)).wrapping_add((key >> 32) as u32).wrapping_mul(0xD35A_2D97);
    h ^ (h >> 15)
}

/// The bits of counters that follow each other.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn many_bits<const N: usize>(first: u32, key: u64) -> [u32; N] {
    let mut many = [0; N];
    for (i, one) in many.iter_mut().enumerate() {
        *one = bits(first.wrapping_add(i as u32), key);
    }
    many
}

/// Entries of a table that 12 random bits look up.
const TABLE: usize = 4096;
