//! The mean of a picture and larger and larger copies of it.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::Isa;
use super::isa::kernel;
use super::warp::{PLACE_BITS, place};
use crate::image::{Frame, Scratch, Shape};

/// The most copies: 16 bits hold no larger sum than theirs and the picture's.
pub const MAX_ZOOMS: usize = 255;

/// A magnified copy: across and down, where its first pixel lies in the picture and how far the next one is from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// The centre of pixel 0, 0, in pixels.
    pub start: [f64; 2],
    /// In pixels of the picture; at most 1.
    pub step: [f64; 2],
}

impl Zoom {
    /// By a factor about the centre of a picture of this shape.
    pub fn centred(shape: Shape, factor: f64) -> Self {
        let start = |side: usize| (side - 1) as f64 / 2.0 * (1.0 - 1.0 / factor);
        Self { start: [start(shape.width), start(shape.height)], step: [1.0 / factor; 2] }
    }
}

/// Rows of the result that are summed up at a time: few enough for the second cache to hold their sums.
const BAND: usize = 32;

/// Replaces the picture by its mean with magnified copies of itself, at most [`MAX_ZOOMS`]; bilinear, the edge pixel repeated
/// outside.
///
/// As `sample_row` of warp samples, in another order: nothing is rounded before the end, so that columns
/// may be mixed before rows. All rows of a copy mix the same columns, and most mixtures serve two rows of the result.
pub fn zoom_blur(isa: Isa, frame: &mut Frame, zooms: impl Iterator<Item = Zoom>, scratch: &mut Scratch) {
    let shape = frame.shape();
    let Shape { width, height } = shape;
    let row = width * 3;
    let (mut windows, mut mixes) = (std::mem::take(&mut scratch.places), std::mem::take(&mut scratch.rows));
    let (mut ys, mut wide) = (std::mem::take(&mut scratch.sums), std::mem::take(&mut scratch.wide));
    windows.clear();
    mixes.clear();
    ys.clear();
    let mut count = 0;
    for Zoom { start, step } in zooms.take(MAX_ZOOMS) {
        assert!(step[0] <= 1.0, "a copy is magnified");
        list_columns(width, start[0], step[0], &mut windows, &mut mixes);
        ys.extend((0..height).map(|y| inside(start[1] + y as f64 * step[1], height)));
        count += 1;
    }
    let blocks = row.div_ceil(BLOCK);
    let stride = blocks * BLOCK;
    wide.resize((2 + BAND) * stride, 0);
    let (mixed, sums) = wide.split_at_mut(2 * stride);
    frame.remake(shape, scratch, |from, target| {
        let bands = from.pixels().chunks(BAND * row).zip(target.chunks_mut(BAND * row));
        for (band, (pixels, out)) in bands.enumerate() {
            sums.fill(0);
            for (pixels, sums) in pixels.chunks_exact(row).zip(sums.chunks_exact_mut(stride)) {
                add_row(isa, pixels, sums);
            }
            let columns = windows.chunks_exact(blocks * 2).zip(mixes.chunks_exact(blocks * BLOCK * 4));
            for (columns, ys) in columns.zip(ys.chunks_exact(height)) {
                let ys = ys[band * BAND..].iter().zip(sums.chunks_exact_mut(stride));
                add_copy(isa, from, columns, ys, mixed);
            }
            for (out, sums) in out.chunks_exact_mut(row).zip(sums.chunks_exact(stride)) {
                divide_row(isa, sums, out, count + 1);
            }
        }
    });
    (scratch.places, scratch.rows, scratch.sums, scratch.wide) = (windows, mixes, ys, wide);
}

/// Samples made at a time, each half of them from a window of as many bytes of a row.
const BLOCK: usize = 16;

/// Weights in one whole.
const ONE: i32 = 1 << PLACE_BITS;

/// A place along an axis of `side` pixels; what is outside has the colour of the edge.
fn inside(pixels: f64, side: usize) -> i32 {
    place(pixels).clamp(0, (side as i32 - 1) << PLACE_BITS)
}

/// Adds for each block of a row where its two windows begin, and for each sample of the block which two of its window's
/// bytes it is mixed of, then their weights. These are negative, so that a whole one fits a signed byte.
fn list_columns(width: usize, start: f64, step: f64, windows: &mut Vec<i32>, mixes: &mut Vec<u8>) {
    let row = width * 3;
    let x = |sample: usize| inside(start + (sample / 3).min(width - 1) as f64 * step, width);
    let left = |sample: usize| (x(sample) >> PLACE_BITS) as usize;
    for block in (0..row).step_by(BLOCK) {
        let starts = [block, block + BLOCK / 2].map(|first| (left(first) * 3).min(row.saturating_sub(BLOCK)));
        windows.extend(starts.map(|start| start as i32));
        let samples = block..block + BLOCK;
        mixes.extend(samples.clone().flat_map(|sample| {
            let start = starts[(sample - block) * 2 / BLOCK];
            [left(sample), (left(sample) + 1).min(width - 1)].map(|x| (x * 3 + sample % 3 - start) as u8)
        }));
        mixes.extend(samples.flat_map(|sample| {
            let right = x(sample) & (ONE - 1);
            [right - ONE, -right].map(|weight| weight as u8)
        }));
    }
}

/// Adds to each row of sums the one at its place in a copy. `mixed` is memory for two rows of the picture whose columns are
/// mixed, the odd and the even one.
fn add_copy<'a>(
    isa: Isa,
    from: &Frame,
    (windows, mixes): (&[i32], &[u8]),
    sums: impl Iterator<Item = (&'a i32, &'a mut [u16])>,
    mixed: &mut [u16],
) {
    let Shape { width, height } = from.shape();
    let (even, odd) = mixed.split_at_mut(mixed.len() / 2);
    let (mixed, mut made) = ([even, odd], [usize::MAX; 2]);
    for (&y, sums) in sums {
        let upper = (y >> PLACE_BITS) as usize;
        let lower = (upper + 1).min(height - 1);
        for y in [upper, lower] {
            if made[y % 2] != y {
                let row = &from.pixels()[y * width * 3..][..width * 3];
                mix_columns(isa, row, windows, mixes, mixed[y % 2]);
                made[y % 2] = y;
            }
        }
        add_between(isa, mixed[upper % 2], mixed[lower % 2], y & (ONE - 1), sums);
    }
}

/// Mixes neighbours in a row, by what [`list_columns`] listed.
fn mix_columns(isa: Isa, row: &[u8], windows: &[i32], mixes: &[u8], mixed: &mut [u16]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 if row.len() >= BLOCK => unsafe { avx2::mix_columns(row, windows, mixes, mixed) },
        _ => mix_columns_plainly(row, windows, mixes, mixed),
    }
}

fn mix_columns_plainly(row: &[u8], windows: &[i32], mixes: &[u8], mixed: &mut [u16]) {
    let mixes = mixes.chunks_exact(BLOCK * 4).map(|mixes| mixes.split_at(BLOCK * 2));
    for ((windows, (bytes, weights)), mixed) in windows.chunks_exact(2).zip(mixes).zip(mixed.chunks_exact_mut(BLOCK)) {
        for (i, mixed) in mixed.iter_mut().enumerate() {
            let window = &row[windows[i * 2 / BLOCK] as usize..];
            let part = |i: usize| i16::from(window[usize::from(bytes[i])]) * i16::from(weights[i] as i8);
            *mixed = (part(i * 2) + part(i * 2 + 1)) as u16;
        }
    }
}

/// Adds levels between those of two rows of mixtures, `share` of the way down.
fn add_between(isa: Isa, upper: &[u16], lower: &[u16], share: i32, sums: &mut [u16]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::add_between(upper, lower, share, sums) },
        _ => add_between_plainly(upper, lower, share, sums),
    }
}

fn add_between_plainly(upper: &[u16], lower: &[u16], share: i32, sums: &mut [u16]) {
    for ((sum, &upper), &lower) in sums.iter_mut().zip(upper).zip(lower) {
        let level = i32::from(upper as i16) * (share - ONE) - i32::from(lower as i16) * share;
        *sum += ((level + ONE * ONE / 2) >> (2 * PLACE_BITS)) as u16;
    }
}

kernel! {
    /// Adds a row of samples to sums.
    pub fn add_row(row: &[u8], sums: &mut [u16]) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            *sum += u16::from(sample);
        }
    }
}

kernel! {
    /// The rounded mean of `count` samples.
    pub fn divide_row(sums: &[u16], out: &mut [u8], count: u32) {
        let share = ((1 << 23) + count / 2) / count;
        for (out, &sum) in out.iter_mut().zip(sums) {
            *out = ((u32::from(sum) * share + (1 << 22)) >> 23) as u8;
        }
    }
}
