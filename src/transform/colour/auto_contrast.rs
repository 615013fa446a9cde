use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Histogram, Isa, stretch};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Share left out at each end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    cutoff: f64,
}

transform! {
    /// Stretches each channel so that its darkest level is black and its lightest white.
    "auto_contrast" => AutoContrast {
        /// Share of the pixels that is left out at each end, 0 to below 0.5.
        cutoff_frac: Range = Range::new(0.0, 0.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(ImageOps.autocontrast(Image.fromarray(img), 2))",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.cutoff_frac.within("cutoff_frac", 0.0, 0.49)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { cutoff: self.cutoff_frac.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let lut = canvas.look(|frame| match drawn.cutoff {
            0.0 => stretch(Isa::best(), frame.pixels()),
            cutoff => Histogram::of(frame.pixels()).stretch(cutoff),
        });
        canvas.point(lut);
    }
    fn example(_: Shape) -> Drawn {
        Drawn { cutoff: 0.02 }
    }
}
