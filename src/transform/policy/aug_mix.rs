use serde::{Deserialize, Serialize};

use super::Chain;
use super::parts::{Op, Space};
use crate::image::Shape;
use crate::kernel::{Border, Isa, add_weighted, settle};
use crate::random::{Key, Rng};
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The picture itself and its chains, by their shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// The share of the picture as it was.
    keep: f64,
    chains: Vec<Share>,
}

/// A chain and its share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Share {
    weight: f64,
    steps: Chain,
}

/// In torchvision's order; the last four are not in the paper's list.
const OPS: [Op; 13] = [
    Op::ShearX,
    Op::ShearY,
    Op::TranslateX,
    Op::TranslateY,
    Op::Rotate,
    Op::Posterize,
    Op::Solarize,
    Op::AutoContrast,
    Op::Equalize,
    Op::Brightness,
    Op::Color,
    Op::Contrast,
    Op::Sharpness,
];
const BINS: usize = 10;

transform! {
    /// Mixes the picture with several chains of operations on it (Hendrycks et al., "AugMix: a simple data processing method
    /// to improve robustness and uncertainty", 2020; as torchvision's `AugMix`).
    "aug_mix" => AugMix {
        /// How strong operations may be, 1 to 10.
        severity: usize = 3,
        /// How many chains, 1 or more.
        mixture_width: usize = 3,
        /// Operations in a chain; 0 draws 1 to 3.
        chain_depth: usize = 0,
        /// The lower, the more one of the pictures mixed outweighs the others; above 0.
        alpha: f64 = 1.0,
        /// Whether brightness, color, contrast and sharpness are among the operations; ImageNet-C tests with changes like them.
        all_ops: bool = true,
        /// What lies outside the picture where it is moved.
        border: Border = Border::Black,
    }
    p: 1.0;
    peer: Peer::None {
        why: "torchvision draws other numbers; the magnitudes are compared with its own, and each operation with Pillow",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        if !(1..=BINS).contains(&self.severity) {
            return Err(format!("severity must be from 1 to {BINS}, got {}", self.severity));
        }
        if !(1..=100).contains(&self.mixture_width) || self.chain_depth > 100 {
            return Err("mixture_width must be from 1 to 100 and chain_depth from 0 to 100".into());
        }
        if !(0.01..=100.0).contains(&self.alpha) {
            return Err(format!("alpha must be from 0.01 to 100, got {}", self.alpha));
        }
        Ok(())
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let ops = &OPS[..if self.all_ops { OPS.len() } else { OPS.len() - 4 }];
        let keep = rng.dirichlet(self.alpha, 2)[0];
        let shares = rng.dirichlet(self.alpha, self.mixture_width);
        let chains = shares.into_iter().map(|share| {
            let depth = if self.chain_depth > 0 { self.chain_depth } else { 1 + rng.index(3) };
            let mut steps = Vec::new();
            for _ in 0..depth {
                let (op, bin) = (ops[rng.index(ops.len())], rng.index(self.severity));
                steps.push(Space::AugMix.drawn(op, (bin, BINS), shape, self.border, rng));
            }
            Share { weight: six_digits((1.0 - keep) * share), steps: Chain::of(steps, shape, rng) }
        });
        Drawn { chains: chains.collect(), keep: six_digits(keep) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let isa = Isa::best();
            let (mut sums, mut spare) = (std::mem::take(&mut scratch.mix), scratch.copy_of(frame));
            sums.clear();
            sums.resize(frame.pixels().len(), 0);
            add_weighted(isa, frame.pixels(), weight(drawn.keep), &mut sums);
            for share in &drawn.chains {
                spare.copy_from(frame);
                let mut canvas = Canvas::new(&mut spare, scratch);
                share.steps.apply(&mut canvas);
                canvas.finish();
                add_weighted(isa, spare.pixels(), weight(share.weight), &mut sums);
            }
            settle(isa, &sums, frame.pixels_anew());
            (scratch.mix, scratch.spare) = (sums, Some(spare));
        });
    }
    fn example(shape: Shape) -> Drawn {
        Self { severity: 10, ..Self::default() }.draw(shape, &mut Key::root(4).rng())
    }
}

/// Short in a recipe.
fn six_digits(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

/// In 1/65536.
fn weight(share: f64) -> i32 {
    (share * 65536.0).round() as i32
}
