use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Isa, convolve};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    size_px: usize,
    cutoff: f64,
}

transform! {
    /// Takes the high frequencies away by a circular low-pass filter cut off at a square, which leaves rings about edges
    /// (the sinc filter of Wang et al., "Real-ESRGAN", 2021).
    "ringing" => Ringing {
        /// Side of the filter in pixels: an odd number of 3 to 21.
        size_px: Range = Range::new(7.0, 15.0),
        /// The lowest frequency that is lost, in radians a pixel, above 0 and at most pi.
        cutoff: Range = Range::new(std::f64::consts::FRAC_PI_4, std::f64::consts::FRAC_PI_2),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda r: (lambda k: cv2.filter2D(img, -1, k / k.sum()))(np.where(r > 0, 1.0 * special.j1(1.0 * r) / (2 * np.pi * np.maximum(r, 1e-9)), 1.0 / (4 * np.pi))))(np.hypot(*np.mgrid[-6:7, -6:7]))",
        max_diff: 1,
        because: "16-bit weights",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.size_px.odd_within("size_px", 3.0, 21.0)?;
        self.cutoff.within("cutoff", 0.1, std::f64::consts::PI)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { size_px: self.size_px.draw_odd(rng), cutoff: self.cutoff.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let (reach, cutoff) = (drawn.size_px as isize / 2, drawn.cutoff);
        let taps = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y))).map(|(x, y)| {
            let distance = libm::hypot(x as f64, y as f64);
            let weight = if distance > 0.0 { libm::j1(cutoff * distance) / distance } else { cutoff / 2.0 };
            (x, y, weight)
        });
        let sum: f64 = taps.clone().map(|(_, _, weight)| weight).sum();
        let taps = taps.map(|(x, y, weight)| (x, y, weight / sum));
        canvas.pixels(|frame, scratch| convolve(Isa::best(), frame, taps, Border::Reflect, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { size_px: 13, cutoff: 1.0 }
    }
}
