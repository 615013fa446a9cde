//! The search: moves and swaps of groups by simulated annealing on J.

use super::table::{Shift, Table};
use crate::random::Rng;

/// How many moves and swaps are tried: a number, never a time, so that every machine ends with the same folds. Where there
/// are many groups, the greedy start is nearly even, and the search only polishes it.
fn steps(groups: usize) -> usize {
    let few = groups as f64;
    let wanted = if groups <= MANY { 60.0 * few * few * few.sqrt() } else { POLISH * few };
    wanted.min(2e6) as usize
}

/// More groups than this are many.
const MANY: usize = 10_000;
/// Steps for each of many groups: fewer than `HOT_FROM`.
const POLISH: f64 = 16.0;

/// Below this many steps for each group there is no time to cool down from heat: the search only goes downhill.
const HOT_FROM: usize = 50;

/// Improves the table (Kirkpatrick, Gelatt and Vecchi, "Optimization by simulated annealing", Science 1983) and leaves it
/// at the best state that was seen: J never rises. A part never loses its last group. Ends early at a J that cannot be
/// bettered, `bound`.
pub(super) fn anneal(table: &mut Table, bound: f64, rng: &mut Rng) {
    let (groups, parts) = (table.part_of.len(), table.shares.len());
    if groups < 2 || parts < 2 || table.is_at(bound) {
        return;
    }
    let steps = steps(groups);
    let mut shift = Shift::new(table.deck);
    let hot = if steps >= HOT_FROM * groups { typical_change(table, rng) } else { 0.0 };
    // How far J is above the best, and the way back there.
    let mut above = 0.0;
    let mut way_back: Vec<(u32, Option<u32>, u32)> = Vec::new();
    for step in 0..steps {
        let heat = if hot > 0.0 { hot * libm::exp(-COOLING * step as f64 / steps as f64) } else { 0.0 };
        let Some((a, b, to)) = propose(table, rng) else { continue };
        table.shift(a, b, &mut shift);
        let from = table.part_of[a] as usize;
        let change = table.change(&shift, from, to);
        if change > 0.0 && (change > 30.0 * heat || !rng.chance(libm::exp(-change / heat))) {
            continue;
        }
        table.apply(a, b, to, &shift);
        above += change;
        if above < -1e-12 {
            above = 0.0;
            way_back.clear();
            if table.is_at(bound) {
                break;
            }
        } else {
            way_back.push((a as u32, b.map(|b| b as u32), from as u32));
        }
    }
    for (a, b, from) in way_back.into_iter().rev() {
        let (a, b) = (a as usize, b.map(|b| b as usize));
        table.shift(a, b, &mut shift);
        table.apply(a, b, from as usize, &shift);
    }
}

/// From hot to cold in units of e.
const COOLING: f64 = 7.0;

/// A group, a group that it swaps places with (or none), and the part that it goes to.
fn propose(table: &Table, rng: &mut Rng) -> Option<(usize, Option<usize>, usize)> {
    let a = rng.index(table.part_of.len());
    let home = table.part_of[a];
    if rng.bits32() & 1 == 0 {
        let b = rng.index(table.part_of.len());
        let to = table.part_of[b];
        return (to != home).then_some((a, Some(b), to as usize));
    }
    let to = rng.index(table.shares.len());
    (to != home as usize && !table.is_alone(a)).then_some((a, None, to))
}

/// The mean size of a change of J.
fn typical_change(table: &Table, rng: &mut Rng) -> f64 {
    let mut shift = Shift::new(table.deck);
    let (mut sum, mut tried) = (0.0, 0u32);
    for _ in 0..1_000 {
        if let Some((a, b, to)) = propose(table, rng) {
            table.shift(a, b, &mut shift);
            sum += table.change(&shift, table.part_of[a] as usize, to).abs();
            tried += 1;
        }
    }
    sum / f64::from(tried.max(1))
}
