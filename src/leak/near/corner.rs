//! Where a picture has corners, and sums over the neighbourhood of each pixel.

use crate::image::Shape;
use crate::kernel::{Isa, kernel};

use super::grey::Grey;

/// No corner is nearer to the edge than this.
pub const MARGIN: usize = 4;
/// Harris' measure below this is noise on a plain ground.
const MIN_CORNER: f64 = 40_000.0;
/// Pixels on each side of one that count as its neighbourhood.
const REACH: usize = 2;

/// The strongest corners by Harris' measure (Harris and Stephens 1988, k = 0.04), spread over the picture: a cell of a
/// 4 x 4 grid gives more than an eighth of them only where the others have too few.
pub fn corners(isa: Isa, picture: &Grey, most: usize) -> Vec<(usize, usize)> {
    let Shape { width, height } = picture.shape;
    let mut found = peaks(isa, &harris(isa, picture), picture.shape);
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((b.1, b.2).cmp(&(a.1, a.2))));
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

/// Pixels whose measure is above that of their whole neighbourhood, with it.
fn peaks(isa: Isa, strength: &[f64], Shape { width, height }: Shape) -> Vec<(f64, usize, usize)> {
    let mut found = Vec::new();
    let mut marks = vec![0; width.next_multiple_of(8)];
    for y in MARGIN..height - MARGIN {
        let row = &strength[y * width..][..width];
        // Most pixels are none: eight at a time are passed over.
        mark(isa, &row[MARGIN - 1..=width - MARGIN], &mut marks[MARGIN..width - MARGIN]);
        for (eight, marks) in marks.as_chunks::<8>().0.iter().enumerate() {
            let mut left = u64::from_le_bytes(*marks);
            while left != 0 {
                let x = eight * 8 + left.trailing_zeros() as usize / 8;
                left &= left - 1;
                let below =
                    |v: usize| strength[v * width + x - REACH..=v * width + x + REACH].iter().all(|&s| s < row[x]);
                if row[x - 2] < row[x] && row[x + 2] < row[x] && [y - 1, y + 1, y - 2, y + 2].into_iter().all(below) {
                    found.push((row[x], x, y));
                }
            }
        }
    }
    found
}

kernel! {
    /// Which pixels of a row, but for the first and last, may be corners as far as the row tells: 1, or else 0.
    fn mark(row: &[f64], marks: &mut [u8]) {
        let n = marks.len();
        let (left, own, right) = (&row[..n], &row[1..=n], &row[2..n + 2]);
        for i in 0..n {
            marks[i] = u8::from(own[i] > MIN_CORNER) & u8::from(own[i] > left[i]) & u8::from(own[i] > right[i]);
        }
    }
}

/// Harris' measure of each pixel, times 25; the gradient of the outermost pixels is taken as 0.
fn harris(isa: Isa, picture: &Grey) -> Vec<f64> {
    let Shape { width, height } = picture.shape;
    let row = |y: usize| &picture.pixels[y * width..][..width];
    // Three planes side by side: squares of the gradient across, of that down, and their product.
    let plane = width + 2 * REACH;
    let gradients = |y: usize, out: &mut [i32]| {
        if y == 0 || y == height - 1 {
            return out.fill(0);
        }
        let (across, rest) = out.split_at_mut(plane);
        let (down, both) = rest.split_at_mut(plane);
        let [across, down, both] = [across, down, both].map(|plane| &mut plane[REACH + 1..][..width - 2]);
        multiply(isa, [row(y - 1), row(y), row(y + 1)], across, down, both);
    };
    let mut strength = vec![0.0; width * height];
    let measured = |y: usize, sums: &[i32]| {
        measure(isa, sums, &sums[plane..], &sums[2 * plane..], &mut strength[y * width..][..width]);
    };
    box_rows(isa, 3 * plane, height, gradients, measured);
    strength
}

kernel! {
    /// Products of the gradients of a row's inner pixels.
    fn multiply(rows: [&[u8]; 3], across: &mut [i32], down: &mut [i32], both: &mut [i32]) {
        let n = across.len();
        let [above, row, below] = rows;
        let (left, right, above, below) = (&row[..n], &row[2..n + 2], &above[1..=n], &below[1..=n]);
        let (down, both) = (&mut down[..n], &mut both[..n]);
        for i in 0..n {
            let x = i32::from(right[i]) - i32::from(left[i]);
            let y = i32::from(below[i]) - i32::from(above[i]);
            (across[i], down[i], both[i]) = (x * x, y * y, x * y);
        }
    }
}

kernel! {
    /// Whole numbers below 2^48, which `f64` holds exactly and multiplies faster than `i64` does.
    fn measure(across: &[i32], down: &[i32], both: &[i32], out: &mut [f64]) {
        let n = out.len();
        let (across, down, both) = (&across[..n], &down[..n], &both[..n]);
        for i in 0..n {
            let [xx, yy, xy] = [across[i], down[i], both[i]].map(f64::from);
            out[i] = 25.0 * (xx * yy - xy * xy) - (xx + yy) * (xx + yy);
        }
    }
}

/// Sums over 5 x 5 levels, with the edge repeated.
pub fn box_sums(isa: Isa, picture: &Grey) -> Vec<i32> {
    let Shape { width, height } = picture.shape;
    let levels = |y: usize, out: &mut [i32]| {
        let row = &picture.pixels[y * width..][..width];
        widen(isa, row, &mut out[REACH..]);
        out[..REACH].fill(i32::from(row[0]));
        out[REACH + width..].fill(i32::from(row[width - 1]));
    };
    let mut sums = vec![0; width * height];
    box_rows(isa, width + 2 * REACH, height, levels, |y, row| sums[y * width..][..width].copy_from_slice(row));
    sums
}

kernel! {
    fn widen(row: &[u8], out: &mut [i32]) {
        out.iter_mut().zip(row).for_each(|(out, &level)| *out = i32::from(level));
    }
}

/// Hands the sums over 5 x 5 values to `take`, row by row; the first and last row are repeated. `make` fills a row of `length`
/// values, of which the first sum is that of the first five.
fn box_rows(
    isa: Isa,
    length: usize,
    height: usize,
    mut make: impl FnMut(usize, &mut [i32]),
    mut take: impl FnMut(usize, &[i32]),
) {
    // From the row that goes to the one that comes.
    const KEPT: usize = 2 * REACH + 2;
    let width = length - 2 * REACH;
    let (mut values, mut kept, mut sums) = (vec![0; length], vec![0; KEPT * width], vec![0; width]);
    let mut made = 0;
    for y in 0..height {
        while made < height.min(y + REACH + 1) {
            make(made, &mut values);
            five(isa, &values, &mut kept[made % KEPT * width..][..width]);
            made += 1;
        }
        let row = |y: usize| &kept[y.min(height - 1) % KEPT * width..][..width];
        if y == 0 {
            (0..=2 * REACH).for_each(|y| add(isa, &mut sums, row(y.saturating_sub(REACH))));
        } else {
            slide(isa, &mut sums, row(y + REACH), row((y - 1).saturating_sub(REACH)));
        }
        take(y, &sums);
    }
}

kernel! {
    fn five(values: &[i32], sums: &mut [i32]) {
        let n = sums.len();
        let values = &values[..n + 4];
        for i in 0..n {
            sums[i] = values[i] + values[i + 1] + values[i + 2] + values[i + 3] + values[i + 4];
        }
    }
}

kernel! {
    fn add(sums: &mut [i32], row: &[i32]) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

kernel! {
    fn slide(sums: &mut [i32], comes: &[i32], goes: &[i32]) {
        for ((sum, comes), goes) in sums.iter_mut().zip(comes).zip(goes) {
            *sum += comes - goes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn noise(width: usize, height: usize) -> Grey {
        let mut rng = Key::root(1).nth((width * 1000 + height) as u64).rng();
        let pixels = (0..width * height).map(|_| rng.whole(0, 255) as u8).collect();
        Grey { shape: Shape { width, height }, pixels }
    }

    /// A level, with the edge repeated.
    fn level(picture: &Grey, x: isize, y: isize) -> i64 {
        let Shape { width, height } = picture.shape;
        let [x, y] = [x.clamp(0, width as isize - 1), y.clamp(0, height as isize - 1)];
        i64::from(picture.pixels[y as usize * width + x as usize])
    }

    fn around(x: isize, y: isize) -> impl Iterator<Item = (isize, isize)> {
        (-2..=2).flat_map(move |dy| (-2..=2).map(move |dx| (x + dx, y + dy)))
    }

    const SHAPES: [(usize, usize); 6] = [(17, 19), (18, 17), (65, 33), (8, 9), (3, 2), (1, 1)];

    #[test]
    fn box_sums_are_the_sums_of_boxes() {
        for (picture, &isa) in
            SHAPES.iter().flat_map(|&(w, h)| Isa::available().iter().map(move |isa| (noise(w, h), isa)))
        {
            for (at, &sum) in box_sums(isa, &picture).iter().enumerate() {
                let (x, y) = ((at % picture.shape.width) as isize, (at / picture.shape.width) as isize);
                let expected: i64 = around(x, y).map(|(x, y)| level(&picture, x, y)).sum();
                assert_eq!(i64::from(sum), expected, "{isa:?} {:?} {x} {y}", picture.shape);
            }
        }
    }

    /// By the definition, in whole numbers.
    fn harris_of(picture: &Grey, x: isize, y: isize) -> i64 {
        let Shape { width, height } = picture.shape;
        let [mut xx, mut yy, mut xy] = [0; 3];
        for (u, v) in around(x, y) {
            let is_inner = u > 0 && v > 0 && u < width as isize - 1 && v < height as isize - 1;
            if is_inner {
                let across = level(picture, u + 1, v) - level(picture, u - 1, v);
                let down = level(picture, u, v + 1) - level(picture, u, v - 1);
                (xx, yy, xy) = (xx + across * across, yy + down * down, xy + across * down);
            }
        }
        25 * (xx * yy - xy * xy) - (xx + yy) * (xx + yy)
    }

    #[test]
    fn corners_are_the_peaks_of_the_measure_on_every_instruction_set() {
        for (w, h) in &SHAPES[..4] {
            let picture = noise(*w, *h);
            let inner = |length: usize| MARGIN as isize..length as isize - MARGIN as isize;
            let mut expected = Vec::new();
            for (x, y) in inner(*h).flat_map(|y| inner(*w).map(move |x| (x, y))) {
                let own = harris_of(&picture, x, y);
                let is_peak = around(x, y).all(|at| at == (x, y) || harris_of(&picture, at.0, at.1) < own);
                if own > MIN_CORNER as i64 && is_peak {
                    expected.push((own as f64, x as usize, y as usize));
                }
            }
            assert!(*w < 10 || !expected.is_empty());
            for &isa in Isa::available() {
                assert_eq!(peaks(isa, &harris(isa, &picture), picture.shape), expected, "{isa:?} {w} {h}");
            }
        }
    }
}
