use super::Job;
use super::blur::{clipped_zoom, move_along};
use crate::image::Scratch;
use crate::kernel::{Flakes, Frost, HsvShift, Isa, add_weighted, flakes, frost as ice, settle, shift_hsv, snow_over};
use crate::transform::weather::fog::{self, Fog};
use crate::transform::{Canvas, Transform};

pub fn snow(job: &mut Job) {
    // Mean, deviation, size and threshold of flakes; radius and sigma of their fall; the share of light that stays.
    let (mean, std, size, threshold, radius, sigma, keep) = job.of([
        (0.1, 0.3, 3.0, 0.5, 10.0, 4.0, 0.8),
        (0.2, 0.3, 2.0, 0.5, 12.0, 4.0, 0.7),
        (0.55, 0.3, 4.0, 0.9, 12.0, 8.0, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12.0, 8.0, 0.65),
        (0.55, 0.3, 2.5, 0.85, 12.0, 12.0, 0.55),
    ]);
    let shape = job.frame.shape();
    let step = clipped_zoom(shape, f64::max(size * job.scale, 1.0)).step;
    let how = Flakes { mean, std, threshold, step, key: job.rng.bits64() };
    let mut layer = std::mem::take(&mut job.scratch.rows);
    flakes(shape, &how, &mut job.scratch.floats, &mut layer);
    let mut falling = job.scratch.copy_of(job.frame);
    let (pixels, _) = falling.pixels_anew().as_chunks_mut::<3>();
    pixels.iter_mut().zip(&layer).for_each(|(pixel, &white)| *pixel = [white; 3]);
    let angle_deg = job.rng.between(-135.0, -45.0);
    move_along(&mut falling, radius * job.scale, sigma * job.scale, angle_deg, job.scratch);
    layer.clear();
    layer.extend(falling.pixels().iter().step_by(3));
    snow_over(Isa::best(), job.frame.pixels_mut(), &layer, keep);
    (job.scratch.rows, job.scratch.spare) = (layer, Some(falling));
}

/// Ice like that of the published photos: thin, dark and clear to thick, light and even (they have mean levels of 112 to 204
/// and deviations of 35 to 16 within 224 pixels); the smallest feathers are 5 pixels long.
pub fn frost(job: &mut Job) {
    let (stays, added) = job.of([(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)]);
    let thickness = job.rng.unit();
    let (mean, std) = (106.0 + 94.0 * thickness, 42.0 - 18.0 * thickness);
    let how = Frost { mean, std, feather_px: (5.0 * job.scale).max(1.0), key: job.rng.bits64() };
    let Scratch { rows: levels, padded: coloured, sums: map, floats, mix, .. } = &mut *job.scratch;
    ice(job.frame.shape(), &how, map, floats, levels);
    // Ice is bluish, the more so the thinner it is.
    let tint = [0.88, 1.0, 1.07].map(|channel| 1.0 + (channel - 1.0) * (1.0 - 0.7 * thickness));
    coloured.clear();
    coloured.extend(levels.iter().flat_map(|&level| tint.map(|gain| (f64::from(level) * gain) as u8)));
    mix.clear();
    mix.resize(coloured.len(), 0);
    let weight = |share: f64| (share * 65536.0).round() as i32;
    add_weighted(Isa::best(), job.frame.pixels(), weight(stays), mix);
    add_weighted(Isa::best(), coloured, weight(added), mix);
    settle(Isa::best(), mix, job.frame.pixels_mut());
}

pub fn fog(job: &mut Job) {
    let (coef, decay) = job.of([(1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4)]);
    let drawn = fog::Drawn::new(coef, decay, job.rng.bits64());
    Fog::apply(&drawn, &mut Canvas::new(job.frame, job.scratch));
}

pub fn brightness(job: &mut Job) {
    let value = job.of([0.1, 0.2, 0.3, 0.4, 0.5]) * 255.0;
    let by = HsvShift { hue: 0.0, saturation: 0.0, value };
    job.frame.change(|from, to| shift_hsv(Isa::best(), from, to, by));
}
