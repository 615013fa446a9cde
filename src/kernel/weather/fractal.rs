//! Cloudy fields.

use crate::image::Shape;
use crate::kernel::noise::bits;

/// The first wobble: with any `decay` of at least 1.2, four values still sum to less than 2^31.
const WOBBLE: f64 = (1 << 26) as f64;

/// A cloudy field from 0 to 255, a weight a pixel: midpoint displacement (Fournier, Fussell and Carpenter, "Computer
/// rendering of stochastic models", 1982) on a torus, as ImageNet-C's fog has it (`plasma_fractal` of Hendrycks and
/// Dietterich, 2019). From level to level the wobble becomes `decay`² (1.2 or more) times smaller: 1.2 is ragged, 3 smooth.
///
/// The torus has as many places a side as the next power of two, and is scaled to its own extremes before it is cut.
pub fn plasma(shape: Shape, decay: f64, key: u64, map: &mut Vec<i32>, mask: &mut Vec<u8>) {
    let side = shape.width.max(shape.height).next_power_of_two();
    displace(side, decay, key, map);
    let (low, high) = map.iter().fold((i32::MAX, i32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let scale = 255.0 / (i64::from(high) - i64::from(low)).max(1) as f32;
    mask.clear();
    for row in map.chunks_exact(side).take(shape.height) {
        mask.extend(row[..shape.width].iter().map(|&v| ((v - low) as f32 * scale + 0.5) as u8));
    }
}

fn displace(side: usize, decay: f64, key: u64, map: &mut Vec<i32>) {
    map.clear();
    map.resize(side * side, 0);
    let (mut step, mut wobble) = (side, WOBBLE);
    while step >= 2 {
        let half = step / 2;
        let size = wobble as i64;
        let wobbling =
            |at: usize, sum: i32| (sum >> 2) + ((i64::from(bits(at as u32, key) as i32) * size) >> 31) as i32;
        let next = |place: usize| (place + step) & (side - 1);
        // The middle of each square from its corners.
        for y in (0..side).step_by(step) {
            let (top, bottom, middle) = (y * side, next(y) * side, (y + half) * side);
            for x in (0..side).step_by(step) {
                let sum = map[top + x] + map[top + next(x)] + map[bottom + x] + map[bottom + next(x)];
                map[middle + x + half] = wobbling(middle + x + half, sum);
            }
        }
        // The middle of its upper and left edge from the corners there and the middles on both sides.
        for y in (0..side).step_by(step) {
            let (top, bottom, middle) = (y * side, next(y) * side, (y + half) * side);
            let above = ((y + side - half) & (side - 1)) * side;
            for x in (0..side).step_by(step) {
                let (corner, own) = (map[top + x], map[middle + x + half]);
                let left = map[middle + ((x + side - half) & (side - 1))];
                let upper = corner + map[top + next(x)] + own + map[above + x + half];
                map[top + x + half] = wobbling(top + x + half, upper);
                map[middle + x] = wobbling(middle + x, corner + map[bottom + x] + own + left);
            }
        }
        wobble /= decay * decay;
        step = half;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(decay: f64) -> Vec<u8> {
        let mut mask = Vec::new();
        plasma(Shape { width: 128, height: 128 }, decay, 11, &mut Vec::new(), &mut mask);
        mask
    }

    /// What is left between places `apart`, as the mean square of the differences along rows.
    fn roughness(mask: &[u8], apart: usize) -> f64 {
        let squares = mask.chunks_exact(128).flat_map(|row| {
            row.iter().zip(&row[apart..]).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).collect::<Vec<_>>()
        });
        squares.sum::<f64>() / (128 * (128 - apart)) as f64
    }

    #[test]
    fn the_field_spans_all_levels() {
        let mask = field(2.0);
        assert_eq!((mask.iter().min(), mask.iter().max()), (Some(&0), Some(&255)));
    }

    /// Where the wobble falls by `decay`² a halving, mean squares of differences grow as distance^(2 log2 decay²), while that
    /// is well below 2: a smooth field's differences grow as distance², and no field's faster.
    #[test]
    fn differences_grow_with_distance_as_the_decay_says() {
        let growth = |decay| (roughness(&field(decay), 8) / roughness(&field(decay), 2)).log2() / 2.0;
        let ragged = 2.0 * (1.2f64 * 1.2).log2();
        assert!((growth(1.2) - ragged).abs() < 0.3, "{} for {ragged}", growth(1.2));
        assert!(growth(1.2) < growth(1.4) && growth(1.4) < growth(2.0) && growth(2.0) < growth(3.0));
        assert!((growth(3.0) - 2.0).abs() < 0.15, "{}", growth(3.0));
    }
}
