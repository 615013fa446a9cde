//! How even folds are, against scikit-learn's answers to the same data (`scripts/sklearn_splits.py`).

use evenfold::random::Key;
use evenfold::split::{Deck, Evenness, deal, evenness, stratified_kfold};
use serde::Deserialize;

use crate::support::root;

#[derive(Deserialize)]
struct Answers {
    stratified_group_kfold: Vec<Grouped>,
    stratified_kfold: Vec<Plain>,
}

#[derive(Deserialize)]
struct Grouped {
    name: String,
    folds: usize,
    j: f64,
    size_ratio: f64,
    /// (class, count) of each group
    groups: Vec<Vec<(u32, u32)>>,
}

#[derive(Deserialize)]
struct Plain {
    folds: usize,
    y: Vec<u32>,
    fold: Vec<u32>,
}

fn answers() -> Answers {
    serde_json::from_str(&std::fs::read_to_string(root("tests/data/splits.json")).unwrap()).unwrap()
}

/// A deck with one column of classes.
fn deck(groups: &[Vec<(u32, u32)>]) -> Deck {
    let classes = groups.iter().flatten().map(|(class, _)| class + 1).max().unwrap_or(0);
    let mut deck = Deck::new(vec![0; classes as usize]);
    for counts in groups {
        let mut strata: Vec<u32> =
            counts.iter().flat_map(|&(class, n)| std::iter::repeat_n(class, n as usize)).collect();
        deck.push(strata.len() as u32, &mut strata);
    }
    deck
}

fn dealt(deck: &Deck, folds: usize, seed: u64) -> (Vec<u32>, Evenness) {
    let fold_of = deal(deck, &vec![1.0 / folds as f64; folds], &Key::root(seed));
    let even = evenness(deck, &fold_of, folds, 0..deck.strata());
    (fold_of, even)
}

#[test]
fn folds_are_at_least_as_even_as_those_of_scikit_learn_and_well_below_on_uneven_groups() {
    for Grouped { name, folds, j, size_ratio, groups } in answers().stratified_group_kfold {
        let (_, even) = dealt(&deck(&groups), folds, 0);
        eprintln!(
            "{name}: J {:.5} (scikit-learn {j:.5}, no split below {:.5}), sizes {:.3} ({size_ratio:.3}), misplaced {:.4}",
            even.j, even.j_bound, even.size_ratio, even.misplaced
        );
        assert!(even.j <= j + 1e-12, "{name}: J {} above scikit-learn's {j}", even.j);
        assert!(even.j_bound <= even.j + 1e-12, "{name}: J {} below its bound {}", even.j, even.j_bound);
        let largest: u32 = groups.iter().map(|counts| counts.iter().map(|(_, n)| n).sum()).max().unwrap();
        if f64::from(largest) <= 0.05 * even.sizes.iter().sum::<u64>() as f64 {
            assert!(even.size_ratio <= 1.05, "{name}: the largest fold is {} times the smallest", even.size_ratio);
        }
        // 30 and 300 uneven groups. Where J is at its bound, no split is better.
        if ["few patients", "long tail"].contains(&name.as_str()) {
            assert!(even.j <= 0.85 * j || even.j <= even.j_bound + 1e-12, "{name}: J {} against {j}", even.j);
        }
    }
}

#[test]
fn the_compatible_rule_gives_the_very_folds_of_scikit_learn() {
    for Plain { folds, y, fold } in answers().stratified_kfold {
        assert_eq!(stratified_kfold(&y, folds), fold, "{folds} folds of {y:?}");
    }
}
