//! Where the values of the next trial come from.

use super::parzen::Parzen;
use super::study::dominates;
use super::{Distribution, State, Study, Trial};
use crate::random::Rng;

/// How values are chosen. Either way values that were tried are not tried again while others are found: a training with the
/// same values and seed would come to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampler {
    /// Evenly from their ranges.
    Random,
    /// The tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023), over all hyper-parameters that exist
    /// together at once, with Optuna's defaults (10 trials at random first, 24 candidates) where Watanabe found none better:
    /// the best 15 of 100, at most 25, stand against the others. Trials that still run count among the others, so that many
    /// processes do not all try the same (constant liar). With two objectives the best are those by rank of non-domination,
    /// equals by hypervolume (Ozaki et al. 2022).
    Tpe,
}

/// Trials at random before there is something to learn from.
const STARTUP: usize = 10;
/// Draws of which the most promising one is taken.
const CANDIDATES: usize = 24;
/// Most draws to find values that were not tried.
const DRAWS: usize = 10 * CANDIDATES;
/// Least weight of a good trial, as a share of the best one's.
const LEAST_WEIGHT: f64 = 1e-12;

impl Sampler {
    /// Values for one group of hyper-parameters that exist together. `trials` are those to learn from, by their number;
    /// `tried` says of values whether a trial has had them and all that has been chosen before.
    pub(super) fn take(
        self,
        study: &Study,
        trials: &[&Trial],
        group: &[(String, Distribution)],
        tried: &dyn Fn(&[f64]) -> bool,
        rng: &mut Rng,
    ) -> Vec<f64> {
        let mut draws = (0..DRAWS).map(|_| group.iter().map(|(_, d)| d.draw(rng)).collect::<Vec<f64>>());
        let values = draws.find(|values| !tried(values));
        let mut values = values.unwrap_or_else(|| group.iter().map(|(_, d)| d.draw(rng)).collect());
        let learnt: Vec<usize> = (0..group.len()).filter(|&i| !group[i].1.single()).collect();
        let done = trials.iter().filter(|trial| matches!(trial.state, State::Complete | State::Pruned)).count();
        if self == Self::Tpe && done >= STARTUP && !learnt.is_empty() {
            let group: Vec<(String, Distribution)> = learnt.iter().map(|&i| group[i].clone()).collect();
            let whole = |part: &[f64]| {
                let mut whole = values.clone();
                learnt.iter().zip(part).for_each(|(&i, &value)| whole[i] = value);
                whole
            };
            if let Some(part) = tpe(study, trials, &group, done, &|part| !tried(&whole(part)), rng) {
                values = whole(&part);
            }
        }
        values
    }
}

/// The most promising of the candidates that are fresh; none if no draw is.
fn tpe(
    study: &Study,
    trials: &[&Trial],
    group: &[(String, Distribution)],
    done: usize,
    fresh: &dyn Fn(&[f64]) -> bool,
    rng: &mut Rng,
) -> Option<Vec<f64>> {
    let good = best(study, trials, (done * 15).div_ceil(100).min(25));
    let rows = |wanted: bool| -> Vec<(usize, Vec<f64>)> {
        let of_side = |&(i, _): &(usize, &&Trial)| good.contains(&i) == wanted;
        let chosen = trials.iter().enumerate().filter(|(_, trial)| trial.state != State::Fail).filter(of_side);
        chosen.filter_map(|(i, trial)| Some((i, trial.row(group)?))).collect()
    };
    let (numbers, below): (Vec<usize>, Vec<_>) = rows(true).into_iter().unzip();
    let above: Vec<_> = rows(false).into_iter().map(|(_, row)| row).collect();
    let weights = (study.directions.len() > 1).then(|| {
        let all = weights(study, &good.iter().map(|&i| trials[i]).collect::<Vec<_>>());
        let of = |number: &usize| good.iter().position(|i| i == number).map_or(1.0, |place| all[place]);
        numbers.iter().map(of).collect::<Vec<_>>()
    });
    let space: Vec<&Distribution> = group.iter().map(|(_, distribution)| distribution).collect();
    let (good, others) = (Parzen::new(&space, &below, weights.as_deref()), Parzen::new(&space, &above, None));
    let draws = (0..DRAWS).map(|_| good.draw(rng));
    let candidates = draws.filter(|point| fresh(point)).take(CANDIDATES);
    let promise = |point: &Vec<f64>| good.log_density(point) - others.log_density(point);
    let rated = candidates.map(|point| (promise(&point), point));
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

/// The places of the `n` best trials in rising order: complete ones, then pruned ones, the later stopped the better.
fn best(study: &Study, trials: &[&Trial], n: usize) -> Vec<usize> {
    let of = |state| (0..trials.len()).filter(move |&i| trials[i].state == state);
    let complete: Vec<usize> = of(State::Complete).collect();
    let mut best: Vec<usize> = if study.directions.len() == 1 {
        let mut sorted = complete;
        sorted.sort_by(|&a, &b| study.losses(trials[a])[0].total_cmp(&study.losses(trials[b])[0]));
        sorted.into_iter().take(n).collect()
    } else {
        let losses: Vec<_> = complete.iter().map(|&i| study.losses(trials[i])).collect();
        foremost(&losses, n).into_iter().map(|i| complete[i]).collect()
    };
    let rank = |i: usize| {
        let last = trials[i].reported.iter().next_back();
        last.map_or((1, 0.0), |(&step, &value)| (-step, study.directions[0].loss(value)))
    };
    let mut pruned: Vec<usize> = of(State::Pruned).collect();
    pruned.sort_by(|&a, &b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
    best.extend(pruned.into_iter().take(n - best.len()));
    best.sort_unstable();
    best
}

/// The `n` foremost points by rank of non-domination; of the last rank, greedily those that add most hypervolume.
pub(super) fn foremost(losses: &[Vec<f64>], n: usize) -> Vec<usize> {
    let (mut taken, mut left) = (Vec::new(), (0..losses.len()).collect::<Vec<_>>());
    while taken.len() < n && !left.is_empty() {
        let front: Vec<usize> = left
            .iter()
            .copied()
            .filter(|&i| !left.iter().any(|&other| dominates(&losses[other], &losses[i])))
            .collect();
        left.retain(|i| !front.contains(i));
        if taken.len() + front.len() <= n {
            taken.extend(front);
            continue;
        }
        let corner = corner(front.iter().map(|&i| &losses[i]));
        let (mut front, mut chosen) = (front, Vec::new());
        while taken.len() + chosen.len() < n {
            let with =
                |i: usize| area(&chosen.iter().chain([&i]).map(|&i: &usize| &losses[i]).collect::<Vec<_>>(), &corner);
            let most = (0..front.len()).max_by(|&a, &b| with(front[a]).total_cmp(&with(front[b])));
            let Some(most) = most else { break };
            chosen.push(front.swap_remove(most));
        }
        taken.extend(chosen);
    }
    taken
}

/// What each good trial of two objectives counts: the hypervolume that is lost without it.
fn weights(study: &Study, good: &[&Trial]) -> Vec<f64> {
    let losses: Vec<_> = good.iter().map(|trial| study.losses(trial)).collect();
    let corner = corner(losses.iter());
    let all = area(&losses.iter().collect::<Vec<_>>(), &corner);
    let without = |i: usize| {
        area(&losses.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, l)| l).collect::<Vec<_>>(), &corner)
    };
    let lost: Vec<f64> = (0..losses.len()).map(|i| all - without(i)).collect();
    let most = lost.iter().copied().fold(0.0, f64::max);
    if good.len() < 2 || most <= 0.0 {
        return vec![1.0; good.len()];
    }
    lost.into_iter().map(|lost| (lost / most).max(LEAST_WEIGHT)).collect()
}

/// A point a little worse than all (Optuna's reference point).
fn corner<'a>(losses: impl Iterator<Item = &'a Vec<f64>>) -> [f64; 2] {
    let worst = losses.fold([f64::NEG_INFINITY; 2], |worst, loss| [worst[0].max(loss[0]), worst[1].max(loss[1])]);
    worst.map(|w| if w == 0.0 { LEAST_WEIGHT } else { (1.1 * w).max(0.9 * w) })
}

/// The area that points of two losses cover up to a corner.
fn area(losses: &[&Vec<f64>], corner: &[f64; 2]) -> f64 {
    let mut sorted = losses.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let (mut area, mut top) = (0.0, corner[1]);
    for loss in sorted.into_iter().filter(|loss| loss[0] < corner[0]) {
        if loss[1] < top {
            area += (corner[0] - loss[0]) * (top - loss[1]);
            top = loss[1];
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_and_the_foremost_of_two_losses() {
        let losses = vec![vec![1.0, 3.0], vec![2.0, 2.0], vec![3.0, 1.0], vec![3.0, 3.0], vec![1.1, 2.9]];
        assert_eq!(area(&losses.iter().take(3).collect::<Vec<_>>(), &[4.0, 4.0]), 6.0);
        // The three that stand alone on the front before the one close to another, and before the one that is beaten.
        let mut three = foremost(&losses, 3);
        three.sort_unstable();
        assert!(three.contains(&1) && three.contains(&2) && !three.contains(&3), "{three:?}");
        assert_eq!(foremost(&losses, 4).len(), 4);
        assert!(!foremost(&losses, 4).contains(&3));
        assert_eq!(foremost(&losses, 9).len(), 5);
    }
}
