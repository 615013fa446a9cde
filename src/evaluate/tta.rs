//! Test-time augmentation: which views of a picture are joined, and how.

use serde::Serialize;

use super::{choose, log_loss, soft};
use crate::train::Join;

/// Probabilities are held above this before their logarithm is taken: a view that is sure may not veto all others.
const LEAST: f32 = 1e-6;

/// Joins views of the same samples, of which there must be one at least.
pub fn join(how: Join, views: &[&[Vec<f32>]]) -> Vec<Vec<f32>> {
    let mean = soft(views);
    let of_sample = |(sample, mean): (usize, &Vec<f32>)| -> Vec<f32> {
        let rows = || views.iter().map(|view| &view[sample]);
        let mean_log =
            |class: usize| rows().map(|row| libm::logf(row[class].max(LEAST))).sum::<f32>() / views.len() as f32;
        let joined: Vec<f32> = match how {
            Join::Mean => return mean.clone(),
            Join::Geometric => (0..mean.len()).map(|class| libm::expf(mean_log(class))).collect(),
            Join::Max => (0..mean.len()).map(|class| rows().map(|row| row[class]).fold(0.0, f32::max)).collect(),
            Join::Majority => {
                let mut votes: Vec<f32> = mean.iter().map(|p| p * 0.99).collect();
                rows().for_each(|row| votes[choose(row)] += 1.0);
                votes
            }
        };
        let sum: f32 = joined.iter().sum();
        joined.into_iter().map(|p| p / sum).collect()
    };
    mean.iter().enumerate().map(of_sample).collect()
}

/// The views that are joined, and what that does to the out-of-fold log loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// Their places in the configuration's list; none for the picture as it is.
    pub views: Vec<usize>,
    /// Of the picture as it is.
    pub plain_loss: f64,
    /// Of all views of the configuration.
    pub all_loss: f64,
    /// Of the views that are joined.
    pub loss: f64,
}

/// Least gain of log loss, in nats, for which the search takes one more view.
const LEAST_GAIN: f64 = 1e-4;

/// Chooses on out-of-fold predictions alone: all views, or with `search` the ones that a greedy search takes (Molchanov et
/// al., "Greedy policy search", 2020, by log likelihood); the picture as it is where the views make the log loss worse.
pub fn policy(truth: &[usize], plain: &[Vec<f32>], views: &[Vec<Vec<f32>>], how: Join, search: bool) -> Policy {
    let loss = |chosen: &[usize]| {
        let rows: Vec<&[Vec<f32>]> = chosen.iter().map(|&view| views[view].as_slice()).collect();
        log_loss(truth, &join(how, &rows))
    };
    let plain_loss = log_loss(truth, plain);
    let all: Vec<usize> = (0..views.len()).collect();
    let all_loss = loss(&all);
    let mut chosen = (all, all_loss);
    if search {
        chosen = (Vec::new(), f64::INFINITY);
        loop {
            let left = (0..views.len()).filter(|view| !chosen.0.contains(view));
            let tried = left.map(|view| [&chosen.0[..], &[view]].concat()).map(|more| (loss(&more), more));
            match tried.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(loss, _)| *loss < chosen.1 - LEAST_GAIN) {
                Some((loss, more)) => chosen = (more, loss),
                None => break,
            }
        }
    }
    let (views, loss) = if chosen.1 > plain_loss { (Vec::new(), plain_loss) } else { chosen };
    Policy { views, plain_loss, all_loss, loss }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn view(truth: &[usize], noise: f64, seed: u64) -> Vec<Vec<f32>> {
        let mut rng = Key::root(seed).rng();
        let row = |&truth: &usize| {
            let logits: Vec<f64> =
                (0..3).map(|class| 1.5 * f64::from(u8::from(class == truth)) + noise * rng.normal()).collect();
            let sum: f64 = logits.iter().map(|l| l.exp()).sum();
            logits.iter().map(|l| (l.exp() / sum) as f32).collect()
        };
        truth.iter().map(row).collect()
    }

    #[test]
    fn joins_are_what_they_say() {
        let (a, b) = (vec![vec![0.9f32, 0.1, 0.0]], vec![vec![0.2, 0.5, 0.3]]);
        let views: [&[Vec<f32>]; 3] = [&a, &b, &b];
        let near = |how: Join, wanted: [f32; 3]| {
            let found = &join(how, &views)[0];
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 2e-3), "{how:?}: {found:?}");
        };
        near(Join::Mean, [0.4333, 0.3667, 0.2]);
        // The logits' mean has the same softmax: ln(0.9 * 0.2²) / 3 and so on.
        near(Join::Geometric, [0.5259, 0.4657, 0.0071]);
        near(Join::Max, [0.5294, 0.2941, 0.1765]);
        assert_eq!(choose(&join(Join::Majority, &views)[0]), 1);
    }

    #[test]
    fn the_search_leaves_out_what_harms_and_all_are_dropped_where_they_harm() {
        let truth: Vec<usize> = (0..600).map(|i| i % 3).collect();
        let plain = view(&truth, 0.8, 1);
        let views = vec![plain.clone(), view(&truth, 0.8, 2), view(&truth, 6.0, 3), view(&truth, 0.8, 4)];
        let found = policy(&truth, &plain, &views, Join::Mean, true);
        assert!(found.loss < found.plain_loss && !found.views.contains(&2) && found.views.len() >= 2, "{found:?}");
        let harmful = vec![plain.clone(), view(&truth, 9.0, 5), view(&truth, 9.0, 6)];
        let found = policy(&truth, &plain, &harmful, Join::Geometric, false);
        assert!(
            found.views.is_empty() && found.loss == found.plain_loss && found.all_loss > found.plain_loss,
            "{found:?}"
        );
    }
}
