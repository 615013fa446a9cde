//! How a picture of any shape becomes the square that the network sees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;
use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{CropBox, resample, resample_bicubic};

/// What becomes of a picture that is not square (timm's `crop_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CropMode {
    /// All of it is seen, its sides made equal.
    Squash,
    /// Its middle is seen, its sides in proportion.
    Center,
}

/// How pixels are made from their neighbours when a picture is resized; both are antialiased, as Pillow's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// The triangle filter.
    Bilinear,
    /// The cubic filter with a = -1/2.
    Bicubic,
}

/// Resize and crop, after the transforms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framing {
    /// Of the square, in pixels.
    pub side: usize,
    crop_pct: f64,
    mode: CropMode,
    interpolation: Interpolation,
}

impl Framing {
    /// As pictures are predicted.
    pub fn predicting(config: &Config) -> Self {
        let Config { image_size, crop_pct, crop_mode: mode, interpolation, .. } = *config;
        Self { side: image_size as usize, crop_pct, mode, interpolation }
    }

    /// As pictures are learned from: nothing is cut off beyond what the transforms did.
    pub fn training(config: &Config, side: usize) -> Self {
        Self { side, crop_pct: 1.0, ..Self::predicting(config) }
    }

    /// As timm's evaluation does it (`timm/data/transforms_factory.py`): resized to `side / crop_pct`, then the middle
    /// square of `side` is cut out.
    pub fn apply(&self, frame: &mut Frame, scratch: &mut Scratch) {
        let (from, to) = (frame.shape(), self.resized(frame.shape()));
        match self.interpolation {
            Interpolation::Bilinear => resample(frame, CropBox::whole(from), to, scratch),
            Interpolation::Bicubic => resample_bicubic(frame, CropBox::whole(from), to, scratch),
        }
        let square = Shape { width: self.side, height: self.side };
        if to == square {
            return;
        }
        let middle = |long: usize| ((long - self.side) as f64 / 2.0).round_ties_even() as usize;
        let (left, top) = (middle(to.width), middle(to.height));
        frame.remake(square, scratch, |frame, target| {
            for (y, row) in target.chunks_exact_mut(self.side * 3).enumerate() {
                let start = ((top + y) * to.width + left) * 3;
                row.copy_from_slice(&frame.pixels()[start..start + self.side * 3]);
            }
        });
    }

    fn resized(&self, from: Shape) -> Shape {
        let short = (self.side as f64 / self.crop_pct).floor() as usize;
        let square = Shape { width: short, height: short };
        match self.mode {
            CropMode::Squash => square,
            CropMode::Center if from.width <= from.height => {
                Shape { height: (short * from.height / from.width).max(short), ..square }
            }
            CropMode::Center => Shape { width: (short * from.width / from.height).max(short), ..square },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(mode: CropMode, crop_pct: f64, width: usize, height: usize) -> (Shape, Frame) {
        let config = Config { image_size: 32, crop_pct, crop_mode: mode, ..Config::default() };
        let framing = Framing::predicting(&config);
        let mut frame = Frame::filled(Shape { width, height }, [0; 3]);
        for y in 0..height {
            for x in 0..width {
                frame.put(x, y, [(x * 255 / width) as u8, (y * 255 / height) as u8, 0]);
            }
        }
        let resized = framing.resized(frame.shape());
        framing.apply(&mut frame, &mut Scratch::default());
        (resized, frame)
    }

    #[test]
    fn sizes_are_those_of_timm() {
        // (mode, crop_pct, picture, size after the resize): floor(32 / 0.875) = 36; 36 * 100 / 64 = 56.25.
        let table = [
            (CropMode::Squash, 1.0, (100, 64), (32, 32)),
            (CropMode::Squash, 0.875, (100, 64), (36, 36)),
            (CropMode::Center, 1.0, (100, 64), (50, 32)),
            (CropMode::Center, 0.875, (64, 100), (36, 56)),
        ];
        for (mode, crop_pct, (width, height), (w, h)) in table {
            let (resized, frame) = framed(mode, crop_pct, width, height);
            assert_eq!(resized, Shape { width: w, height: h }, "{mode:?} {crop_pct}");
            assert_eq!(frame.shape(), Shape { width: 32, height: 32 });
        }
    }

    #[test]
    fn the_middle_is_seen() {
        let (_, frame) = framed(CropMode::Center, 1.0, 120, 60);
        // The middle half of the columns, all of the rows.
        let ([left, top, _], [right, bottom, _]) = (frame.at(0, 0), frame.at(31, 31));
        assert!((60..70).contains(&left) && (185..195).contains(&right), "{left} {right}");
        assert!(top < 8 && bottom > 245, "{top} {bottom}");
    }
}
