//! Resizing without mixing.

use crate::image::{Frame, Scratch, Shape};

/// Resizes to `to`, each pixel the one of the picture that its centre lies in (Pillow's `NEAREST`; OpenCV's
/// `INTER_NEAREST_EXACT` moves odd sides by half a pixel).
pub fn nearest(frame: &mut Frame, to: Shape, scratch: &mut Scratch) {
    let mut columns = std::mem::take(&mut scratch.places);
    let shape = frame.shape();
    columns.clear();
    columns.extend((0..to.width).map(|x| nearest_to(x, shape.width, to.width) as i32));
    frame.remake(to, scratch, |from, target| {
        let (row, out_row) = (shape.width * 3, to.width * 3);
        let from_row = |y: usize| nearest_to(y, shape.height, to.height);
        for y in 0..to.height {
            let (done, rest) = target.split_at_mut(y * out_row);
            let out = &mut rest[..out_row];
            if y > 0 && from_row(y) == from_row(y - 1) {
                out.copy_from_slice(&done[(y - 1) * out_row..]);
                continue;
            }
            let pixels = from.pixels()[from_row(y) * row..][..row].as_chunks::<3>().0;
            for (pixel, &x) in out.as_chunks_mut::<3>().0.iter_mut().zip(&columns) {
                *pixel = pixels[x as usize];
            }
        }
    });
    scratch.places = columns;
}

/// Which of `from` pixels has in it the centre of pixel `i` of `to`.
fn nearest_to(i: usize, from: usize, to: usize) -> usize {
    (2 * i + 1) * from / (2 * to)
}
