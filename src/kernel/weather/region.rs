//! Parts of a picture that are lit or shaded: polygons, discs, a glow.

use crate::image::{Frame, Shape, in_place};
use crate::kernel::cover::polygon_spans;
use crate::kernel::isa::kernel;
use crate::kernel::{Isa, Levels, apply_levels};

/// Changes the levels inside a polygon; see `polygon_spans`.
pub fn fade_polygon(isa: Isa, frame: &mut Frame, corners: &[[f64; 2]], by: &Levels) {
    polygon_spans(frame, corners, |span| in_place(span, |from, to| apply_levels(isa, from, to, by)));
}

/// Changes the levels of the pixels whose middle is at most `radius` from a place.
pub fn fade_disc(isa: Isa, frame: &mut Frame, [x, y]: [f64; 2], radius: f64, by: &Levels) {
    let Shape { width, height } = frame.shape();
    let held = |place: f64, n: usize| place.clamp(0.0, n as f64) as usize;
    for row in held((y - radius).ceil(), height)..held((y + radius).floor() + 1.0, height) {
        let away = row as f64 - y;
        let reach = (radius * radius - away * away).max(0.0).sqrt();
        fade_span(isa, frame, row, held((x - reach).ceil(), width), held((x + reach).floor() + 1.0, width), by);
    }
}

fn fade_span(isa: Isa, frame: &mut Frame, row: usize, from: usize, to: usize, by: &Levels) {
    let start = row * frame.shape().width * 3;
    if from < to {
        let span = &mut frame.pixels_mut()[start + from * 3..start + to * 3];
        in_place(span, |from, to| apply_levels(isa, from, to, by));
    }
}

/// Fills a mask, a weight a pixel, by distance from a place: `profile[d]` for a distance above d - 1 and up to d pixels, 0
/// beyond it.
pub fn glow(isa: Isa, shape: Shape, at: [f64; 2], profile: &[u8], distances: &mut Vec<i32>, mask: &mut Vec<u8>) {
    mask.clear();
    mask.resize(shape.width * shape.height, 0);
    distances.resize(shape.width, 0);
    for (y, row) in mask.chunks_exact_mut(shape.width).enumerate() {
        let down = (y as f64 - at[1]) as f32;
        measure(isa, distances, at[0] as f32, down * down);
        for (weight, &distance) in row.iter_mut().zip(&*distances) {
            *weight = profile.get(distance as usize).copied().unwrap_or(0);
        }
    }
}

kernel! {
    /// Distances of a row's pixels, rounded up.
    pub fn measure(distances: &mut [i32], x: f32, down_squared: f32) {
        for (column, distance) in distances.iter_mut().enumerate() {
            let across = column as i32 as f32 - x;
            // Away from whole numbers upwards: a whole distance is its own ring.
            *distance = ((across * across + down_squared).sqrt() + 0.999_99) as i32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_holds_its_area_and_a_polygon_what_the_even_odd_rule_says() {
        let shape = Shape { width: 101, height: 101 };
        let count = |frame: &Frame| frame.pixels().chunks(3).filter(|p| p[0] == 0).count() as f64;
        let mut frame = Frame::filled(shape, [100; 3]);
        fade_disc(Isa::best(), &mut frame, [50.0, 50.0], 30.0, &Levels::same_line(0.0, 0.0));
        assert!((count(&frame) / (std::f64::consts::PI * 900.0) - 1.0).abs() < 0.01);
        // A five-pointed star: its inner pentagon is outside.
        let star: Vec<[f64; 2]> = (0..5)
            .map(|i| (f64::from(i) * 144.0).to_radians())
            .map(|a| [50.0 + 45.0 * a.sin(), 50.0 - 45.0 * a.cos()])
            .collect();
        let mut frame = Frame::filled(shape, [100; 3]);
        fade_polygon(Isa::best(), &mut frame, &star, &Levels::same_line(0.0, 0.0));
        assert_eq!(frame.at(50, 50)[0], 100);
        assert_eq!(frame.at(50, 10)[0], 0);
        fade_polygon(Isa::best(), &mut frame, &[[3.0, 4.0]], &Levels::same_line(0.0, 0.0));
    }
}
