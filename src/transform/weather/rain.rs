use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, Levels, Streaks, add_light, streaks};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Where the drops begin is a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    drops: usize,
    length_px: usize,
    width_px: usize,
    slant_px: f64,
    blur_px: usize,
    color: [u8; 3],
    brightness: f64,
    key: u64,
}

transform! {
    /// Draws slanting, blurred streaks of rain and darkens the whole, as under a wet sky.
    "rain" => Rain {
        /// How many drops, as a multiple of the picture's height: 0.25 is a drizzle, 1 heavy, 2 torrential.
        drops_per_row: Range = Range::new(0.25, 1.0),
        /// How far a drop falls while it is seen, as a fraction of the height.
        drop_length_frac: Range = Range::new(0.125, 0.125),
        /// Pixels across.
        drop_width_px: Range = Range::new(1.0, 1.0),
        /// How far a drop moves to the right as it falls.
        slant_px: Range = Range::new(-10.0, 10.0),
        /// The side of the square that blurs the drops; made odd. 1 is no blur.
        blur_px: Range = Range::new(7.0, 7.0),
        /// Red, green, blue, 0 to 255.
        drop_color: [u8; 3] = [200, 200, 200],
        /// What all levels are multiplied by in the end.
        brightness: Range = Range::new(0.7, 0.7),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a, d: cv2.multiply(cv2.add(img, cv2.blur(cv2.multiply(d, 200 / 255.), (7, 7))), .7))\
            (0, np.dstack([rain_drops(h, w, h // 2, h // 8, -6.0, 7)] * 3))",
        max_diff: 2,
        because: "OpenCV rounds after each of the four steps; `rain_drops` draws our drops anew",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.drops_per_row.within("drops_per_row", 0.0, 100.0)?;
        self.drop_length_frac.within("drop_length_frac", 0.0, 1.0)?;
        self.drop_width_px.within("drop_width_px", 1.0, 100.0)?;
        self.slant_px.within("slant_px", -1000.0, 1000.0)?;
        self.blur_px.within("blur_px", 1.0, 101.0)?;
        self.brightness.within("brightness", 0.0, 1.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let height = shape.height as f64;
        Drawn {
            drops: (self.drops_per_row.draw(rng) * height) as usize,
            length_px: ((self.drop_length_frac.draw(rng) * height) as usize).max(1),
            width_px: self.drop_width_px.draw_whole(rng) as usize,
            slant_px: self.slant_px.draw(rng),
            blur_px: self.blur_px.draw_whole(rng) as usize | 1,
            color: self.drop_color,
            brightness: self.brightness.draw(rng),
            key: rng.bits64(),
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let &Drawn { drops: count, length_px: length, width_px: width, slant_px: slant, blur_px: blur, key, .. } = drawn;
        let light = drawn.color.map(|level| (65536.0 * f64::from(level) / 255.0).round() as i32);
        canvas.pixels(|frame, scratch| {
            let rain = Streaks { count, length, width, slant, blur, key };
            streaks(Isa::best(), frame.shape(), &rain, scratch);
            add_light(Isa::best(), frame.pixels_mut(), &scratch.padded, 1 << 16, light);
        });
        canvas.point(Levels::same_line(drawn.brightness, 0.0));
    }
    fn example(shape: Shape) -> Drawn {
        let (drops, length_px) = (shape.height / 2, (shape.height / 8).max(1));
        Drawn { drops, length_px, width_px: 1, slant_px: -6.0, blur_px: 7, color: [200; 3], brightness: 0.7, key: 7 }
    }
}
