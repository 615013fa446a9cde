//! The picture that a recipe is carried out on: it joins what can be joined before a pixel is touched.

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{Border, Isa, Matrix, Point, warp};

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
    Warp { map: Matrix, to: Shape, border: Option<Border> },
}

impl<'a> Canvas<'a> {
    /// Nothing is to be done yet.
    pub fn new(frame: &'a mut Frame, scratch: &'a mut Scratch) -> Self {
        Self { frame, scratch, pending: Pending::Nothing }
    }

    /// The shape that the picture has once all that is pending is done.
    pub fn shape(&self) -> Shape {
        match self.pending {
            Pending::Warp { to, .. } => to,
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
        let (map, border) = match self.pending {
            // Two maps can be one unless each has its own idea of what lies outside.
            Pending::Warp { map: first, border: before, .. }
                if before.is_none() || border.is_none() || before == border =>
            {
                (map.then(&first), before.or(border))
            }
            _ => {
                self.finish();
                (map, border)
            }
        };
        self.pending = Pending::Warp { map, to, border };
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
            Pending::Point(point) => point.apply(Isa::best(), self.frame.pixels_mut()),
            Pending::Warp { map, to, border } => {
                warp(Isa::best(), self.frame, &map, to, border.unwrap_or_default(), self.scratch);
            }
        }
    }
}
