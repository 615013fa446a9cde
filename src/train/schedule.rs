//! The learning rate as a pure function of the step.

/// Linear warm-up from `peak / (warmup + 1)` to `peak` over `warmup` steps, then half a cosine from `peak` down to
/// `floor` at the last step (Loshchilov and Hutter 2017, SGDR, without restarts).
pub fn learning_rate(step: usize, steps: usize, warmup: usize, peak: f64, floor: f64) -> f64 {
    if step < warmup {
        return peak * (step + 1) as f64 / (warmup + 1) as f64;
    }
    let span = steps.saturating_sub(warmup + 1).max(1) as f64;
    let along = ((step - warmup) as f64 / span).min(1.0);
    floor + (peak - floor) * (1.0 + (std::f64::consts::PI * along).cos()) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let lr = learning_rate(step, 13, 3, 1.0, 0.1);
            assert!((lr - expected).abs() < 1e-12, "step {step}: {lr}, expected {expected}");
        }
    }

    #[test]
    fn one_step_without_warm_up_runs_at_the_peak() {
        assert_eq!(learning_rate(0, 1, 0, 3e-4, 0.0), 3e-4);
    }
}
