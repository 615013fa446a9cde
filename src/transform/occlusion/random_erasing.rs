use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, fill_noise, fill_rectangle};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// A rectangle in pixels and what covers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    fill: [u8; 3],
    /// The noise is a function of this; without it there is none.
    noise: Option<u64>,
}

transform! {
    /// Covers one rectangle of random size and aspect ratio (Zhong, Zheng, Kang, Li and Yang, "Random erasing data
    /// augmentation", 2017), as torchvision draws it.
    "random_erasing" => RandomErasing {
        /// Area of the rectangle, as a fraction of the picture's.
        scale: Range = Range::new(0.02, 0.33),
        /// Height over width of the rectangle.
        ratio: Range = Range::new(0.3, 3.3),
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [0, 0, 0],
        /// Even noise, a draw a sample, instead of one colour.
        noise: bool = false,
    }
    p: 0.5;
    peer: Peer::Call {
        python: "(lambda a: [a.__setitem__((slice(h//5, h//5 + h//3), slice(w//3, w//3 + w//2)), [123, 116, 103]), a][1])(img.copy())",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", 0.0, 1.0)?;
        self.ratio.within("ratio", 0.01, 100.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let noise = self.noise.then(|| rng.bits64());
        let log_ratio = Range::new(libm::log(self.ratio.low), libm::log(self.ratio.high));
        // Ten tries, then nothing, as torchvision does.
        for _ in 0..10 {
            let area = self.scale.draw(rng) * shape.width as f64 * shape.height as f64;
            let ratio = libm::exp(log_ratio.draw(rng));
            let (width, height) =
                (libm::sqrt(area / ratio).round() as usize, libm::sqrt(area * ratio).round() as usize);
            if width < shape.width && height < shape.height {
                let (left, top) = (rng.index(shape.width - width + 1), rng.index(shape.height - height + 1));
                return Drawn { left, top, width, height, fill: self.fill, noise };
            }
        }
        Drawn { left: 0, top: 0, width: 0, height: 0, fill: self.fill, noise }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let &Drawn { left, top, width, height, fill, noise } = drawn;
        canvas.pixels(|frame, _| match noise {
            Some(key) => fill_noise(Isa::best(), frame, left, top, width, height, key),
            None => fill_rectangle(frame, left, top, width, height, fill),
        });
    }
    fn example(Shape { width, height }: Shape) -> Drawn {
        let (left, top) = (width / 3, height / 5);
        Drawn { left, top, width: width / 2, height: height / 3, fill: [123, 116, 103], noise: None }
    }
}
