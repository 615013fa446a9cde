//! The triangle filter where both sides shrink by half, the most usual case: what `fast_image_resize` computes, at once.

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::Isa;
use crate::kernel::isa::kernel;

/// Whether the result is half as wide and half as high; it must have an edge and another edge.
pub fn can_halve(from: Shape, to: Shape) -> bool {
    to.width >= 2 && to.height >= 2 && from.width == to.width * 2 && from.height == to.height * 2
}

/// Makes a picture half as wide and half as high. Columns are halved first, and rounded.
pub fn halve(isa: Isa, frame: &mut Frame, to: Shape, scratch: &mut Scratch) {
    let (row, mut half) = (to.width * 6, std::mem::take(&mut scratch.rows));
    half.resize(row, 0);
    frame.remake(to, scratch, |from, target| {
        let last = 2 * to.height - 1;
        let from = |y: usize| &from.pixels()[y * row..][..row];
        for (y, out) in target.chunks_exact_mut(to.width * 3).enumerate() {
            let y = 2 * y;
            if y == 0 {
                edge_down(isa, from(0), from(1), from(2), &mut half);
            } else if y + 1 == last {
                edge_down(isa, from(last), from(last - 1), from(last - 2), &mut half);
            } else {
                down(isa, from(y - 1), from(y), from(y + 1), from(y + 2), &mut half);
            }
            across(isa, &half, out);
        }
    });
    scratch.rows = half;
}

/// The level between four in a row: weights of 1, 3, 3 and 1 eighth.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn between(outer: [u8; 2], inner: [u8; 2]) -> u8 {
    let sum = |pair: [u8; 2]| u16::from(pair[0]) + u16::from(pair[1]);
    ((sum(outer) + 3 * sum(inner) + 4) >> 3) as u8
}

/// The level at an edge, from there inwards: weights of 3, 3 and 1 seventh, in 1/65536.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn edge(outer: u8, inner: u8, third: u8) -> u8 {
    (((u32::from(outer) + u32::from(inner)) * 28_087 + u32::from(third) * 9362 + (1 << 15)) >> 16) as u8
}

kernel! {
    /// A row between four.
    pub fn down(a: &[u8], b: &[u8], c: &[u8], d: &[u8], out: &mut [u8]) {
        for ((((out, &a), &b), &c), &d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *out = between([a, d], [b, c]);
        }
    }
}

kernel! {
    /// The row at an edge.
    pub fn edge_down(outer: &[u8], inner: &[u8], third: &[u8], out: &mut [u8]) {
        for (((out, &outer), &inner), &third) in out.iter_mut().zip(outer).zip(inner).zip(third) {
            *out = edge(outer, inner, third);
        }
    }
}

/// Halves a row.
fn across(isa: Isa, from: &[u8], out: &mut [u8]) {
    let (pixels, _) = from.as_chunks::<3>();
    let last = pixels.len() - 1;
    let at_edge =
        |a: usize, b: usize, c: usize| std::array::from_fn(|i| edge(pixels[a][i], pixels[b][i], pixels[c][i]));
    let done = match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 => unsafe { super::avx2::across(from, out) },
        _ => 1,
    };
    let (out, _) = out.as_chunks_mut::<3>();
    for (x, out) in out.iter_mut().enumerate().take(last / 2).skip(done) {
        let [a, b, c, d] = [2 * x - 1, 2 * x, 2 * x + 1, 2 * x + 2].map(|x| pixels[x]);
        *out = std::array::from_fn(|i| between([a[i], d[i]], [b[i], c[i]]));
    }
    out[0] = at_edge(0, 1, 2);
    out[last / 2] = at_edge(last, last - 1, last - 2);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::CropBox;
    use crate::kernel::resample::{FilterType, filtered};

    #[test]
    fn halves_are_what_the_filter_makes() {
        for (width, height) in [(2, 2), (3, 2), (9, 5), (10, 4), (11, 3), (12, 7), (64, 3), (97, 31)] {
            let (shape, to) = (Shape { width: width * 2, height: height * 2 }, Shape { width, height });
            let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * i * 7919 % 256) as u8).collect());
            let mut filter = frame.clone();
            filtered(FilterType::Bilinear, &mut filter, CropBox::whole(shape), to, &mut Scratch::default());
            for &isa in Isa::available() {
                let mut half = frame.clone();
                halve(isa, &mut half, to, &mut Scratch::default());
                assert!(half == filter, "{width} x {height}, {isa:?}");
            }
        }
    }
}
