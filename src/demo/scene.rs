//! What an identity fixes, the object and its whole scene, and what varies from frame to frame.
//!
//! All frames of an identity show the same object at the same place in the same light. A model that has seen one frame
//! knows the others by their colours and background, without knowing shapes: this is the leak that a split by image
//! lets through.

use crate::random::{Key, Rng};

use super::backdrop::{self, Setting, Surface};
use super::material::{self, Finish};
use super::mesh::{Part, Slot, block, revolve, smooth};
use super::shape::Class;
use super::vector::{V3, srgb, v3};

/// An object in its scene.
pub struct Identity {
    /// The object's parts, then what stands nearby.
    pub things: Vec<(Part, Finish)>,
    /// What it stands on.
    pub table: Surface,
    /// What is behind it.
    pub wall: Surface,
    /// From the object's middle to the wall.
    pub wall_distance: f64,
    /// The scene's light.
    pub light: Light,
    /// The camera's settings, before a frame varies them.
    pub lens: Lens,
    /// The point of view, before a frame varies it.
    pub pose: Pose,
    /// What hangs into the picture.
    pub leaves: Vec<Leaf>,
    /// How far the object reaches from its middle on the screen.
    pub extent: f64,
    /// The height of the object's middle.
    pub middle: f64,
    /// Where things touch the table: place and radius.
    pub feet: Vec<(f64, f64, f64)>,
}

/// A large lamp or window, and the light that comes from everywhere else.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// From the object to the lamp.
    pub toward: V3,
    /// The lamp's light.
    pub colour: V3,
    /// The blur of shadows, in lengths of the scene.
    pub soft: f64,
    /// The room's light from above.
    pub above: V3,
    /// The room's light from below.
    pub below: V3,
    /// Half the window's width, as seen in reflections.
    pub window: f64,
    /// Whether the window has bars.
    pub bars: bool,
}

/// What the camera does to the light.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    /// What all light is multiplied by.
    pub exposure: f64,
    /// A wrong white balance.
    pub cast: V3,
    /// Defocus: standard deviation, in pixels of the picture.
    pub blur: f64,
    /// Of the sensor: standard deviation, in 8-bit steps.
    pub noise: f64,
    /// How much darker the corners are.
    pub vignette: f64,
    /// How far out of focus the wall is.
    pub depth_blur: f64,
}

/// Where camera and object stand.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// The camera's step to the side, as an angle around the object.
    pub orbit: f64,
    /// The camera's angle above the table.
    pub elevation: f64,
    /// The object's turn about its own axis.
    pub turn: f64,
    /// The share of the picture that the object fills.
    pub fill: f64,
    /// How far the object is off the picture's middle, in half widths.
    pub aim: (f64, f64),
    /// How crooked the camera is held.
    pub roll: f64,
}

/// A leaf close to the lens, out of focus; in half widths of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// Where on the picture.
    pub middle: (f64, f64),
    /// Half its length and width.
    pub half: (f64, f64),
    /// Its angle.
    pub turn: f64,
    /// Its colour.
    pub colour: V3,
}

/// One picture to take of an identity.
#[derive(Clone, Debug)]
pub struct View {
    /// The point of view.
    pub pose: Pose,
    /// The camera's settings.
    pub lens: Lens,
    /// How far near leaves moved across the picture.
    pub drift: (f64, f64),
    /// The sensor's noise.
    pub noise: Key,
}

impl Identity {
    /// The identity at a place of the random tree.
    pub fn draw(class: Class, setting: Setting, key: &Key) -> Self {
        let mut things = object(class, key);
        let tall = |part: &Part| part.vertices.iter().map(|v| v.place.y).fold(0.0, f64::max);
        let wide = |part: &Part| {
            part.vertices.iter().map(|v| v.place.x * v.place.x + v.place.z * v.place.z).fold(0.0, f64::max).sqrt()
        };
        let own = things.iter().filter(|(part, _)| part.slot != Slot::Sprig);
        let (height, radius) = own.fold((0.0_f64, 0.0_f64), |(h, r), (part, _)| (h.max(tall(part)), r.max(wide(part))));
        let foot = wide(&things[0].0).min(radius) * 0.75;
        let mut feet = vec![(0.0, 0.0, foot)];

        let rng = &mut key.child("scene").rng();
        let (table, wall) = backdrop::draw(setting, rng);
        let wall_distance = rng.between(1.0, 2.2);
        let light = match setting {
            Setting::Day => day(rng),
            Setting::Evening => evening(rng),
        };
        let lens = lens(setting, rng);
        for _ in 0..rng.below(2) {
            let (part, finish, at) = prop(radius, rng);
            feet.push(at);
            things.push((part, finish));
        }
        let leaves = if rng.chance(0.1) { leaves(setting, rng) } else { Vec::new() };
        let pose = Pose {
            orbit: rng.between(-0.25, 0.25),
            elevation: rng.between(0.3, 0.56),
            turn: turn(rng),
            fill: rng.between(0.76, 0.84),
            aim: (rng.between(-0.08, 0.08), rng.between(-0.05, 0.06)),
            roll: rng.between(-0.02, 0.02),
        };
        // As seen from above the table: the upright half leans away, the round half opens up.
        let fit = (height * 0.45 + radius * 0.4).max(radius);
        // Large things are photographed a little larger than small ones.
        let extent = 0.65 * fit + 0.35 * 0.68;
        Self {
            things,
            table,
            wall: wall.upright(),
            wall_distance,
            light,
            lens,
            pose,
            leaves,
            extent,
            middle: height * 0.48,
            feet,
        }
    }

    /// The n-th frame: the photographer moved a little, and the exposure is not quite the same.
    pub fn view(&self, key: &Key, frame: u64) -> View {
        let key = key.child("frame").nth(frame);
        let rng = &mut key.rng();
        let (mut pose, mut lens) = (self.pose, self.lens);
        pose.orbit += rng.between(-0.12, 0.12);
        pose.elevation = (pose.elevation + rng.between(-0.05, 0.05)).max(0.14);
        pose.turn += rng.between(-0.1, 0.1);
        pose.fill *= rng.between(0.93, 1.06);
        pose.aim.0 += rng.between(-0.06, 0.06);
        pose.aim.1 += rng.between(-0.05, 0.05);
        pose.roll += rng.between(-0.03, 0.03);
        lens.exposure *= rng.between(0.9, 1.1);
        lens.blur += rng.between(0.0, 0.15);
        let drift = (rng.between(-0.08, 0.08), rng.between(-0.05, 0.05));
        View { pose, lens, drift, noise: key.child("noise") }
    }
}

/// The object with what it is made of. Some classes are of glass more often than others, none always.
fn object(class: Class, key: &Key) -> Vec<(Part, Finish)> {
    let rng = &mut key.child("object").rng();
    let share = match class {
        Class::Glass => 0.9,
        Class::Bottle => 0.5,
        Class::Jar => 0.3,
        Class::Vase => 0.1,
        Class::Bowl | Class::Jug | Class::Mug | Class::Teapot => 0.06,
    };
    let clear = rng.chance(share);
    let body = if clear { material::clear(rng) } else { material::opaque(favourites(class), rng) };
    let inside = material::lining(&body, rng);
    let top = material::lid(&body, rng);
    let content = material::drink(rng);
    let sprig = material::matt([0x8a7a55, 0x6f7f52, 0xb08968][rng.index(3)], 0.1, rng);
    let parts = class.object(clear, rng);
    parts
        .into_iter()
        .map(|part| {
            let finish = match part.slot {
                Slot::Body => body,
                Slot::Inside => inside,
                Slot::Top => top,
                Slot::Content => content,
                Slot::Sprig | Slot::Prop => sprig,
            };
            (part, finish)
        })
        .collect()
}

/// Colours that a class has more often than others: a hint, as in a real kitchen, but no proof.
fn favourites(class: Class) -> &'static [u32] {
    match class {
        Class::Bottle => &[0x2f5d50, 0x4f6b4a, 0x6b5a52],
        Class::Bowl => &[0x3d6ea5, 0x8fb3d9, 0x23395d],
        Class::Glass => &[0xa9aaa6, 0x9cc5c0],
        Class::Jar => &[0xe0a83a, 0xd98b2b, 0xe8dcc4],
        Class::Jug => &[0xf4f1ea, 0xd9cbb0],
        Class::Mug => &[0xc8694a, 0xa63d2f, 0x3a3a3e],
        Class::Teapot => &[0x4f9aa3, 0x9cc5c0],
        Class::Vase => &[0xb9a3c9, 0xe3a6b4, 0x7a2e3a],
    }
}

fn toward(azimuth: f64, elevation: f64) -> V3 {
    let flat = libm::cos(elevation);
    v3(libm::sin(azimuth) * flat, libm::sin(elevation), libm::cos(azimuth) * flat)
}

/// The handle mostly to the right or the left; now and then in front of the object or hidden behind it.
fn turn(rng: &mut Rng) -> f64 {
    let side = if rng.chance(0.5) { 0.0 } else { std::f64::consts::PI };
    side + if rng.chance(0.12) { rng.between(-1.6, 1.6) } else { rng.between(-0.7, 0.7) }
}

/// From the left or the right, never from straight behind the camera, where it would show no form.
fn sideways(rng: &mut Rng) -> f64 {
    let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
    side * rng.between(0.5, 1.7)
}

fn day(rng: &mut Rng) -> Light {
    let warm = rng.between(-0.08, 0.14);
    let strength = rng.between(1.5, 2.3);
    let sky = rng.between(0.55, 0.85);
    Light {
        toward: toward(sideways(rng), rng.between(0.55, 1.1)),
        colour: v3(1.0 + warm, 1.0, 1.0 - warm) * strength,
        soft: rng.between(0.03, 0.16),
        above: v3(0.96 - warm * 0.5, 1.0, 1.05 + warm * 0.4) * sky,
        below: v3(1.0, 0.96, 0.9) * (sky * 0.45),
        window: rng.between(0.22, 0.45),
        bars: rng.chance(0.5),
    }
}

fn evening(rng: &mut Rng) -> Light {
    let strength = rng.between(1.4, 2.1);
    let room = rng.between(0.5, 0.72);
    Light {
        toward: toward(sideways(rng), rng.between(0.4, 0.8)),
        colour: v3(1.08, rng.between(0.91, 0.97), rng.between(0.7, 0.86)) * strength,
        soft: rng.between(0.05, 0.14),
        above: v3(1.03, 0.98, 0.93) * room,
        below: v3(1.08, 0.86, 0.68) * (room * 0.5),
        window: rng.between(0.14, 0.24),
        bars: false,
    }
}

fn lens(setting: Setting, rng: &mut Rng) -> Lens {
    match setting {
        Setting::Day => Lens {
            exposure: rng.between(0.66, 0.95),
            cast: v3(rng.between(0.95, 1.06), 1.0, rng.between(0.94, 1.06)),
            blur: rng.between(0.2, 0.45),
            noise: rng.between(1.0, 2.2),
            vignette: rng.between(0.05, 0.25),
            depth_blur: rng.between(0.7, 1.2),
        },
        Setting::Evening => Lens {
            exposure: rng.between(0.68, 0.9),
            cast: v3(rng.between(1.0, 1.08), 1.0, rng.between(0.86, 0.98)),
            blur: rng.between(0.4, 0.75),
            noise: rng.between(1.5, 2.8),
            vignette: rng.between(0.2, 0.4),
            depth_blur: rng.between(0.6, 1.2),
        },
    }
}

/// A fruit, an egg or a book somewhere near the object, and where it touches the table.
fn prop(radius: f64, rng: &mut Rng) -> (Part, Finish, (f64, f64, f64)) {
    let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
    let before = rng.chance(0.15);
    let far = radius + if before { rng.between(-0.05, 0.15) } else { rng.between(0.12, 0.5) };
    let depth = if before { radius + rng.between(0.15, 0.3) } else { rng.between(-0.8, 0.1) };
    let (x, z) = (side * far, depth);
    if !before && rng.chance(0.3) {
        let half = v3(rng.between(0.3, 0.42), rng.between(0.05, 0.1), rng.between(0.22, 0.3));
        let (x, z) = (side * (radius + half.x + rng.between(0.1, 0.3)), -rng.between(0.4, 0.8));
        let book = block(Slot::Prop, v3(0.0, half.y, 0.0), half).moved(v3(x, 0.0, z), rng.between(-0.5, 0.5));
        let covers = [0x8c3b32, 0x2f4f6b, 0x5d6b3f, 0xd9b25f, 0x444048, 0xcf8f7a];
        let finish = material::matt(covers[rng.index(covers.len())], 0.25, rng);
        return (book, finish, (x, z, half.z));
    }
    let fruits =
        [(0xe8872b, 1.0), (0xe9c93a, 1.15), (0xb5322e, 0.94), (0x8fae3d, 0.96), (0xeadfce, 1.25), (0x6b2f45, 1.0)];
    let (colour, tall) = fruits[rng.index(fruits.len())];
    let size = rng.between(0.12, 0.19);
    let middle = size * tall;
    let ball: Vec<_> = (0..=16)
        .map(|step| {
            let angle = std::f64::consts::PI * f64::from(step) / 16.0;
            (size * libm::sin(angle), middle - middle * libm::cos(angle))
        })
        .collect();
    let stalk = smooth(&[(size * 0.07, middle * 1.95), (size * 0.05, middle * 2.15), (0.0, middle * 2.2)], 3);
    let fruit = revolve(Slot::Prop, &[ball, stalk], middle * 2.0, None, |_| 1.0).moved(v3(x, 0.0, z), 0.0);
    (fruit, material::matt(colour, rng.between(0.2, 0.6), rng), (x, z, size * 0.4))
}

fn leaves(setting: Setting, rng: &mut Rng) -> Vec<Leaf> {
    let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
    let dim = if setting == Setting::Evening { 0.25 } else { 0.8 };
    let colour = srgb([0x5f7f45, 0x7d9a5a, 0x8a8f4a][rng.index(3)]) * dim;
    let high = rng.between(-0.9, 0.6);
    (0..rng.whole(2, 4))
        .map(|_| Leaf {
            middle: (side * rng.between(0.72, 1.02), high + rng.between(-0.35, 0.35)),
            half: (rng.between(0.22, 0.36), rng.between(0.07, 0.12)),
            turn: rng.between(-0.9, 0.9),
            colour: colour * rng.between(0.7, 1.3),
        })
        .collect()
}
