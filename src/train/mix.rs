//! Batches in which pictures are mixed with one another: mixup and `CutMix`.

use tch::{TchError, Tensor};

use super::{Config, Error};
use crate::random::Key;

/// How one batch is mixed with itself in reverse order, as timm's `Mixup` does in its mode `batch`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mix {
    /// Every pixel is `share` of one picture and the rest of the other (Zhang et al. 2018).
    Up { share: f64 },
    /// A box of one picture lies in the other (Yun et al. 2019): left, top, width and height as shares of the side.
    Cut { at: [f64; 4] },
}

/// Mixes a batch of pictures `[n, 3, side, side]` and its targets `[n, classes]` as configured.
pub(super) fn mixed(config: &Config, pictures: Tensor, targets: Tensor, key: &Key) -> Result<[Tensor; 2], Error> {
    match draw(config, key) {
        None => Ok([pictures, targets]),
        Some(mix) => Ok(mix.apply(&pictures, &targets)?),
    }
}

fn draw(config: &Config, key: &Key) -> Option<Mix> {
    let mut rng = key.rng();
    let share = |alpha: f64, rng: &mut crate::random::Rng| rng.dirichlet(alpha, 2)[0];
    let cut = match (config.mixup, config.cutmix) {
        (0.0, 0.0) => return None,
        (_, 0.0) => false,
        (0.0, _) => true,
        _ => rng.chance(0.5),
    };
    if !cut {
        return Some(Mix::Up { share: share(config.mixup, &mut rng) });
    }
    let side = (1.0 - share(config.cutmix, &mut rng)).sqrt();
    let mut middle = || rng.unit();
    let (x, y) = (middle(), middle());
    // A box over the edge is cut off there.
    let (left, top) = ((x - side / 2.0).max(0.0), (y - side / 2.0).max(0.0));
    Some(Mix::Cut { at: [left, top, (x + side / 2.0).min(1.0) - left, (y + side / 2.0).min(1.0) - top] })
}

impl Mix {
    fn apply(self, pictures: &Tensor, targets: &Tensor) -> Result<[Tensor; 2], TchError> {
        let others = targets.f_flip([0])?;
        let blend = |share: f64, a: &Tensor, b: &Tensor| b.f_lerp(a, share);
        match self {
            Self::Up { share } => {
                Ok([blend(share, pictures, &pictures.f_flip([0])?)?, blend(share, targets, &others)?])
            }
            Self::Cut { at } => {
                let side = pictures.size()[3];
                let [left, top, width, height] = at.map(|share| (share * side as f64).round() as i64);
                let (width, height) = (width.min(side - left), height.min(side - top));
                let part = |tensor: &Tensor| tensor.f_narrow(2, top, height)?.f_narrow(3, left, width);
                let cut = pictures.f_detach_copy()?;
                part(&cut)?.f_copy_(&part(&pictures.f_flip([0])?)?)?;
                // The share by the pixels that are there.
                let share = 1.0 - (width * height) as f64 / (side * side) as f64;
                Ok([cut, blend(share, targets, &others)?])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pictures, all 0 and all 1, of two classes: a pixel's value is the share of the second picture in it.
    fn of(config: &Config, n: u64) -> [Vec<f32>; 2] {
        let pictures = Tensor::stack(&[Tensor::zeros([3, 20, 20], FLOAT), Tensor::ones([3, 20, 20], FLOAT)], 0);
        let targets = Tensor::eye(2, FLOAT);
        let mixed = mixed(config, pictures, targets, &Key::root(n)).unwrap();
        mixed.map(|tensor| tensor.reshape([-1]).try_into().unwrap())
    }

    const FLOAT: (tch::Kind, tch::Device) = (tch::Kind::Float, tch::Device::Cpu);

    #[test]
    fn targets_hold_the_shares_of_the_pixels() {
        for (mixup, cutmix) in [(0.0, 0.0), (0.4, 0.0), (0.0, 1.0), (0.4, 1.0)] {
            let config = Config { mixup, cutmix, ..Config::default() };
            let mut moved = 0;
            for n in 0..20 {
                let [pixels, targets] = of(&config, n);
                let of_second = |half: &[f32]| half.iter().sum::<f32>() / half.len() as f32;
                let (first, second) = pixels.split_at(3 * 400);
                assert!((of_second(first) - targets[1]).abs() < 1e-4, "{mixup} {cutmix}: {targets:?}");
                assert!((of_second(second) - targets[3]).abs() < 1e-4, "{mixup} {cutmix}: {targets:?}");
                assert!((targets[0] + targets[1] - 1.0).abs() < 1e-6);
                let plain = pixels.iter().all(|v| *v == 0.0 || *v == 1.0);
                assert!(plain || mixup > 0.0, "only mixup blends");
                moved += usize::from(targets[1] > 0.0);
            }
            assert_eq!(moved > 0, mixup + cutmix > 0.0);
        }
    }
}
