use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::fill_rectangle;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Rectangles as left, top, width, height in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    holes: Vec<[usize; 4]>,
    fill: [u8; 3],
}

transform! {
    /// Covers rectangles with one colour (DeVries and Taylor, "Cutout", 2017), so that a net looks at more than one part.
    "coarse_dropout" => CoarseDropout {
        /// How many rectangles.
        holes: Range = Range::new(1.0, 4.0),
        /// As a fraction of the picture's width.
        width_frac: Range = Range::new(0.1, 0.25),
        /// As a fraction of the picture's height.
        height_frac: Range = Range::new(0.1, 0.25),
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [0, 0, 0],
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a: [a.__setitem__((slice(h//4, h//4 + h//5), slice(w//8, w//8 + w//4)), [90, 60, 200]), a][1])(img.copy())",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.holes.within("holes", 0.0, 1000.0)?;
        self.width_frac.within("width_frac", 0.0, 1.0)?;
        self.height_frac.within("height_frac", 0.0, 1.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let count = self.holes.draw_whole(rng);
        let holes = (0..count).map(|_| {
            let width = (self.width_frac.draw(rng) * shape.width as f64).round() as usize;
            let height = (self.height_frac.draw(rng) * shape.height as f64).round() as usize;
            let left = rng.index(shape.width.saturating_sub(width) + 1);
            let top = rng.index(shape.height.saturating_sub(height) + 1);
            [left, top, width, height]
        });
        Drawn { holes: holes.collect(), fill: self.fill }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, _| {
            for &[left, top, width, height] in &drawn.holes {
                fill_rectangle(frame, left, top, width, height, drawn.fill);
            }
        });
    }
    fn example(shape: Shape) -> Drawn {
        let Shape { width, height } = shape;
        Drawn { holes: vec![[width / 8, height / 4, width / 4, height / 5]], fill: [90, 60, 200] }
    }
}
