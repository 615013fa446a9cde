use serde::{Deserialize, Serialize};

use super::{CorruptionKind, SEVERITIES, corrupt};
use crate::image::Shape;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// What happens; where it is random, it is a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    kind: CorruptionKind,
    severity: usize,
    key: u64,
}

transform! {
    /// One of the fifteen corruptions of ImageNet-C at one of its five severities (Hendrycks and Dietterich, "Benchmarking
    /// neural network robustness to common corruptions and perturbations", 2019), to see what a model is worth on worse
    /// pictures. The published constants are for pictures of 224 x 224 pixels: radii, reaches and other lengths in pixels grow
    /// with the shorter side, all other constants stay. `motion_blur` and `snow` move as the package imagecorruptions does it.
    /// `frost` lays drawn ice feathers over the picture where the original has six photos of ice. Do not train on these if you
    /// mean to test with them.
    "corruption" => Corruption {
        /// Which: `gaussian_noise`, `shot_noise`, `impulse_noise`, `defocus_blur`, `glass_blur`, `motion_blur`, `zoom_blur`, `snow`,
        /// `frost`, `fog`, `brightness`, `contrast`, `elastic_transform`, `pixelate` or `jpeg_compression`; without it, any of them
        /// by even chances.
        kind: Option<CorruptionKind> = None,
        /// How bad, 1 to 5; a whole number is drawn.
        severity: Range = Range::new(1.0, 5.0),
    }
    p: 1.0;
    peer: Peer::None {
        why: "the packages imagecorruptions and imagenet-c compute the fifteen with random numbers of their own; at all five \
            severities ours are compared with their stored answers, sample by sample where nothing is random, else by mean, \
            spread and grain of the change",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.severity.within("severity", 1.0, SEVERITIES as f64)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let any = CorruptionKind::ALL[rng.index(CorruptionKind::ALL.len())];
        let severity = self.severity.draw_whole(rng) as usize;
        Drawn { kind: self.kind.unwrap_or(any), severity, key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let &Drawn { kind, severity, key } = drawn;
        canvas.pixels(|frame, scratch| corrupt(frame, kind, severity, key, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { kind: CorruptionKind::Snow, severity: 2, key: 7 }
    }
}
