//! Joining the predictions of several nets, or of several views.

/// Mean probabilities; all members must have the same samples and classes.
pub fn soft(members: &[&[Vec<f32>]]) -> Vec<Vec<f32>> {
    let Some(first) = members.first() else { return Vec::new() };
    let share = 1.0 / members.len() as f32;
    let of_sample = |sample: usize| {
        let classes = first[sample].len();
        (0..classes).map(|class| members.iter().map(|member| member[sample][class]).sum::<f32>() * share).collect()
    };
    (0..first.len()).map(of_sample).collect()
}

/// Mean probabilities by weights that sum to 1; all members must have the same samples and classes.
pub fn weighted(members: &[&[Vec<f32>]], weights: &[f64]) -> Vec<Vec<f32>> {
    let Some(first) = members.first() else { return Vec::new() };
    let of_class = |sample: usize, class: usize| -> f64 {
        members.iter().zip(weights).map(|(member, weight)| weight * f64::from(member[sample][class])).sum()
    };
    let of_sample = |sample: usize| (0..first[sample].len()).map(|class| of_class(sample, class) as f32).collect();
    (0..first.len()).map(of_sample).collect()
}

/// The class that most members choose; among equals the one with the highest mean probability.
pub fn hard(members: &[&[Vec<f32>]]) -> Vec<usize> {
    let mean = soft(members);
    let of_sample = |(sample, mean): (usize, &Vec<f32>)| {
        let mut votes = vec![0.0; mean.len()];
        for member in members {
            votes[choose(&member[sample])] += 1.0;
        }
        // A probability is below 1, so that it can break ties and nothing else.
        choose(&votes.iter().zip(mean).map(|(votes, p)| votes + p * 0.99).collect::<Vec<f32>>())
    };
    mean.iter().enumerate().map(of_sample).collect()
}

/// The class with the highest probability; the first of equals.
pub fn choose(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_counted_and_ties_broken_by_probability() {
        let (a, b, c) = (vec![vec![0.6, 0.4, 0.0]], vec![vec![0.6, 0.4, 0.0]], vec![vec![0.0, 0.9, 0.1]]);
        let members: [&[Vec<f32>]; 3] = [&a, &b, &c];
        assert_eq!(hard(&members), [0]);
        assert_eq!(choose(&soft(&members)[0]), 1);
        assert_eq!(hard(&members[1..]), [1]);
        assert_eq!(weighted(&members, &[0.0, 1.0, 0.0]), b);
        assert_eq!(weighted(&[&[vec![0.5, 0.5]], &[vec![1.0, 0.0]]], &[0.75, 0.25]), [[0.625, 0.375]]);
    }
}
