//! Colours that a lens bends differently.

use super::Isa;
use super::warp::{Border, place, sample_row};
use crate::image::{Frame, Scratch, Shape};

/// Radial distortion of a channel: the colour at distance r from the centre comes from distance
/// r (1 + `primary` r^2 + `secondary` r^4), where r is in fractions of width and height (OpenCV's lens model, with a focal
/// length of one width and one height).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bend {
    /// k1.
    pub primary: f64,
    /// k2.
    pub secondary: f64,
}

/// Distorts the red and the blue channel, bilinear, the edge pixel going on for ever outside.
pub fn bend_channels(isa: Isa, frame: &mut Frame, red: Bend, blue: Bend, scratch: &mut Scratch) {
    let shape = frame.shape();
    let Shape { width, height } = shape;
    let (mut places, mut rows) = (std::mem::take(&mut scratch.places), std::mem::take(&mut scratch.rows));
    places.resize(2 * width, 0);
    rows.resize(2 * width * 3, 0);
    let (xs, ys) = places.split_at_mut(width);
    let (reds, blues) = rows.split_at_mut(width * 3);
    frame.remake(shape, scratch, |from, target| {
        for (y, out) in target.chunks_exact_mut(width * 3).enumerate() {
            for (bend, row) in [(red, &mut *reds), (blue, &mut *blues)] {
                let (middle_x, middle_y) = (width as f64 / 2.0, height as f64 / 2.0);
                let down = (y as f64 - middle_y) / height as f64;
                for (x, (to_x, to_y)) in xs.iter_mut().zip(&mut *ys).enumerate() {
                    let across = (x as f64 - middle_x) / width as f64;
                    let square = across * across + down * down;
                    let scale = 1.0 + square * (bend.primary + square * bend.secondary);
                    *to_x = place(across * scale * width as f64 + middle_x);
                    *to_y = place(down * scale * height as f64 + middle_y);
                }
                sample_row(isa, from, xs, ys, Border::Edge, row);
            }
            let green = &from.pixels()[y * width * 3..];
            for (i, out) in out.iter_mut().enumerate() {
                *out = [reds[i], green[i], blues[i]][i % 3];
            }
        }
    });
    (scratch.places, scratch.rows) = (places, rows);
}
