//! Local features: corners on a pyramid, described by comparisons of pixels that turn with the corner.

use std::sync::OnceLock;

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{Isa, kernel};

use super::corner::{MARGIN, box_sums, corners};
use super::grey::{Grey, resized, with_long_side};

/// Bits of a descriptor.
pub const BITS: u32 = u128::BITS;
/// Each level of the pyramid is smaller than the one before by the cube root of 2; the second number is how many corners
/// are kept there.
const LEVELS: [(f64, usize); 7] = [(1.0, 48), (0.794, 40), (0.63, 32), (0.5, 26), (0.397, 20), (0.315, 14), (0.25, 12)];
/// Radius of the disc whose centre of brightness gives a corner its direction.
const DIRECTION_RADIUS: usize = 9;
/// Radius of the disc in which pixels are compared.
const PATCH_RADIUS: i32 = 11;

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
        let (isa, mut features) = (Isa::best(), Self::default());
        let shape = picture.shape();
        let long = shape.width.max(shape.height) as f64;
        for (scale, most) in LEVELS {
            let to = with_long_side(shape, (long * scale).round() as usize);
            if to.width.min(to.height) <= 2 * MARGIN + 8 {
                break;
            }
            let level = Grey::of(&resized(picture, to, scratch));
            let smooth = box_sums(isa, &level);
            for (x, y) in corners(isa, &level, most) {
                let place = |at: usize, of: usize, whole: usize| {
                    ((at as f64 + 0.5) * whole as f64 / of as f64 * 64.0).round() as u16
                };
                features.places.push([place(x, to.width, shape.width), place(y, to.height, shape.height)]);
                features.descriptors.push(describe(isa, &level, &smooth, x, y));
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

/// Half the width of each row of the disc whose centre of brightness is taken.
const HALVES: [usize; 2 * DIRECTION_RADIUS + 1] = halves();

const fn halves() -> [usize; 2 * DIRECTION_RADIUS + 1] {
    let mut halves = [0usize; 2 * DIRECTION_RADIUS + 1];
    let mut row = 0;
    while row < halves.len() {
        let down = row.abs_diff(DIRECTION_RADIUS);
        while (halves[row] + 1).pow(2) + down * down <= DIRECTION_RADIUS * DIRECTION_RADIUS {
            halves[row] += 1;
        }
        row += 1;
    }
    halves
}

fn describe(isa: Isa, picture: &Grey, smooth: &[i32], x: usize, y: usize) -> u128 {
    let Shape { width, height } = picture.shape;
    let mut places = [0; 2 * BITS as usize];
    let place = [x as i32, y as i32];
    let last = [width as i32 - 1, height as i32 - 1];
    turned(isa, direction(picture, x, y), place, last, compared(), &mut places);
    let (first, second) = places.split_at(BITS as usize);
    let mut descriptor = 0;
    for (bit, (&p, &q)) in first.iter().zip(second).enumerate() {
        descriptor |= u128::from(smooth[p as usize] < smooth[q as usize]) << bit;
    }
    descriptor
}

/// Cosine and sine of the direction of the centre of brightness: exact under flips and quarter turns.
fn direction(picture: &Grey, x: usize, y: usize) -> [f64; 2] {
    const SIDE: usize = 2 * DIRECTION_RADIUS + 1;
    let Shape { width, height } = picture.shape;
    let (mut right, mut down) = (0i64, 0i64);
    for (i, &half) in HALVES.iter().enumerate() {
        let row = &picture.pixels[(y + i).saturating_sub(DIRECTION_RADIUS).min(height - 1) * width..][..width];
        let repeated = |i: usize| row[(x + i).saturating_sub(DIRECTION_RADIUS).min(width - 1)];
        let near: [u8; SIDE] = match row.get(x.wrapping_sub(DIRECTION_RADIUS)..=x + DIRECTION_RADIUS) {
            Some(near) => std::array::from_fn(|i| near[i]),
            None => std::array::from_fn(repeated),
        };
        let (mut levels, mut moments) = (0, 0);
        let inside = &near[DIRECTION_RADIUS - half..=DIRECTION_RADIUS + half];
        for (dx, &level) in (-(half as i32)..).zip(inside) {
            levels += i32::from(level);
            moments += i32::from(level) * dx;
        }
        right += i64::from(moments);
        down += i64::from(levels) * (i as i64 - DIRECTION_RADIUS as i64);
    }
    let length = ((right * right + down * down) as f64).sqrt();
    if length > 0.0 { [right as f64 / length, down as f64 / length] } else { [1.0, 0.0] }
}

/// Places relative to a corner: of each comparison the first, then of each the second.
struct Compared {
    x: [f64; 2 * BITS as usize],
    y: [f64; 2 * BITS as usize],
}

fn compared() -> &'static Compared {
    static COMPARED: OnceLock<Compared> = OnceLock::new();
    COMPARED.get_or_init(|| {
        let pairs = comparisons();
        let of = |i: usize| pairs[i % BITS as usize][i / BITS as usize].map(f64::from);
        Compared { x: std::array::from_fn(|i| of(i)[0]), y: std::array::from_fn(|i| of(i)[1]) }
    })
}

kernel! {
    /// Where in the picture's memory the compared places of a corner are; what lies outside is taken from the edge.
    fn turned(direction: [f64; 2], corner: [i32; 2], last: [i32; 2], compared: &Compared, places: &mut [i32; 256]) {
        let [cos, sin] = direction;
        for ((place, x), y) in places.iter_mut().zip(&compared.x).zip(&compared.y) {
            // Never half-way, where a rule would matter: the direction's parts are of odd denominators, or not rational.
            let right = (cos * x - sin * y).round_ties_even() as i32 + corner[0];
            let down = (sin * x + cos * y).round_ties_even() as i32 + corner[1];
            *place = down.clamp(0, last[1]) * (last[0] + 1) + right.clamp(0, last[0]);
        }
    }
}

/// The pairs of places that are compared: 64 drawn evenly from the disc by a fixed sequence, then the same mirrored.
fn comparisons() -> [[[i32; 2]; 2]; BITS as usize] {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Turn, turn};
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

    /// By the definition, pixel by pixel.
    fn described(picture: &Grey, smooth: &[i32], x: usize, y: usize) -> u128 {
        let Shape { width, height } = picture.shape;
        let index = |dx: i64, dy: i64| {
            let [u, v] = [(x as i64 + dx).clamp(0, width as i64 - 1), (y as i64 + dy).clamp(0, height as i64 - 1)];
            v as usize * width + u as usize
        };
        let (mut right, mut down) = (0i64, 0i64);
        for (dx, dy) in (-9..=9).flat_map(|dy| (-9..=9).map(move |dx| (dx, dy))).filter(|(x, y)| x * x + y * y <= 81) {
            let level = i64::from(picture.pixels[index(dx, dy)]);
            (right, down) = (right + level * dx, down + level * dy);
        }
        let length = ((right * right + down * down) as f64).sqrt();
        let [cos, sin] = if length > 0.0 { [right as f64 / length, down as f64 / length] } else { [1.0, 0.0] };
        let level = |place: [i32; 2]| {
            let [px, py] = place.map(f64::from);
            smooth[index((cos * px - sin * py).round() as i64, (sin * px + cos * py).round() as i64)]
        };
        let bits = comparisons().map(|[p, q]| u128::from(level(p) < level(q)));
        bits.iter().enumerate().map(|(at, bit)| bit << at).sum()
    }

    #[test]
    fn descriptors_follow_their_definition_on_every_instruction_set_also_at_the_edge() {
        let mut rng = crate::random::Key::root(3).rng();
        for (width, height) in [(40, 31), (19, 18), (16, 50)] {
            let pixels = (0..width * height).map(|_| rng.whole(0, 255) as u8).collect();
            let picture = Grey { shape: Shape { width, height }, pixels };
            for &isa in Isa::available() {
                let smooth = box_sums(isa, &picture);
                for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                    let expected = described(&picture, &smooth, x, y);
                    assert_eq!(describe(isa, &picture, &smooth, x, y), expected, "{isa:?} {width} {height} {x} {y}");
                }
            }
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
