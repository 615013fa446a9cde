//! Crop and resize, by the crate `fast_image_resize`.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod halve;

use std::cell::RefCell;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer, pixels::U8x3};

use super::Isa;
use crate::image::{Frame, Scratch, Shape};

/// The part of a picture to keep, in pixels; it must lie inside and hold some of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropBox {
    /// From the left edge.
    pub left: f64,
    /// From the top edge.
    pub top: f64,
    /// More than 0.
    pub width: f64,
    /// More than 0.
    pub height: f64,
}

impl CropBox {
    /// All of a picture.
    pub fn whole(shape: Shape) -> Self {
        Self { left: 0.0, top: 0.0, width: shape.width as f64, height: shape.height as f64 }
    }

    /// The largest square in the middle of a picture.
    pub fn middle_square(Shape { width, height }: Shape) -> Self {
        let side = width.min(height);
        let [left, top] = [width, height].map(|length| ((length - side) / 2) as f64);
        Self { left, top, width: side as f64, height: side as f64 }
    }
}

thread_local! {
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Crops, then resizes to `to` with the triangle filter, widened where it shrinks (antialiased bilinear, as Pillow's and
/// torchvision's; OpenCV's bilinear does not widen).
pub fn resample(frame: &mut Frame, from: CropBox, to: Shape, scratch: &mut Scratch) {
    let shape = frame.shape();
    if from == CropBox::whole(shape) && halve::can_halve(shape, to) {
        return halve::halve(Isa::best(), frame, to, scratch);
    }
    filtered(FilterType::Bilinear, frame, from, to, scratch);
}

/// As [`resample`] with the cubic filter of a = -1/2 (Pillow's `BICUBIC`).
pub fn resample_bicubic(frame: &mut Frame, from: CropBox, to: Shape, scratch: &mut Scratch) {
    filtered(FilterType::CatmullRom, frame, from, to, scratch);
}

/// Resizes to a smaller shape, each pixel the mean of its area (Pillow's `BOX`).
pub fn average_down(frame: &mut Frame, to: Shape, scratch: &mut Scratch) {
    filtered(FilterType::Box, frame, CropBox::whole(frame.shape()), to, scratch);
}

fn filtered(filter: FilterType, frame: &mut Frame, from: CropBox, to: Shape, scratch: &mut Scratch) {
    if from == CropBox::whole(frame.shape()) && to == frame.shape() {
        return;
    }
    frame.remake(to, scratch, |frame, target| {
        let Shape { width, height } = frame.shape();
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
            from.left,
            from.top,
            from.width,
            from.height,
        );
        let source: TypedImageRef<U8x3> = TypedImageRef::from_buffer(width as u32, height as u32, frame.pixels())
            .expect("a frame has width x height x 3 bytes");
        let mut target = TypedImage::<U8x3>::from_buffer(to.width as u32, to.height as u32, target)
            .expect("the target has width x height x 3 bytes");
        RESIZER.with_borrow_mut(|resizer| {
            resizer.resize_typed(&source, &mut target, &options).expect("the crop box lies inside the picture");
        });
    });
}
