use super::rotate::Drawn;
use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How much a picture must be scaled for all of it to fit into its own frame once rotated; at most 1.
fn fitting_scale(rotate_deg: f64, Shape { width, height }: Shape) -> f64 {
    let (sin, cos) = libm::sincos(rotate_deg.to_radians());
    let (width, height) = (width as f64, height as f64);
    let (needed_width, needed_height) =
        (width * cos.abs() + height * sin.abs(), width * sin.abs() + height * cos.abs());
    (width / needed_width).min(height / needed_height).min(1.0)
}

transform! {
    /// Rotates the picture about its centre and shrinks it just so far that nothing is cut off, with one bilinear
    /// interpolation; its size stays. (Albumentations' stretches the result to the old aspect ratio; this keeps shapes.)
    "safe_rotate" => SafeRotate {
        /// Degrees, anticlockwise.
        rotate_deg: Range = Range::new(-30.0, 30.0),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "warp(img, cv2.getRotationMatrix2D(((w-1)/2, (h-1)/2), -25, min(w, h) / \
            (max(w, h) * np.sin(np.deg2rad(25)) + min(w, h) * np.cos(np.deg2rad(25)))), (w, h), 'black')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.rotate_deg.within("rotate_deg", -360.0, 360.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { rotate_deg: self.rotate_deg.draw(rng), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        let scale = fitting_scale(drawn.rotate_deg, shape);
        let map = Matrix::rotation(drawn.rotate_deg).then(&Matrix::scaling(scale));
        canvas.warp(map.centred(shape, shape), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { rotate_deg: -25.0, border: Border::Black }
    }
}
