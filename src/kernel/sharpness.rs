//! Pillow's sharpness.

use super::Isa;
use super::isa::kernel;
use crate::image::{Frame, Scratch};

/// Mixes the picture with a smoothed one, or away from it: 0 is smoothed, 1 no change, up to 10. A smoothed level is (its eight
/// neighbours + 5 x itself) / 13, rounded, and at the picture's edge itself: Pillow's `ImageEnhance.Sharpness`.
pub fn sharpness(isa: Isa, frame: &mut Frame, factor: f64, scratch: &mut Scratch) {
    let (shape, factor) = (frame.shape(), (factor * 4096.0).round() as i32);
    frame.remake(shape, scratch, |from, target| {
        target.copy_from_slice(from.pixels());
        let bytes = shape.width * 3;
        if shape.width < 3 {
            return;
        }
        for (rows, out) in from.pixels().windows(bytes * 3).step_by(bytes).zip(target.chunks_exact_mut(bytes).skip(1)) {
            sharpen_row(isa, rows, &mut out[3..bytes - 3], factor);
        }
    });
}

kernel! {
    /// From three rows the middle of the second.
    pub fn sharpen_row(rows: &[u8], out: &mut [u8], factor: i32) {
        let bytes = rows.len() / 3;
        let (top, middle, bottom) = (&rows[..bytes], &rows[bytes..bytes * 2], &rows[bytes * 2..]);
        let n = out.len();
        let [a, b, c] = [&top[..n], &top[3..n + 3], &top[6..n + 6]];
        let [d, e, f] = [&middle[..n], &middle[3..n + 3], &middle[6..n + 6]];
        let [g, h, i] = [&bottom[..n], &bottom[3..n + 3], &bottom[6..n + 6]];
        for at in 0..n {
            let around = [a[at], b[at], c[at], d[at], f[at], g[at], h[at], i[at]];
            let sum: i32 = around.into_iter().map(i32::from).sum();
            let level = i32::from(e[at]);
            // A thirteenth, rounded: exact for sums below 2^12.
            let smooth = ((sum + 5 * level + 6) * 5042) >> 16;
            out[at] = (smooth + (((level - smooth) * factor + 2048) >> 12)).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    #[test]
    fn one_changes_nothing_and_a_plain_picture_stays() {
        let shape = Shape { width: 9, height: 5 };
        let noise = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        let plain = Frame::filled(shape, [3, 100, 255]);
        for (before, factor) in [(noise, 1.0), (plain.clone(), 0.0), (plain, 3.0)] {
            let mut after = before.clone();
            sharpness(Isa::best(), &mut after, factor, &mut Scratch::default());
            assert_eq!(after, before);
        }
    }
}
