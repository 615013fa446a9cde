//! Pictures under the fifteen corruptions of ImageNet-C (Hendrycks and Dietterich, "Benchmarking neural network robustness
//! to common corruptions and perturbations", 2019).

use super::folds::{Error, World};
use super::{pictures, probabilities, weighted};
use crate::pipeline::Steps;
use crate::random::Key;
use crate::train::Frozen;
use crate::transform::{CorruptionKind, SEVERITIES};

/// The paper's four families: corruptions of one are too much alike to judge one another.
pub(super) const FAMILIES: [&str; 4] = ["noise", "blur", "weather", "digital"];

/// The family of a corruption.
pub(super) fn family(kind: CorruptionKind) -> &'static str {
    use CorruptionKind as C;
    match kind {
        C::GaussianNoise | C::ShotNoise | C::ImpulseNoise => FAMILIES[0],
        C::DefocusBlur | C::GlassBlur | C::MotionBlur | C::ZoomBlur => FAMILIES[1],
        C::Snow | C::Frost | C::Fog | C::Brightness => FAMILIES[2],
        C::Contrast | C::ElasticTransform | C::Pixelate | C::JpegCompression => FAMILIES[3],
    }
}

/// Every corruption at every severity: by corruption, then by severity.
pub(super) fn ways() -> impl ExactSizeIterator<Item = (CorruptionKind, usize)> + Clone {
    (0..CorruptionKind::ALL.len() * SEVERITIES).map(|at| (CorruptionKind::ALL[at / SEVERITIES], at % SEVERITIES + 1))
}

impl World<'_> {
    fn corruption_key(&self) -> Key {
        Key::root(self.job.config.seed).child("self-test")
    }

    /// Places of some of a fold's `all` originals.
    pub(super) fn some(&self, fold: usize, all: usize, most: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..all).collect();
        self.corruption_key().nth(fold as u64).rng().shuffle(&mut places);
        places.truncate(most);
        places
    }

    /// What a vote of nets says of these rows in each of the [`ways`]; `heard` is called after each.
    pub(super) fn corrupted(
        &self,
        nets: &[Frozen],
        weights: &[f64],
        rows: &[usize],
        heard: &dyn Fn(),
    ) -> Result<Vec<Vec<Vec<f32>>>, Error> {
        let (pictures, key) = (pictures(rows, self.job.manifest), self.corruption_key());
        let in_way = |(kind, severity): (CorruptionKind, usize)| {
            let step = serde_json::json!([{"corruption": {"kind": kind, "severity": [severity, severity]}}]);
            let steps: Steps = serde_json::from_value(step).expect("corruption is in the catalogue");
            let members = nets.iter().map(|net| probabilities(net, &self.loader, &pictures, &steps, &key));
            let members = members.collect::<Result<Vec<_>, _>>()?;
            heard();
            Ok(weighted(&members.iter().map(Vec::as_slice).collect::<Vec<_>>(), weights))
        };
        ways().map(in_way).collect()
    }
}
