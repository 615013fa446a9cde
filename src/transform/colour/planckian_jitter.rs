use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Kelvin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    temperature_k: f64,
}

/// What each channel is multiplied by, green by 1: the black body's chromaticity (Kim et al. 2002, "Design of advanced color
/// temperature control system for HDTV applications", cubic fits of the CIE 1931 Planckian locus), in linear sRGB (IEC
/// 61966-2-1), against the same at 6500 K, with the power 1/2.2 since levels are not linear.
fn gains(temperature_k: f64) -> [f64; 3] {
    let (here, white) = (linear_rgb(temperature_k), linear_rgb(6500.0));
    let relative: [f64; 3] = std::array::from_fn(|c| here[c].max(0.0) / white[c]);
    relative.map(|channel| libm::pow(channel / relative[1], 1.0 / 2.2).min(3.9))
}

fn linear_rgb(temperature_k: f64) -> [f64; 3] {
    let t = 1000.0 / temperature_k;
    let x = if temperature_k <= 4000.0 {
        ((-0.2661239 * t - 0.2343589) * t + 0.8776956) * t + 0.179910
    } else {
        ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.240390
    };
    let y = if temperature_k <= 2222.0 {
        ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    } else if temperature_k <= 4000.0 {
        ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    } else {
        ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    };
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    [
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6500 K leaves all alone; warmth has more red than blue; the fits meet where they change.
    #[test]
    fn temperatures_do_what_light_does() {
        assert_eq!(gains(6500.0), [1.0; 3]);
        let (warm, cold) = (gains(3000.0), gains(12000.0));
        assert!(warm[0] > 1.2 && warm[2] < 0.7, "{warm:?}");
        assert!(cold[0] < 0.95 && cold[2] > 1.1, "{cold:?}");
        for joint in [2222.0, 4000.0] {
            let (below, above) = (gains(joint - 0.5), gains(joint + 0.5));
            assert!(below.iter().zip(above).all(|(a, b)| (a - b).abs() < 0.01), "{below:?} {above:?}");
        }
    }
}

transform! {
    /// Lights the picture as a black body of another temperature would (Zini et al., "Planckian Jitter", ICLR 2023).
    /// Low is orange, high is blue; 6500 is no change.
    "planckian_jitter" => PlanckianJitter {
        /// Kelvin, 2000 to 25000.
        temperature_k: Range = Range::new(3000.0, 15000.0),
    }
    p: 1.0;
    peer: Peer::None { why: "the libraries look gains up in tables of their own, 500 K apart; a test compares with published chromaticities" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.temperature_k.within("temperature_k", 2000.0, 25000.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { temperature_k: self.temperature_k.draw(rng).round() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Levels::line(gains(drawn.temperature_k), [0.0; 3]));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { temperature_k: 4000.0 }
    }
}
