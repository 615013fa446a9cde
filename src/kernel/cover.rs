//! Parts of a picture covered.

use super::Isa;
use super::isa::kernel;
use crate::image::{Frame, Shape};

/// Fills a rectangle, cut to the picture, with one colour.
pub fn fill_rectangle(frame: &mut Frame, left: usize, top: usize, width: usize, height: usize, colour: [u8; 3]) {
    for row in rows_of(frame, left, top, width, height) {
        row.as_chunks_mut::<3>().0.fill(colour);
    }
}

/// The parts of a picture's rows that lie in a rectangle.
fn rows_of(frame: &mut Frame, left: usize, top: usize, width: usize, height: usize) -> impl Iterator<Item = &mut [u8]> {
    let shape = frame.shape();
    let (left, right) = (left.min(shape.width) * 3, (left + width).min(shape.width) * 3);
    frame.pixels_mut().chunks_exact_mut(shape.width * 3).skip(top).take(height).map(move |row| &mut row[left..right])
}

/// Fills a rectangle, cut to the picture, with even noise that depends on `key` and the place in the rectangle only.
pub fn fill_noise(isa: Isa, frame: &mut Frame, left: usize, top: usize, width: usize, height: usize, key: u64) {
    for (y, row) in rows_of(frame, left, top, width, height).enumerate() {
        noise(isa, row, key.wrapping_add((y * width) as u64));
    }
}

kernel! {
    /// A draw a pixel: three bytes of a 64-bit mix of the key (Steele, Lea and Flood, "Fast splittable pseudorandom number
    /// generators", OOPSLA 2014).
    pub fn noise(row: &mut [u8], key: u64) {
        for (i, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let mut z = key.wrapping_add(i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            *pixel = [z as u8, (z >> 8) as u8, (z >> 16) as u8];
        }
    }
}

/// Squares of `hole` pixels at a distance of `unit` pixels, the first one `left`, `top` pixels before the picture's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DropGrid {
    /// From one hole's edge to the next one's; at least 1.
    pub unit: usize,
    /// At most `unit`.
    pub hole: usize,
    /// Less than `unit`.
    pub left: usize,
    /// Less than `unit`.
    pub top: usize,
}

/// Fills the squares of a grid with one colour.
pub fn drop_grid(frame: &mut Frame, grid: DropGrid, colour: [u8; 3]) {
    let Shape { width, height } = frame.shape();
    for y in (0..height).filter(|y| (y + grid.top) % grid.unit < grid.hole) {
        let row = frame.pixels_mut()[y * width * 3..][..width * 3].as_chunks_mut::<3>().0;
        let (mut start, mut end) = (0, grid.hole.saturating_sub(grid.left));
        while start < width {
            row[start..end.min(width).max(start)].fill(colour);
            start = if start == 0 && grid.left > 0 { grid.unit - grid.left } else { start + grid.unit };
            end = start + grid.hole;
        }
    }
}

/// Fills a polygon with one colour; see `polygon_spans`.
pub fn fill_polygon(frame: &mut Frame, corners: &[[f64; 2]], colour: [u8; 3]) {
    polygon_spans(frame, corners, |span| span.as_chunks_mut::<3>().0.fill(colour));
}

/// Hands `change` each stretch of a row whose pixels have their centre inside a polygon by the even-odd rule, row by row
/// from the left. Corners are in pixels, with pixel centres at whole numbers.
pub(super) fn polygon_spans(frame: &mut Frame, corners: &[[f64; 2]], mut change: impl FnMut(&mut [u8])) {
    let width = frame.shape().width;
    for (y, row) in frame.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
        let y = y as f64;
        // Crossings are found one after the other from the left, so that no list of them is needed.
        let mut last = (f64::NEG_INFINITY, 0);
        while let Some(left) = next_crossing(corners, y, last) {
            let Some(right) = next_crossing(corners, y, left) else { break };
            let sample = |x: f64| x.ceil().clamp(0.0, width as f64) as usize * 3;
            change(&mut row[sample(left.0)..sample(right.0)]);
            last = right;
        }
    }
}

/// Where an edge of the polygon crosses row `y`, and the edge's number: the first such pair after `last`. (Two edges may
/// cross at one place.)
fn next_crossing(corners: &[[f64; 2]], y: f64, last: (f64, usize)) -> Option<(f64, usize)> {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1)).enumerate();
    let crossings = edges.filter(|(_, ([_, y0], [_, y1]))| (*y0 <= y) != (*y1 <= y));
    let places = crossings.map(|(edge, ([x0, y0], [x1, y1]))| (x0 + (y - y0) / (y1 - y0) * (x1 - x0), edge));
    places.filter(|at| *at > last).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { width: 23, height: 17 };

    fn covered(fill: impl Fn(&mut Frame)) -> Vec<bool> {
        let mut frame = Frame::filled(SHAPE, [0; 3]);
        fill(&mut frame);
        frame.pixels().chunks(3).map(|pixel| pixel[0] > 0).collect()
    }

    fn asked(inside: impl Fn(usize, usize) -> bool) -> Vec<bool> {
        (0..SHAPE.height).flat_map(|y| (0..SHAPE.width).map(move |x| (x, y))).map(|(x, y)| inside(x, y)).collect()
    }

    #[test]
    fn a_grid_covers_each_pixel_that_lies_in_a_hole() {
        for unit in 1..9 {
            for hole in 0..=unit {
                for (left, top) in [(0, 0), (unit - 1, unit / 2), (unit / 2, unit - 1)] {
                    let grid = DropGrid { unit, hole, left, top };
                    let wanted = asked(|x, y| (x + left) % unit < hole && (y + top) % unit < hole);
                    assert_eq!(covered(|frame| drop_grid(frame, grid, [9; 3])), wanted, "{grid:?}");
                }
            }
        }
    }

    #[test]
    fn a_polygon_covers_each_pixel_whose_centre_lies_inside() {
        // The corner at 8, 1 is the top of two edges that cross its row at one place.
        let corners = [
            [-4.2, 3.1],
            [4.0, 4.0],
            [8.0, 1.0],
            [9.0, 3.0],
            [9.7, -2.6],
            [15.3, 12.4],
            [30.1, 6.6],
            [8.8, 14.9],
            [5.2, 7.3],
        ];
        let inside = |x: usize, y: usize| {
            let (x, y) = (x as f64, y as f64);
            let edges = corners.iter().zip(corners.iter().cycle().skip(1));
            let right = edges
                .filter(|([x0, y0], [x1, y1])| (*y0 <= y) != (*y1 <= y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0));
            right.count() % 2 == 1
        };
        assert_eq!(covered(|frame| fill_polygon(frame, &corners, [9; 3])), asked(inside));
    }

    #[test]
    fn noise_is_even() {
        let mut frame = Frame::filled(Shape { width: 300, height: 200 }, [0; 3]);
        fill_noise(Isa::Scalar, &mut frame, 0, 0, 300, 200, 5);
        let mut counts = [0i32; 256];
        frame.pixels().iter().for_each(|&level| counts[usize::from(level)] += 1);
        let wanted = f64::from(300 * 200 * 3) / 256.0;
        let chi_squared: f64 = counts.iter().map(|&n| (f64::from(n) - wanted).powi(2) / wanted).sum();
        // 255 degrees of freedom: the mean is 255, five standard deviations are 113.
        assert!((142.0..368.0).contains(&chi_squared), "{chi_squared}");
    }
}
