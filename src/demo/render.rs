//! A view of an identity as a picture.
//!
//! In this order: shadows as the lamp sees them; table and wall, the wall out of focus; solid things; clear things,
//! through which what is behind shows bent and tinted; leaves before the lens; the lens itself.

use super::camera::Camera;
use super::lens;
use super::light::{Shadows, grain, under};
use super::material::{Body, Finish};
use super::mesh::{Part, Vertex};
use super::raster;
use super::scene::{Identity, Leaf, Light, View};
use super::vector::{V3, ramp, v3};
use crate::image::Frame;

/// Pixels on a side of every picture.
pub const SIDE: usize = 96;
/// Samples on a side of a pixel.
const FINE: usize = 3;
const SIZE: usize = SIDE * FINE;

/// Renders one view.
pub fn picture(identity: &Identity, view: &View) -> Frame {
    let camera = Camera::new(identity, &view.pose, SIZE);
    let turn = view.pose.turn;
    // Props stay where they are when the object is turned.
    let things: Vec<(Part, &Finish)> = identity
        .things
        .iter()
        .map(|(part, finish)| {
            let own = part.slot != super::mesh::Slot::Prop;
            (if own { part.clone().moved(V3::default(), turn) } else { part.clone() }, finish)
        })
        .collect();
    let shadows = Shadows::cast(identity.light, things.iter().map(|(part, finish)| (part, finish.is_clear())));

    let (mut screen, mut near) = backdrop(identity, view, &camera, &shadows);
    solid(&mut screen, &mut near, &things, &camera, &shadows, &identity.light);
    clear(&mut screen, &near, &things, &camera, &identity.light);
    for leaf in &identity.leaves {
        cover(&mut screen, leaf, view.drift, identity.light.above + identity.light.colour * 0.3);
    }
    lens::expose(&screen, SIDE, FINE, view)
}

/// Table and wall, and how near (1 / depth) they are.
fn backdrop(identity: &Identity, view: &View, camera: &Camera, shadows: &Shadows) -> (Vec<V3>, Vec<f64>) {
    let light = &identity.light;
    let sample = |at: usize| {
        let (column, row) = ((at % SIZE) as f64 + 0.5, (at / SIZE) as f64 + 0.5);
        let ray = camera.ray(column, row);
        let to_table = if ray.y < -1e-6 { -camera.eye.y / ray.y } else { f64::INFINITY };
        let to_wall = if ray.z < -1e-6 { (-identity.wall_distance - camera.eye.z) / ray.z } else { f64::INFINITY };
        if to_table < to_wall {
            let place = camera.eye + ray * to_table;
            let from_wall = place.z + identity.wall_distance;
            let open = under(&identity.feet, place.x, place.z) * (0.6 + 0.4 * ramp(0.0, 0.5, from_wall));
            let colour = identity.table.colour(place.x, place.z);
            let up = v3(0.0, 1.0, 0.0);
            let sent = colour.times(light.diffuse(up, shadows.lit(place, grain(at)) * (0.5 + 0.5 * open), open));
            let seen = ray.unit();
            let glance = fresnel(-seen.y, 0.04) * identity.table.polish();
            let mirror = light.mirrored(v3(seen.x, -seen.y, seen.z), 0.35) * (glance * open);
            (sent + mirror, 1.0 / to_table)
        } else {
            let far = to_wall.min(50.0);
            let place = camera.eye + ray * far;
            let open = 0.55 + 0.45 * ramp(0.0, 0.5, place.y);
            let colour = identity.wall.colour(place.x, place.y);
            let lit = shadows.lit(place, grain(at));
            // The lamp's light fades across the wall, which gives the room depth.
            let fade = 0.75 + 0.25 * ramp(-2.0, 2.0, place.x * light.toward.x);
            let sent = colour.times(light.diffuse(v3(0.0, 0.0, 1.0), lit * fade, open * fade));
            (sent + identity.wall.glow(place.x, place.y), 1.0 / far)
        }
    };
    let (sharp, near): (Vec<V3>, Vec<f64>) = (0..SIZE * SIZE).map(sample).unzip();
    let soft = lens::blurred(&sharp, SIZE, view.lens.depth_blur * FINE as f64 * 1.6);
    let focus = 1.0 / (camera.eye - v3(0.0, identity.middle, 0.0)).length();
    let screen = (0..SIZE * SIZE)
        .map(|at| {
            let out_of_focus = ramp(0.04, 0.3, 1.0 - near[at] / focus) * view.lens.depth_blur.min(1.0);
            sharp[at].mix(soft[at], out_of_focus)
        })
        .collect();
    (screen, near)
}

/// One sample of a surface.
struct Hit {
    place: V3,
    /// Towards the camera's side.
    normal: V3,
    /// From the camera.
    along: V3,
    around: f64,
    above: f64,
    open: f64,
}

impl Hit {
    fn new(corners: [&Vertex; 3], weights: [f64; 3], eye: V3) -> Self {
        let blend = |of: fn(&Vertex) -> f64| (0..3).map(|i| of(corners[i]) * weights[i]).sum::<f64>();
        let point = |of: fn(&Vertex) -> V3| {
            of(corners[0]) * weights[0] + of(corners[1]) * weights[1] + of(corners[2]) * weights[2]
        };
        let place = point(|v| v.place);
        let along = (place - eye).unit();
        let face = (corners[1].place - corners[0].place).cross(corners[2].place - corners[0].place);
        let face = if face.dot(along) > 0.0 { -face } else { face };
        let normal = point(|v| v.normal).unit();
        let normal = if normal.dot(face) < 0.0 { -normal } else { normal };
        Self { place, normal, along, around: blend(|v| v.around), above: blend(|v| v.above), open: blend(|v| v.open) }
    }

    fn facing(&self) -> f64 {
        (-self.along.dot(self.normal)).clamp(0.02, 1.0)
    }

    fn mirrored(&self) -> V3 {
        self.along - self.normal * (2.0 * self.along.dot(self.normal))
    }
}

/// Schlick's approximation.
fn fresnel(facing: f64, straight: f64) -> f64 {
    let away = 1.0 - facing.clamp(0.0, 1.0);
    let square = away * away;
    straight + (1.0 - straight) * square * square * away
}

/// Calls `hit` for all samples of a part's faces: index, nearness, and a function that makes the full [`Hit`].
fn samples(part: &Part, camera: &Camera, mut hit: impl FnMut(usize, f64, &dyn Fn() -> Hit)) {
    let seen: Vec<[f64; 3]> = part.vertices.iter().map(|vertex| camera.project(vertex.place)).collect();
    for &[a, b, c] in &part.faces {
        let corners = [&part.vertices[a], &part.vertices[b], &part.vertices[c]];
        raster::triangle([seen[a], seen[b], seen[c]], SIZE, |at, weights, near| {
            // Weights are linear on the screen; in the scene they go with the corners' nearness.
            let true_weights =
                [weights[0] * seen[a][2] / near, weights[1] * seen[b][2] / near, weights[2] * seen[c][2] / near];
            hit(at, near, &|| Hit::new(corners, true_weights, camera.eye));
        });
    }
}

/// Solid things over the backdrop; of clear ones, the paper labels.
fn solid(
    screen: &mut [V3],
    near: &mut [f64],
    things: &[(Part, &Finish)],
    camera: &Camera,
    shadows: &Shadows,
    light: &Light,
) {
    let mut first: Vec<Option<(Hit, &Finish)>> = Vec::new();
    first.resize_with(SIZE * SIZE, || None);
    for (part, finish) in things {
        let is_clear = finish.is_clear();
        samples(part, camera, |at, nearness, hit| {
            if nearness > near[at] {
                let hit = hit();
                if !is_clear || finish.colour(hit.around, hit.above).1 {
                    near[at] = nearness;
                    first[at] = Some((hit, finish));
                }
            }
        });
    }
    for (at, hit) in first.iter().enumerate() {
        if let Some((hit, finish)) = hit {
            screen[at] = shade(hit, finish, shadows, light, grain(at));
        }
    }
}

fn shade(hit: &Hit, finish: &Finish, shadows: &Shadows, light: &Light, grain: f64) -> V3 {
    let (colour, paper) = finish.colour(hit.around, hit.above);
    let near_table = 0.62 + 0.38 * ramp(0.0, 0.22, hit.place.y);
    let open = hit.open * near_table;
    let lit = shadows.lit(hit.place + hit.normal * 0.03, grain);
    if finish.body == Body::Metal && !paper {
        let shown = light.mirrored(hit.mirrored(), 0.22) * (0.45 + 0.55 * open);
        return colour.times(shown * 1.05 + light.diffuse(hit.normal, lit, open) * 0.22);
    }
    let gloss = if paper { 0.05 } else { finish.gloss };
    let mirror = fresnel(hit.facing(), 0.05) * gloss * (0.4 + 0.6 * lit.max(hit.open * 0.6)) * hit.open;
    let shown = light.mirrored(hit.mirrored(), 1.0 - 0.94 * gloss);
    colour.times(light.diffuse(hit.normal, lit, open)) * (1.0 - mirror) + shown * mirror
}

/// Clear walls: each takes some light away and adds what it mirrors, in whatever order they lie.
fn clear(screen: &mut [V3], near: &[f64], things: &[(Part, &Finish)], camera: &Camera, light: &Light) {
    let mut walls: Vec<Option<Walls>> = vec![None; SIZE * SIZE];
    for (part, finish) in things.iter().filter(|(_, finish)| finish.is_clear()) {
        samples(part, camera, |at, nearness, hit| {
            if nearness <= near[at] {
                return;
            }
            let hit = hit();
            let mirror = fresnel(hit.facing(), 0.04);
            let depth = 0.5 / (0.12 + hit.facing());
            let passed = finish.first.map(|c| libm::pow(c.clamp(0.02, 0.96), depth)) * (1.0 - mirror);
            // At its outline glass bends light from far aside, which in a room is the dark.
            let passed = passed * (0.45 + 0.55 * ramp(0.0, 0.45, hit.facing()));
            let shown = light.mirrored(hit.mirrored(), 0.04) * (mirror + 0.015);
            let old = walls[at].unwrap_or_default();
            let bend = if nearness > old.near { camera.across(hit.normal) } else { old.bend };
            walls[at] = Some(Walls {
                passed: old.passed.times(passed),
                shown: old.shown + shown,
                bend,
                near: nearness.max(old.near),
            });
        });
    }
    if walls.iter().all(Option::is_none) {
        return;
    }
    let behind = screen.to_vec();
    for (at, walls) in walls.iter().enumerate() {
        if let Some(walls) = walls {
            let bent =
                |from: usize, by: f64| (from as f64 - by * SIZE as f64 * 0.035).clamp(0.0, SIZE as f64 - 1.0) as usize;
            let from = bent(at / SIZE, walls.bend.1) * SIZE + bent(at % SIZE, walls.bend.0);
            // A label nearer than the glass does not bend.
            let seen = if near[from] > walls.near { behind[at] } else { behind[from] };
            screen[at] = seen.times(walls.passed) + walls.shown;
        }
    }
}

#[derive(Clone, Copy)]
struct Walls {
    passed: V3,
    shown: V3,
    bend: (f64, f64),
    near: f64,
}

impl Default for Walls {
    fn default() -> Self {
        Self { passed: V3::splat(1.0), shown: V3::default(), bend: (0.0, 0.0), near: 0.0 }
    }
}

/// A leaf before the lens.
fn cover(screen: &mut [V3], leaf: &Leaf, drift: (f64, f64), light: V3) {
    let (sin, cos) = (libm::sin(leaf.turn), libm::cos(leaf.turn));
    let half = SIZE as f64 / 2.0;
    for (at, sample) in screen.iter_mut().enumerate() {
        let x = (at % SIZE) as f64 / half - 1.0 - leaf.middle.0 - drift.0;
        let y = (at / SIZE) as f64 / half - 1.0 - leaf.middle.1 - drift.1;
        let (x, y) = ((x * cos + y * sin) / leaf.half.0, (y * cos - x * sin) / leaf.half.1);
        // Pointed at both ends.
        let far = (x * x + y.abs() * (1.0 + 0.8 * x * x)).sqrt();
        let share = ramp(1.25, 0.75, far);
        if share > 0.0 {
            let vein = 1.0 - 0.25 * ramp(0.2, 0.0, y.abs());
            *sample = sample.mix(leaf.colour.times(light) * vein, share * 0.96);
        }
    }
}
