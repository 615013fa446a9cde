//! Bilinear sampling of one row of places.

use super::Border;
use crate::image::{Frame, Shape};
use crate::kernel::Isa;

/// Bits after the point of a place: 1/128 of a pixel, so that a weight and a level fit 16 bits.
pub const PLACE_BITS: u32 = 7;

/// One whole.
const ONE: i32 = 1 << PLACE_BITS;

/// Fills a row of pixels with what lies at the places `xs`, `ys` (in 1/128 of a pixel, pixel centres at whole numbers):
/// columns of two neighbours are mixed first, then the two mixtures, and the sum is rounded once.
pub fn sample_row(isa: Isa, from: &Frame, xs: &[i32], ys: &[i32], border: Border, out: &mut [u8]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 => unsafe { super::avx2::sample_row(from, xs, ys, border, out) },
        _ => plain(from, xs, ys, border, out),
    }
}

/// The definition.
pub(super) fn plain(from: &Frame, xs: &[i32], ys: &[i32], border: Border, out: &mut [u8]) {
    let Shape { width, height } = from.shape();
    let (pixels, _) = from.pixels().as_chunks::<3>();
    let colour = border.colour();
    for ((&x, &y), pixel) in xs.iter().zip(ys).zip(out.as_chunks_mut::<3>().0) {
        let (left, top) = ((x >> PLACE_BITS) as isize, (y >> PLACE_BITS) as isize);
        let inside = left >= 0 && left < width as isize - 1 && top >= 0 && top < height as isize - 1;
        // All of the sample is outside.
        if let Some(colour) = colour
            && (left < -1 || top < -1 || left >= width as isize || top >= height as isize)
        {
            *pixel = colour;
            continue;
        }
        let corners = if inside {
            let at = top as usize * width + left as usize;
            [pixels[at], pixels[at + 1], pixels[at + width], pixels[at + width + 1]]
        } else {
            [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| border.at(from, left + dx, top + dy))
        };
        let (right, lower) = (x & (ONE - 1), y & (ONE - 1));
        for channel in 0..3 {
            let [a, b, c, d] = corners.map(|corner| i32::from(corner[channel]));
            let (near, far) = (a * (ONE - lower) + c * lower, b * (ONE - lower) + d * lower);
            let sum = near * (ONE - right) + far * right;
            pixel[channel] = ((sum + (ONE * ONE / 2)) >> (2 * PLACE_BITS)) as u8;
        }
    }
}
