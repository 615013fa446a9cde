//! Pictures that are copies of one another though their pixels differ: turned, mirrored, cropped, recoloured, encoded
//! again. Two stages: a shortlist by perceptual hashes, by shared local features and, when a net is at hand, by its embeddings;
//! then geometry for each pair on it.

mod agreement;
mod corner;
mod feature;
mod grey;
mod hash;
mod shelf;
mod sketch;
mod store;
mod verify;
mod vote;

use std::collections::{HashMap, HashSet};
use std::io;

use rayon::prelude::*;
use serde::Serialize;

use super::{Forest, duplicates};
use crate::data::Sample;
use crate::kernel::Matrix;

use agreement::{Agreement, Overlay};
pub use sketch::Sketch;
use store::Chosen;
pub use store::{Sketches, Writer};
use verify::align;

/// Bits of the perceptual hash, of 63, in which two pictures on the shortlist may differ.
pub const DEFAULT_BITS: u32 = 7;
/// The most that may be asked for: more would make the search slow, and nothing would be found that the corners do not find.
pub const MAX_BITS: u32 = 11;
/// Pairs on each shortlist, for one picture.
pub const SHORTLIST: usize = 12;

/// Two pictures that show the same, and why that is believed.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Row of the one.
    #[serde(skip)]
    pub a: usize,
    /// Row of the other.
    #[serde(skip)]
    pub b: usize,
    /// Whether one is a mirror image of the other.
    pub mirrored: bool,
    /// How far the one is turned against the other, in degrees from -180 to 180, clockwise.
    pub turned_deg: f64,
    /// How much larger the scene is in the other, both brought to one size.
    pub scale: f64,
    /// Matched corners that the map explains; 0 where the hash proposed it.
    pub corners: usize,
    /// Share of the common part that was left out of the following two, since something hides it in one picture.
    pub hidden: f64,
    /// Share of textured blocks of the common part that agree.
    pub agreement: f64,
    /// Correlation of the levels of the common part.
    pub correlation: f64,
}

impl Link {
    /// In words.
    pub fn evidence(&self) -> String {
        let turned =
            if self.turned_deg.abs() >= 1.0 { format!(", turned by {}°", self.turned_deg) } else { String::new() };
        let scaled =
            if (self.scale - 1.0).abs() >= 0.02 { format!(", scaled by {}", self.scale) } else { String::new() };
        let corners = if self.corners > 0 { format!("{} corners match, ", self.corners) } else { String::new() };
        let hidden = if self.hidden > 0.0 {
            format!(" beside {:.0}% that is hidden", self.hidden * 100.0)
        } else {
            String::new()
        };
        format!(
            "near-duplicate{}{turned}{scaled} ({corners}{:.0}% of the blocks with texture agree{hidden})",
            if self.mirrored { ", mirrored" } else { "" },
            self.agreement * 100.0
        )
    }
}

/// Links between rows whose pictures show the same, as far as they have a sketch. Not all pairs of a set of copies are
/// there, but enough to join the set. Of rows with equal pixels one stands for all. `proposed` are pairs of rows that are
/// looked at too, whatever hashes and corners say.
///
/// # Errors
/// What the search puts aside cannot be written to the folder for temporary files, or not be read again.
pub fn near_duplicates(
    samples: &[Sample],
    sketches: &Sketches,
    bits: u32,
    proposed: &[[usize; 2]],
) -> io::Result<Vec<Link>> {
    let mut rows: Vec<usize> = sketches.rows().collect();
    // By content, so that the order of rows decides nothing.
    rows.sort_by_key(|&row| &samples[row].content_hash);
    rows.dedup_by_key(|&mut row| &samples[row].content_hash);
    let places: HashMap<_, u32> = rows.iter().map(|&row| &samples[row].content_hash).zip(0..).collect();
    let proposed = proposed.iter().filter_map(|pair| {
        let [a, b] = pair.map(|row| places.get(&samples[row].content_hash).copied());
        let (a, b) = (a?, b?);
        (a != b).then_some((a.min(b), a.max(b)))
    });
    let mut links = among(&sketches.choose(&rows), bits, proposed)?;
    for link in &mut links {
        (link.a, link.b) = (rows[link.a], rows[link.b]);
    }
    Ok(links)
}

/// Sets of two or more rows that links join, directly or through others; with them the rows of equal pixels.
pub fn sets(links: &[Link], samples: &[Sample]) -> Vec<Vec<usize>> {
    let mut forest = Forest::new(samples.len());
    links.iter().for_each(|link| forest.join(link.a, link.b));
    let linked: HashSet<usize> = links.iter().flat_map(|link| [link.a, link.b]).collect();
    for twins in duplicates(samples).into_iter().filter(|rows| rows.iter().any(|row| linked.contains(row))) {
        twins.windows(2).for_each(|pair| forest.join(pair[0], pair[1]));
    }
    forest.sets()
}

/// Verifies the shortlists from the most likely pair down, a round of many at a time: a pair that earlier rounds have joined
/// through others needs no look.
fn among(sketches: &Chosen, bits: u32, proposed: impl Iterator<Item = (u32, u32)>) -> io::Result<Vec<Link>> {
    let mut pairs = hash::pairs_within(&sketches.hashes(), bits, SHORTLIST);
    pairs.par_sort_unstable_by_key(|&(a, b, distance)| (distance, a, b));
    pairs.extend(vote::pairs(sketches, SHORTLIST)?);
    pairs.extend(proposed.map(|(a, b)| (a, b, 0)));
    let mut forest = Forest::new(sketches.len());
    let mut links = Vec::new();
    for round in pairs.chunks(sketches.len().max(64)) {
        let mut open: Vec<[usize; 2]> = round.iter().map(|&(a, b, _)| [a as usize, b as usize]).collect();
        open.sort_unstable();
        open.dedup();
        open.retain(|&[a, b]| forest.root(a) != forest.root(b));
        let found: Vec<Vec<Link>> = open
            .par_chunk_by(|one, other| one[0] == other[0])
            .map(|of_one| verified(of_one, sketches, bits))
            .collect::<io::Result<_>>()?;
        let found = found.into_iter().flatten();
        links.extend(found.inspect(|link| forest.join(link.a, link.b)));
    }
    links.sort_by_key(|link| (link.a, link.b));
    Ok(links)
}

/// The links among pairs of one picture with others.
fn verified(pairs: &[[usize; 2]], sketches: &Chosen, bits: u32) -> io::Result<Vec<Link>> {
    let one = sketches.load(pairs[0][0])?;
    let mut links = Vec::new();
    for &[a, b] in pairs {
        links.extend(verify(a, b, &one, &sketches.load(b)?, bits));
    }
    Ok(links)
}

fn verify(a: usize, b: usize, one: &Sketch, other: &Sketch, bits: u32) -> Option<Link> {
    let tiny = one.is_tiny() || other.is_tiny();
    let doubtless = |map: Matrix, corners: usize| {
        let agreement = convincing(corners, &Overlay::new(&one.thumb, &other.thumb, &map)?, tiny)?;
        Some(link(a, b, one, other, &map, corners, &agreement))
    };
    let by_hash = || {
        let (way, distance) = hash::nearest_way(one.hash, other.hash);
        (distance <= bits).then(|| doubtless(unit_turn(way), 0)).flatten()
    };
    let by_corners = || {
        let found = align(&one.features, &other.features)?;
        doubtless(one.unit_to_pixels().then(&found.map).then(&other.pixels_to_unit()), found.inliers)
    };
    // The hash first, since it costs less.
    by_hash().or_else(by_corners)
}

/// What together leaves no doubt.
struct Proof {
    /// Corners that fit one map, at least.
    corners: usize,
    /// The levels' correlation, above this.
    correlation: f64,
    /// The share of textured blocks that agree, above this.
    share: f64,
    /// Blocks that agree, at least.
    blocks: usize,
}

/// Where all that two pictures have in common is compared: by levels alone; with more blocks or more corners, which chance
/// does not give, levels need not agree as well, since fits are not exact and tone curves not straight.
const WHOLE: [Proof; 6] = [
    Proof { corners: 0, correlation: 0.97, share: 0.9, blocks: 6 },
    Proof { corners: 8, correlation: 0.97, share: 0.9, blocks: 1 },
    Proof { corners: 0, correlation: 0.97, share: 0.88, blocks: 40 },
    Proof { corners: 8, correlation: 0.95, share: 0.9, blocks: 75 },
    Proof { corners: 16, correlation: 0.9, share: 0.85, blocks: 60 },
    Proof { corners: 16, correlation: 0.6, share: 0.92, blocks: 6 },
];
/// Beside what is hidden: look-alikes agree in most places too, only not so exactly.
const BESIDE_HIDDEN: [Proof; 2] = [
    Proof { corners: 0, correlation: 0.995, share: 0.95, blocks: 8 },
    Proof { corners: 32, correlation: 0.96, share: 0.9, blocks: 8 },
];
/// Of tiny pictures.
const TINY: [Proof; 1] = [Proof { corners: 24, correlation: 0.95, share: 0.9, blocks: 1 }];

/// The agreement that leaves no doubt, of all of the pictures or beside what something hides.
fn convincing(corners: usize, overlay: &Overlay, tiny: bool) -> Option<Agreement> {
    let proven = |proofs: &[Proof], a: &Agreement| {
        let enough = |p: &Proof| {
            corners >= p.corners && a.correlation > p.correlation && a.share() > p.share && a.agreeing >= p.blocks
        };
        a.overlap > 0.2 && proofs.iter().any(enough)
    };
    let whole = overlay.whole()?;
    if proven(if tiny { &TINY } else { &WHOLE }, &whole) {
        return Some(whole);
    }
    (!tiny).then(|| overlay.beside_hidden()).flatten().filter(|beside| proven(&BESIDE_HIDDEN, beside))
}

/// The map of the unit square that belongs to one of the hash's eight ways.
fn unit_turn(way: usize) -> Matrix {
    let along = |mirror: bool| if mirror { (-1.0, 1.0) } else { (1.0, 0.0) };
    let ((sx, tx), (sy, ty)) = (along(way & 2 == 2), along(way & 4 == 4));
    if way & 1 == 1 { Matrix::affine([0.0, sx, tx, sy, 0.0, ty]) } else { Matrix::affine([sx, 0.0, tx, 0.0, sy, ty]) }
}

fn link(a: usize, b: usize, one: &Sketch, other: &Sketch, map: &Matrix, corners: usize, agreement: &Agreement) -> Link {
    let [m, n, _, o, p, _, ..] = one.pixels_to_unit().then(map).then(&other.unit_to_pixels()).0;
    let determinant = m * p - n * o;
    // The turn of the nearest similarity; a mirror image is mirrored left to right first.
    let sign = determinant.signum();
    let turned_deg = libm::atan2(o * sign - n, m * sign + p).to_degrees();
    Link {
        a,
        b,
        mirrored: determinant < 0.0,
        turned_deg: (turned_deg * 10.0).round() / 10.0,
        scale: (determinant.abs().sqrt() * 1000.0).round() / 1000.0,
        corners,
        hidden: (agreement.hidden * 1000.0).round() / 1000.0,
        agreement: agreement.share(),
        correlation: agreement.correlation,
    }
}
