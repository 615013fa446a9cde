use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Lut;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// `255 * (level / 255) ^ gamma`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    gamma: f64,
}

transform! {
    /// Raises every level, as a fraction of white, to a power: below 1 brightens the shadows, above 1 darkens them.
    "gamma" => Gamma {
        /// The power.
        gamma: Range = Range::new(0.8, 1.25),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.rint(255 * (img / 255.0) ** 1.6).astype(np.uint8)",
        max_diff: 1,
        because: "halves are rounded up here and to even there",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.gamma.within("gamma", 0.01, 100.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { gamma: self.gamma.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let powers = powers(drawn.gamma);
        let white = powers[255];
        canvas.point(Lut::same(|level| (255.0 * powers[usize::from(level)] / white).round() as u8));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { gamma: 1.6 }
    }
}

/// The powers of 0 to 255: of primes by `pow`, of other numbers by those of their factors, which takes a fifth of the time.
fn powers(exponent: f64) -> [f64; 256] {
    let mut powers = [0.0; 256];
    powers[1] = 1.0;
    for number in 2..256 {
        let factor = (2..=15).find(|factor| number % factor == 0 && number > *factor);
        powers[number] = match factor {
            Some(factor) => powers[factor] * powers[number / factor],
            None => libm::pow(number as f64, exponent),
        };
    }
    powers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_pow() {
        for exponent in [0.01, 0.45, 1.0, 1.6, 2.2, 100.0] {
            for (number, power) in powers(exponent).into_iter().enumerate() {
                let wanted = libm::pow(number as f64, exponent);
                assert!((power - wanted).abs() <= 1e-12 * wanted, "{number} ^ {exponent}: {power} for {wanted}");
            }
        }
    }
}
