use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Isa, Tap, convolve};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    size_px: usize,
    angle_deg: f64,
    direction: f64,
}

transform! {
    /// Blurs along a line, as a camera that moves does.
    "motion_blur" => MotionBlur {
        /// Length of the line in pixels: an odd number of 3 to 63.
        size_px: Range = Range::new(3.0, 7.0),
        /// Degrees from the horizontal, clockwise.
        angle_deg: Range = Range::new(0.0, 360.0),
        /// Which side of the pixel the line lies on: -1 and 1 are one side or the other, 0 is both alike.
        direction: Range = Range::new(-1.0, 1.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.filter2D(img, -1, (lambda xy: np.array([[(x, y) in xy for x in range(-6, 7)] for y in range(-6, 7)]) / len(xy))({(round(np.cos(np.radians(30)) * t), round(np.sin(np.radians(30)) * t)) for t in np.linspace(-3, 6, 13)}))",
        max_diff: 1,
        because: "16-bit weights",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.size_px.odd_within("size_px", 3.0, MAX_SIZE as f64)?;
        self.angle_deg.within("angle_deg", -360.0, 360.0)?;
        self.direction.within("direction", -1.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let size_px = self.size_px.draw_odd(rng);
        Drawn { size_px, angle_deg: self.angle_deg.draw(rng), direction: self.direction.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let mut line = [(0, 0, 0.0); MAX_SIZE];
        let line = drawn.line(&mut line);
        canvas.pixels(|frame, scratch| convolve(Isa::best(), frame, line.iter().copied(), Border::Reflect, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { size_px: 13, angle_deg: 30.0, direction: 0.5 }
    }
}

const MAX_SIZE: usize = 63;

impl Drawn {
    /// The pixels that as many places along the line are nearest to, each once and with the same weight (as Albumentations).
    fn line<'a>(&self, room: &'a mut [Tap; MAX_SIZE]) -> &'a [Tap] {
        let reach = (self.size_px / 2) as f64;
        let (first, last) = (-reach * (1.0 - self.direction.max(0.0)), reach * (1.0 + self.direction.min(0.0)));
        let (sin, cos) = libm::sincos(self.angle_deg.to_radians());
        let mut count = 0;
        for i in 0..self.size_px.min(MAX_SIZE) {
            let along = first + (last - first) * i as f64 / (self.size_px - 1) as f64;
            let (x, y) = (libm::rint(cos * along) as isize, libm::rint(sin * along) as isize);
            if room[..count].iter().all(|&(other_x, other_y, _)| (x, y) != (other_x, other_y)) {
                room[count] = (x, y, 1.0);
                count += 1;
            }
        }
        for tap in &mut room[..count] {
            tap.2 = 1.0 / count as f64;
        }
        &room[..count]
    }
}
