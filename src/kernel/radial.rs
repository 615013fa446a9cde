//! The distortion of a lens.

use super::isa::kernel;
use super::warp::place;
use super::{Border, Isa, remap};
use crate::image::{Frame, Scratch};

/// Distorts as a lens does, by the camera model of Brown ("Decentering distortion of lenses", 1966) with both radial
/// coefficients `k`: a pixel comes from its offset from the centre times 1 + k r^2 + k r^4, with r in widths across and
/// heights down. Bilinear.
pub fn distort_radially(isa: Isa, frame: &mut Frame, k: f64, border: Border, scratch: &mut Scratch) {
    let shape = frame.shape();
    remap(isa, frame, shape, border, scratch, |y, xs, ys| {
        let (width, height) = (shape.width as f64, shape.height as f64);
        places(isa, k, width, height, y as f64, xs, ys);
    });
}

kernel! {
    /// The places that row `y` of the result comes from.
    pub fn places(k: f64, width: f64, height: f64, y: f64, xs: &mut [i32], ys: &mut [i32]) {
        let (middle_x, middle_y) = ((width - 1.0) / 2.0, (height - 1.0) / 2.0);
        let down = y - middle_y;
        let down_squared = (down / height) * (down / height);
        let per_width = 1.0 / width;
        for (column, (x_at, y_at)) in (0..xs.len() as u32 as i32).zip(xs.iter_mut().zip(ys)) {
            let across = f64::from(column) - middle_x;
            let squared = (across * per_width) * (across * per_width) + down_squared;
            let stretch = 1.0 + squared * (k + k * squared);
            *x_at = place(across * stretch + middle_x);
            *y_at = place(down * stretch + middle_y);
        }
    }
}
