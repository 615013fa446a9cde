//! The least cost of dealing samples out to classes whose shares are given.

use std::collections::BinaryHeap;

/// Mean cost of the cheapest assignment of samples to classes in which class c gets a share `shares[c]` of them (whole
/// samples, by largest remainder); `cost[sample][class]` is finite. This is the Wasserstein-1 distance between the
/// samples and the classes under that cost.
///
/// Each sample begins at its cheapest class; then, as long as a class has too many, the cheapest chain of moves through
/// other classes to one that has too few is carried out (successive shortest paths on a graph of classes: Ahuja, Magnanti
/// and Orlin, "Network flows", 1993, section 9.7).
pub fn mean_cost(cost: &[Vec<f64>], shares: &[f64]) -> f64 {
    let (n, classes) = (cost.len(), shares.len());
    if n == 0 || classes == 0 {
        return 0.0;
    }
    let room = whole(shares, n);
    let mut at: Vec<usize> = cost.iter().map(|row| cheapest(row)).collect();
    let mut held = vec![0usize; classes];
    at.iter().for_each(|&class| held[class] += 1);
    // For each pair of classes, the samples of the first by what moving them to the second would cost more.
    let mut moves: Vec<Vec<BinaryHeap<Move>>> = vec![vec![BinaryHeap::new(); classes]; classes];
    let push = |moves: &mut Vec<Vec<BinaryHeap<Move>>>, sample: usize, from: usize| {
        for to in (0..classes).filter(|&to| to != from) {
            moves[from][to].push(Move { extra: cost[sample][to] - cost[sample][from], sample });
        }
    };
    (0..n).for_each(|sample| push(&mut moves, sample, at[sample]));
    while let Some(start) = (0..classes).find(|&class| held[class] > room[class]) {
        // Moves of samples that have left are dropped when they come to the top.
        let mut extra = vec![vec![f64::INFINITY; classes]; classes];
        for from in 0..classes {
            for to in (0..classes).filter(|&to| to != from) {
                let heap = &mut moves[from][to];
                while heap.peek().is_some_and(|top| at[top.sample] != from) {
                    heap.pop();
                }
                extra[from][to] = heap.peek().map_or(f64::INFINITY, |top| top.extra);
            }
        }
        let (reach, before) = shortest(&extra, start);
        let open = (0..classes).filter(|&class| held[class] < room[class]);
        let Some(end) = open.min_by(|&a, &b| reach[a].total_cmp(&reach[b])) else { break };
        let mut to = end;
        while to != start {
            let from = before[to];
            let Some(Move { sample, .. }) = moves[from][to].pop() else { break };
            at[sample] = to;
            push(&mut moves, sample, to);
            to = from;
        }
        held[start] -= 1;
        held[end] += 1;
    }
    at.iter().zip(cost).map(|(&class, row)| row[class]).sum::<f64>() / n as f64
}

/// A sample that could move, and what it would cost more; the cheapest is the greatest, ties by number.
#[derive(Clone, Copy, PartialEq)]
struct Move {
    extra: f64,
    sample: usize,
}

impl Eq for Move {}

impl Ord for Move {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.extra.total_cmp(&self.extra).then(other.sample.cmp(&self.sample))
    }
}

impl PartialOrd for Move {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn cheapest(row: &[f64]) -> usize {
    (0..row.len()).min_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0)
}

/// Bellman and Ford: moves may be gains, but never in a circle.
fn shortest(extra: &[Vec<f64>], start: usize) -> (Vec<f64>, Vec<usize>) {
    let classes = extra.len();
    let (mut reach, mut before) = (vec![f64::INFINITY; classes], vec![start; classes]);
    reach[start] = 0.0;
    for _ in 1..classes {
        let mut changed = false;
        for from in 0..classes {
            for to in 0..classes {
                let through = reach[from] + extra[from][to];
                // Rounding alone must not make a circle.
                if through < reach[to] - 1e-12 {
                    (reach[to], before[to]) = (through, from);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    (reach, before)
}

/// Whole numbers that sum to `n`, as near to the shares as can be (largest remainder).
fn whole(shares: &[f64], n: usize) -> Vec<usize> {
    let total: f64 = shares.iter().sum();
    let exact: Vec<f64> = shares.iter().map(|share| share / total * n as f64).collect();
    let mut counts: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    let missing = n.saturating_sub(counts.iter().sum());
    order.iter().cycle().take(missing).for_each(|&class| counts[class] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// Every assignment of six samples is tried.
    #[test]
    fn it_is_the_cheapest_of_all_assignments() {
        let mut rng = Key::root(1).rng();
        for _ in 0..100 {
            let cost: Vec<Vec<f64>> = (0..6).map(|_| (0..3).map(|_| rng.unit()).collect()).collect();
            let first = rng.below(7) as usize;
            let second = rng.below(7 - first as u64) as usize;
            let room = [first, second, 6 - first - second];
            let mut best = f64::INFINITY;
            for code in 0..3usize.pow(6) {
                let at: Vec<usize> = (0..6).map(|i| code / 3usize.pow(i) % 3).collect();
                if (0..3).all(|class| at.iter().filter(|&&c| c == class).count() == room[class]) {
                    best = best.min(at.iter().zip(&cost).map(|(&class, row)| row[class]).sum());
                }
            }
            let found = mean_cost(&cost, &room.map(|count| count as f64 / 6.0)) * 6.0;
            assert!((found - best).abs() < 1e-9, "{found}, cheapest {best}");
        }
    }

    #[test]
    fn whole_numbers_sum_to_all() {
        assert_eq!(whole(&[0.5, 0.3, 0.2], 7), [4, 2, 1]);
        assert_eq!(whole(&[1.0, 0.0], 3), [3, 0]);
    }
}
