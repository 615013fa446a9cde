use super::Job;
use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{
    Border, Isa, MAX_DISK_RADIUS_PX, MAX_SIGMA_PX, Zoom, convolve, disk_blur, gaussian_blur, swap_pixels, zoom_blur,
};

pub fn defocus(job: &mut Job) {
    let (radius, softness) = job.of([(3.0, 0.1), (4.0, 0.5), (6.0, 0.5), (8.0, 0.5), (10.0, 0.5)]);
    disk_blur(Isa::best(), job.frame, (radius * job.scale).min(MAX_DISK_RADIUS_PX), job.scratch);
    gaussian_blur(Isa::best(), job.frame, (softness * job.scale).min(MAX_SIGMA_PX), job.scratch);
}

/// Pixels change places, where the published code, meant to swap them, copies one over the other through a view.
pub fn glass(job: &mut Job) {
    let (sigma, reach, iterations) =
        job.of([(0.7, 1.0, 2), (0.9, 2.0, 1), (1.0, 2.0, 3), (1.1, 3.0, 2), (1.5, 4.0, 2)]);
    let (sigma, reach) = ((sigma * job.scale).min(MAX_SIGMA_PX), (reach * job.scale).round().max(1.0));
    gaussian_blur(Isa::best(), job.frame, sigma, job.scratch);
    swap_pixels(job.frame, reach as usize, iterations, job.rng.bits64());
    gaussian_blur(Isa::best(), job.frame, sigma, job.scratch);
}

pub fn motion(job: &mut Job) {
    let (radius, sigma) = job.of([(10.0, 3.0), (15.0, 5.0), (15.0, 8.0), (15.0, 12.0), (20.0, 15.0)]);
    let angle_deg = job.rng.between(-45.0, 45.0);
    move_along(job.frame, radius * job.scale, sigma * job.scale, angle_deg, job.scratch);
}

/// The mean along a line on one side of each pixel, weighted by half of a Gaussian; the edge pixel is repeated outside.
/// (`ImageNet-C` calls `ImageMagick`'s motion blur; this is how the package imagecorruptions does without it.)
pub fn move_along(frame: &mut Frame, radius: f64, sigma: f64, angle_deg: f64, scratch: &mut Scratch) {
    let (sin, cos) = libm::sincos(angle_deg.to_radians());
    let taps = (0..=2 * radius.round() as usize).map(|i| {
        let away = i as f64;
        let weight = libm::exp(-away * away / (2.0 * sigma * sigma));
        ((away * cos - 0.5).ceil() as isize, (away * sin - 0.5).ceil() as isize, weight)
    });
    let total: f64 = taps.clone().map(|(.., weight)| weight).sum();
    let taps = taps.map(|(x, y, weight)| (x, y, weight / total));
    convolve(Isa::best(), frame, taps, Border::Edge, scratch);
}

pub fn zoom(job: &mut Job) {
    // The published steps, by how many of them rounding lets numpy's `arange` make.
    let (count, step) = job.of([(12, 0.01), (16, 0.01), (11, 0.02), (13, 0.02), (11, 0.03)]);
    let shape = job.frame.shape();
    let zooms = (0..count).map(|i| clipped_zoom(shape, 1.0 + f64::from(i) * step));
    zoom_blur(Isa::best(), job.frame, zooms, job.scratch);
}

/// The published `clipped_zoom`: the middle part that just fills the picture when it is magnified, its outermost pixels
/// brought to the outermost ones of what it becomes, of which a row or column too many is left out.
pub fn clipped_zoom(shape: Shape, factor: f64) -> Zoom {
    let along = |side: usize| {
        let part = (side as f64 / factor).ceil();
        let becomes = (part * factor).round();
        (((side as f64 - part) / 2.0).floor(), (part - 1.0) / (becomes - 1.0).max(1.0))
    };
    let (across, down) = (along(shape.width), along(shape.height));
    Zoom { start: [across.0, down.0], step: [across.1, down.1] }
}
