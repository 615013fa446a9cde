//! Tables and walls. Training scenes are a bright kitchen by day; eval scenes are a dim room in the evening.

use crate::random::Rng;

use super::noise::{cloud, lattice, nearest, value};
use super::vector::{V3, ramp, srgb};

/// A flat surface with a texture.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    kind: Kind,
    first: V3,
    second: V3,
    scale: f64,
    turn: (f64, f64),
    shift: (f64, f64),
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Planks,
    Marble,
    Gingham,
    Linen,
    Tiles,
    Paper,
    Stripes,
    Boards,
    Slate,
    Terrazzo,
    Concrete,
    Brick,
    Lights,
    Curtain,
}

/// By day, or in the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Training.
    Day,
    /// Eval.
    Evening,
}

type Choice = (Kind, &'static [(u32, u32)]);

const DAY_TABLES: [Choice; 6] = [
    (Kind::Planks, &[(0xd8b58a, 0xb98a58), (0xc79a6b, 0x9c6f42), (0xe3d2b8, 0xc4ab87), (0xf0ece4, 0xd5cfc4)]),
    (Kind::Marble, &[(0xf2f0ec, 0xa9a6a2), (0xe6ddd2, 0xb08e72), (0xdfe6e4, 0x7f918d)]),
    (Kind::Gingham, &[(0xf5f1e8, 0xdb9a90), (0xf5f1e8, 0x9ab2cc), (0xf5f1e8, 0xaac3a0), (0xf5f1e8, 0xe6cb96)]),
    (Kind::Linen, &[(0xe4d9c4, 0xcbbca0), (0xc9d3d6, 0xaab8bd), (0xe6c9bd, 0xd3ac9c), (0xbcc7a8, 0x9eac86)]),
    (Kind::Tiles, &[(0xeef0ee, 0xc3c6c3), (0xb9d6d2, 0xe9efe9), (0xe8d8bc, 0xf5efe2)]),
    (Kind::Paper, &[(0xf0c9c0, 0xf0c9c0), (0xbfd8d2, 0xbfd8d2), (0xf2dfa8, 0xf2dfa8), (0xc8cfe6, 0xc8cfe6)]),
];
const DAY_WALLS: [Choice; 5] = [
    (
        Kind::Paper,
        &[(0xe9e4da, 0xe9e4da), (0xa9c3cf, 0xa9c3cf), (0xc9d2b4, 0xc9d2b4), (0xe8b9a2, 0xe8b9a2), (0xf0d58c, 0xf0d58c)],
    ),
    (Kind::Tiles, &[(0xf2f2ee, 0xcfd2ce), (0xadcaca, 0xe6ece8), (0xdfe7ee, 0xbccad8)]),
    (Kind::Stripes, &[(0xf1ebdd, 0xe3d8c0), (0xf0efe9, 0xd0dce3), (0xf3e6e0, 0xe9cdc5)]),
    (Kind::Boards, &[(0xf3f1ea, 0xd8d4c8), (0xc6d6d2, 0xa3b8b3), (0xd9cdb6, 0xb9aa8e)]),
    (Kind::Linen, &[(0xece6da, 0xd9d0be), (0xcfd8dc, 0xb4c1c8)]),
];
const EVENING_TABLES: [Choice; 4] = [
    (Kind::Planks, &[(0xb98d68, 0x93694a), (0xa67d60, 0x7d583f)]),
    (Kind::Slate, &[(0xb4babd, 0x8b9195), (0xbab2a6, 0x91887c)]),
    (Kind::Terrazzo, &[(0xe0d8cc, 0xa98d80), (0xc4bfbb, 0xe4dac8)]),
    (Kind::Concrete, &[(0xcac5be, 0xa6a19a), (0xc0b9b0, 0x9b938a)]),
];
const EVENING_WALLS: [Choice; 4] = [
    (Kind::Brick, &[(0xc98a74, 0xdccfc4), (0xd8ccc2, 0xaba298), (0xbd8a78, 0xcdc3b8)]),
    (Kind::Lights, &[(0x8b9098, 0xffd894), (0x9a8686, 0xffcf8a), (0x83929c, 0xffe4b4)]),
    (Kind::Concrete, &[(0xc4bfb9, 0x9f9a94), (0xb2b6b7, 0x8e9294)]),
    (Kind::Curtain, &[(0xc99a90, 0xa87a72), (0x9ab4a6, 0x788f82), (0xa6abc6, 0x8287a2)]),
];

/// The table's and the wall's texture of one scene.
pub fn draw(setting: Setting, rng: &mut Rng) -> (Surface, Surface) {
    let (tables, walls): (&[Choice], &[Choice]) = match setting {
        Setting::Day => (&DAY_TABLES, &DAY_WALLS),
        Setting::Evening => (&EVENING_TABLES, &EVENING_WALLS),
    };
    (Surface::draw(tables, rng), Surface::draw(walls, rng))
}

impl Surface {
    fn draw(choices: &[Choice], rng: &mut Rng) -> Self {
        let (kind, colours) = choices[rng.index(choices.len())];
        let (first, second) = colours[rng.index(colours.len())];
        let tint = V3 { x: rng.between(0.88, 1.08), y: rng.between(0.92, 1.04), z: rng.between(0.88, 1.08) };
        // Walls hang straight; of tables, only those that may lie askew do.
        let askew = matches!(kind, Kind::Planks | Kind::Gingham | Kind::Linen | Kind::Tiles);
        let turn = if askew { rng.between(-0.5, 0.5) } else { 0.0 };
        Self {
            kind,
            first: srgb(first).times(tint),
            second: srgb(second).times(tint),
            scale: rng.between(0.8, 1.3),
            turn: (libm::sin(turn), libm::cos(turn)),
            shift: (rng.between(-40.0, 40.0), rng.between(-40.0, 40.0)),
            seed: rng.bits64(),
        }
    }

    /// Hung upright, for walls.
    pub fn upright(mut self) -> Self {
        self.turn = (0.0, 1.0);
        self
    }

    /// How much it mirrors: 0 not at all.
    pub fn polish(&self) -> f64 {
        match self.kind {
            Kind::Marble | Kind::Terrazzo => 0.5,
            Kind::Tiles => 0.4,
            Kind::Slate | Kind::Planks => 0.22,
            _ => 0.0,
        }
    }

    /// The colour at a place of the plane.
    pub fn colour(&self, x: f64, y: f64) -> V3 {
        let (sin, cos) = self.turn;
        let (x, y) = ((x * cos - y * sin) * self.scale + self.shift.0, (x * sin + y * cos) * self.scale + self.shift.1);
        let mix = |share: f64| self.first.mix(self.second, share);
        let seed = self.seed;
        match self.kind {
            Kind::Planks => {
                let board = (y * 1.6).floor();
                let along = x + 7.0 * lattice(board as i64, 0, seed);
                let grain = cloud(along * 1.2, y * 16.0 + 3.0 * value(along * 0.8, y * 2.0, seed), 3, seed);
                let edge = ramp(0.47, 0.5, (y * 1.6 - board - 0.5).abs());
                mix(0.15 + 0.9 * (grain - 0.2) + 0.35 * (lattice(board as i64, 1, seed) - 0.5)) * (1.0 - 0.55 * edge)
            }
            Kind::Marble => {
                let bend = cloud(x * 1.1, y * 1.1, 4, seed) * 3.2;
                let vein = (libm::sin((x + 0.6 * y) * 1.7 + bend * 3.0)).abs();
                let fine = (libm::sin((x * 0.7 - y) * 2.9 + bend * 4.0)).abs();
                mix(0.75 * ramp(0.16, 0.0, vein) + 0.3 * ramp(0.1, 0.0, fine) + 0.25 * (cloud(x, y, 3, !seed) - 0.4))
            }
            Kind::Gingham => {
                let band = |t: f64| f64::from(u8::from((t * 2.1).rem_euclid(1.0) < 0.5));
                let weave = 0.95 + 0.1 * value(x * 60.0, y * 60.0, seed);
                mix(0.46 * (band(x) + band(y))) * weave
            }
            Kind::Linen => {
                let thread = 0.5 * value(x * 55.0, y * 4.0, seed) + 0.5 * value(x * 4.0, y * 55.0, !seed);
                mix(thread) * (0.94 + 0.12 * cloud(x * 0.8, y * 0.8, 2, seed))
            }
            Kind::Tiles => {
                let (i, j) = ((x * 1.5).floor(), (y * 1.5).floor());
                let (dx, dy) = ((x * 1.5 - i - 0.5).abs(), (y * 1.5 - j - 0.5).abs());
                let joint = ramp(0.455, 0.475, dx.max(dy));
                let own = 0.92 + 0.12 * lattice(i as i64, j as i64, seed);
                (self.first * own).mix(self.second, joint)
            }
            Kind::Paper => self.first * (0.97 + 0.06 * cloud(x * 0.7, y * 0.7, 2, seed)),
            Kind::Stripes => mix(ramp(0.24, 0.27, ((x * 1.4).rem_euclid(1.0) - 0.5).abs())),
            Kind::Boards => {
                let groove = ramp(0.44, 0.5, ((x * 1.8).rem_euclid(1.0) - 0.5).abs());
                mix(0.12 * cloud(x * 2.0, y * 0.5, 2, seed) + 0.9 * groove)
            }
            Kind::Slate => mix(1.6 * (cloud(x * 2.2, y * 2.2, 5, seed) - 0.2) - 0.1),
            Kind::Terrazzo => {
                let (far, own) = nearest(x * 5.0, y * 5.0, seed);
                let chip = ramp(0.4, 0.3, far * (1.0 + own));
                let colour = if own < 0.5 { self.second } else { self.first.mix(V3::splat(0.75), own - 0.3) };
                self.first.mix(colour, chip)
            }
            Kind::Concrete => {
                let pore = ramp(0.16, 0.06, nearest(x * 3.0, y * 3.0, seed).0);
                mix(1.5 * (cloud(x * 1.3, y * 1.3, 5, seed) - 0.25)) * (1.0 - 0.3 * pore)
            }
            Kind::Brick => {
                let row = (y * 3.4).floor();
                let along = x * 1.5 + 0.5 * row;
                let (dx, dy) = ((along - along.floor() - 0.5).abs(), (y * 3.4 - row - 0.5).abs());
                let joint = ramp(0.455, 0.475, dx).max(ramp(0.41, 0.45, dy));
                let own = 0.7 + 0.6 * lattice(along.floor() as i64, row as i64, seed);
                let rough = 0.8 + 0.4 * cloud(x * 9.0, y * 9.0, 2, seed);
                (self.first * (own * rough)).mix(self.second * 0.8, joint)
            }
            Kind::Lights => self.first * (0.8 + 0.4 * cloud(x * 0.6, y * 0.6, 2, seed)),
            Kind::Curtain => {
                let fold = 0.5 + 0.5 * libm::sin(x * 5.5 + 2.4 * value(x * 0.9, y * 0.15, seed));
                mix(fold) * (0.9 + 0.2 * value(x * 30.0, y * 30.0, seed))
            }
        }
        .map(|c| c.clamp(0.0, 1.0))
    }

    /// Light that comes from the surface itself: fairy lights, far out of focus.
    pub fn glow(&self, x: f64, y: f64) -> V3 {
        if self.kind != Kind::Lights {
            return V3::default();
        }
        let (far, own) = nearest(x * 1.3 + self.shift.0, y * 1.3 + self.shift.1, self.seed);
        let size = 0.16 + 0.16 * own;
        let disc = ramp(size, size - 0.04, far) * (0.7 + 0.3 * ramp(size * 0.5, size, far));
        if own < 0.7 { self.second * (disc * (0.5 + own)) } else { V3::default() }
    }
}
