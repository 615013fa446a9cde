//! The images that will be judged, in the eyes of all nets.

use super::folds::World;
use super::forecast::{Prior, Source};
use super::kept::Kept;
use super::self_test::Calibrated;
use super::soft;
use crate::train::EvalPrior;

/// More predictions than these, all nets together, are thinned out evenly before anything is estimated from them.
const MOST: usize = 10_000;

/// What the nets say of the images that will be judged.
pub(super) struct Seen {
    /// Of each net, of the picture as it is, calibrated on its own fold: what the estimators take for one model.
    pub singles: Vec<Vec<Vec<f32>>>,
    /// Some of these, of all nets, in whatever number can be handled.
    pub target: Vec<Vec<f32>>,
    /// The group of each of them.
    pub target_groups: Vec<usize>,
    /// The likely mix of classes.
    pub prior: Prior,
    /// The vote of all folds' nets with all views, for the mix of classes that the configuration names.
    pub vote: Vec<Vec<f32>>,
    /// The vote for other mixes of classes, with their names.
    pub adjusted: Vec<(&'static str, Vec<Vec<f32>>)>,
}

impl Seen {
    /// `None` where there are no such images.
    pub fn new(
        world: &World,
        nets: &[Kept],
        calibrated: &Calibrated,
        source: &Source,
        groups: &[usize],
    ) -> Option<Self> {
        let members = || nets.iter().filter_map(|kept| kept.eval.as_ref());
        let singles: Vec<_> = calibrated.singles(members().map(|member| member.plain.as_slice()));
        let n = singles.first().map_or(0, Vec::len);
        if n == 0 {
            return None;
        }
        let thinned = || (0..n).step_by((n * singles.len()).div_ceil(MOST));
        let target: Vec<_> = singles.iter().flat_map(|rows| thinned().map(|at| rows[at].clone())).collect();
        let target_groups = singles.iter().flat_map(|_| thinned().map(|at| groups[at])).collect();
        let prior = source.prior(&target);

        let vote = soft(&members().map(|member| member.tta.as_slice()).collect::<Vec<_>>());
        let adapted = |prior: &Prior| -> Vec<Vec<f32>> { vote.iter().map(|row| prior.adapt_f32(row)).collect() };
        let mut adjusted = vec![("the likely mix of classes", adapted(&prior))];
        let vote = match &world.job.config.eval_prior {
            EvalPrior::AsTrained => vote,
            EvalPrior::Estimated => adjusted[0].1.clone(),
            EvalPrior::Stated(shares) => {
                let shares: Vec<f64> =
                    world.classes.iter().map(|class| shares.get(class).copied().unwrap_or_default()).collect();
                let rows = adapted(&prior.stated(&shares));
                adjusted.push(("the stated mix of classes", rows.clone()));
                rows
            }
        };
        Some(Self { singles, target, target_groups, prior, vote, adjusted })
    }
}
