//! Weather: fields of fog, streaks and drops, and what they do to light.

mod fractal;
mod light;
mod liquid;
mod region;
mod snow;
mod streaks;

pub use fractal::plasma;
pub use light::{add_light, cover};
pub use liquid::{Spatter, SpatterKind, spatter};
pub use region::{fade_disc, fade_polygon, glow};
pub use snow::bleach;
pub use streaks::{Streaks, streaks};

/// Even bits that depend on a key and a place only: Wellons' `lowbias32` (hash-prospector, public domain).
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn bits(place: u32, key: u64) -> u32 {
    let mut h = place.wrapping_mul(0x9E37_79B9) ^ key as u32;
    h = (h ^ (h >> 16)).wrapping_mul(0x21F0_AAAD);
    h = (h ^ (h >> 15)).wrapping_add((key >> 32) as u32).wrapping_mul(0xD35A_2D97);
    h ^ (h >> 15)
}
