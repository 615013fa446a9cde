//! When a trial is not worth going on with.

use serde_json::{Value, json};

use super::{Direction, Study, Trial};

/// Which trials are stopped early: as Optuna's `MedianPruner()`, `SuccessiveHalvingPruner(min_resource=1)` and
/// `HyperbandPruner(1, most)`, whose notes they read and write, so that Python workers of one study prune by the same history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pruner {
    /// None is.
    None,
    /// Those whose best value so far is worse than the median of complete trials at the same step, once 5 are complete.
    Median,
    /// Asynchronous successive halving (Li et al. 2020): at steps 1, 4, 16, … only the best quarter goes on.
    Asha,
    /// Successive halving at steps that differ between brackets of trials (Li et al. 2018), by thirds.
    Hyperband {
        /// The last step that a trial can reach.
        most: usize,
    },
}

/// Complete trials before the median is believed.
const STARTUP: usize = 5;
const ASHA_FACTOR: usize = 4;
const HYPERBAND_FACTOR: usize = 3;

/// What a pruner says of a trial.
pub(super) struct Judgement {
    pub stop: bool,
    /// System attributes to note on the trial.
    pub notes: Vec<(String, Value)>,
}

impl Pruner {
    /// Judges a trial that has just reported `value` at `step`, the first of which is 1.
    pub(super) fn judge(self, study: &Study, trial: &Trial, step: i64, value: f64) -> Judgement {
        let direction = study.directions[0];
        let on = |stop: bool| Judgement { stop, notes: Vec::new() };
        match self {
            Self::None => on(false),
            Self::Median => {
                let so_far = trial.reported.values().copied().chain([value]).map(|v| direction.loss(v));
                let best = so_far.fold(f64::INFINITY, f64::min);
                on(median(study, direction, step).is_some_and(|median| best > median))
            }
            Self::Asha => {
                halve(&study.trials.iter().collect::<Vec<_>>(), direction, trial, step, value, ASHA_FACTOR, 0)
            }
            Self::Hyperband { .. } => {
                let bracket = self.bracket(study, trial.number);
                let trials = self.peers(study, trial.number);
                halve(&trials, direction, trial, step, value, HYPERBAND_FACTOR, bracket as u32)
            }
        }
    }

    /// The trials that a trial is compared with, and that its values are learnt from: with hyperband, those of its bracket.
    pub(super) fn peers(self, study: &Study, number: usize) -> Vec<&Trial> {
        let same = |other: &&Trial| self.bracket(study, other.number) == self.bracket(study, number);
        study.trials.iter().filter(same).collect()
    }

    fn bracket(self, study: &Study, number: usize) -> usize {
        let Self::Hyperband { most } = self else { return 0 };
        // Python's math.log: by the platform's logarithms, whose quotient is below 5 for 243 steps.
        let count = ((most.max(1) as f64).ln() / (HYPERBAND_FACTOR as f64).ln()) as usize + 1;
        let budget = |bracket: usize| {
            let s = count - 1 - bracket;
            (count * HYPERBAND_FACTOR.pow(s as u32)).div_ceil(s + 1)
        };
        let total: usize = (0..count).map(budget).sum();
        let mut left = crc32fast::hash(format!("{}_{number}", study.name).as_bytes()) as usize % total;
        for bracket in 0..count {
            if left < budget(bracket) {
                return bracket;
            }
            left -= budget(bracket);
        }
        unreachable!("the rest of a division is below the sum of the budgets")
    }
}

/// Of the losses of complete trials at a step, as numpy's `nanpercentile` has it.
fn median(study: &Study, direction: Direction, step: i64) -> Option<f64> {
    let at_step = study.complete().filter_map(|trial| trial.reported.get(&step)).filter(|v| v.is_finite());
    let mut losses: Vec<f64> = at_step.map(|&value| direction.loss(value)).collect();
    if study.complete().count() < STARTUP || losses.is_empty() {
        return None;
    }
    losses.sort_by(f64::total_cmp);
    Some(f64::midpoint(losses[(losses.len() - 1) / 2], losses[losses.len() / 2]))
}

/// Asynchronous successive halving: at each rung a trial goes on only among the best `1 / factor` that came there so far.
fn halve(
    trials: &[&Trial],
    direction: Direction,
    trial: &Trial,
    step: i64,
    value: f64,
    factor: usize,
    late: u32,
) -> Judgement {
    let key = |rung: u32| format!("completed_rung_{rung}");
    let mut rung = (0..u32::MAX).find(|&rung| !trial.system_attrs.contains_key(&key(rung))).unwrap_or_default();
    let mut notes = Vec::new();
    while step >= factor.pow(late + rung) as i64 {
        notes.push((key(rung), json!(value)));
        let own = direction.loss(value);
        let others = trials.iter().filter_map(|other| other.system_attrs.get(&key(rung))?.as_f64());
        let mut losses: Vec<f64> = others.map(|v| direction.loss(v)).chain([own]).collect();
        losses.sort_by(f64::total_cmp);
        // The first few cannot make up a share of one: then only the best goes on.
        let last = (losses.len() / factor).max(1) - 1;
        if own > losses[last] {
            return Judgement { stop: true, notes };
        }
        rung += 1;
    }
    Judgement { stop: false, notes }
}
