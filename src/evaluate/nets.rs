//! The nets of a fold, of several seeds and cycles, taken together.

use super::folds::World;
use super::kept::Kept;
use super::{Predicted, Weighing};

/// The nets of all folds.
pub(super) struct Nets {
    /// By fold, then as [`members`](super::members) has them.
    pub singles: Vec<Vec<Kept>>,
    /// The nets of each fold as one.
    pub folds: Vec<Kept>,
    /// How these are weighed.
    pub weighing: Weighing,
}

impl Nets {
    /// Weighs nets whose views are chosen.
    pub fn new(world: &World, singles: Vec<Vec<Kept>>) -> Self {
        let of_net = |kept: &Kept| -> Vec<f64> {
            let truth = world.truth(&kept.validation_rows);
            truth.iter().zip(&kept.validation.tta).map(|(&class, row)| f64::from(row[class])).collect()
        };
        let chances: Vec<Vec<_>> = singles.iter().map(|nets| nets.iter().map(of_net).collect()).collect();
        let weighing = Weighing::fit(&chances);
        let weights = weighing.weights();
        let as_one = |(fold, nets): (usize, &Vec<Kept>)| together(nets, &weighing.of_fold(fold), &weights);
        Self { folds: singles.iter().enumerate().map(as_one).collect(), singles, weighing }
    }

    /// Each fold's net of one place.
    pub fn of_each_fold(&self, place: usize) -> impl Iterator<Item = &Kept> {
        self.singles.iter().map(move |nets| &nets[place])
    }

    /// All nets.
    pub fn all(&self) -> impl Iterator<Item = &Kept> {
        self.singles.iter().flatten()
    }

    /// What joins all nets, in words.
    pub fn vote(&self) -> String {
        let kind = if self.weighing.wins() { "Weighted" } else { "Soft" };
        format!("{kind} vote of {} nets", self.all().count())
    }
}

/// A fold's nets as one, weighed on its own originals and on images that no net has seen; what there is but one of, such as
/// the epochs, is that of the first.
pub(super) fn together(nets: &[Kept], own: &[f64], unseen: &[f64]) -> Kept {
    let first = &nets[0];
    let joined = |of: fn(&Kept) -> Option<&Predicted>, weights: &[f64]| {
        let members: Vec<_> = nets.iter().filter_map(of).collect();
        (!members.is_empty()).then(|| Predicted::weighted(&members, weights))
    };
    let keys: Vec<_> = nets.iter().zip(own).map(|(net, weight)| format!("{weight} of {}", net.key)).collect();
    Kept {
        // What was made of one net by an earlier run stays valid; what is made of several depends on their weights.
        key: if nets.len() == 1 { first.key.clone() } else { keys.join(", ") },
        epochs: first.epochs.clone(),
        best_epoch: first.best_epoch,
        validation: joined(|net| Some(&net.validation), own).expect("every net has validated"),
        holdout: joined(|net| net.holdout.as_ref(), unseen),
        eval: joined(|net| net.eval.as_ref(), unseen),
        failed: nets.iter().flat_map(|net| net.failed.clone()).collect(),
        complete: nets.iter().all(|net| net.complete),
        found: nets.iter().all(|net| net.found),
        validation_rows: first.validation_rows.clone(),
        train_rows: first.train_rows.clone(),
    }
}
