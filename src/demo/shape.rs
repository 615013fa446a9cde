//! The eight classes as shapes. Their ranges overlap on purpose: a mug whose handle is hidden looks like a tumbler, a
//! lidded jar like a teapot from behind, a jug like a mug.

use crate::random::Rng;

use super::mesh::{Curve, Lip, Part, Slot, radius_at, revolve, smooth, tube};

/// What can stand on the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Slender, with a neck, mostly capped.
    Bottle,
    /// Wide and low.
    Bowl,
    /// A tumbler, mostly of glass.
    Glass,
    /// Squat, with a lid.
    Jar,
    /// With a handle and a pouring lip.
    Jug,
    /// As high as wide, with a handle.
    Mug,
    /// Round, with a lid, a handle and a spout.
    Teapot,
    /// Open, often with dry twigs.
    Vase,
}

impl Class {
    /// The folder's and label's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bottle => "bottle",
            Self::Bowl => "bowl",
            Self::Glass => "glass",
            Self::Jar => "jar",
            Self::Jug => "jug",
            Self::Mug => "mug",
            Self::Teapot => "teapot",
            Self::Vase => "vase",
        }
    }

    /// An object of this class; `clear` says that one sees through its walls.
    pub fn object(self, clear: bool, rng: &mut Rng) -> Vec<Part> {
        match self {
            Self::Bottle => bottle(rng),
            Self::Bowl => bowl(rng),
            Self::Glass => glass(clear, rng),
            Self::Jar => jar(clear, rng),
            Self::Jug => jug(rng),
            Self::Mug => mug(rng),
            Self::Teapot => teapot(rng),
            Self::Vase => vase(rng),
        }
    }
}

/// An open vessel from the outline of its outer wall.
struct Vessel {
    outer: Curve,
    wall: f64,
    lip: Option<Lip>,
}

impl Vessel {
    fn new(outline: &[(f64, f64)], wall: f64) -> Self {
        Self { outer: smooth(outline, 8), wall, lip: None }
    }

    fn height(&self) -> f64 {
        self.outer[self.outer.len() - 1].1
    }

    fn rim(&self) -> f64 {
        self.outer[self.outer.len() - 1].0
    }

    fn inner_radius(&self, height: f64) -> f64 {
        (radius_at(&self.outer, height) - self.wall).max(0.02)
    }

    fn parts(&self) -> Vec<Part> {
        let (height, wall, rim) = (self.height(), self.wall, self.rim());
        let foot = self.outer[0].0;
        let base: Curve = vec![(0.0, 0.0), (foot * 0.94, 0.0), (foot, wall * 0.3)];
        let outer = self.outer.iter().map(|&(r, y)| (r, y.max(wall * 0.3))).collect();
        let round = (0..=6)
            .map(|step| {
                let angle = std::f64::consts::PI * f64::from(step) / 6.0;
                (rim - wall * 0.5 * (1.0 - libm::cos(angle)), height + wall * 0.5 * libm::sin(angle))
            })
            .collect();
        let mut inner: Curve =
            self.outer.iter().rev().map(|&(r, y)| ((r - wall).max(0.02), y)).filter(|&(_, y)| y > wall * 1.5).collect();
        let floor = self.inner_radius(wall * 1.5);
        inner.extend([(floor * 0.9, wall), (floor * 0.5, wall), (0.0, wall)]);
        // The deeper and the narrower, the less light comes in.
        let reach = (rim / height).clamp(0.25, 1.2);
        let open = move |y: f64| (1.0 - (height - y) / height * (1.15 - 0.6 * reach)).clamp(0.22, 1.0);
        vec![
            revolve(Slot::Body, &[base, outer, round], height, self.lip, |_| 1.0),
            revolve(Slot::Inside, &[inner], height, self.lip, open),
        ]
    }

    /// A drink: its surface alone, or all of it where the wall is clear.
    fn filled(&self, level: f64, clear: bool) -> Part {
        let y = self.height() * level;
        let inside = |y: f64| (self.inner_radius(y) * if clear { 0.97 } else { 1.0 }, y);
        let surface: Curve = vec![inside(y), (inside(y).0 * 0.5, y), (0.0, y)];
        let mut curves = vec![surface];
        if clear {
            let low = self.wall * 1.2;
            curves.push((0..=12).map(|step| inside(low + (y - low) * f64::from(step) / 12.0)).collect());
        }
        let open = if clear { 1.0 } else { 0.45 + 0.5 * level };
        revolve(Slot::Content, &curves, self.height(), None, move |_| open)
    }

    /// A handle on the +x side between two heights (as shares of the vessel's own).
    fn handle(&self, low: f64, high: f64, reach: f64, thick: f64, rng: &mut Rng) -> Part {
        let total = self.height();
        let (low, high) = (low * total, high * total);
        let (top, bottom) = (radius_at(&self.outer, high), radius_at(&self.outer, low));
        let far = top.max(bottom) + reach;
        let drop = high - low;
        // From a ring through an ear to an angular grip.
        let square = rng.between(0.0, 0.24);
        let path = smooth(
            &[
                (top - self.wall * 0.6, high),
                (top + (far - top) * (0.5 + square), high + drop * rng.between(-0.02, 0.09)),
                (far, high - drop * (0.34 - square)),
                (far - reach * rng.between(0.0, 0.18), low + drop * 0.28),
                (bottom + (far - bottom) * 0.42, low - drop * rng.between(-0.03, 0.08)),
                (bottom - self.wall * 0.6, low),
            ],
            6,
        );
        tube(Slot::Body, &path, move |_| thick, rng.between(0.6, 1.0), total)
    }
}

fn mug(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(0.78, 1.0);
    let foot = rng.between(0.34, 0.44);
    let rim = foot * rng.between(0.98, 1.3);
    let belly = f64::midpoint(foot, rim) * rng.between(0.97, 1.16);
    let wall = rng.between(0.03, 0.05);
    let waist = rng.between(0.35, 0.6);
    let vessel =
        Vessel::new(&[(foot * 0.96, 0.0), (foot * 1.01, height * 0.06), (belly, height * waist), (rim, height)], wall);
    let mut parts = vessel.parts();
    let (low, high) = (rng.between(0.14, 0.3), rng.between(0.72, 0.88));
    parts.push(vessel.handle(low, high, rng.between(0.28, 0.4), rng.between(0.05, 0.07), rng));
    if rng.chance(0.5) {
        parts.push(vessel.filled(rng.between(0.7, 0.9), false));
    }
    parts
}

fn glass(clear: bool, rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(1.1, 1.4);
    let foot = rng.between(0.27, 0.34);
    let rim = foot * rng.between(1.05, 1.45);
    let belly = f64::midpoint(foot, rim) * rng.between(0.95, 1.14);
    let wall = rng.between(0.022, 0.045);
    let waist = rng.between(0.35, 0.6);
    let vessel =
        Vessel::new(&[(foot * 0.96, 0.0), (foot * 1.01, height * 0.06), (belly, height * waist), (rim, height)], wall);
    let mut parts = vessel.parts();
    if rng.chance(0.6) {
        parts.push(vessel.filled(rng.between(0.35, 0.85), clear));
    }
    parts
}

fn bowl(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(0.42, 0.66);
    let rim = rng.between(0.64, 0.85);
    let foot = rim * rng.between(0.4, 0.6);
    let belly = rim * rng.between(0.78, 1.0);
    let vessel = Vessel::new(
        &[(foot, 0.0), (foot * 1.03, height * 0.09), (belly, height * rng.between(0.42, 0.6)), (rim, height)],
        rng.between(0.03, 0.055),
    );
    let mut parts = vessel.parts();
    if rng.chance(0.5) {
        parts.push(vessel.filled(rng.between(0.55, 0.85), false));
    }
    parts
}

fn vase(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(0.95, 1.25);
    let foot = rng.between(0.22, 0.34);
    let wall = rng.between(0.03, 0.05);
    let outline = match rng.index(7) {
        // Round belly, narrow neck, flared rim.
        0..=2 => {
            let belly = rng.between(0.46, 0.6);
            let neck = rng.between(0.12, 0.22);
            let waist = rng.between(0.3, 0.42);
            vec![(foot, 0.0), (belly, height * waist), (neck, height * 0.78), (neck * rng.between(1.15, 1.8), height)]
        }
        // Trumpet.
        3 | 4 => {
            let stem = foot * rng.between(0.7, 0.95);
            vec![
                (foot, 0.0),
                (stem, height * 0.35),
                (stem * 1.25, height * 0.75),
                (stem * rng.between(1.7, 2.2), height),
            ]
        }
        // Shouldered, as a bottle is.
        5 => {
            let shoulder = rng.between(0.34, 0.5);
            let neck = shoulder * rng.between(0.35, 0.6);
            vec![
                (foot, 0.0),
                (shoulder, height * rng.between(0.55, 0.72)),
                (neck, height * 0.92),
                (neck * 1.12, height),
            ]
        }
        // A plain cylinder or cone, as a tumbler is.
        _ => {
            let rim = foot * rng.between(1.0, 1.6);
            vec![(foot * 1.1, 0.0), ((foot + rim) * 0.55, height * 0.5), (rim, height)]
        }
    };
    let vessel = Vessel::new(&outline, wall);
    let mut parts = vessel.parts();
    if rng.chance(0.75) {
        parts.extend((0..rng.whole(4, 7)).flat_map(|_| sprig(height, vessel.rim(), rng)));
    }
    parts
}

/// A dry twig with buds, standing in a vase.
fn sprig(height: f64, rim: f64, rng: &mut Rng) -> Vec<Part> {
    let lean = rng.between(-1.0, 1.0);
    let tall = height * rng.between(0.3, 0.6);
    let path = smooth(
        &[
            (lean * rim * 0.3, height * 0.6),
            (lean * rim * 0.6, height),
            (lean * (rim * 0.7 + tall * 0.5), height + tall),
        ],
        7,
    );
    let turn = rng.between(-0.8, 0.8);
    let mut parts = vec![tube(Slot::Sprig, &path, |_| 0.012, 1.0, height)];
    for &(x, y) in path.iter().skip(9) {
        let size = rng.between(0.035, 0.06);
        let bud = smooth(&[(0.0, -size * 1.6), (size, 0.0), (0.0, size * 1.6)], 4);
        let by = super::vector::v3(x + rng.between(-0.05, 0.05), y, rng.between(-0.05, 0.05));
        parts.push(revolve(Slot::Sprig, &[bud], height, None, |_| 1.0).moved(by, 0.0));
    }
    parts.into_iter().map(|part| part.moved(super::vector::V3::default(), turn)).collect()
}

fn bottle(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(1.4, 1.7);
    let body = rng.between(0.24, 0.33);
    let neck = body * rng.between(0.28, 0.52);
    let shoulder = height * rng.between(0.45, 0.68);
    let collar = shoulder + (height - shoulder) * rng.between(0.45, 0.75);
    let vessel = Vessel::new(
        &[
            (body * 0.94, 0.0),
            (body, height * 0.06),
            (body * rng.between(0.96, 1.06), shoulder * 0.9),
            (body * rng.between(0.75, 0.92), shoulder),
            (neck, collar),
            (neck * 0.97, height),
        ],
        0.035_f64.min(neck * 0.4),
    );
    let mut parts = vessel.parts();
    if rng.chance(0.9) {
        parts.push(cap(neck * rng.between(1.05, 1.3), height - 0.04, rng.between(0.1, 0.2)));
    }
    parts
}

/// A short cylinder with a rounded edge: a screw cap, a cork, a jar's lid.
fn cap(radius: f64, from: f64, tall: f64) -> Part {
    let top = from + tall;
    let soft = tall.min(radius) * 0.18;
    let side = vec![(radius, from), (radius, top - soft)];
    let edge = smooth(&[(radius, top - soft), (radius - soft * 0.3, top - soft * 0.3), (radius - soft, top)], 3);
    let lid = vec![(radius - soft, top), (radius * 0.5, top), (0.0, top)];
    revolve(Slot::Top, &[vec![(0.0, from), (radius, from)], side, edge, lid], top, None, |_| 1.0)
}

/// A domed lid with a knob.
fn dome(radius: f64, from: f64, rise: f64, knob: f64) -> Part {
    let shell = smooth(&[(radius, from), (radius * 0.8, from + rise * 0.55), (knob * 0.5, from + rise)], 7);
    let top = from + rise;
    let ball = smooth(
        &[(knob * 0.5, top), (knob, top + knob * 1.1), (knob * 0.6, top + knob * 2.0), (0.0, top + knob * 2.1)],
        5,
    );
    revolve(Slot::Top, &[vec![(0.0, from), (radius, from)], shell, ball], top, None, |_| 1.0)
}

fn jar(clear: bool, rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(0.8, 1.1);
    let body = rng.between(0.34, 0.52);
    let neck = body * rng.between(0.7, 1.0);
    let shoulder = height * rng.between(0.68, 0.86);
    let vessel = Vessel::new(
        &[
            (body * rng.between(0.8, 0.97), 0.0),
            (body, height * rng.between(0.1, 0.4)),
            (body * rng.between(0.95, 1.05), shoulder),
            (neck, height * 0.95),
            (neck, height),
        ],
        0.035,
    );
    let mut parts = vessel.parts();
    if clear && rng.chance(0.75) {
        parts.push(vessel.filled(rng.between(0.4, 0.85), true));
    }
    if rng.chance(0.95) {
        parts.push(match rng.index(3) {
            0 => dome(neck * 1.04, height, rng.between(0.1, 0.2), rng.between(0.05, 0.09)),
            _ => cap(neck * rng.between(1.03, 1.12), height - 0.08, rng.between(0.14, 0.24)),
        });
    }
    parts
}

fn jug(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(1.1, 1.45);
    let foot = rng.between(0.28, 0.42);
    let belly = foot * rng.between(1.0, 1.4);
    let neck = belly * rng.between(0.55, 0.72);
    let mut vessel = Vessel::new(
        &[
            (foot, 0.0),
            (belly, height * rng.between(0.28, 0.45)),
            (neck, height * rng.between(0.74, 0.84)),
            (neck * rng.between(1.0, 1.2), height),
        ],
        rng.between(0.03, 0.045),
    );
    let mut parts = vec![vessel.handle(
        rng.between(0.25, 0.4),
        rng.between(0.8, 0.92),
        rng.between(0.3, 0.42),
        rng.between(0.05, 0.07),
        rng,
    )];
    vessel.lip = Some(Lip { reach: neck * rng.between(0.5, 0.75), height });
    parts.extend(vessel.parts());
    if rng.chance(0.3) {
        parts.push(vessel.filled(rng.between(0.6, 0.75), false));
    }
    parts
}

fn teapot(rng: &mut Rng) -> Vec<Part> {
    let height = rng.between(0.62, 0.95);
    let belly = rng.between(0.48, 0.58);
    let rim = belly * rng.between(0.45, 0.75);
    let vessel = Vessel::new(
        &[
            (belly * rng.between(0.55, 0.8), 0.0),
            (belly, height * rng.between(0.38, 0.55)),
            (belly * rng.between(0.8, 0.92), height * 0.78),
            (rim, height),
        ],
        0.04,
    );
    let mut parts = vessel.parts();
    parts.push(dome(rim * 1.03, height, rng.between(0.08, 0.18), rng.between(0.05, 0.08)));
    let low = height * rng.between(0.28, 0.42);
    let start = -(radius_at(&vessel.outer, low) - 0.06);
    let tip = (-(belly + rng.between(0.22, 0.38)), height * rng.between(0.9, 1.08));
    let spout = smooth(
        &[(start, low), (start - 0.16, low + 0.06), ((start + tip.0) * 0.5 - 0.08, (low + tip.1) * 0.5), tip],
        7,
    );
    let wide = rng.between(0.13, 0.18);
    parts.push(tube(Slot::Body, &spout, move |at| wide * (1.0 - 0.58 * at), 1.0, height));
    parts.push(vessel.handle(0.22, 0.86, rng.between(0.24, 0.34), rng.between(0.045, 0.065), rng));
    parts
}
