//! Curved surfaces as triangles: surfaces of revolution, tubes along a path, boxes.

use std::f64::consts::TAU;

use super::vector::{V3, v3};

/// A corner of a triangle.
#[derive(Clone, Copy, Debug)]
pub struct Vertex {
    /// Where it is in the scene.
    pub place: V3,
    /// Which way the surface looks there.
    pub normal: V3,
    /// Around the object, 0 to 1: where patterns are painted.
    pub around: f64,
    /// From the object's foot (0) to its top (1).
    pub above: f64,
    /// How much of the room it sees: 1 outside, less deep inside a vessel.
    pub open: f64,
}

/// What a part is painted with; the identity decides what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Outer walls, handles, spouts.
    Body,
    /// The inner wall.
    Inside,
    /// Lids and caps.
    Top,
    /// What it is filled with.
    Content,
    /// Twigs in a vase.
    Sprig,
    /// Things that only stand nearby.
    Prop,
}

/// A mesh of one finish.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is painted with.
    pub slot: Slot,
    /// The corners.
    pub vertices: Vec<Vertex>,
    /// Triangles, as indices of corners.
    pub faces: Vec<[usize; 3]>,
}

/// A profile: (radius, height) from the foot's middle outwards, upwards, and down again inside.
pub type Curve = Vec<(f64, f64)>;

/// A smooth curve through the points (Catmull and Rom), `steps` pieces between two points.
pub fn smooth(points: &[(f64, f64)], steps: usize) -> Curve {
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let spline = |a: f64, b: f64, c: f64, d: f64, t: f64| {
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    };
    let mut curve = Curve::new();
    for i in 0..points.len() as isize - 1 {
        let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for step in 0..steps {
            let t = step as f64 / steps as f64;
            curve.push((spline(a.0, b.0, c.0, d.0, t), spline(a.1, b.1, c.1, d.1, t)));
        }
    }
    curve.extend(points.last());
    curve
}

/// The radius of a rising curve at a height.
pub fn radius_at(curve: &[(f64, f64)], height: f64) -> f64 {
    let above = curve.iter().position(|&(_, y)| y >= height).unwrap_or(curve.len() - 1);
    let (low, high) = (curve[above.saturating_sub(1)], curve[above]);
    let span = high.1 - low.1;
    let share = if span > 1e-9 { ((height - low.1) / span).clamp(0.0, 1.0) } else { 0.0 };
    low.0 + share * (high.0 - low.0)
}

/// A pouring lip: the rim pulled out towards one side (-x).
#[derive(Clone, Copy, Debug)]
pub struct Lip {
    /// How far it is pulled.
    pub reach: f64,
    /// The rim's height.
    pub height: f64,
}

/// Turns curves about the vertical axis. Each curve is smooth; where one ends and the next begins is an edge.
/// `total` is the height that counts as the object's top for patterns.
pub fn revolve(slot: Slot, curves: &[Curve], total: f64, lip: Option<Lip>, open: impl Fn(f64) -> f64) -> Part {
    const SIDES: usize = 64;
    let mut part = Part { slot, vertices: Vec::new(), faces: Vec::new() };
    for curve in curves {
        let place = |row: usize, side: usize| {
            let (radius, height) = curve[row.min(curve.len() - 1)];
            let angle = TAU * side as f64 / SIDES as f64;
            let (sin, cos) = (libm::sin(angle), libm::cos(angle));
            let radius = radius.max(0.004);
            let pulled = lip.map_or(0.0, |lip| {
                let near = ((height / lip.height - 0.72) / 0.28).clamp(0.0, 1.0);
                let side = (-cos).max(0.0);
                let side = side * side * side;
                lip.reach * near * near * side * side
            });
            v3(cos * (radius + pulled), height + pulled * 0.25, sin * radius)
        };
        let paint = |row: usize, side: usize| {
            let height = curve[row].1;
            (side as f64 / SIDES as f64, height / total, open(height))
        };
        grid(&mut part, curve.len(), SIDES, place, paint);
    }
    part
}

/// A tube along a path in the plane z = 0, as flat as `flat` says (1 is round).
pub fn tube(slot: Slot, path: &[(f64, f64)], radius: impl Fn(f64) -> f64, flat: f64, total: f64) -> Part {
    const SIDES: usize = 14;
    let mut part = Part { slot, vertices: Vec::new(), faces: Vec::new() };
    let last = path.len() - 1;
    let place = |row: usize, side: usize| {
        let row = row.min(last);
        let (back, ahead) = (path[row.saturating_sub(1)], path[(row + 1).min(last)]);
        let along = v3(ahead.0 - back.0, ahead.1 - back.1, 0.0).unit();
        let angle = TAU * side as f64 / SIDES as f64;
        let thick = radius(row as f64 / last as f64);
        let out = v3(-along.y, along.x, 0.0) * (libm::cos(angle) * thick * flat);
        v3(path[row].0, path[row].1, 0.0) + out + v3(0.0, 0.0, libm::sin(angle) * thick)
    };
    let paint = |row: usize, _: usize| (0.0, path[row].1 / total, 1.0);
    grid(&mut part, path.len(), SIDES, place, paint);
    part
}

/// A box that stands on the table.
pub fn block(slot: Slot, middle: V3, half: V3) -> Part {
    let mut part = Part { slot, vertices: Vec::new(), faces: Vec::new() };
    for (axis, side) in (0..3).flat_map(|axis| [(axis, 1.0), (axis, -1.0)]) {
        let pick = |a: f64, b: f64, c: f64| match axis {
            0 => v3(a, b, c),
            1 => v3(b, a, c),
            _ => v3(b, c, a),
        };
        let first = part.vertices.len();
        for (b, c) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let place = middle + pick(side, b, c).times(half);
            let (around, above) = (place.x + place.z, place.y);
            part.vertices.push(Vertex { place, normal: pick(side, 0.0, 0.0), around, above, open: 1.0 });
        }
        part.faces.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
    }
    part
}

/// Adds a grid of places that closes on itself sidewise, with normals from its own differences.
fn grid(
    part: &mut Part,
    rows: usize,
    sides: usize,
    place: impl Fn(usize, usize) -> V3,
    paint: impl Fn(usize, usize) -> (f64, f64, f64),
) {
    let first = part.vertices.len();
    // One column more than there are sides: the seam's two columns share a place, but not a position in the pattern.
    for (row, side) in (0..rows).flat_map(|row| (0..=sides).map(move |side| (row, side))) {
        let along = place(row + 1, side) - place(row.saturating_sub(1), side);
        let across = place(row, side + 1) - place(row, side + sides - 1);
        let (around, above, open) = paint(row, side);
        part.vertices.push(Vertex { place: place(row, side), normal: along.cross(across).unit(), around, above, open });
    }
    let at = |row: usize, side: usize| first + row * (sides + 1) + side;
    for (row, side) in (0..rows - 1).flat_map(|row| (0..sides).map(move |side| (row, side))) {
        part.faces.push([at(row, side), at(row + 1, side), at(row + 1, side + 1)]);
        part.faces.push([at(row, side), at(row + 1, side + 1), at(row, side + 1)]);
    }
}

impl Part {
    /// The part moved and turned, for props.
    pub fn moved(mut self, by: V3, turn: f64) -> Self {
        let turn = (libm::sin(turn), libm::cos(turn));
        for vertex in &mut self.vertices {
            vertex.place = vertex.place.turned(turn) + by;
            vertex.normal = vertex.normal.turned(turn);
        }
        self
    }
}
