//! The corruptions, by the four families of the paper. Constants are the published ones, by severity.

mod blur;
mod digital;
mod noise;
mod weather;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::image::{Frame, Scratch};
use crate::random::{Key, Rng};

/// A corruption of ImageNet-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorruptionKind {
    /// Noise from the normal distribution on each sample.
    GaussianNoise,
    /// Each sample a count of photons.
    ShotNoise,
    /// Samples that become black or white.
    ImpulseNoise,
    /// A disk of every point.
    DefocusBlur,
    /// Pixels moved to neighbours between two blurs.
    GlassBlur,
    /// A line of every point, fading.
    MotionBlur,
    /// The mean of larger and larger copies.
    ZoomBlur,
    /// Flakes and haze.
    Snow,
    /// Ice over the picture.
    Frost,
    /// A cloudy white field.
    Fog,
    /// More value, of hue, saturation and value.
    Brightness,
    /// Levels nearer to their channel's mean.
    Contrast,
    /// An affine map, then a smooth random field of displacements.
    ElasticTransform,
    /// Blocks.
    Pixelate,
    /// The traces of a JPEG of low quality.
    JpegCompression,
}

impl CorruptionKind {
    /// All of them, in the paper's order.
    pub const ALL: [Self; 15] = [
        Self::GaussianNoise,
        Self::ShotNoise,
        Self::ImpulseNoise,
        Self::DefocusBlur,
        Self::GlassBlur,
        Self::MotionBlur,
        Self::ZoomBlur,
        Self::Snow,
        Self::Frost,
        Self::Fog,
        Self::Brightness,
        Self::Contrast,
        Self::ElasticTransform,
        Self::Pixelate,
        Self::JpegCompression,
    ];
}

/// Severities go from 1 to this.
pub const SEVERITIES: usize = 5;

/// The shorter side of the pictures that the published constants are for.
const PUBLISHED_SIDE: f64 = 224.0;

/// Corrupts a picture of any size as ImageNet-C does (Hendrycks and Dietterich, "Benchmarking neural network robustness to
/// common corruptions and perturbations", 2019), with a severity of 1 to [`SEVERITIES`]. What is random follows from `key`.
///
/// The published constants are for 224 x 224 pixels. On other pictures, lengths in pixels are multiplied by the shorter side
/// / 224, so that a picture that is resized to a model's input afterwards is as much corrupted; fractions, levels and
/// qualities stay, and noise is each pixel's own, so that resizing evens it out. Levels are rounded where the published code
/// cuts them off.
pub fn corrupt(frame: &mut Frame, kind: CorruptionKind, severity: usize, key: u64, scratch: &mut Scratch) {
    assert!((1..=SEVERITIES).contains(&severity), "severities are 1 to {SEVERITIES}");
    let shape = frame.shape();
    let scale = shape.width.min(shape.height) as f64 / PUBLISHED_SIDE;
    let mut job = Job { frame, severity: severity - 1, scale, rng: Key::root(key).rng(), scratch };
    match kind {
        CorruptionKind::GaussianNoise => noise::gaussian(&mut job),
        CorruptionKind::ShotNoise => noise::shot(&mut job),
        CorruptionKind::ImpulseNoise => noise::impulse(&mut job),
        CorruptionKind::DefocusBlur => blur::defocus(&mut job),
        CorruptionKind::GlassBlur => blur::glass(&mut job),
        CorruptionKind::MotionBlur => blur::motion(&mut job),
        CorruptionKind::ZoomBlur => blur::zoom(&mut job),
        CorruptionKind::Snow => weather::snow(&mut job),
        CorruptionKind::Frost => weather::frost(&mut job),
        CorruptionKind::Fog => weather::fog(&mut job),
        CorruptionKind::Brightness => weather::brightness(&mut job),
        CorruptionKind::Contrast => digital::contrast(&mut job),
        CorruptionKind::ElasticTransform => digital::elastic(&mut job),
        CorruptionKind::Pixelate => digital::pixelate(&mut job),
        CorruptionKind::JpegCompression => digital::jpeg(&mut job),
    }
}

/// A picture and how it is to be corrupted.
struct Job<'a> {
    frame: &'a mut Frame,
    /// From 0.
    severity: usize,
    /// What lengths in pixels are multiplied by.
    scale: f64,
    rng: Rng,
    scratch: &'a mut Scratch,
}

impl Job<'_> {
    /// The constant of this severity.
    fn of<T: Copy>(&self, constants: [T; SEVERITIES]) -> T {
        constants[self.severity]
    }
}
