//! The picture that a recipe is carried out on: it joins what can be joined before a pixel is touched.

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{Border, CropBox, Isa, Matrix, Point, resample, warp};

/// A picture, and what is still to be done to it.
///
/// Neighbouring point operations become one table, neighbouring maps one map with one interpolation. That is the
/// definition of the result, not a short cut: two small rotations blur once.
pub struct Canvas<'a> {
    frame: &'a mut Frame,
    scratch: &'a mut Scratch,
    pending: Pending,
}

#[expect(clippy::large_enum_variant, reason = "there is one a picture, and boxes would be allocated for each")]
enum Pending {
    Nothing,
    Point(Point),
    Warp(Warp),
}

/// A map that is still to be carried out.
#[derive(Clone, Copy)]
struct Warp {
    /// From places in the result to places in the picture.
    map: Matrix,
    to: Shape,
    /// What lies outside the picture; `None` where the result never looks there.
    border: Option<Border>,
    /// Whether the result leaves parts of the picture out, so that past its edge lies more than `border`.
    cuts: bool,
}

impl Warp {
    /// This map with another one after it.
    fn then(&self, next: Self) -> Self {
        Self {
            map: next.map.then(&self.map),
            to: next.to,
            border: self.border.or(next.border),
            cuts: self.cuts || next.cuts,
        }
    }

    /// Whether the two may be one map: they may unless the next one would see other things past the edge than it asks
    /// for, the rest of the picture after a cut or another border.
    fn joins(&self, next: &Self) -> bool {
        next.border.is_none() || (!self.cuts && (self.border.is_none() || self.border == next.border))
    }
}

impl<'a> Canvas<'a> {
    /// Nothing is to be done yet.
    pub fn new(frame: &'a mut Frame, scratch: &'a mut Scratch) -> Self {
        Self { frame, scratch, pending: Pending::Nothing }
    }

    /// The shape that the picture has once all that is pending is done.
    pub fn shape(&self) -> Shape {
        match self.pending {
            Pending::Warp(Warp { to, .. }) => to,
            _ => self.frame.shape(),
        }
    }

    /// Replaces levels by others.
    pub fn point(&mut self, next: impl Into<Point>) {
        let next = next.into();
        self.pending = match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Point(first) => Pending::Point(first.then(&next)),
            before => {
                self.pending = before;
                self.finish();
                Pending::Point(next)
            }
        };
    }

    /// Moves pixels: `map` leads from places in the result, of shape `to`, to places in the picture; `border` is what
    /// lies outside, `None` where the result never looks there.
    pub fn warp(&mut self, map: Matrix, to: Shape, border: Option<Border>) {
        let cuts = border.is_none() && map.as_turn(self.shape(), to).is_none();
        let next = Warp { map, to, border, cuts };
        self.pending = match &self.pending {
            Pending::Warp(first) if first.joins(&next) => Pending::Warp(first.then(next)),
            _ => {
                self.finish();
                Pending::Warp(next)
            }
        };
    }

    /// Brings a part to the shape `to`, antialiased bilinear. Where no side shrinks, that is plain bilinear
    /// interpolation, and a warp before it that interpolates does both in one; where one shrinks, the filter must see
    /// all pixels, so that the warp is carried out first.
    pub fn resize(&mut self, part: CropBox, to: Shape) {
        let whole = CropBox::whole(self.shape());
        let (step_x, step_y) = (part.width / to.width as f64, part.height / to.height as f64);
        match &self.pending {
            Pending::Warp(first) if step_x <= 1.0 && step_y <= 1.0 && !first.map.moves_whole_pixels() => {
                let (left, top) = (part.left + (step_x - 1.0) / 2.0, part.top + (step_y - 1.0) / 2.0);
                let map = Matrix::affine([step_x, 0.0, left, 0.0, step_y, top]);
                let next = Warp { map, to, border: None, cuts: part != whole };
                self.pending = Pending::Warp(first.then(next));
            }
            _ => self.pixels(|frame, scratch| resample(frame, part, to, scratch)),
        }
    }

    /// Replaces colours by others, each by itself.
    pub fn colours(&mut self, change: impl Fn(&[u8], &mut [u8])) {
        self.finish();
        self.frame.change(change);
    }

    /// Anything else, in place.
    pub fn pixels(&mut self, change: impl FnOnce(&mut Frame, &mut Scratch)) {
        self.finish();
        change(self.frame, self.scratch);
    }

    /// Looks at the picture as it is once all that is pending is done.
    pub fn look<T>(&mut self, at: impl FnOnce(&Frame) -> T) -> T {
        self.finish();
        at(self.frame)
    }

    /// Does what is pending.
    pub fn finish(&mut self) {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Point(point) => {
                let point = point.quickest(Isa::best());
                self.frame.change(|from, to| point.apply(Isa::best(), from, to));
            }
            Pending::Warp(Warp { map, to, border, .. }) => {
                warp(Isa::best(), self.frame, &map, to, border.unwrap_or_default(), self.scratch);
            }
        }
    }
}
