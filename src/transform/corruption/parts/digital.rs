use super::Job;
use crate::image::Shape;
use crate::kernel::{Border, Isa, Levels, Matrix, apply_levels, average_down, nearest, warp};
use crate::transform::degradation::jpeg_compression::{self, JpegCompression};
use crate::transform::geometric::elastic::{self, Elastic};
use crate::transform::{Canvas, Transform};

pub fn contrast(job: &mut Job) {
    let gain = job.of([0.4, 0.3, 0.2, 0.1, 0.05]);
    let mut sums = [0u64; 3];
    let (pixels, _) = job.frame.pixels_mut().as_chunks_mut::<3>();
    for pixel in pixels.iter() {
        sums.iter_mut().zip(pixel).for_each(|(sum, &level)| *sum += u64::from(level));
    }
    let offset = sums.map(|sum| sum as f64 / pixels.len() as f64 * (1.0 - gain));
    let levels = Levels::line([gain; 3], offset);
    job.frame.change(|from, to| apply_levels(Isa::best(), from, to, &levels));
}

pub fn elastic(job: &mut Job) {
    // By how much the noise is multiplied, how far it is smoothed, and how far the corners of the affine map go, all in
    // pixels. (The published constants are multiples of 244.)
    let (alpha, sigma, corner) = job.of([
        (488.0, 170.8, 24.4),
        (488.0, 19.52, 48.8),
        (12.2, 2.44, 4.88),
        (17.08, 2.44, 4.88),
        (29.28, 2.44, 4.88),
    ]);
    // Smoothing twice as far leaves half of the noise, which is to go twice as far.
    let (alpha, sigma, corner) = (alpha * job.scale * job.scale, sigma * job.scale, corner * job.scale);
    move_corners(job, corner);
    let shape = job.frame.shape();
    // Of even noise from -alpha to alpha.
    let spread = alpha / libm::sqrt(3.0) * libm::sqrt(smoothed(sigma, shape.width) * smoothed(sigma, shape.height));
    let drawn = elastic::Drawn::new(spread, sigma.max(1.0), job.rng.bits64(), Border::Symmetric);
    Elastic::apply(&drawn, &mut Canvas::new(job.frame, job.scratch));
}

/// Moves three corners of a square about the middle, each way by up to `far` pixels, and the picture with them.
fn move_corners(job: &mut Job, far: f64) {
    let shape = job.frame.shape();
    let (x, y) = ((shape.width / 2) as f64, (shape.height / 2) as f64);
    let half = (shape.width.min(shape.height) / 3) as f64;
    if half == 0.0 {
        return;
    }
    let before = [[x + half, y + half], [x + half, y - half], [x - half, y - half]];
    let after = before.map(|corner| corner.map(|place| place + job.rng.between(-far, far)));
    // The fourth corner of a parallelogram, which is what an affine map makes of a square.
    let with_fourth = |[a, b, c]: [[f64; 2]; 3]| [a, b, c, [a[0] + c[0] - b[0], a[1] + c[1] - b[1]]];
    let map = Matrix::between(with_fourth(after), with_fourth(before));
    warp(Isa::best(), job.frame, &map, shape, Border::Reflect, job.scratch);
}

/// What is left of the variance of even noise along an axis of n places that is smoothed by a Gaussian and mirrored at its
/// ends: the mean square of the Gaussian's weights, from the cosines that it lets pass.
fn smoothed(sigma: f64, n: usize) -> f64 {
    let passes = |k: usize| {
        let turns = std::f64::consts::PI * k as f64 * sigma / n as f64;
        libm::exp(-turns * turns)
    };
    (1.0 + 2.0 * (1..n).map(passes).sum::<f64>()) / n as f64
}

pub fn pixelate(job: &mut Job) {
    let share = job.of([0.6, 0.5, 0.4, 0.3, 0.25]);
    let before = job.frame.shape();
    let side = |side: usize| ((side as f64 * share) as usize).max(1);
    average_down(job.frame, Shape { width: side(before.width), height: side(before.height) }, job.scratch);
    nearest(job.frame, before, job.scratch);
}

pub fn jpeg(job: &mut Job) {
    let drawn = jpeg_compression::Drawn::new(job.of([25, 18, 15, 10, 7]));
    JpegCompression::apply(&drawn, &mut Canvas::new(job.frame, job.scratch));
}
