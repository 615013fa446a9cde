//! Plain facts about a picture that a shift of light, lens or camera changes.

use rayon::prelude::*;

use super::Side;
use crate::data::{Manifest, read_file};
use crate::image::{Frame, Scratch, Shape, decode};
use crate::kernel::{CropBox, resample};
use crate::run::{Event, Listener, Skipped};

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Statistic {
    /// For headings.
    pub name: &'static str,
    /// What it is, and its unit.
    pub meaning: &'static str,
    /// What a picture with more of it is.
    pub more: &'static str,
    /// What a picture with less of it is.
    pub less: &'static str,
}

/// In the order of [`statistics`].
pub const STATISTICS: [Statistic; 8] = [
    of("Brightness", "mean luma, 0 to 255", "brighter", "darker"),
    of("Contrast", "standard deviation of luma, levels", "of higher contrast", "of lower contrast"),
    of("Saturation", "mean of (max - min) / max over channels, 0 to 1", "more colourful", "less colourful"),
    of("Warmth", "mean red minus mean blue, levels", "warmer", "colder"),
    of("Sharpness", "log10 of 1 + the variance of the Laplacian", "sharper", "softer"),
    of("Noise", "standard deviation by Immerkaer's estimator, levels", "noisier", "less noisy"),
    of("Size", "log2 of the number of pixels", "larger", "smaller"),
    of("Aspect", "log2 of width over height", "wider", "taller"),
];

const fn of(name: &'static str, meaning: &'static str, more: &'static str, less: &'static str) -> Statistic {
    Statistic { name, meaning, more, less }
}

/// The statistics of a picture. All but the last two are measured at 128 x 128 pixels, so that a change of resolution
/// alone is not taken for one of sharpness.
///
/// Noise: Immerkaer, "Fast noise variance estimation" (CVIU 1996).
pub fn statistics(frame: &Frame) -> [f64; 8] {
    const SIDE: usize = 128;
    let Shape { width, height } = frame.shape();
    let mut small = frame.clone();
    resample(&mut small, CropBox::whole(frame.shape()), Shape { width: SIDE, height: SIDE }, &mut Scratch::default());
    let n = (SIDE * SIDE) as f64;
    let (mut luma, mut sums, mut saturation) = (Vec::with_capacity(SIDE * SIDE), [0.0; 3], 0.0);
    for pixel in small.pixels().chunks_exact(3) {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        luma.push(0.299 * r + 0.587 * g + 0.114 * b);
        sums = [sums[0] + r, sums[1] + g, sums[2] + b];
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        saturation += (most - least) / most.max(1.0);
    }
    let mean = luma.iter().sum::<f64>() / n;
    let contrast = (luma.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n).sqrt();
    let at = |x: usize, y: usize| luma[y * SIDE + x];
    let (mut laplacian, mut squares, mut noise, mut inner) = (0.0, 0.0, 0.0, 0.0);
    for y in 1..SIDE - 1 {
        for x in 1..SIDE - 1 {
            let cross = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
            let corners = at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1);
            let edge = cross - 4.0 * at(x, y);
            laplacian += edge;
            squares += edge * edge;
            noise += (4.0 * at(x, y) - 2.0 * cross + corners).abs();
            inner += 1.0;
        }
    }
    let variance = squares / inner - (laplacian / inner).powi(2);
    [
        mean,
        contrast,
        saturation / n,
        (sums[0] - sums[2]) / n,
        (1.0 + variance).log10(),
        noise / inner * (std::f64::consts::PI / 2.0).sqrt() / 6.0,
        ((width * height) as f64).log2(),
        (width as f64 / height as f64).log2(),
    ]
}

/// Pictures that could be measured.
pub struct Measured {
    /// Their rows of the manifest.
    pub rows: Vec<usize>,
    /// Their [`statistics`].
    pub values: Vec<[f64; 8]>,
    /// Their groups.
    pub groups: Vec<usize>,
    /// Those that cannot be read.
    pub skipped: Vec<Skipped>,
}

impl Measured {
    /// For comparing them with others.
    pub fn side(&self) -> Side<'_> {
        Side { values: &self.values, groups: &self.groups }
    }
}

/// Measures pictures of a manifest in parallel. `groups` numbers each row's group.
pub fn measure(manifest: &Manifest, rows: &[usize], groups: &[usize], listener: &dyn Listener) -> Measured {
    let of_row = |&row: &usize| {
        let bytes = read_file(&manifest.locate(&manifest.samples[row])).map_err(|e| e.to_string())?;
        let measured = decode(&bytes).map(|frame| statistics(&frame)).map_err(|e| e.to_string());
        listener.hear(Event::Advanced { by: 1 });
        measured
    };
    let all: Vec<Result<[f64; 8], String>> = rows.par_iter().map(of_row).collect();
    let mut found = Measured { rows: Vec::new(), values: Vec::new(), groups: Vec::new(), skipped: Vec::new() };
    for ((measured, &row), &group) in all.into_iter().zip(rows).zip(groups) {
        match measured {
            Ok(values) => {
                found.rows.push(row);
                found.values.push(values);
                found.groups.push(group);
            }
            Err(why) => found.skipped.push(Skipped { path: manifest.samples[row].path.clone(), why }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Isa, add_gauss_noise, gaussian_blur};

    #[test]
    fn each_change_moves_its_own_statistic() {
        let shape = Shape { width: 128, height: 128 };
        let mut plain = Frame::filled(shape, [120, 110, 90]);
        (0..128).for_each(|i| (0..64).for_each(|j| plain.put(i, j, [60, 50, 70])));
        let before = statistics(&plain);
        let mut noisy = plain.clone();
        add_gauss_noise(Isa::Scalar, noisy.pixels_mut(), 10 * 256, 1);
        let added = statistics(&noisy)[5] - before[5];
        // Luma weighs three independent channels: 10 * sqrt(0.299² + 0.587² + 0.114²) = 6.7.
        assert!((5.5..7.5).contains(&added), "{added}");
        let mut soft = noisy.clone();
        gaussian_blur(Isa::Scalar, &mut soft, 1.5, &mut Scratch::default());
        assert!(statistics(&soft)[4] < statistics(&noisy)[4] - 1.0);
        let mut dark = plain.clone();
        dark.pixels_mut().iter_mut().for_each(|p| *p /= 2);
        assert!((before[0] / statistics(&dark)[0] - 2.0).abs() < 0.05);
        assert_eq!(before[6..], [14.0, 0.0]);
    }
}
