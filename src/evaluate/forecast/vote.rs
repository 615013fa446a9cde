//! What a vote adds to single nets.

use super::Rows;
use super::estimators::{expected_confusion, expected_scores};
use crate::evaluate::{choose, soft};

/// What the soft vote of nets adds to the accuracy and to the macro-F1 of one of them, on images without labels. All are
/// judged by the geometric mean of the nets' calibrated probabilities, made to sum to 1 (the logarithmic opinion pool: Genest
/// and Zidek, "Combining probability distributions", 1986): by its own probabilities a single net could not be told to be
/// worse than the vote. The pool takes the nets for as good as one, so that the more they err apart from one another, the more
/// the vote really gains beyond this. `members[net][image]` holds the calibrated probabilities.
pub fn vote_gain(members: &[Vec<Vec<f32>>]) -> [f64; 2] {
    let rows: Vec<&[Vec<f32>]> = members.iter().map(Vec::as_slice).collect();
    let images = rows.first().map_or(0, |rows| rows.len());
    if images == 0 {
        return [0.0; 2];
    }
    let pooled: Rows = (0..images).map(|at| pool(rows.iter().map(|rows| rows[at].as_slice()))).collect();
    let scores = |rows: &[Vec<f32>]| {
        let chosen: Vec<usize> = rows.iter().map(|row| choose(row)).collect();
        expected_scores(&expected_confusion(&pooled, &chosen))
    };
    let (accuracy, macro_f1) = scores(&soft(&rows));
    let mut gain = [accuracy, macro_f1];
    for single in &rows {
        let (accuracy, macro_f1) = scores(single);
        gain[0] -= accuracy / rows.len() as f64;
        gain[1] -= macro_f1 / rows.len() as f64;
    }
    gain
}

/// The geometric mean, made to sum to 1.
fn pool<'a>(rows: impl ExactSizeIterator<Item = &'a [f32]>) -> Vec<f64> {
    let n = rows.len() as f64;
    let mut logs: Vec<f64> = Vec::new();
    for row in rows {
        logs.resize(row.len(), 0.0);
        // A net that is sure may not veto all others.
        logs.iter_mut().zip(row).for_each(|(log, p)| *log += f64::from(*p).max(1e-6).ln() / n);
    }
    let mut shares: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;
    use crate::evaluate::forecast::{Temperature, scores};
    use crate::random::Key;

    /// Nets that see the same thing through noise of their own.
    #[test]
    fn the_gain_of_a_vote_is_told_without_labels() {
        let mut rng = Key::root(3).rng();
        let mut truth = Vec::new();
        let mut members = vec![Vec::new(); 5];
        for _ in 0..2000 {
            let class = rng.index(4);
            truth.push(class);
            let shared: Vec<f64> = (0..4).map(|c| 1.2 * f64::from(u8::from(c == class)) + 0.6 * rng.normal()).collect();
            for member in &mut members {
                let odds: Vec<f64> = shared.iter().map(|logit| (logit + rng.normal()).exp()).collect();
                let sum: f64 = odds.iter().sum();
                member.push(odds.iter().map(|p| (p / sum) as f32).collect::<Vec<f32>>());
            }
        }
        let singles: f64 = members.iter().map(|rows| scores(&truth, rows).0).sum::<f64>() / 5.0;
        let voted = scores(&truth, &soft(&members.iter().map(Vec::as_slice).collect::<Vec<_>>())).0;
        let calibrated: Vec<Vec<Vec<f32>>> = members
            .iter()
            .map(|rows| {
                let temperature = Temperature::fit(&truth, rows);
                rows.iter().map(|row| temperature.apply(row).into_iter().map(|p| p as f32).collect()).collect()
            })
            .collect();
        let [accuracy, _] = vote_gain(&calibrated);
        let real = voted - singles;
        assert!(real > 0.05 && accuracy > real / 3.0 && accuracy < real, "{accuracy}, really {real}");
        assert_eq!(vote_gain(&calibrated[..1]), [0.0; 2]);
    }
}
