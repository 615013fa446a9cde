use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Factors of the three components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    alphas: [f64; 3],
}

/// Components of ImageNet's colours, a column each, and their standard deviations, for levels in 0..=1.
const COMPONENTS: [[f64; 3]; 3] = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]];
const VARIANCES: [f64; 3] = [0.2175, 0.0188, 0.0045];

transform! {
    /// Adds the principal components of natural colours (AlexNet's colour augmentation, Krizhevsky et al. 2012, with the
    /// components of ImageNet that timm, mmpretrain and FFCV carry).
    "fancy_pca" => FancyPca {
        /// Standard deviation of each component's factor.
        alpha_std: f64 = 0.1,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.clip(img + (np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]) @ (np.array([0.3, -0.2, 0.1]) * [0.2175, 0.0188, 0.0045])) * 255, 0, 255)",
        max_diff: 1,
        because: "offsets in 1/16 of a level",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        if (0.0..=2.0).contains(&self.alpha_std) {
            Ok(())
        } else {
            Err(format!("alpha_std must be from 0 to 2, got {}", self.alpha_std))
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { alphas: std::array::from_fn(|_| (rng.normal() * self.alpha_std * 1e6).round() / 1e6) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let add = COMPONENTS.map(|row| (0..3).map(|i| row[i] * VARIANCES[i] * drawn.alphas[i]).sum::<f64>() * 255.0);
        canvas.point(Levels::line([1.0; 3], add));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { alphas: [0.3, -0.2, 0.1] }
    }
}
