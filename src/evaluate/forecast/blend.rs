//! One answer out of several estimators, with an interval, both learnt from shifts that were made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ESTIMATORS, Guess};

/// A shift whose truth is known, because it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shift {
    /// Shifts of one family are never used to judge one another.
    pub family: String,
    /// What the estimators said.
    pub guess: Guess,
    /// The accuracy that it really had.
    pub accuracy: f64,
    /// The macro-F1 that it really had.
    pub macro_f1: f64,
}

/// How the estimators are mixed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blend {
    accuracy: Mixture,
    macro_f1: Mixture,
    /// The lowest mean confidence among the shifts.
    least_confidence: f64,
    /// How many shifts it rests on.
    pub shifts: usize,
    /// Of how many families.
    pub families: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mixture {
    weights: [f64; ESTIMATORS.len()],
    /// Half the width of the 90% interval.
    reach: f64,
    /// Mean error on families that the weights were not learnt from.
    mean_error: f64,
}

/// A score that is to be expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The score.
    pub value: f64,
    /// Lower end of the 90% interval.
    pub low: f64,
    /// Upper end of the 90% interval.
    pub high: f64,
    /// Mean error of such forecasts on shifts of families that they were not learnt from.
    pub mean_error: f64,
}

impl Forecast {
    /// The same for predictions that are better by so much, give or take `unsure`.
    #[must_use]
    pub fn moved(self, by: f64, unsure: f64) -> Self {
        let [value, low, high] =
            [self.value, self.low - unsure, self.high + unsure].map(|score| (score + by).clamp(0.0, 1.0));
        Self { value, low, high, ..self }
    }
}

/// Fewer shifts or families than these tell too little.
const LEAST_SHIFTS: usize = 20;
const LEAST_FAMILIES: usize = 3;

/// Learns weights (inverse mean squared errors) and, leaving out one family at a time, how far off the mixture is; `None`
/// with too few shifts. The interval's half width is the 90% quantile of these errors, as split conformal prediction takes
/// it (Vovk, Gammerman and Shafer 2005).
pub fn fit(shifts: &[Shift]) -> Option<Blend> {
    let mut families: BTreeMap<&str, Vec<&Shift>> = BTreeMap::new();
    for shift in shifts {
        families.entry(&shift.family).or_default().push(shift);
    }
    if shifts.len() < LEAST_SHIFTS || families.len() < LEAST_FAMILIES {
        return None;
    }
    let mixture = |of: fn(&Guess) -> &[f64; ESTIMATORS.len()], truth: fn(&Shift) -> f64| {
        let mut errors: Vec<f64> = Vec::with_capacity(shifts.len());
        for (family, left_out) in &families {
            let others = shifts.iter().filter(|shift| shift.family != *family);
            let weights = weights(others.map(|shift| (of(&shift.guess), truth(shift))));
            errors.extend(left_out.iter().map(|shift| (mix(&weights, of(&shift.guess)) - truth(shift)).abs()));
        }
        let mean_error = errors.iter().sum::<f64>() / errors.len() as f64;
        errors.sort_by(f64::total_cmp);
        let rank = (0.9 * (errors.len() + 1) as f64).ceil() as usize;
        let reach = errors[rank.min(errors.len()) - 1];
        Mixture { weights: weights(shifts.iter().map(|shift| (of(&shift.guess), truth(shift)))), reach, mean_error }
    };
    Some(Blend {
        accuracy: mixture(|guess| &guess.accuracy, |shift| shift.accuracy),
        macro_f1: mixture(|guess| &guess.macro_f1, |shift| shift.macro_f1),
        least_confidence: shifts.iter().map(|shift| shift.guess.confidence).fold(f64::INFINITY, f64::min),
        shifts: shifts.len(),
        families: families.len(),
    })
}

impl Blend {
    /// Accuracy and macro-F1 to be expected; `None` where the target's mean confidence is below that of every shift that
    /// was tried, so that nothing is known of forecasts so far out.
    pub fn forecast(&self, guess: &Guess) -> Option<[Forecast; 2]> {
        let of = |mixture: &Mixture, guesses: &[f64; ESTIMATORS.len()]| {
            let value = mix(&mixture.weights, guesses).clamp(0.0, 1.0);
            let (low, high) = ((value - mixture.reach).max(0.0), (value + mixture.reach).min(1.0));
            Forecast { value, low, high, mean_error: mixture.mean_error }
        };
        (guess.confidence >= self.least_confidence)
            .then(|| [of(&self.accuracy, &guess.accuracy), of(&self.macro_f1, &guess.macro_f1)])
    }

    /// Each estimator's share in the macro-F1.
    pub fn shares(&self) -> [f64; ESTIMATORS.len()] {
        self.macro_f1.weights
    }
}

fn weights<'a>(cases: impl Iterator<Item = (&'a [f64; ESTIMATORS.len()], f64)>) -> [f64; ESTIMATORS.len()] {
    let (mut squares, mut n) = ([0.0; ESTIMATORS.len()], 0.0);
    for (guesses, truth) in cases {
        squares.iter_mut().zip(guesses).for_each(|(square, guess)| *square += (guess - truth).powi(2));
        n += 1.0;
    }
    // An estimator that happens to be exact must not silence the others: half a point of error is always assumed.
    let inverse = squares.map(|square| 1.0 / (square / f64::max(n, 1.0) + 0.005f64.powi(2)));
    let total: f64 = inverse.iter().sum();
    inverse.map(|weight| weight / total)
}

fn mix(weights: &[f64; ESTIMATORS.len()], guesses: &[f64; ESTIMATORS.len()]) -> f64 {
    weights.iter().zip(guesses).map(|(weight, guess)| weight * guess).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Rng};

    /// Estimators that are off by 2, 5, 10, 20 and 30 points.
    fn shift(family: usize, rng: &mut Rng) -> Shift {
        let truth = rng.between(0.4, 0.9);
        let off = [0.02, 0.05, 0.1, 0.2, 0.3].map(|std| truth + std * rng.normal());
        let guess = Guess { accuracy: off, macro_f1: off, confidence: truth };
        Shift { family: format!("family {family}"), guess, accuracy: truth, macro_f1: truth }
    }

    #[test]
    fn the_best_estimator_counts_most_and_the_interval_holds_nine_in_ten() {
        let mut rng = Key::root(4).rng();
        let shifts: Vec<Shift> =
            (0..15).flat_map(|family| (0..5).map(move |_| family)).map(|f| shift(f, &mut rng)).collect();
        let blend = fit(&shifts).unwrap();
        let shares = blend.shares();
        assert!(shares.windows(2).all(|pair| pair[0] > pair[1]) && shares[0] > 0.6, "{shares:?}");
        let mut held = 0;
        let mut asked = 0;
        for _ in 0..1000 {
            let new = shift(99, &mut rng);
            if let Some([accuracy, _]) = blend.forecast(&new.guess) {
                asked += 1;
                held += u32::from(accuracy.low <= new.accuracy && new.accuracy <= accuracy.high);
            }
        }
        let held = f64::from(held) / f64::from(asked);
        assert!((0.85..0.96).contains(&held), "{held}");
    }

    #[test]
    fn beyond_what_was_tried_there_is_no_forecast() {
        let mut rng = Key::root(5).rng();
        let shifts: Vec<Shift> = (0..30).map(|i| shift(i % 5, &mut rng)).collect();
        let blend = fit(&shifts).unwrap();
        let mut far = shifts[0].guess.clone();
        far.confidence = 0.05;
        assert!(blend.forecast(&far).is_none());
        assert!(fit(&shifts[..10]).is_none());
    }
}
