//! Numbers to places on the page, and the round numbers between two numbers.

/// A straight line from numbers to places. Whatever it is given, its places are finite and inside `to`.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// A scale for numbers between `from.0` and `from.1`; where these are no proper range, one around them.
    pub fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        // Beyond this, differences of doubles overflow or lose all digits.
        let tame = |v: f64| if v.is_finite() { v.clamp(-1e15, 1e15) } else { 0.0 };
        let (low, high) = (tame(from.0), tame(from.1));
        let least = 1e-9 * low.abs().max(1e-3);
        let from = if high - low > least { (low, high) } else { (low, low + low.abs().max(1.0)) };
        Self { from, to }
    }

    /// The place of a number; numbers outside the range lie on its border.
    pub fn at(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.from.0 } else { value.clamp(self.from.0, self.from.1) };
        let share = (value - self.from.0) / (self.from.1 - self.from.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }

    /// Round numbers inside the range, about `about` of them, each with its text.
    pub fn ticks(&self, about: usize) -> Vec<(f64, String)> {
        let (low, high) = self.from;
        let rough = (high - low) / about.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|s| s * power).find(|s| *s >= rough * 0.999).unwrap_or(rough);
        let first = (low / step - 1e-9).ceil();
        (0..=about * 3)
            .map(|i| (first + i as f64) * step)
            .take_while(|tick| *tick <= high + step * 1e-6)
            .map(|tick| (tick, name(tick, step)))
            .collect()
    }
}

/// A tick's number with as many digits as tell it from the next tick.
fn name(tick: f64, step: f64) -> String {
    let power = step.log10().floor();
    let text = match tick.abs() {
        size if size < step / 2.0 => return "0".to_owned(),
        size if !(-3.0..=5.0).contains(&power) => {
            let digits = (size.log10().floor() - power).clamp(0.0, 6.0) as usize;
            format!("{tick:.digits$e}")
        }
        _ => format!("{tick:.*}", (-power).max(0.0) as usize),
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let texts =
            |from, about| Scale::new(from, (0.0, 1.0)).ticks(about).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(texts((0.6, 1.0), 4), ["0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(texts((0.0, 1.83), 4), ["0", "0.5", "1.0", "1.5"]);
        assert_eq!(texts((-35.0, 190.0), 3), ["0", "100"]);
        assert_eq!(texts((0.0, 1.6e-4), 4), ["0", "5e−5", "1.0e−4", "1.5e−4"]);
        assert_eq!(texts((-2e7, 2e7), 4), ["−2e7", "−1e7", "0", "1e7", "2e7"]);
    }

    #[test]
    fn any_numbers_have_places_inside() {
        let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, 1e-320, 1e308, -1e308, 7.0];
        for low in numbers {
            for high in numbers {
                let scale = Scale::new((low, high), (10.0, 20.0));
                assert!(scale.ticks(5).len() <= 16);
                for value in numbers.into_iter().chain(scale.ticks(5).into_iter().map(|t| t.0)) {
                    assert!((10.0..=20.0).contains(&scale.at(value)), "{low} {high} {value}: {}", scale.at(value));
                }
            }
        }
    }
}
