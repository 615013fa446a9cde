//! Contrast-limited adaptive histogram equalisation.

use super::isa::kernel;
use super::{Border, Isa};
use crate::image::{Frame, Scratch, Shape};

/// Spreads the luma of each of `tiles` x `tiles` tiles evenly, no level counting more than `clip` times the mean count, and
/// adds the change of luma to all three channels. Between the tiles' centres the tables are mixed bilinearly. Zuiderveld,
/// "Contrast limited adaptive histogram equalization" (Graphics Gems IV, 1994), with the rounding and the rest of OpenCV's
/// `createCLAHE`; `clip` 1 or more, `tiles` 1 to 64.
pub fn clahe(isa: Isa, frame: &mut Frame, clip: f64, tiles: usize, scratch: &mut Scratch) {
    let shape = frame.shape();
    let Scratch { padded: luma, rows: tables, between: columns, .. } = scratch;
    luma.resize(shape.width * shape.height, 0);
    luma_plane(isa, frame.pixels(), luma);
    // Where the picture is no multiple of the tiles, it goes on mirrored to the right and below.
    let exact = shape.width.is_multiple_of(tiles) && shape.height.is_multiple_of(tiles);
    let side = |n: usize| if exact { n / tiles } else { n / tiles + 1 };
    let tile = Shape { width: side(shape.width), height: side(shape.height) };
    fill_tables(luma, shape, tile, clip, tiles, tables);
    let (tables, _) = tables.as_chunks::<256>();
    columns.clear();
    columns.extend((0..shape.width).map(|x| neighbours(x, tile.width, tiles)));
    for (y, row) in frame.pixels_mut().chunks_exact_mut(shape.width * 3).enumerate() {
        let (above, below, down) = neighbours(y, tile.height, tiles);
        let luma = &luma[y * shape.width..][..shape.width];
        let (upper, lower) = (&tables[above * tiles..][..tiles], &tables[below * tiles..][..tiles]);
        for ((pixel, &level), &(first, second, across)) in
            row.as_chunks_mut::<3>().0.iter_mut().zip(luma).zip(&*columns)
        {
            let at = |tables: &[[u8; 256]]| {
                let (left, right) = (tables[first][usize::from(level)], tables[second][usize::from(level)]);
                f32::from(left) * (1.0 - across) + f32::from(right) * across
            };
            let wanted = at(upper) * (1.0 - down) + at(lower) * down;
            // Adding 1.5 x 2^23 leaves the rounded level in the low bits.
            let change = i32::from((wanted + 12_582_912.0).to_bits() as u8) - i32::from(level);
            *pixel = pixel.map(|sample| (i32::from(sample) + change).clamp(0, 255) as u8);
        }
    }
}

/// The two tiles whose centres a row or column lies between, and the second's share.
fn neighbours(place: usize, tile: usize, tiles: usize) -> (usize, usize, f32) {
    let at = place as f32 * (1.0 / tile as f32) - 0.5;
    let before = libm::floorf(at);
    let held = |i: f32| (i.max(0.0) as usize).min(tiles - 1);
    (held(before), held(before + 1.0), at - before)
}

/// The tables of the tiles, one after the other.
fn fill_tables(luma: &[u8], shape: Shape, tile: Shape, clip: f64, tiles: usize, tables: &mut Vec<u8>) {
    let area = tile.width * tile.height;
    let limit = ((clip * area as f64 / 256.0) as u32).max(1);
    tables.clear();
    for top in (0..tiles).map(|i| i * tile.height) {
        for left in (0..tiles).map(|i| i * tile.width) {
            let mut counts = [0u32; 256];
            for y in top..top + tile.height {
                let y = Border::Reflect.place(y as isize, shape.height).unwrap_or(0);
                let row = &luma[y * shape.width..][..shape.width];
                for x in left..left + tile.width {
                    let x = Border::Reflect.place(x as isize, shape.width).unwrap_or(0);
                    counts[usize::from(row[x])] += 1;
                }
            }
            clip_counts(&mut counts, limit);
            let scale = 255.0 / area as f32;
            let mut sum = 0;
            tables.extend(counts.map(|n| {
                sum += n;
                libm::rintf(sum as f32 * scale).min(255.0) as u8
            }));
        }
    }
}

/// What lies above the limit is dealt out evenly over all levels, the rest of the division a level at a time in even steps.
fn clip_counts(counts: &mut [u32; 256], limit: u32) {
    let mut clipped = 0;
    for n in counts.iter_mut() {
        clipped += n.saturating_sub(limit);
        *n = (*n).min(limit);
    }
    let (each, rest) = (clipped / 256, clipped as usize % 256);
    for n in counts.iter_mut() {
        *n += each;
    }
    if let Some(step) = 256usize.checked_div(rest) {
        for n in counts.iter_mut().step_by(step.max(1)).take(rest) {
            *n += 1;
        }
    }
}

kernel! {
    /// Luma (ITU-R BT.601, OpenCV's 14-bit weights) of each pixel.
    pub fn luma_plane(pixels: &[u8], luma: &mut [u8]) {
        for (pixel, luma) in pixels.as_chunks::<3>().0.iter().zip(luma) {
            let [r, g, b] = pixel.map(u32::from);
            *luma = ((r * 4899 + g * 9617 + b * 1868 + (1 << 13)) >> 14) as u8;
        }
    }
}
