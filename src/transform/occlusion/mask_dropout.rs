use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::fill_polygon;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Polygons in pixels, with pixel centres at whole numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    shapes: Vec<Vec<[f64; 2]>>,
    fill: [u8; 3],
}

transform! {
    /// Covers irregular shapes with one colour, as a hand, a leaf or another thing in front would. Labels of a
    /// classification come without masks, so the shapes are drawn: polygons whose corners lie at random distances about a
    /// centre.
    "mask_dropout" => MaskDropout {
        /// How many shapes.
        holes: Range = Range::new(1.0, 2.0),
        /// Radius, as a fraction of the picture's shorter side.
        radius_frac: Range = Range::new(0.1, 0.25),
        /// How many corners a shape has.
        corners: Range = Range::new(5.0, 12.0),
        /// How far corners lie inside the radius at most, as a fraction of it: 0 gives regular polygons.
        roughness: f64 = 0.5,
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [0, 0, 0],
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda x, y, c: np.where((sum(((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)) \
            for (x0, y0), (x1, y1) in zip(c, c[1:] + c[:1])) % 2 == 1)[..., None], np.uint8([90, 60, 200]), img))(\
            np.arange(w)[None, :], np.arange(h)[:, None], [(.2*w, .3*h), (.5*w, .1*h), (.9*w, .45*h), (.55*w, .5*h), (.6*w, .95*h)])",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.holes.within("holes", 0.0, 1000.0)?;
        self.radius_frac.within("radius_frac", 0.0, 2.0)?;
        self.corners.within("corners", 3.0, 1000.0)?;
        Range::new(self.roughness, self.roughness).within("roughness", 0.0, 1.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let count = self.holes.draw_whole(rng);
        let hundredth = |v: f64| (v * 100.0).round() / 100.0;
        let shapes = (0..count).map(|_| {
            let radius = self.radius_frac.draw(rng) * shape.width.min(shape.height) as f64;
            let (x, y) = (rng.unit() * shape.width as f64, rng.unit() * shape.height as f64);
            let corners = self.corners.draw_whole(rng);
            let start = rng.unit();
            let corner = |i: i64| {
                let (sin, cos) = libm::sincos((start + i as f64 / corners as f64) * std::f64::consts::TAU);
                let distance = radius * (1.0 - self.roughness * rng.unit());
                [hundredth(x + distance * cos), hundredth(y + distance * sin)]
            };
            (0..corners).map(corner).collect()
        });
        Drawn { shapes: shapes.collect(), fill: self.fill }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, _| {
            for shape in &drawn.shapes {
                fill_polygon(frame, shape, drawn.fill);
            }
        });
    }
    fn example(shape: Shape) -> Drawn {
        let corners = [[0.2, 0.3], [0.5, 0.1], [0.9, 0.45], [0.55, 0.5], [0.6, 0.95]];
        let corners = corners.map(|[x, y]| [x * shape.width as f64, y * shape.height as f64]);
        Drawn { shapes: vec![corners.to_vec()], fill: [90, 60, 200] }
    }
}
