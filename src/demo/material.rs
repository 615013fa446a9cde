//! What objects are made of: glazes and their patterns, metal, clear glass.

use crate::random::Rng;

use super::noise;
use super::vector::{V3, ramp, srgb};

/// How a surface looks where light falls on it.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    /// How the two colours share it.
    pub pattern: Pattern,
    /// The ground colour; of glass, what passes through one wall.
    pub first: V3,
    /// The pattern's colour.
    pub second: V3,
    /// 0 is chalk, 1 is wet glaze.
    pub gloss: f64,
    /// What is under the surface.
    pub body: Body,
    /// The pattern's own noise.
    pub seed: u64,
}

/// What is under the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Clay, wood, plastic, paper.
    Solid,
    /// It mirrors in its own colour.
    Metal,
    /// Glass.
    Clear,
}

/// How the two colours share the surface.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// The first colour alone.
    Plain,
    /// The foot dipped into the second colour, up to a wavy line.
    Dip {
        /// The line's height.
        level: f64,
    },
    /// Rings, one above the other.
    Rings {
        /// The lowest one's height.
        at: f64,
        /// From one to the next.
        gap: f64,
        /// How many.
        count: f64,
    },
    /// Upright stripes.
    Stripes {
        /// How many around.
        count: f64,
    },
    /// Dots in staggered rows.
    Dots {
        /// How many around.
        count: f64,
    },
    /// Scattered flecks.
    Speckle {
        /// How many from foot to top.
        scale: f64,
    },
    /// From one colour into the other.
    Fade,
    /// One zigzag line around.
    Zigzag {
        /// Its height.
        at: f64,
        /// How many teeth.
        count: f64,
    },
    /// A paper label with a title and lines of print.
    Label {
        /// Its lower edge.
        from: f64,
        /// Its upper edge.
        to: f64,
        /// Where around the object.
        middle: f64,
    },
}

/// Glazes, paints and plastics that any object may have, whatever its class: colour alone must not tell the class.
const GLAZES: [u32; 22] = [
    0xf4f1ea, 0xe8dcc4, 0xd9cbb0, 0xf2b8a0, 0xc8694a, 0xa63d2f, 0x7a2e3a, 0xe0a83a, 0xd98b2b, 0x8a9a6b, 0x4f6b4a,
    0x2f5d50, 0x9cc5c0, 0x4f9aa3, 0x8fb3d9, 0x3d6ea5, 0x23395d, 0xb9a3c9, 0xe3a6b4, 0x6b5a52, 0x3a3a3e, 0xa9aaa6,
];
const GLASSES: [u32; 7] = [0xeaf4f1, 0xd6ecdf, 0xb9dcc9, 0xcfe3f2, 0xe8c99a, 0xc9b6e0, 0xf0c4c4];
const METALS: [u32; 4] = [0xc9ccd0, 0xd8a878, 0xd9bf7a, 0x8f9499];
const DRINKS: [u32; 7] = [0x2a150c, 0x6b3a1e, 0x8a4a1a, 0xe9e2d2, 0xd98a2a, 0xa8324a, 0x7d9a4a];
const WOODS: [u32; 4] = [0xc79a6b, 0xa87445, 0xd9b98c, 0x7d5434];

fn pick(colours: &[u32], rng: &mut Rng) -> V3 {
    srgb(colours[rng.index(colours.len())]).map(|c| c.max(0.004)).mix(V3::splat(0.4), rng.between(0.0, 0.12))
}

/// Glazed, painted or metal walls, often in one of the class's favourite colours.
pub fn opaque(favourites: &[u32], rng: &mut Rng) -> Finish {
    let first = pick(if rng.chance(0.55) { favourites } else { &GLAZES }, rng);
    let second = loop {
        let other = pick(&GLAZES, rng);
        let apart = (other - first).map(libm::fabs);
        if apart.x + apart.y + apart.z > 0.35 {
            break other;
        }
    };
    let pattern = match rng.index(16) {
        0..=2 | 12..=15 => Pattern::Plain,
        3 | 4 => Pattern::Dip { level: rng.between(0.25, 0.7) },
        5 => Pattern::Rings { at: rng.between(0.3, 0.75), gap: rng.between(0.05, 0.12), count: rng.whole(1, 4) as f64 },
        6 => Pattern::Stripes { count: rng.whole(8, 22) as f64 },
        7 => Pattern::Dots { count: rng.whole(8, 14) as f64 },
        8 => Pattern::Speckle { scale: rng.between(14.0, 30.0) },
        9 => Pattern::Fade,
        10 => Pattern::Zigzag { at: rng.between(0.35, 0.65), count: rng.whole(7, 14) as f64 },
        _ => {
            let from = rng.between(0.15, 0.3);
            Pattern::Label { from, to: from + rng.between(0.25, 0.4), middle: rng.between(0.15, 0.35) }
        }
    };
    let seed = rng.bits64();
    if rng.chance(0.08) {
        return Finish {
            pattern: Pattern::Plain,
            first: pick(&METALS, rng),
            second,
            gloss: 0.8,
            body: Body::Metal,
            seed,
        };
    }
    let gloss = if rng.chance(0.3) { rng.between(0.05, 0.25) } else { rng.between(0.5, 1.0) };
    Finish { pattern, first, second, gloss, body: Body::Solid, seed }
}

/// Glass; the first colour is what is left of white light after one wall.
pub fn clear(rng: &mut Rng) -> Finish {
    let first = pick(&GLASSES, rng);
    let second = pick(&GLAZES, rng);
    let pattern = if rng.chance(0.25) { Pattern::Label { from: 0.2, to: 0.5, middle: 0.25 } } else { Pattern::Plain };
    Finish { pattern, first, second, gloss: 1.0, body: Body::Clear, seed: rng.bits64() }
}

/// The inner wall of a vessel: its own glaze, or white.
pub fn lining(outside: &Finish, rng: &mut Rng) -> Finish {
    let first = if rng.chance(0.5) { srgb(0xf1ece2) } else { outside.first };
    Finish {
        pattern: Pattern::Plain,
        first: if outside.body == Body::Solid { first } else { outside.first },
        ..*outside
    }
}

/// A lid or a cap: wood, metal, plastic, or the body's own glaze.
pub fn lid(outside: &Finish, rng: &mut Rng) -> Finish {
    let plain = Finish { pattern: Pattern::Plain, body: Body::Solid, seed: rng.bits64(), ..*outside };
    match rng.index(if outside.body == Body::Solid { 5 } else { 4 }) {
        0 | 1 => {
            let pattern = Pattern::Stripes { count: 9.0 };
            let first = pick(&WOODS, rng);
            Finish { pattern, first, second: first * 0.8, gloss: 0.2, ..plain }
        }
        2 => Finish { first: pick(&METALS, rng), gloss: 0.7, body: Body::Metal, ..plain },
        3 => Finish { first: pick(&GLAZES, rng), gloss: 0.6, ..plain },
        _ => plain,
    }
}

/// Coffee, tea, milk, juice.
pub fn drink(rng: &mut Rng) -> Finish {
    let first = pick(&DRINKS, rng);
    Finish { pattern: Pattern::Plain, first, second: first, gloss: 0.9, body: Body::Solid, seed: rng.bits64() }
}

/// Fruit, books, dry twigs: matt things of one colour.
pub fn matt(hex: u32, gloss: f64, rng: &mut Rng) -> Finish {
    let first = srgb(hex);
    Finish {
        pattern: Pattern::Speckle { scale: 40.0 },
        first,
        second: first.mix(srgb(0xfff4d0), 0.25),
        gloss,
        body: Body::Solid,
        seed: rng.bits64(),
    }
}

impl Finish {
    /// Whether light passes through.
    pub fn is_clear(&self) -> bool {
        self.body == Body::Clear
    }

    /// The colour at a place of the pattern, and whether it is print on paper, which hides what is below.
    pub fn colour(&self, around: f64, above: f64) -> (V3, bool) {
        let (first, second) = (self.first, self.second);
        let share = match self.pattern {
            Pattern::Plain => 0.0,
            Pattern::Dip { level } => {
                let wave = (noise::value(around * 9.0, 0.5, self.seed) - 0.5) * 0.08;
                ramp(level + wave + 0.012, level + wave - 0.012, above)
            }
            Pattern::Rings { at, gap, count } => {
                let ring = (above - at) / gap + 0.5;
                let inside = ring > 0.0 && ring < count;
                if inside { ramp(0.36, 0.28, (ring - ring.floor() - 0.5).abs()) } else { 0.0 }
            }
            Pattern::Stripes { count } => {
                let x = around * count;
                ramp(0.3, 0.24, (x - x.floor() - 0.5).abs())
            }
            Pattern::Dots { count } => {
                let (x, y) = (around * count, above * count * 0.42);
                let x = x + 0.5 * (y.floor() * 0.5 - (y.floor() * 0.5).floor()) * 2.0;
                let (dx, dy) = (x - x.floor() - 0.5, y - y.floor() - 0.5);
                ramp(0.32, 0.26, (dx * dx + dy * dy).sqrt())
            }
            Pattern::Speckle { scale } => {
                let (far, own) = noise::nearest(around * scale * 2.2, above * scale, self.seed);
                if own < 0.4 { ramp(0.34, 0.2, far) * 0.8 } else { 0.0 }
            }
            Pattern::Fade => {
                ramp(0.2, 0.85, above + 0.08 * (noise::cloud(around * 8.0, above * 3.0, 2, self.seed) - 0.5))
            }
            Pattern::Zigzag { at, count } => {
                let x = around * count;
                let tooth = ((x - x.floor()) * 2.0 - 1.0).abs() - 0.5;
                ramp(0.06, 0.045, (above - at - tooth * 0.12).abs())
            }
            Pattern::Label { from, to, middle } => {
                let (x, y) = ((around - middle) / 0.13, (above - from) / (to - from));
                if x.abs() > 1.0 || !(0.0..=1.0).contains(&y) {
                    0.0
                } else {
                    let title = y > 0.55 && y < 0.78 && x.abs() < 0.62;
                    let line = (0.15..0.45).contains(&y) && x.abs() < 0.75 && (y * 10.0 - (y * 10.0).floor()) < 0.5;
                    let frame = x.abs() > 0.9 || !(0.06..=0.94).contains(&y);
                    let print = if title || frame {
                        0.9
                    } else if line {
                        0.45
                    } else {
                        0.0
                    };
                    return (srgb(0xf3ead6).mix(second, print), true);
                }
            }
        };
        // No glaze is perfectly even.
        let uneven = 0.93 + 0.14 * noise::cloud(around * 14.0, above * 7.0, 2, self.seed ^ 1);
        (first.mix(second, share) * uneven, false)
    }
}
