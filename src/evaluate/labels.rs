//! Labels that are likely wrong.

/// Samples whose label the nets contradict with more confidence than they have on average where that other class is given
/// (confident learning: Northcutt, Jiang and Chuang 2021), the plainest first: by the probability of the other class less
/// that of the label. Probabilities must come from nets that did not see the sample.
pub fn likely_mislabelled(truth: &[usize], probabilities: &[Vec<f32>]) -> Vec<usize> {
    let classes = probabilities.first().map_or(0, Vec::len);
    let mut usual = vec![(0.0, 0u32); classes];
    for (&truth, row) in truth.iter().zip(probabilities) {
        usual[truth] = (usual[truth].0 + row[truth], usual[truth].1 + 1);
    }
    let usual: Vec<f32> = usual.iter().map(|&(sum, n)| if n > 0 { sum / n as f32 } else { f32::INFINITY }).collect();
    let mut found: Vec<(f32, usize)> = Vec::new();
    for (sample, (&truth, row)) in truth.iter().zip(probabilities).enumerate() {
        let sure = (0..classes).filter(|&class| row[class] >= usual[class]);
        if let Some(other) = sure.max_by(|&a, &b| row[a].total_cmp(&row[b])).filter(|&class| class != truth) {
            found.push((row[other] - row[truth], sample));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, sample)| sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn labels_that_were_turned_are_found() {
        let mut rng = Key::root(1).rng();
        let (mut truth, mut rows) = (Vec::new(), Vec::new());
        for sample in 0..500 {
            let class = sample % 3;
            let mut row: Vec<f32> =
                (0..3).map(|c| if c == class { 6.0 } else { 1.0 } * rng.unit() as f32 + 0.05).collect();
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
            rows.push(row);
            truth.push(if sample < 25 { (class + 1) % 3 } else { class });
        }
        let found = likely_mislabelled(&truth, &rows);
        let turned = |found: &[usize]| found.iter().filter(|&&sample| sample < 25).count();
        // Half the samples of a class are not as sure as its mean.
        assert!(turned(&found) >= 10 && turned(&found[..10]) >= 7, "{found:?}");
        assert!(likely_mislabelled(&[], &[]).is_empty());
    }
}
