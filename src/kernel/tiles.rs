//! Tiles in another order.

use crate::image::{Frame, Scratch};

/// Cuts a picture into equal tiles, `columns` in a row, and gives the i-th place (row by row) the tile `order[i]`. Pixels
/// left over at the right and at the bottom stay.
pub fn shuffle_tiles(frame: &mut Frame, columns: usize, order: &[usize], scratch: &mut Scratch) {
    let shape = frame.shape();
    let (width, height) = (shape.width / columns, shape.height / (order.len() / columns));
    let stride = shape.width * 3;
    frame.remake(shape, scratch, |from, target| {
        target.copy_from_slice(from.pixels());
        for (place, &tile) in order.iter().enumerate() {
            let start = |tile: usize| tile / columns * height * stride + tile % columns * width * 3;
            for y in 0..height {
                let (to, from_at) = (start(place) + y * stride, start(tile) + y * stride);
                target[to..to + width * 3].copy_from_slice(&from.pixels()[from_at..from_at + width * 3]);
            }
        }
    });
}
