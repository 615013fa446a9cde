//! How much light arrives: shadows, the room's light, what mirrors show.

use super::mesh::Part;
use super::noise;
use super::raster;
use super::scene::Light;
use super::vector::{V3, ramp, v3};

/// What the lamp sees: the nearest depth in every direction, kept apart for solid things and for clear ones.
pub struct Shadows {
    light: Light,
    side: V3,
    up: V3,
    solid: Vec<f64>,
    clear: Vec<f64>,
}

const MAP: usize = 192;
const REACH: f64 = 2.0;
const TAPS: usize = 7;

impl Shadows {
    /// The shadows of parts, each with whether light passes through it.
    pub fn cast<'a>(light: Light, parts: impl Iterator<Item = (&'a Part, bool)>) -> Self {
        let side = light.toward.cross(v3(0.0, 1.0, 0.0)).unit();
        let up = side.cross(light.toward);
        let nothing = vec![f64::NEG_INFINITY; MAP * MAP];
        let mut shadows = Self { light, side, up, solid: nothing.clone(), clear: nothing };
        for (part, is_clear) in parts {
            let seen: Vec<_> = part.vertices.iter().map(|vertex| shadows.project(vertex.place)).collect();
            let map = if is_clear { &mut shadows.clear } else { &mut shadows.solid };
            for &[a, b, c] in &part.faces {
                raster::triangle([seen[a], seen[b], seen[c]], MAP, |at, _, depth| map[at] = map[at].max(depth));
            }
        }
        shadows
    }

    fn project(&self, place: V3) -> [f64; 3] {
        let place = place - v3(0.0, 0.5, 0.0);
        let scale = MAP as f64 / 2.0;
        [
            scale * (1.0 + place.dot(self.side) / REACH),
            scale * (1.0 + place.dot(self.up) / REACH),
            place.dot(self.light.toward),
        ]
    }

    /// The share of the lamp that a place sees. `grain` turns the pattern of taps, so that neighbours share no error.
    pub fn lit(&self, place: V3, grain: f64) -> f64 {
        let [x, y, depth] = self.project(place);
        let reach = self.light.soft * MAP as f64 / (2.0 * REACH);
        let mut seen = 0.0;
        let mut turn = (libm::sin(grain * std::f64::consts::TAU), libm::cos(grain * std::f64::consts::TAU));
        for tap in 0..TAPS {
            // Vogel's spiral: the golden angle from tap to tap, even over the disc.
            let far = reach * ((tap as f64 + 0.5) / TAPS as f64).sqrt();
            turn = (turn.0 * -0.737_368_878 + turn.1 * 0.675_490_294, turn.1 * -0.737_368_878 - turn.0 * 0.675_490_294);
            let (column, row) = (x + far * turn.1, y + far * turn.0);
            let inside = column >= 0.0 && row >= 0.0 && column < MAP as f64 && row < MAP as f64;
            let at = if inside { row as usize * MAP + column as usize } else { usize::MAX };
            let before = |map: &[f64]| map.get(at).is_some_and(|&nearest| nearest > depth + 0.045);
            seen += if before(&self.solid) {
                0.0
            } else if before(&self.clear) {
                0.72
            } else {
                1.0
            };
        }
        seen / TAPS as f64
    }
}

impl Light {
    /// What a surface of white chalk that looks along `normal` would send back.
    pub fn diffuse(&self, normal: V3, lit: f64, open: f64) -> V3 {
        let facing = normal.dot(self.toward);
        let key = self.colour * (facing.max(0.0) * lit);
        let room = self.below.mix(self.above, 0.5 + 0.5 * normal.y);
        key + room * open
    }

    /// What a mirror shows in a direction: the room, the window, and a dim strip of light on the other side.
    pub fn mirrored(&self, along: V3, rough: f64) -> V3 {
        let room = self.below.mix(self.above, ramp(-0.3, 0.5, along.y)) * (0.55 + 0.45 * ramp(-0.2, 0.9, along.y));
        let side = self.toward.cross(v3(0.0, 1.0, 0.0)).unit();
        let up = side.cross(self.toward);
        let facing = along.dot(self.toward);
        let edge = 0.03 + 0.5 * rough;
        let strip = ramp(0.1 + edge, 0.02, (along.dot(side) / 0.8 - along.dot(self.toward) * 0.2 + 0.75).abs())
            * ramp(-0.1, 0.1, along.y)
            * ramp(0.95, 0.6, along.y);
        let mut seen = room + self.above * (0.9 * strip * (1.0 - rough));
        if facing > 0.05 {
            let (x, y) = (along.dot(side) / facing, along.dot(up) / facing);
            let half = self.window;
            let mut pane =
                ramp(half + edge, half - edge, x.abs()) * ramp(half * 1.4 + edge, half * 1.4 - edge, y.abs());
            if self.bars {
                pane *=
                    ramp(0.0, 0.05 + rough, x.abs()).max(rough) * ramp(0.0, 0.05 + rough, (y - 0.1).abs()).max(rough);
            }
            seen = seen + self.colour * (pane * 2.6 * (1.0 - 0.75 * rough));
        }
        seen
    }
}

/// How dark it is on the table close to the things that stand there.
pub fn under(feet: &[(f64, f64, f64)], x: f64, z: f64) -> f64 {
    feet.iter()
        .map(|&(foot_x, foot_z, radius)| {
            let far = ((x - foot_x) * (x - foot_x) + (z - foot_z) * (z - foot_z)).sqrt() - radius;
            let near = 1.0 / (1.0 + (far.max(0.0) / 0.11) * (far.max(0.0) / 0.11));
            1.0 - 0.6 * near
        })
        .product()
}

/// A number in [0, 1) for a sample.
pub fn grain(at: usize) -> f64 {
    noise::lattice(at as i64, 7, 0x5eed)
}
