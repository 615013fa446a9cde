//! Ways to join predictions, side by side.

use super::folds::World;
use super::kept::Kept;
use super::nets::Nets;
use super::summary::{Pooled, chosen};
use super::{Joined, Predicted, hard, soft, weighted};

/// Images whose classes are known.
pub(super) struct Known<'a> {
    pub split: &'static str,
    pub truth: &'a [usize],
    pub groups: &'a [usize],
}

impl World<'_> {
    pub(super) fn joined(&self, name: &str, Known { split, truth, groups }: &Known, predicted: &[usize]) -> Joined {
        let [macro_f1, accuracy] = self.estimates(truth, predicted, groups);
        Joined { name: name.into(), split, macro_f1, accuracy }
    }

    /// Ways to join a fold's nets on its own originals. `views` is how many are joined.
    pub(super) fn ways_out_of_fold(&self, nets: &Nets, views: usize, known: &Known) -> Vec<Joined> {
        let members: Vec<Pooled> = (0..nets.weighing.nets()).map(|net| Pooled::of(nets.of_each_fold(net))).collect();
        let mut ways = vec![("One net".to_owned(), chosen(&members[0].plain))];
        if views > 0 {
            ways.push((format!("One net, {}", in_views(views)), chosen(&members[0].tta)));
        }
        if members.len() > 1 {
            let all = format!("vote of a fold's {} nets, {}", members.len(), in_views(views));
            let tta: Vec<&[Vec<f32>]> = members.iter().map(|member| member.tta.as_slice()).collect();
            let by_others = nets.singles.iter().zip(&nets.weighing.by_others).flat_map(|(nets, weights)| {
                let members: Vec<_> = nets.iter().map(|net| net.validation.tta.as_slice()).collect();
                chosen(&weighted(&members, weights))
            });
            ways.extend([
                (format!("Hard {all}"), hard(&tta)),
                (format!("Soft {all}"), chosen(&soft(&tta))),
                (format!("Weighted {all}, weights from the other folds"), by_others.collect()),
            ]);
        }
        ways.iter().map(|(name, predicted)| self.joined(name, known, predicted)).collect()
    }

    /// Ways to join all nets' predictions of images that none of them has seen. `views` is how many are joined.
    pub(super) fn votes(
        &self,
        nets: &Nets,
        of: fn(&Kept) -> Option<&Predicted>,
        views: usize,
        known: &Known,
    ) -> Vec<Joined> {
        let members: Vec<&Predicted> = nets.all().filter_map(of).collect();
        let plain: Vec<&[Vec<f32>]> = members.iter().map(|m| m.plain.as_slice()).collect();
        let tta: Vec<&[Vec<f32>]> = members.iter().map(|m| m.tta.as_slice()).collect();
        let all = members.len();
        let mut ways = vec![
            ("The first fold's net".to_owned(), chosen(plain[0])),
            (format!("Soft vote of {all} nets"), chosen(&soft(&plain))),
            (format!("Hard vote of {all} nets, {}", in_views(views)), hard(&tta)),
        ];
        if views > 0 {
            ways.push((format!("Soft vote of {all} nets, {}", in_views(views)), chosen(&soft(&tta))));
        }
        if nets.weighing.nets() > 1 {
            let share = 1.0 / nets.singles.len() as f64;
            let weights: Vec<f64> = nets.weighing.selected.iter().map(|weight| weight * share).collect();
            let weights = weights.repeat(nets.singles.len());
            let name = format!("Weighted vote of {all} nets, {}, weights from out-of-fold", in_views(views));
            ways.push((name, chosen(&weighted(&tta, &weights))));
        }
        ways.iter().map(|(name, predicted)| self.joined(name, known, predicted)).collect()
    }
}

fn in_views(views: usize) -> String {
    match views {
        0 => "the picture as it is".into(),
        1 => "one view".into(),
        n => format!("{n} views (TTA)"),
    }
}
