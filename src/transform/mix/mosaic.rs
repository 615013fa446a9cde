use serde::{Deserialize, Serialize};

use super::{Among, Mix, fitted, partner};
use crate::image::{Frame, Shape};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Where the four meet, in pixels, which quarter the source has, and the three others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    mix: Mix,
    centre: [usize; 2],
    quarter: usize,
}

transform! {
    /// Puts the picture and three other originals of its class together to one (the mosaic of Bochkovskiy et al., "`YOLOv4`",
    /// 2020); where its fold has fewer of the class, one of them again. Each is cut to the shape of its quarter about its
    /// middle. All have one class, so that the label stays.
    "mosaic" => Mosaic {
        /// Where the four meet, as a fraction of each side, 0.1 to 0.9.
        center_range: Range = Range::new(0.3, 0.7),
    }
    p: 1.0;
    peer: Peer::None {
        why: "others lay out their quarters differently; that each quarter is the picture meant for it, cropped and resized by \
            resample, is tested",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.center_range.within("center_range", 0.1, 0.9)
    }
    fn mix(drawn: &Drawn) -> Option<Mix> {
        Some(drawn.mix)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let mut along = |side: usize| (side as f64 * self.center_range.draw(rng)).round() as usize;
        let centre = [along(shape.width), along(shape.height)];
        let quarter = rng.index(4);
        Drawn { mix: Mix { share: 1.0, among: Among::SameClass, partners: 3, draw: rng.bits64() }, centre, quarter }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let ([x, y], own) = (drawn.centre, drawn.quarter);
        canvas.pixels(|frame, scratch| {
            let Shape { width, height } = frame.shape();
            let source = frame.clone();
            let quarters = [(0, 0, x, y), (x, 0, width - x, y), (0, y, x, height - y), (x, y, width - x, height - y)];
            for (i, (left, top, width, height)) in quarters.into_iter().enumerate() {
                let part = Shape { width, height };
                // The shape in which a picture is made is never empty; a quarter may be.
                let to = Shape { width: width.max(1), height: height.max(1) };
                let picture =
                    if i == own { fitted(scratch.copy_of(&source), to, scratch) } else { partner(&source, to, scratch) };
                paste(frame, &picture, [left, top], part);
                scratch.spare = Some(picture);
            }
        });
    }
    fn example(shape: Shape) -> Drawn {
        let mix = Mix { share: 1.0, among: Among::SameClass, partners: 3, draw: 7 };
        Drawn { mix, centre: [shape.width * 2 / 5, shape.height * 3 / 5], quarter: 1 }
    }
}

/// Copies the upper left part of a picture to a place in another.
fn paste(frame: &mut Frame, from: &Frame, [left, top]: [usize; 2], part: Shape) {
    let (row, from_row) = (frame.shape().width * 3, from.shape().width * 3);
    let rows = frame.pixels_mut().chunks_exact_mut(row).skip(top).take(part.height);
    for (to, from) in rows.zip(from.pixels().chunks_exact(from_row)) {
        to[left * 3..(left + part.width) * 3].copy_from_slice(&from[..part.width * 3]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::image::Scratch;
    use crate::transform::Transform;

    #[test]
    fn each_quarter_is_the_picture_meant_for_it() {
        let shape = Shape { width: 20, height: 10 };
        let plain = |level: u8| Frame::filled(Shape { width: 7, height: 9 }, [level; 3]);
        let mut scratch = Scratch::default();
        scratch.partners.extend([1, 2, 3].map(|n| Arc::new(plain(n * 10))));
        let mut frame = Frame::filled(shape, [99; 3]);
        let drawn = Drawn { centre: [8, 4], ..Mosaic::example(shape) };
        Mosaic::apply(&drawn, &mut Canvas::new(&mut frame, &mut scratch));
        for (x, y, level) in [(0, 0, 10), (7, 3, 10), (8, 0, 99), (19, 3, 99), (7, 4, 20), (8, 4, 30), (19, 9, 30)] {
            assert_eq!(frame.at(x, y), [level; 3], "{x} {y}");
        }
    }
}
