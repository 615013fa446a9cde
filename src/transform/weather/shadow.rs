use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, Levels, fade_polygon};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Polygons by their corners, as fractions of the width and the height.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    shadows: Vec<(Vec<[f64; 2]>, f64)>,
}

transform! {
    /// Darkens polygons, as things beside the picture do that stand in the light.
    "shadow" => Shadow {
        /// How many.
        num_shadows: Range = Range::new(1.0, 2.0),
        /// Corners of each.
        corners: Range = Range::new(5.0, 5.0),
        /// Where corners lie, as fractions of the width.
        roi_x_frac: Range = Range::new(0.0, 1.0),
        /// Where corners lie, as fractions of the height: the lower half, where the ground is.
        roi_y_frac: Range = Range::new(0.5, 1.0),
        /// The share of the light that is taken away.
        intensity: Range = Range::new(0.3, 0.6),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda v, X, Y: img * np.where(np.logical_xor.reduce([((y1 > Y) != (y2 > Y)) & \
            (X >= (x2 - x1) * (Y - y1) / np.where(y1 == y2, 1, y2 - y1) + x1) for (x1, y1), (x2, y2) in zip(v, v[1:] + v[:1])]), \
            .6, 1)[..., None])([(x * w, y * h) for x, y in [(.1, .2), (.9, .3), (.2, .9), (.5, .05), (.8, .8)]], \
            np.arange(w)[None], np.arange(h)[:, None])",
        max_diff: 1,
        because: "gains in 1/8192",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.num_shadows.within("num_shadows", 0.0, 100.0)?;
        self.corners.within("corners", 3.0, 100.0)?;
        self.roi_x_frac.within("roi_x_frac", -1.0, 2.0)?;
        self.roi_y_frac.within("roi_y_frac", -1.0, 2.0)?;
        self.intensity.within("intensity", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let shadows = (0..self.num_shadows.draw_whole(rng)).map(|_| {
            let corners = (0..self.corners.draw_whole(rng)).map(|_| [self.roi_x_frac.draw(rng), self.roi_y_frac.draw(rng)]);
            (corners.collect(), self.intensity.draw(rng))
        });
        Drawn { shadows: shadows.collect() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let Shape { width, height } = frame.shape();
            for (corners, intensity) in &drawn.shadows {
                scratch.nodes.clear();
                scratch.nodes.extend(corners.iter().map(|[x, y]| [x * width as f64, y * height as f64]));
                fade_polygon(Isa::best(), frame, &scratch.nodes, &Levels::same_line(1.0 - intensity, 0.0));
            }
        });
    }
    fn example(_: Shape) -> Drawn {
        let corners = vec![[0.1, 0.2], [0.9, 0.3], [0.2, 0.9], [0.5, 0.05], [0.8, 0.8]];
        Drawn { shadows: vec![(corners, 0.4)] }
    }
}
