//! The learning rate as a pure function of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;

/// How the learning rate goes after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScheduleKind {
    /// Half a cosine from `lr` down to `min_lr` at the last step (Loshchilov and Hutter 2017, SGDR, without restarts).
    Cosine,
    /// Up by half a cosine from `lr / 25` to `lr` in the first 30% of all steps, then down by half a cosine to
    /// `lr / 250000` (Smith and Topin 2018, with the numbers of `torch.optim.lr_scheduler.OneCycleLR`; its cycling of the
    /// momentum is left out). `warmup_epochs` and `min_lr` are not used.
    OneCycle,
    /// Times `rate` every `epochs` epochs, not below `min_lr` (timm's `step`; `EfficientNet` has 2.4 and 0.97).
    Step {
        /// Epochs between two changes; may be a fraction.
        epochs: f64,
        /// Above 0, at most 1.
        rate: f64,
    },
}

/// Where in its cycle a step is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// From 0.
    pub step: usize,
    /// Of the whole cycle.
    pub steps: usize,
    /// Steps of the warm-up.
    pub warmup: usize,
    /// Epochs of the cycle done, with their fraction.
    pub epochs: f64,
}

/// The learning rate of a step: a linear warm-up from `lr / (warmup + 1)` to `lr`, then the schedule.
pub fn learning_rate(config: &Config, at: Place) -> f64 {
    let Config { schedule, lr: peak, min_lr: floor, .. } = *config;
    if schedule == ScheduleKind::OneCycle {
        return one_cycle(at, peak);
    }
    if at.step < at.warmup {
        return peak * (at.step + 1) as f64 / (at.warmup + 1) as f64;
    }
    if let ScheduleKind::Step { epochs, rate } = schedule {
        return (peak * rate.powf((at.epochs / epochs).floor())).max(floor);
    }
    let span = at.steps.saturating_sub(at.warmup + 1).max(1) as f64;
    between(peak, floor, (at.step - at.warmup) as f64 / span)
}

fn one_cycle(at: Place, peak: f64) -> f64 {
    let start = peak / 25.0;
    let (step, last) = (at.step as f64, at.steps as f64 - 1.0);
    // As torch has it: the peak lies at step 0.3 n - 1.
    let top = 0.3 * at.steps as f64 - 1.0;
    if step <= top { between(start, peak, step / top) } else { between(peak, start / 1e4, (step - top) / (last - top)) }
}

/// Half a cosine from one number to another.
fn between(from: f64, to: f64, along: f64) -> f64 {
    to + (from - to) * (1.0 + (std::f64::consts::PI * along.min(1.0)).cos()) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(schedule: ScheduleKind, lr: f64, min_lr: f64) -> Config {
        Config { lr, min_lr, schedule, ..Config::default() }
    }

    fn at(step: usize, steps: usize, warmup: usize) -> Place {
        Place { step, steps, warmup, epochs: step as f64 / 10.0 }
    }

    #[test]
    fn it_climbs_in_a_line_and_falls_in_half_a_cosine() {
        // (step, expected) for 13 steps of which 3 are warm-up, from 1.0 down to 0.1.
        let table = [
            (0, 0.25),
            (1, 0.5),
            (2, 0.75),
            (3, 1.0),
            (6, 0.775), // a third of the way: cos 60 degrees = 1/2
            (9, 0.325), // two thirds: cos 120 degrees = -1/2
            (12, 0.1),
            (99, 0.1),
        ];
        for (step, expected) in table {
            let lr = learning_rate(&config(ScheduleKind::Cosine, 1.0, 0.1), at(step, 13, 3));
            assert!((lr - expected).abs() < 1e-12, "step {step}: {lr}, expected {expected}");
        }
    }

    #[test]
    fn one_step_without_warm_up_runs_at_the_peak() {
        assert_eq!(learning_rate(&config(ScheduleKind::Cosine, 3e-4, 0.0), at(0, 1, 0)), 3e-4);
    }

    /// Expected: torch 2.11, `OneCycleLR(optimizer, max_lr=1., total_steps=11)`.
    #[test]
    fn one_cycle_is_torch_s() {
        const TORCH: [f64; 11] =
            [0.04, 0.422341, 0.960261, 0.979747, 0.884476, 0.726087, 0.530583, 0.330058, 0.157433, 0.041046, 0.000004];
        for (step, expected) in TORCH.into_iter().enumerate() {
            let lr = learning_rate(&config(ScheduleKind::OneCycle, 1.0, 0.0), at(step, 11, 0));
            assert!((lr - expected).abs() < 1e-6, "step {step}: {lr}, torch {expected}");
        }
    }

    #[test]
    fn steps_come_every_so_many_epochs_and_end_at_the_floor() {
        let config = config(ScheduleKind::Step { epochs: 2.4, rate: 0.5 }, 1.0, 0.2);
        // Ten steps an epoch: 24 steps are 2.4 epochs.
        for (step, expected) in [(0, 1.0), (23, 1.0), (24, 0.5), (48, 0.25), (72, 0.2)] {
            assert_eq!(learning_rate(&config, at(step, 100, 0)), expected, "step {step}");
        }
    }
}
