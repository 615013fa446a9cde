//! Noise as a function of place: value noise, its sum over octaves, and scattered cells.

use super::vector::ramp;

/// Even bits that belong to a lattice point.
pub fn bits(x: i64, y: i64, seed: u64) -> u64 {
    // The finaliser of SplitMix64 over the three numbers.
    let mut h = seed ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 31)
}

/// Evenly from [0, 1), for a lattice point.
pub fn lattice(x: i64, y: i64, seed: u64) -> f64 {
    (bits(x, y, seed) >> 11) as f64 / (1u64 << 53) as f64
}

/// Smooth noise in [0, 1] with features about 1 apart.
pub fn value(x: f64, y: f64, seed: u64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let (i, j) = (left as i64, top as i64);
    let (s, t) = (ramp(0.0, 1.0, x - left), ramp(0.0, 1.0, y - top));
    let row = |j| lattice(i, j, seed) * (1.0 - s) + lattice(i + 1, j, seed) * s;
    row(j) * (1.0 - t) + row(j + 1) * t
}

/// Octaves of [`value`], each twice as fine and half as strong; in [0, 1], mostly near a half.
pub fn cloud(x: f64, y: f64, octaves: u32, seed: u64) -> f64 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * value(x * scale, y * scale, seed.wrapping_add(u64::from(octave)));
        total += weight;
        weight *= 0.5;
        // Not quite 2, so that the lattices of the octaves do not line up.
        scale *= 2.03;
    }
    sum / total
}

/// The nearest of points scattered one a cell: how far it is, and its own number in [0, 1).
pub fn nearest(x: f64, y: f64, seed: u64) -> (f64, f64) {
    let (i, j) = (x.floor() as i64, y.floor() as i64);
    let mut best = (f64::INFINITY, 0.0);
    for (i, j) in (-1..=1).flat_map(|dj| (-1..=1).map(move |di| (i + di, j + dj))) {
        let own = bits(i, j, seed);
        let part = |shift: u32| ((own >> shift) & 0xffff) as f64 / 65536.0;
        let (dx, dy) = (i as f64 + part(0) - x, j as f64 + part(16) - y);
        let far = dx * dx + dy * dy;
        if far < best.0 {
            best = (far, part(32));
        }
    }
    (best.0.sqrt(), best.1)
}
