//! Samples in the order of a score.

/// Places of the scores from the lowest to the highest, and whether the next place has another score: equal ones count as
/// one step.
pub fn ranked(scores: &[f64]) -> Vec<(usize, bool)> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&i, &j| scores[i].total_cmp(&scores[j]));
    let last = |at: usize| order.get(at + 1).is_none_or(|&next| scores[next] > scores[order[at]]);
    (0..order.len()).map(|at| (order[at], last(at))).collect()
}
