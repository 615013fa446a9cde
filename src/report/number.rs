//! Numbers as words, one way for the whole page. What cannot be said is a dash, never "NaN".

use crate::evaluate::Estimate;

/// Stands where a number could not be measured.
pub const NONE: &str = "–";

/// A score: three decimals.
pub fn score(value: f64) -> String {
    fixed(value, 3)
}

/// A number with so many decimals, and a true minus sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.is_finite() && value.abs() < 1e9 { minus(&format!("{value:.decimals$}")) } else { loose(value) }
}

/// A difference of scores: always with its sign.
pub fn signed(value: f64) -> String {
    match (value.is_finite(), value > 0.0) {
        (true, true) => format!("+{}", score(value)),
        _ => score(value),
    }
}

/// A number of unknown size: three significant digits.
pub fn loose(value: f64) -> String {
    let size = value.abs();
    minus(&match size {
        _ if !value.is_finite() => return NONE.to_owned(),
        0.0 => "0".to_owned(),
        1e6.. => format!("{value:.1e}"),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        0.001.. => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    })
}

/// A share as a percentage without decimals, but never "0%" for something nor "100%" for less than all.
pub fn percent(share: f64) -> String {
    match share {
        _ if !share.is_finite() => NONE.to_owned(),
        0.0 => "0%".to_owned(),
        s if s > 0.0 && s < 0.01 => "<1%".to_owned(),
        s if s > 0.99 && s < 1.0 => ">99%".to_owned(),
        s => minus(&format!("{:.0}%", s * 100.0)),
    }
}

/// A p-value: a permutation test never shows 0.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { score(p) }
}

/// A count with commas between thousands.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `count` and its noun: "1 pair", "1,200 pairs", "3 classes", "2 copies".
pub fn counted(n: usize, noun: &str) -> String {
    let stem = noun.strip_suffix('y');
    match (n, stem) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{} {stem}ies", count(n)),
        _ if noun.ends_with('s') => format!("{} {noun}es", count(n)),
        _ => format!("{} {noun}s", count(n)),
    }
}

/// A score between two others: "0.71 (0.66 to 0.76)", two decimals where they suffice.
#[cfg(any(feature = "train", test))]
pub fn brief(estimate: &Estimate) -> String {
    let value = fixed(estimate.value, 2);
    let value = if value == "1.00" && estimate.value < 1.0 { score(estimate.value) } else { value };
    format!("{value} ({})", interval(estimate))
}

/// The 95% interval: "0.66 to 0.76". Two decimals, as the last one would be noise; three where both ends would read
/// alike, or a score below 1 would read as 1.
pub fn interval(estimate: &Estimate) -> String {
    let Estimate { low, high, .. } = *estimate;
    if !(low.is_finite() && high.is_finite()) {
        return "interval unknown".to_owned();
    }
    match (fixed(low, 2), fixed(high, 2)) {
        (a, b) if (a == b && low != high) || (b == "1.00" && high < 1.0) => {
            format!("{} to {}", score(low), score(high))
        }
        (low, high) => format!("{low} to {high}"),
    }
}

/// What an estimate was measured on: "n = 480 in 80 groups"; the groups only where samples share them.
pub fn sample(estimate: &Estimate) -> String {
    let Estimate { n, groups, .. } = *estimate;
    if groups == n { format!("n = {}", count(n)) } else { format!("n = {} in {}", count(n), counted(groups, "group")) }
}

/// Score, interval and sample: "0.712 (0.66 to 0.76), n = 480 in 80 groups".
pub fn estimate(estimate: &Estimate) -> String {
    format!("{} ({}), {}", score(estimate.value), interval(estimate), sample(estimate))
}

/// A stretch of time.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() || s < 0.0 => NONE.to_owned(),
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
        s => format!("{:.0} h {:02.0} min", (s / 3600.0).floor(), (s % 3600.0 / 60.0).floor()),
    }
}

/// At most `most` characters, the last of them "…" where something was cut.
pub fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Rounding may leave "-0.000", which is no negative number.
fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|b| (b'1'..=b'9').contains(&b)) => format!("−{}", rest.replace("e-", "e−")),
        Some(rest) => rest.to_owned(),
        None => text.replace("e-", "e−"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_said_with_interval_and_sample() {
        let of = |n, groups| Estimate { value: 0.7123, low: 0.66, high: 0.7649, n, groups };
        assert_eq!(estimate(&of(480, 80)), "0.712 (0.66 to 0.76), n = 480 in 80 groups");
        assert_eq!(estimate(&of(1480, 1480)), "0.712 (0.66 to 0.76), n = 1,480");
        assert_eq!(interval(&Estimate { low: 0.9961, high: 0.9989, ..of(9, 9) }), "0.996 to 0.999");
        assert_eq!(interval(&Estimate { low: f64::NAN, ..of(9, 9) }), "interval unknown");
        assert_eq!(brief(&of(9, 9)), "0.71 (0.66 to 0.76)");
        assert_eq!(brief(&Estimate { value: 0.996, low: 0.99, high: 0.998, ..of(9, 9) }), "0.996 (0.990 to 0.998)");
    }

    #[test]
    fn numbers_read_like_print() {
        assert_eq!(
            [signed(0.281), signed(-0.02), signed(-0.0001), score(f64::NAN)],
            ["+0.281", "−0.020", "0.000", "–"]
        );
        assert_eq!([loose(1234.4), loose(0.00012), loose(3e120)], ["1234", "1.2e−4", "3.0e120"]);
        assert_eq!([percent(0.001), percent(0.999), percent(1.0), percent(0.126)], ["<1%", ">99%", "100%", "13%"]);
        assert_eq!([count(0), count(999), count(1234567)], ["0", "999", "1,234,567"]);
        assert_eq!([counted(1, "copy"), counted(2, "copy"), counted(0, "class")], ["1 copy", "2 copies", "0 classes"]);
        assert_eq!([seconds(8.25), seconds(187.0), seconds(7380.0)], ["8.2 s", "3 min 07 s", "2 h 03 min"]);
        assert_eq!([short("żółty", 5), short("żółtych", 5)], ["żółty", "żółt…"]);
    }
}
