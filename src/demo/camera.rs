//! From the scene to the screen and back.

use super::scene::{Identity, Pose};
use super::vector::{V3, v3};

/// A pinhole camera over a square screen.
pub struct Camera {
    /// Where it stands.
    pub eye: V3,
    right: V3,
    up: V3,
    ahead: V3,
    zoom: f64,
    half: f64,
}

/// How many half screens a thing of height 1 at distance 1 covers: a lens of about 75 mm.
const ZOOM: f64 = 3.4;

impl Camera {
    /// The camera of one frame, over a screen of `size` x `size` samples.
    pub fn new(identity: &Identity, pose: &Pose, size: usize) -> Self {
        let distance = ZOOM * identity.extent / pose.fill;
        let flat = libm::cos(pose.elevation) * distance;
        let middle = v3(0.0, identity.middle, 0.0);
        let eye = middle
            + v3(libm::sin(pose.orbit) * flat, libm::sin(pose.elevation) * distance, libm::cos(pose.orbit) * flat);
        let ahead = (middle - eye).unit();
        let level = ahead.cross(v3(0.0, 1.0, 0.0)).unit();
        let upright = level.cross(ahead);
        // The aim shifts the picture on the screen, so that the object keeps its size.
        let ahead = (ahead + level * (pose.aim.0 / ZOOM) + upright * (pose.aim.1 / ZOOM)).unit();
        let level = ahead.cross(v3(0.0, 1.0, 0.0)).unit();
        let upright = level.cross(ahead);
        let (sin, cos) = (libm::sin(pose.roll), libm::cos(pose.roll));
        let (right, up) = (level * cos + upright * sin, upright * cos - level * sin);
        Self { eye, right, up, ahead, zoom: ZOOM, half: size as f64 / 2.0 }
    }

    /// Column, row and 1 / depth of a point before the camera.
    pub fn project(&self, place: V3) -> [f64; 3] {
        let seen = place - self.eye;
        let near = 1.0 / seen.dot(self.ahead).max(0.05);
        let (x, y) = (seen.dot(self.right) * near * self.zoom, seen.dot(self.up) * near * self.zoom);
        [self.half * (1.0 + x), self.half * (1.0 - y), near]
    }

    /// The direction of a sample; as long as depth 1.
    pub fn ray(&self, column: f64, row: f64) -> V3 {
        let (x, y) = (column / self.half - 1.0, 1.0 - row / self.half);
        self.ahead + self.right * (x / self.zoom) + self.up * (y / self.zoom)
    }

    /// A direction's part to the right and down the screen.
    pub fn across(&self, direction: V3) -> (f64, f64) {
        (direction.dot(self.right), -direction.dot(self.up))
    }
}
