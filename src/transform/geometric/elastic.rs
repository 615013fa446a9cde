use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Between, Border, Isa, Lattice, displace};
use crate::random::{Key, Rng};
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The field of displacements is a function of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    alpha_px: f64,
    sigma_px: f64,
    key: u64,
    border: Border,
}

impl Drawn {
    /// A field of this spread and smoothness.
    pub fn new(alpha_px: f64, sigma_px: f64, key: u64, border: Border) -> Self {
        Self { alpha_px, sigma_px, key, border }
    }
}

/// Standard deviation of the spline of standard normal nodes, on the average over places: the integral of the squared cubic
/// B-spline, 151/315, once for each direction's root.
const SPLINE_STD: f64 = 151.0 / 315.0;

/// The field for a picture: normal noise at the nodes of a grid, with what lies between by the cubic B-spline, whose own
/// standard deviation is 1/sqrt 3 of a cell. So a cell has sqrt 3 sigma.
fn with_field<T>(drawn: &Drawn, shape: Shape, nodes: &mut Vec<[f64; 2]>, then: impl FnOnce(&Lattice) -> T) -> T {
    let spacing = 3.0_f64.sqrt() * drawn.sigma_px;
    let count = |side: usize| (side as f64 / spacing) as usize + 4;
    let (columns, rows) = (count(shape.width), count(shape.height));
    let mut rng = Key::root(drawn.key).rng();
    let mut displacement = || rng.normal() * drawn.alpha_px / SPLINE_STD;
    nodes.clear();
    nodes.extend((0..columns * rows).map(|_| [displacement(), displacement()]));
    let between = Between::BSpline;
    then(&Lattice { nodes, columns, origin: [0.0, 0.0], spacing: [spacing, spacing], between })
}

transform! {
    /// Moves every pixel by a smooth random field, with one bilinear interpolation (Simard, Steinkraus and Platt, "Best
    /// practices for convolutional neural networks", 2003). The field is normal noise smoothed by the cubic B-spline, which
    /// stands for their Gaussian.
    "elastic" => Elastic {
        /// Standard deviation of the displacement in pixels, across and down. (Albumentations' `alpha` is what the noise is
        /// multiplied by before it is smoothed: `alpha_px` = 0.163 alpha / sigma.)
        alpha_px: Range = Range::new(1.0, 4.0),
        /// Standard deviation of the smoothing in pixels: how far apart places must lie to move differently.
        sigma_px: Range = Range::new(8.0, 16.0),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::None {
        why: "no other generator gives these numbers; the field's spread and smoothness are tested, the spline with grids of given displacements"
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.alpha_px.within("alpha_px", 0.0, 1000.0)?;
        self.sigma_px.within("sigma_px", 1.0, 10_000.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let (alpha_px, sigma_px) = (self.alpha_px.draw(rng), self.sigma_px.draw(rng));
        Drawn { alpha_px, sigma_px, key: rng.bits64(), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let mut nodes = std::mem::take(&mut scratch.nodes);
            with_field(drawn, frame.shape(), &mut nodes, |lattice| {
                displace(Isa::best(), frame, lattice, drawn.border, scratch);
            });
            scratch.nodes = nodes;
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { alpha_px: 3.0, sigma_px: 8.0, key: 7, border: Border::Reflect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Frame, Scratch};
    use crate::transform::Transform;

    /// The field is read off pictures of ramps, which it bends by as many levels as it moves pixels.
    #[test]
    fn the_field_has_the_asked_spread_and_smoothness() {
        let shape = Shape { width: 256, height: 256 };
        let (alpha_px, sigma_px) = (4.0, 6.0);
        let (mut n, mut sum, mut square, mut apart) = (0.0, 0.0, 0.0, 0.0);
        for key in 0..16 {
            let ramp = (0..shape.bytes()).map(|i| (i / 3 % 256) as u8).collect();
            let mut frame = Frame::new(shape, ramp);
            let drawn = Drawn { alpha_px, sigma_px, key, border: Border::Edge };
            Elastic::apply(&drawn, &mut Canvas::new(&mut frame, &mut Scratch::default()));
            let moved = |x: usize, y: usize| f64::from(frame.at(x, y)[0]) - x as f64;
            for y in 20..236 {
                for x in 20..224 {
                    let (here, there) = (moved(x, y), moved(x + 12, y));
                    n += 1.0;
                    sum += here;
                    square += here * here;
                    apart += here * there;
                }
            }
        }
        let (mean, std) = (sum / n, (square / n).sqrt());
        assert!(mean.abs() < 0.3, "{mean}");
        assert!((std / alpha_px - 1.0).abs() < 0.05, "{std}");
        // Of noise smoothed by a Gaussian, at a distance of two sigmas: exp(-d^2 / 4 sigma^2) = 1/e.
        let correlation = apart / square;
        assert!((correlation - (-1.0_f64).exp()).abs() < 0.06, "{correlation}");
    }
}
