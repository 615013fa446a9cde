//! Transforms that take from other originals too, and so change the label.

pub mod cmo;
pub mod cutmix;
pub mod mixup;
pub mod mosaic;

use serde::{Deserialize, Serialize};

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{CropBox, Isa, Turn, resample, turn};
use crate::random::Rng;

/// What a mix takes, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// The source's share of the label, at least a half; the partner's class has the rest.
    pub share: f64,
    /// Which originals may be a partner.
    pub among: Among,
    /// How many partners; more than one only where they have the source's label.
    pub partners: usize,
    /// Which of them it is follows from this number.
    pub draw: u64,
}

/// Which originals a partner may be, of those that may share a fold with the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Any.
    All,
    /// Those of the source's class.
    SameClass,
    /// Those of classes with more originals than the source's.
    LargerClasses,
}

impl Mix {
    /// With one partner; the share, to six decimals, is folded up to a half or more.
    fn drawn(share: f64, among: Among, rng: &mut Rng) -> Self {
        let share = (share.max(1.0 - share) * 1e6).round() / 1e6;
        Self { share, among, partners: 1, draw: rng.bits64() }
    }
}

/// A share of a source from the symmetric Beta distribution.
fn beta(alpha: f64, rng: &mut Rng) -> f64 {
    rng.dirichlet(alpha, 2)[0]
}

fn check_alpha(alpha: f64) -> Result<(), String> {
    if (0.01..=100.0).contains(&alpha) { Ok(()) } else { Err(format!("alpha must be from 0.01 to 100, got {alpha}")) }
}

/// The next partner, [`fitted`], in the memory of the second picture. Where nobody gave one, as in preview pictures, the
/// picture itself upside down stands for it.
fn partner(frame: &Frame, to: Shape, scratch: &mut Scratch) -> Frame {
    let partner = if let Some(partner) = scratch.partners.pop_front() {
        scratch.copy_of(&partner)
    } else {
        let mut own = scratch.copy_of(frame);
        turn(Isa::best(), &mut own, Turn { transpose: false, mirror_x: false, mirror_y: true }, scratch);
        own
    };
    fitted(partner, to, scratch)
}

/// A picture, cut to the aspect ratio of `to` about its middle and resized to it.
fn fitted(mut picture: Frame, to: Shape, scratch: &mut Scratch) -> Frame {
    let Shape { width, height } = picture.shape();
    let (width, height, aspect) = (width as f64, height as f64, to.width as f64 / to.height as f64);
    let (part_width, part_height) =
        if width > height * aspect { (height * aspect, height) } else { (width, width / aspect) };
    let (left, top) = ((width - part_width) / 2.0, (height - part_height) / 2.0);
    resample(&mut picture, CropBox { left, top, width: part_width, height: part_height }, to, scratch);
    picture
}

/// Copies a rectangle of one picture to the same place in another of its shape.
fn lay_over(frame: &mut Frame, from: &Frame, [left, top]: [usize; 2], part: Shape) {
    let row = frame.shape().width * 3;
    let columns = left * 3..(left + part.width) * 3;
    let rows = frame.pixels_mut().chunks_exact_mut(row).zip(from.pixels().chunks_exact(row));
    for (to, from) in rows.skip(top).take(part.height) {
        to[columns.clone()].copy_from_slice(&from[columns.clone()]);
    }
}

/// A rectangle in a picture, at the place and with the sides that CutMix gives it: both sides are the same fraction of the
/// picture's, the centre lies anywhere, and what hangs out is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Patch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Patch {
    fn drawn(area: f64, shape: Shape, rng: &mut Rng) -> Self {
        let mut along = |side: usize| {
            let half = (side as f64 * libm::sqrt(area) / 2.0) as usize;
            let centre = rng.index(side);
            let start = centre.saturating_sub(half);
            (start, (centre + half).min(side) - start)
        };
        let ((left, width), (top, height)) = (along(shape.width), along(shape.height));
        Self { left, top, width, height }
    }

    /// Its fraction of the picture.
    fn area(self, shape: Shape) -> f64 {
        (self.width * self.height) as f64 / (shape.width * shape.height) as f64
    }

    fn place(self) -> ([usize; 2], Shape) {
        ([self.left, self.top], Shape { width: self.width, height: self.height })
    }
}
