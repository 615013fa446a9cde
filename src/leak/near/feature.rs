//! Local features: corners on a pyramid, described by comparisons of pixels that turn with the corner.

use std::sync::OnceLock;

use crate::image::{Frame, Scratch, Shape};

use super::grey::{Grey, resized, with_long_side};

/// Bits of a descriptor.
pub const BITS: u32 = u128::BITS;
/// Each level of the pyramid is smaller than the one before by the cube root of 2; the second number is how many corners
/// are kept there.
const LEVELS: [(f64, usize); 7] = [(1.0, 48), (0.794, 40), (0.63, 32), (0.5, 26), (0.397, 20), (0.315, 14), (0.25, 12)];
/// Radius of the disc whose centre of brightness gives a corner its direction.
const DIRECTION_RADIUS: isize = 9;
/// Radius of the disc in which pixels are compared.
const PATCH_RADIUS: i32 = 11;
/// No corner is nearer to the edge than this.
const MARGIN: usize = 4;
/// Harris' measure below this is noise on a plain ground.
const MIN_CORNER: i64 = 40_000;

/// What is known of the corners of a picture.
#[derive(Clone, Default)]
pub struct Features {
    /// Where they are, in 1/64 of a pixel of the whole picture.
    pub places: Vec<[u16; 2]>,
    /// Rotated BRIEF (Rublee and others, "ORB: an efficient alternative to SIFT or SURF", 2011) of 128 comparisons.
    /// The second half of the comparisons is the first half mirrored, so that [`mirrored`] needs no picture.
    pub descriptors: Vec<u128>,
}

/// The descriptor of the same corner in the mirrored picture.
pub fn mirrored(descriptor: u128) -> u128 {
    descriptor.rotate_left(BITS / 2)
}

impl Features {
    pub fn of(picture: &Frame, scratch: &mut Scratch) -> Self {
        let mut features = Self::default();
        let shape = picture.shape();
        let long = shape.width.max(shape.height) as f64;
        for (scale, most) in LEVELS {
            let to = with_long_side(shape, (long * scale).round() as usize);
            if to.width.min(to.height) <= 2 * MARGIN + 8 {
                break;
            }
            let level = Grey::of(&resized(picture, to, scratch));
            let smooth = box_sums(&level.pixels.iter().map(|&p| i32::from(p)).collect::<Vec<_>>(), to);
            for (x, y) in corners(&level, most) {
                let place = |at: usize, of: usize, whole: usize| {
                    ((at as f64 + 0.5) * whole as f64 / of as f64 * 64.0).round() as u16
                };
                features.places.push([place(x, to.width, shape.width), place(y, to.height, shape.height)]);
                features.descriptors.push(describe(&level, &smooth, x, y));
            }
        }
        // Kept for every picture of a data set.
        features.places.shrink_to_fit();
        features.descriptors.shrink_to_fit();
        features
    }

    /// A corner's place in pixels, with the picture's corner at 0, 0.
    pub fn place(&self, i: usize) -> [f64; 2] {
        self.places[i].map(|v| f64::from(v) / 64.0)
    }
}

/// The strongest corners by Harris' measure (Harris and Stephens 1988, k = 0.04), spread over the picture: a cell of a
/// 4 x 4 grid gives more than an eighth of them only where the others have too few.
fn corners(picture: &Grey, most: usize) -> Vec<(usize, usize)> {
    let Shape { width, height } = picture.shape;
    let strength = harris(picture);
    let mut found = Vec::new();
    for y in MARGIN..height - MARGIN {
        for x in MARGIN..width - MARGIN {
            let own = strength[y * width + x];
            let is_peak =
                || (y - 2..=y + 2).all(|v| (x - 2..=x + 2).all(|u| (u, v) == (x, y) || strength[v * width + u] < own));
            if own > MIN_CORNER && own > strength[y * width + x - 1] && own > strength[y * width + x + 1] && is_peak() {
                found.push((own, x, y));
            }
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    // First a share for each cell, then the strongest of the rest.
    let mut of_cell = [0; 16];
    let (mut kept, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|&(_, x, y)| {
        let cell = &mut of_cell[y * 4 / height * 4 + x * 4 / width];
        *cell += 1;
        *cell <= most.div_ceil(8)
    });
    kept.extend(rest);
    kept.into_iter().take(most).map(|(_, x, y)| (x, y)).collect()
}

/// Harris' measure of each pixel, times 25; the gradient of the outermost pixels is taken as 0.
fn harris(picture: &Grey) -> Vec<i64> {
    let Shape { width, height } = picture.shape;
    let mut products = [(); 3].map(|()| vec![0i32; width * height]);
    for i in (1..height - 1).flat_map(|y| y * width + 1..(y + 1) * width - 1) {
        let level = |i: usize| i32::from(picture.pixels[i]);
        let (dx, dy) = (level(i + 1) - level(i - 1), level(i + width) - level(i - width));
        (products[0][i], products[1][i], products[2][i]) = (dx * dx, dy * dy, dx * dy);
    }
    let [xx, yy, xy] = products.map(|plane| box_sums(&plane, picture.shape));
    let measure = |i: usize| {
        let [xx, yy, xy] = [xx[i], yy[i], xy[i]].map(i64::from);
        25 * (xx * yy - xy * xy) - (xx + yy) * (xx + yy)
    };
    (0..width * height).map(measure).collect()
}

/// Sums over 5 x 5 values, with the edge repeated: each from its neighbour by what comes and what goes.
fn box_sums(plane: &[i32], Shape { width, height }: Shape) -> Vec<i32> {
    let mut rows = vec![0; plane.len()];
    for (sums, row) in rows.chunks_exact_mut(width).zip(plane.chunks_exact(width)) {
        let mut sum = 3 * row[0] + row[1.min(width - 1)] + row[2.min(width - 1)];
        for (x, out) in sums.iter_mut().enumerate() {
            *out = sum;
            sum += row[(x + 3).min(width - 1)] - row[x.saturating_sub(2)];
        }
    }
    let row = |y: usize| &rows[y.min(height - 1) * width..][..width];
    let mut sums = vec![0; plane.len()];
    let mut sum: Vec<i32> = (0..width).map(|x| 3 * row(0)[x] + row(1)[x] + row(2)[x]).collect();
    for (y, sums) in sums.chunks_exact_mut(width).enumerate() {
        sums.copy_from_slice(&sum);
        for ((sum, comes), goes) in sum.iter_mut().zip(row(y + 3)).zip(row(y.saturating_sub(2))) {
            *sum += comes - goes;
        }
    }
    sums
}

fn describe(picture: &Grey, smooth: &[i32], x: usize, y: usize) -> u128 {
    let Shape { width, height } = picture.shape;
    let index = |dx: isize, dy: isize| {
        let u = (x as isize + dx).clamp(0, width as isize - 1);
        let v = (y as isize + dy).clamp(0, height as isize - 1);
        v as usize * width + u as usize
    };
    // The direction of the centre of brightness: exact under flips and quarter turns.
    let (mut right, mut down) = (0i64, 0i64);
    for dy in -DIRECTION_RADIUS..=DIRECTION_RADIUS {
        for dx in -DIRECTION_RADIUS..=DIRECTION_RADIUS {
            if dx * dx + dy * dy <= DIRECTION_RADIUS * DIRECTION_RADIUS {
                let level = i64::from(picture.pixels[index(dx, dy)]);
                right += level * dx as i64;
                down += level * dy as i64;
            }
        }
    }
    let length = ((right * right + down * down) as f64).sqrt();
    let (cos, sin) = if length > 0.0 { (right as f64 / length, down as f64 / length) } else { (1.0, 0.0) };
    let level = |[px, py]: [i32; 2]| {
        let (px, py) = (f64::from(px), f64::from(py));
        smooth[index((cos * px - sin * py).round() as isize, (sin * px + cos * py).round() as isize)]
    };
    let mut descriptor = 0;
    for (bit, &[p, q]) in comparisons().iter().enumerate() {
        descriptor |= u128::from(level(p) < level(q)) << bit;
    }
    descriptor
}

/// The pairs of places that are compared: 64 drawn evenly from the disc by a fixed sequence, then the same mirrored.
fn comparisons() -> &'static [[[i32; 2]; 2]; BITS as usize] {
    static PAIRS: OnceLock<[[[i32; 2]; 2]; BITS as usize]> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut state = 1u64;
        let mut coordinate = || {
            // Knuth's MMIX generator.
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as i32 % (2 * PATCH_RADIUS + 1) - PATCH_RADIUS
        };
        let mut place = || loop {
            let [x, y] = [coordinate(), coordinate()];
            if x * x + y * y <= PATCH_RADIUS * PATCH_RADIUS {
                return [x, y];
            }
        };
        let mut pairs = [[[0; 2]; 2]; BITS as usize];
        for i in 0..64 {
            let [p, q] = loop {
                let [p, q] = [place(), place()];
                if (p[0] - q[0]).pow(2) + (p[1] - q[1]).pow(2) >= 25 {
                    break [p, q];
                }
            };
            pairs[i] = [p, q];
            pairs[i + 64] = [[p[0], -p[1]], [q[0], -q[1]]];
        }
        pairs
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Isa, Turn, turn};
    use std::collections::BTreeSet;

    /// Blobs on a ground, of a size that every level of the pyramid divides alike from both sides.
    fn scene() -> Frame {
        let shape = Shape { width: 192, height: 160 };
        let mut frame = Frame::filled(shape, [90, 100, 110]);
        for i in 0..60usize {
            let (x, y) = (i * 71 % 170, i * 37 % 140);
            let level = (i * 53 % 200) as u8;
            crate::kernel::fill_rectangle(&mut frame, x, y, 6 + i % 13, 5 + i % 9, [level, level / 2, 255 - level]);
        }
        frame
    }

    #[test]
    fn box_sums_are_the_sums_of_boxes() {
        let shape = Shape { width: 17, height: 11 };
        let plane: Vec<i32> = (0..17 * 11).map(|i| i * 7919 % 251 - 100).collect();
        let sums = box_sums(&plane, shape);
        for (i, &sum) in sums.iter().enumerate() {
            let (x, y) = ((i % 17) as i32, (i / 17) as i32);
            let near = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| ((x + dx).clamp(0, 16), (y + dy).clamp(0, 10))));
            assert_eq!(sum, near.map(|(x, y)| plane[(y * 17 + x) as usize]).sum::<i32>(), "{x} {y}");
        }
    }

    #[test]
    fn descriptors_of_a_mirrored_picture_are_the_mirrored_descriptors() {
        let mut scratch = Scratch::default();
        let features = Features::of(&scene(), &mut scratch);
        assert!(features.descriptors.len() > 100, "{}", features.descriptors.len());
        for by in [
            Turn { transpose: false, mirror_x: true, mirror_y: false },
            Turn { transpose: true, mirror_x: false, mirror_y: false },
        ] {
            let mut flipped = scene();
            turn(Isa::best(), &mut flipped, by, &mut scratch);
            let flipped = Features::of(&flipped, &mut scratch);
            let expected: BTreeSet<u128> = features.descriptors.iter().map(|&d| mirrored(d)).collect();
            let same = flipped.descriptors.iter().filter(|d| expected.contains(d)).count();
            // Resampling and equal strengths may move a few.
            assert!(same * 10 >= flipped.descriptors.len() * 8, "{same} of {}", flipped.descriptors.len());
        }
    }
}
