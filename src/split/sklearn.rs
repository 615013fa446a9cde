//! The rule of scikit-learn, for those who must have its very folds.

/// The fold of each sample by scikit-learn's `StratifiedKFold(folds, shuffle=False)`, class by class: classes are taken
/// in the order in which they first appear, fold i gets as many of a class as the sorted labels have at places i, i + K,
/// i + 2K, …, and the samples of a class go to the folds in blocks, in the order of rows.
pub fn stratified_kfold(classes: &[u32], folds: usize) -> Vec<u32> {
    let mut number = vec![u32::MAX; classes.iter().max().map_or(0, |&most| most as usize + 1)];
    let mut totals: Vec<usize> = Vec::new();
    for &class in classes {
        let number = &mut number[class as usize];
        if *number == u32::MAX {
            *number = totals.len() as u32;
            totals.push(0);
        }
        totals[*number as usize] += 1;
    }
    // How many more samples of a class its open fold takes, and which fold that is.
    let mut allocation = Vec::with_capacity(totals.len() * folds);
    let mut start = 0;
    for total in totals {
        let places_to = |end: usize, fold: usize| (end + folds - 1 - fold) / folds;
        allocation.extend((0..folds).map(|fold| places_to(start + total, fold) - places_to(start, fold)));
        start += total;
    }
    let mut open: Vec<usize> = (0..allocation.len() / folds).map(|class| class * folds).collect();
    let fold_of = |&class: &u32| {
        let class = number[class as usize] as usize;
        while allocation[open[class]] == 0 {
            open[class] += 1;
        }
        allocation[open[class]] -= 1;
        (open[class] - class * folds) as u32
    };
    classes.iter().map(fold_of).collect()
}
