//! Weights of nets from out-of-fold data.

use serde::Serialize;

/// Rounds of the selection: so finely can it weigh.
const ROUNDS: usize = 50;

/// Each member's share in the ensemble that greedy forward selection with replacement finds (Caruana et al., "Ensemble
/// selection from libraries of models", 2004), by log loss: it begins with the best member and adds, round by round, the one
/// with which the mean is best; the best of all rounds is kept, the earlier of equals. `chances[member][sample]` is the
/// probability of the true class: the log loss of a mean of probabilities depends on nothing else.
pub fn select(chances: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; chances.first().map_or(0, Vec::len)];
    let mut taken = vec![0.0; chances.len()];
    let mut best = (f64::INFINITY, Vec::new());
    for round in 1..=ROUNDS {
        let loss_with =
            |member: &Vec<f64>| loss(sum.iter().zip(member).map(|(sum, chance)| (sum + chance) / round as f64));
        let losses = chances.iter().map(loss_with).enumerate();
        let Some((member, loss)) = losses.min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        taken[member] += 1.0;
        sum.iter_mut().zip(&chances[member]).for_each(|(sum, chance)| *sum += chance);
        if loss < best.0 {
            best = (loss, taken.iter().map(|times| times / round as f64).collect());
        }
    }
    best.1
}

/// Mean negative log likelihood in nats, held as [`log_loss`](super::log_loss) holds it.
fn loss(chances: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = chances.len().max(1) as f64;
    -chances.map(|chance| chance.clamp(f64::EPSILON, 1.0).ln()).sum::<f64>() / n
}

/// How a fold's nets are weighed: by the same weights in every fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighing {
    /// The weight of each of a fold's nets, selected on all folds.
    pub selected: Vec<f64>,
    /// For each fold the weights that all others select: weights that are judged on the originals that they were fitted to
    /// flatter themselves.
    pub by_others: Vec<Vec<f64>>,
    /// Out-of-fold log loss of equal weights.
    pub equal_loss: f64,
    /// Out-of-fold log loss of weights that all other folds select.
    pub selected_loss: f64,
}

impl Weighing {
    /// `chances[fold][net][sample]` is the probability of the true class.
    pub fn fit(chances: &[Vec<Vec<f64>>]) -> Self {
        let nets = chances.first().map_or(0, Vec::len);
        let pooled = |left_out: Option<usize>| -> Vec<Vec<f64>> {
            let folds = || chances.iter().enumerate().filter(|(fold, _)| Some(*fold) != left_out);
            (0..nets).map(|net| folds().flat_map(|(_, of_fold)| of_fold[net].iter().copied()).collect()).collect()
        };
        let by_others: Vec<_> = (0..chances.len()).map(|fold| select(&pooled(Some(fold)))).collect();
        let equal = vec![vec![1.0 / nets.max(1) as f64; nets]; chances.len()];
        let loss_of = |weights: &[Vec<f64>]| {
            let joined: Vec<f64> =
                chances.iter().zip(weights).flat_map(|(nets, weights)| mean(nets, weights)).collect();
            loss(joined.into_iter())
        };
        Self {
            equal_loss: loss_of(&equal),
            selected_loss: loss_of(&by_others),
            selected: select(&pooled(None)),
            by_others,
        }
    }

    /// Nets a fold.
    pub fn nets(&self) -> usize {
        self.selected.len()
    }

    /// Whether selected weights are better than equal ones; where not, the latter are taken.
    pub fn wins(&self) -> bool {
        self.selected_loss < self.equal_loss
    }

    /// The weights on images that no net has seen.
    pub fn weights(&self) -> Vec<f64> {
        self.or_equal(&self.selected)
    }

    /// The weights on a fold's own originals.
    pub fn of_fold(&self, fold: usize) -> Vec<f64> {
        self.or_equal(&self.by_others[fold])
    }

    fn or_equal(&self, selected: &[f64]) -> Vec<f64> {
        if self.wins() { selected.to_vec() } else { vec![1.0 / self.nets() as f64; self.nets()] }
    }
}

/// The mean of the members' chances by weights.
fn mean(members: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut mean = vec![0.0; members.first().map_or(0, Vec::len)];
    for (member, weight) in members.iter().zip(weights) {
        mean.iter_mut().zip(member).for_each(|(mean, chance)| *mean += weight * chance);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// Members whose chances scatter about a level of their own.
    fn members(levels: &[f64], samples: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut rng = Key::root(seed).rng();
        let mut chance = |level: &f64| 1.0 / (1.0 + (-(level + 1.5 * rng.normal())).exp());
        levels.iter().map(|level| (0..samples).map(|_| chance(level)).collect()).collect()
    }

    /// Every multiset is joined anew, member by member.
    fn slow(chances: &[Vec<f64>]) -> Vec<f64> {
        let shares = |bag: &[usize]| -> Vec<f64> {
            let times = |member| bag.iter().filter(|&&taken| taken == member).count();
            (0..chances.len()).map(|member| times(member) as f64 / bag.len() as f64).collect()
        };
        let loss_of = |bag: &[usize]| {
            let of_sample = |sample: usize| bag.iter().map(|&m| chances[m][sample]).sum::<f64>() / bag.len() as f64;
            let samples = chances[0].len();
            -(0..samples).map(|sample| of_sample(sample).max(f64::EPSILON).ln()).sum::<f64>() / samples as f64
        };
        let (mut bag, mut found) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let mut best = (f64::INFINITY, 0);
            for member in 0..chances.len() {
                let loss = loss_of(&[bag.as_slice(), &[member]].concat());
                if loss < best.0 {
                    best = (loss, member);
                }
            }
            bag.push(best.1);
            found.push((best.0, shares(&bag)));
        }
        found.into_iter().reduce(|best, next| if next.0 < best.0 { next } else { best }).unwrap().1
    }

    #[test]
    fn the_selection_equals_its_slow_twin_and_is_never_worse_than_the_best_member() {
        for seed in 0..20 {
            let chances = members(&[0.5, 0.8, -0.5, 0.7], 60, seed);
            let weights = select(&chances);
            assert!(weights.iter().zip(slow(&chances)).all(|(a, b)| (a - b).abs() < 1e-12), "seed {seed}: {weights:?}");
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let best = chances.iter().map(|member| loss(member.iter().copied())).fold(f64::INFINITY, f64::min);
            assert!(loss(mean(&chances, &weights).into_iter()) <= best + 1e-12);
        }
        assert_eq!(select(&members(&[1.0], 9, 3)), [1.0]);
    }

    #[test]
    fn weights_are_judged_on_the_fold_that_they_were_not_fitted_to() {
        let folds: Vec<_> = (0..3).map(|fold| members(&[2.0, -4.0], 80, fold)).collect();
        let weighing = Weighing::fit(&folds);
        assert!(weighing.wins() && weighing.selected[1] < 0.1, "{weighing:?}");
        assert_eq!(
            (weighing.weights(), weighing.of_fold(2)),
            (weighing.selected.clone(), weighing.by_others[2].clone())
        );
        assert_eq!(
            weighing.by_others[0],
            select(&[0, 1].map(|seed| [1, 2].map(|fold| folds[fold][seed].clone()).concat()))
        );

        // Each fold has another good net, so that what the others select is the bad one: selection loses, as it should.
        let folds: Vec<_> =
            (0..2).map(|fold| members(if fold == 0 { &[2.0, -1.0] } else { &[-1.0, 2.0] }, 80, fold)).collect();
        let weighing = Weighing::fit(&folds);
        assert!(!weighing.wins() && weighing.selected_loss > weighing.equal_loss, "{weighing:?}");
        assert_eq!((weighing.weights(), weighing.of_fold(0)), (vec![0.5, 0.5], vec![0.5, 0.5]));
    }

    #[test]
    fn one_net_has_all_the_weight() {
        let weighing = Weighing::fit(&[members(&[1.0], 5, 1), members(&[1.0], 5, 2)]);
        assert_eq!((weighing.weights(), weighing.of_fold(1), weighing.wins()), (vec![1.0], vec![1.0], false));
    }
}
