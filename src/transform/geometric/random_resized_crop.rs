use serde::{Deserialize, Serialize};

use super::check_side;
use crate::image::Shape;
use crate::kernel::CropBox;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The part to keep, and the size to bring it to, in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    to: [usize; 2],
}

impl Drawn {
    fn to(&self) -> Shape {
        Shape { width: self.to[0], height: self.to[1] }
    }
}

transform! {
    /// Cuts out a part of random size and aspect ratio and resizes it (antialiased bilinear): the crop of Inception
    /// (Szegedy et al. 2015), as torchvision draws it.
    "random_resized_crop" => RandomResizedCrop {
        /// Area of the part, as a fraction of the picture's.
        scale: Range = Range::new(0.6, 1.0),
        /// Width over height of the part, relative to the picture's own.
        ratio: Range = Range::new(0.75, 4.0 / 3.0),
        /// Width and height of the result in pixels; without it, those of the picture.
        size_px: Option<[u32; 2]> = None,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(img).resize((w, h), Image.BILINEAR, box=(w//8, h//4, w//8 + w//2, h//4 + h//2)))",
        max_diff: 2,
        because: "Pillow cuts the part out before it filters, so that the two differ at the part's edge",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", 0.0001, 1.0)?;
        self.ratio.within("ratio", 0.01, 100.0)?;
        let [width, height] = self.size_px.unwrap_or([1, 1]);
        check_side("size_px", width)?;
        check_side("size_px", height)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let (full_width, full_height) = (shape.width as f64, shape.height as f64);
        let to = self.size_px.map_or([shape.width, shape.height], |size| size.map(|side| side as usize));
        // Ten tries, then the whole picture, as torchvision does.
        for _ in 0..10 {
            let area = self.scale.draw(rng) * full_width * full_height;
            let log_ratio = Range::new(libm::log(self.ratio.low), libm::log(self.ratio.high)).draw(rng);
            let ratio = libm::exp(log_ratio) * full_width / full_height;
            let (width, height) = (libm::sqrt(area * ratio).round(), libm::sqrt(area / ratio).round());
            if (1.0..=full_width).contains(&width) && (1.0..=full_height).contains(&height) {
                let (width, height) = (width as usize, height as usize);
                let (left, top) = (rng.index(shape.width - width + 1), rng.index(shape.height - height + 1));
                return Drawn { left, top, width, height, to };
            }
        }
        Drawn { left: 0, top: 0, width: shape.width, height: shape.height, to }
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.to()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let [left, top, width, height] = [drawn.left, drawn.top, drawn.width, drawn.height].map(|v| v as f64);
        let part = CropBox { left, top, width, height };
        canvas.resize(part, drawn.to());
    }
    fn example(shape: Shape) -> Drawn {
        let Shape { width: w, height: h } = shape;
        Drawn { left: w / 8, top: h / 4, width: (w / 2).max(1), height: (h / 2).max(1), to: [w, h] }
    }
}
