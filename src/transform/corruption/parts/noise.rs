use super::Job;
use crate::kernel::{Isa, add_gauss_noise, add_shot_noise, replace_samples};

pub fn gaussian(job: &mut Job) {
    let std = job.of([0.08, 0.12, 0.18, 0.26, 0.38]) * 255.0;
    add_gauss_noise(Isa::best(), job.frame.pixels_mut(), (std * 256.0) as u32, job.rng.bits64());
}

pub fn shot(job: &mut Job) {
    let photons = job.of([60.0, 25.0, 12.0, 5.0, 3.0]);
    add_shot_noise(Isa::best(), job.frame.pixels_mut(), 1.0 / photons, 1.0, job.rng.bits64(), job.scratch);
}

pub fn impulse(job: &mut Job) {
    let half = job.of([0.03, 0.06, 0.09, 0.17, 0.27]) / 2.0;
    replace_samples(Isa::best(), job.frame.pixels_mut(), [half, half], [255, 0], job.rng.bits64());
}
