use serde::{Deserialize, Serialize};

use crate::image::{Scratch, Shape};
use crate::kernel::{Isa, Levels, cover, fade_disc, glow};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// A glow, and the discs that it throws along a line through the lens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// In pixels.
    center: [f64; 2],
    radius_px: f64,
    color: [u8; 3],
    circles: Vec<Circle>,
}

/// A disc of the flare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Circle {
    center: [f64; 2],
    radius_px: f64,
    color: [u8; 3],
    alpha: f64,
}

transform! {
    /// Puts the sun into the picture: a glow that ends at a radius, and discs on a line through it.
    "sun_flare" => SunFlare {
        /// Where the sun stands, as a fraction of the width.
        flare_x_frac: Range = Range::new(0.0, 1.0),
        /// Where the sun stands, as a fraction of the height.
        flare_y_frac: Range = Range::new(0.0, 0.5),
        /// Where the glow ends, as a fraction of the diagonal.
        src_radius_frac: Range = Range::new(0.3, 0.6),
        /// Red, green, blue, 0 to 255.
        src_color: [u8; 3] = [255, 255, 255],
        /// The direction of the line.
        angle_deg: Range = Range::new(0.0, 360.0),
        /// How many discs.
        num_flare_circles: Range = Range::new(6.0, 10.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda d: (lambda a: img * (1 - a) + np.float64([255, 250, 230]) * a)((lambda k: np.where(k < 60, \
            ((60 - k) / 60) ** 3, 0))(np.ceil(np.maximum(d, 1)) - 1)[..., None]))(np.hypot(np.arange(w)[None] - 40, np.arange(h)[:, None] - 30))",
        max_diff: 1,
        because: "weights in 1/255",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.flare_x_frac.within("flare_x_frac", -1.0, 2.0)?;
        self.flare_y_frac.within("flare_y_frac", -1.0, 2.0)?;
        self.src_radius_frac.within("src_radius_frac", 0.0, 2.0)?;
        self.angle_deg.within("angle_deg", -360.0, 360.0)?;
        self.num_flare_circles.within("num_flare_circles", 0.0, 100.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let (width, height) = (shape.width as f64, shape.height as f64);
        let diagonal = libm::hypot(width, height);
        let center = [(self.flare_x_frac.draw(rng) * width).round(), (self.flare_y_frac.draw(rng) * height).round()];
        let radius_px = (self.src_radius_frac.draw(rng) * diagonal).round();
        let (sin, cos) = libm::sincos(self.angle_deg.draw(rng).to_radians());
        let circles = (0..self.num_flare_circles.draw_whole(rng)).map(|_| {
            let along = Range::new(-center[0], width - center[0]).draw(rng);
            Circle {
                center: [(center[0] + along * cos).round(), (center[1] + along * sin).round()],
                // Most are small: 1, 8, 27, ... pixels on a picture some hundred pixels high.
                radius_px: (rng.whole(1, ((height * 0.01) as i64).max(2)) as f64).powi(3),
                color: self.src_color.map(|level| rng.whole((i64::from(level) - 51).max(0), level.into()) as u8),
                alpha: Range::new(0.05, 0.2).draw(rng),
            }
        });
        Drawn { circles: circles.collect(), center, radius_px, color: self.src_color }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            for circle in &drawn.circles {
                let line = Levels::line([1.0 - circle.alpha; 3], circle.color.map(|level| circle.alpha * f64::from(level)));
                fade_disc(Isa::best(), frame, circle.center, circle.radius_px, &line);
            }
            // The cube of what is left of the way to the end of the glow.
            let rings = drawn.radius_px as usize;
            let weight = |ring: usize| (255.0 * (1.0 - ring as f64 / rings as f64).powi(3)).round() as u8;
            let Scratch { rows: profile, places, padded: mask, .. } = scratch;
            profile.clear();
            profile.extend((0..=rings).map(|ring| if rings == 0 { 0 } else { weight(ring.saturating_sub(1)) }));
            glow(Isa::best(), frame.shape(), drawn.center, profile, places, mask);
            cover(Isa::best(), frame.pixels_mut(), mask, drawn.color);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { center: [40.0, 30.0], radius_px: 60.0, color: [255, 250, 230], circles: Vec::new() }
    }
}
