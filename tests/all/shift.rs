//! What the shift tests see in a real classifier's probabilities.

use evenfold::evaluate::{Kind, Space, examine};
use evenfold::random::{Key, Rng};

use crate::support::{Ran, python};

/// A small net's probabilities on handwritten digits that it never saw: as they are, with noise that costs about three
/// points of accuracy, and the labels.
#[derive(serde::Deserialize)]
struct Digits {
    clean: Vec<Vec<f32>>,
    noisy: Vec<Vec<f32>>,
    labels: Vec<usize>,
    drop: f64,
}

const SCRIPT: &str = "
import json
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
x, y = load_digits(return_X_y=True)
order = np.random.RandomState(0).permutation(len(y))
x, y = x[order] / 16, y[order]
net = MLPClassifier((64,), max_iter=200, random_state=0).fit(x[:700], y[:700])
x, y = x[700:], y[700:]
clean = net.predict_proba(x)
noisy = net.predict_proba(np.clip(x + np.random.RandomState(1).normal(0, 0.2, x.shape), 0, 1))
drop = (clean.argmax(1) == y).mean() - (noisy.argmax(1) == y).mean()
print(json.dumps(dict(clean=clean.tolist(), noisy=noisy.tolist(), labels=y.tolist(), drop=float(drop))))
";

/// The share of repeats in which a test of a validation set of `n` digits and an eval set of `n` others is below 5%.
fn power(digits: &Digits, test: &str, n: usize, eval: impl Fn(usize, &mut Rng) -> Vec<f32>, uneven: bool) -> f64 {
    const REPEATS: u64 = 40;
    let groups: Vec<usize> = (0..n).collect();
    let seen = |repeat: u64| {
        let key = Key::root(repeat);
        let mut rng = key.rng();
        let mut order: Vec<usize> = (0..digits.labels.len()).collect();
        rng.shuffle(&mut order);
        let (first, rest) = order.split_at(n);
        // Three digits of the lower half to one of the upper.
        let kept = |&&at: &&usize| !uneven || digits.labels[at] < 5;
        let (mut low, mut high) = (rest.iter().filter(kept), rest.iter().filter(|at| !kept(at)));
        let second: Vec<usize> =
            (0..n).filter_map(|i| if uneven && i % 4 == 3 { high.next() } else { low.next() }.copied()).collect();
        let a: Vec<Vec<f32>> = first.iter().map(|&at| digits.clean[at].clone()).collect();
        let b: Vec<Vec<f32>> = second.iter().map(|&at| eval(at, &mut rng)).collect();
        let space = Space { a: &a, b: &b, groups_a: &groups, groups_b: &groups[..b.len()] };
        let found = examine(Kind::Probabilities, &space, &key).tests;
        found.iter().any(|found| found.name == test && found.p_value <= 0.05)
    };
    (0..REPEATS).filter(|&repeat| seen(repeat)).count() as f64 / REPEATS as f64
}

#[test]
fn noise_and_label_shift_are_seen_in_a_real_nets_probabilities() {
    let Some(mut python) = python() else { return };
    let ran: Ran = python.arg("-W").arg("ignore").arg("-c").arg(SCRIPT).output().unwrap().into();
    let digits: Digits = serde_json::from_str(&ran.expect(0).out).unwrap();
    println!("the noise costs {:.1} points of accuracy", digits.drop * 100.0);
    let clean = |at: usize, _: &mut Rng| digits.clean[at].clone();
    let noisy = |at: usize, _: &mut Rng| digits.noisy[at].clone();
    for (test, n, least) in [("Kolmogorov-Smirnov", 50, 0.5), ("Kolmogorov-Smirnov", 100, 0.8)] {
        let found = power(&digits, test, n, noisy, false);
        println!("{test}, noise, n = {n}: {found:.2}");
        assert!(found >= least, "{test} at {n}: {found}");
    }
    // SciPy's distances and plain permutations find 0.57 and 0.90 in these digits, over 100 and 60 repeats.
    for (n, least) in [(100, 0.4), (200, 0.75)] {
        let found = power(&digits, "Energy distance", n, clean, true);
        println!("energy distance, three to one, n = {n}: {found:.2}");
        assert!(found >= least, "energy distance at {n}: {found}");
    }
    let alarms = power(&digits, "Energy distance", 100, clean, false);
    assert!(alarms <= 0.2, "{alarms}");
}

/// Prints time and memory. Only with `EVENFOLD_LONG=1`.
#[test]
fn twenty_thousand_images_a_side_are_compared() {
    const N: usize = 20_000;
    const WIDTH: usize = 1280;
    if std::env::var_os("EVENFOLD_LONG").is_none() {
        return;
    }
    let mut rng = Key::root(1).rng();
    let mut set = |shift: f32| -> Vec<Vec<f32>> {
        let row = |rng: &mut Rng| (0..WIDTH).map(|_| rng.unit() as f32 + shift).collect();
        (0..N).map(|_| row(&mut rng)).collect()
    };
    let (a, b) = (set(0.0), set(0.01));
    let groups: Vec<usize> = (0..N).map(|image| image / 7).collect();
    let space = Space { a: &a, b: &b, groups_a: &groups, groups_b: &groups };
    let begun = std::time::Instant::now();
    let found = examine(Kind::Embeddings, &space, &Key::root(2)).tests;
    let seconds = begun.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{N} against {N} embeddings of {WIDTH}: {seconds:.1} s, {peak} (both sets are 205 MB)");
    for test in &found {
        println!("  {}: {:.4}, p {:.3}, {:?} images", test.name, test.value, test.p_value, test.n);
    }
    assert!(found[0].p_value <= 0.01 && found[0].n == [N, N], "{found:?}");
}
