//! Columns whose values are spread evenly.

use std::collections::HashMap;

/// A column whose values are to be spread evenly over the folds: for each row one value, several (multi-label) or none.
#[derive(Clone, Debug)]
pub struct Strata {
    /// The column's name.
    pub column: String,
    /// The values, sorted.
    pub values: Vec<String>,
    starts: Vec<u32>,
    of_row: Vec<u32>,
}

impl Strata {
    /// From each row's values; empty ones are none.
    pub fn new<'a, I: IntoIterator<Item = &'a str>>(column: &str, rows: impl IntoIterator<Item = I>) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let (mut starts, mut of_row) = (vec![0], Vec::new());
        for row in rows {
            for value in row.into_iter().filter(|value| !value.is_empty()) {
                let next = numbers.len() as u32;
                of_row.push(*numbers.entry(value).or_insert(next));
            }
            starts.push(of_row.len() as u32);
        }
        let mut values: Vec<(&str, u32)> = numbers.into_iter().collect();
        values.sort_unstable();
        let mut place = vec![0; values.len()];
        values.iter().enumerate().for_each(|(sorted, &(_, number))| place[number as usize] = sorted as u32);
        for value in &mut of_row {
            *value = place[*value as usize];
        }
        let values = values.into_iter().map(|(value, _)| value.to_owned()).collect();
        Self { column: column.into(), values, starts, of_row }
    }

    /// From numbers, cut into this many bins of equal counts; equal numbers share a bin, and rows without a number have
    /// none.
    pub fn quantiles(column: &str, numbers: &[Option<f64>], bins: usize) -> Self {
        let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut edges: Vec<f64> = (1..bins).filter_map(|bin| sorted.get(bin * sorted.len() / bins).copied()).collect();
        edges.dedup();
        edges.retain(|edge| sorted.first().is_some_and(|first| first < edge));
        let name = |bin: usize| match (bin.checked_sub(1).map(|below| edges[below]), edges.get(bin)) {
            (None, None) => "all".into(),
            (None, Some(high)) => format!("below {high}"),
            (Some(low), None) => format!("{low} and above"),
            (Some(low), Some(high)) => format!("{low} to below {high}"),
        };
        let (mut starts, mut of_row) = (vec![0], Vec::new());
        for number in numbers {
            of_row.extend(number.map(|number| edges.partition_point(|edge| *edge <= number) as u32));
            starts.push(of_row.len() as u32);
        }
        let values = if sorted.is_empty() { Vec::new() } else { (0..=edges.len()).map(name).collect() };
        Self { column: column.into(), values, starts, of_row }
    }

    /// The values of a row, as places in `values`.
    pub fn of(&self, row: usize) -> &[u32] {
        &self.of_row[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_their_order_whatever_the_order_of_rows() {
        let strata = Strata::new("labels", [vec!["b", "a"], vec![], vec!["c", ""], vec!["a"]]);
        assert_eq!(strata.values, ["a", "b", "c"]);
        assert_eq!(
            (0..4).map(|row| strata.of(row).to_vec()).collect::<Vec<_>>(),
            [vec![1, 0], vec![], vec![2], vec![0]]
        );
    }

    #[test]
    fn quantile_bins_hold_equal_counts_and_equal_numbers_share_one() {
        let numbers: Vec<_> = (0..100).rev().map(|n| Some(f64::from(n))).chain([None]).collect();
        let strata = Strata::quantiles("age", &numbers, 4);
        assert_eq!(strata.values, ["below 25", "25 to below 50", "50 to below 75", "75 and above"]);
        assert_eq!((strata.of(0), strata.of(99), strata.of(100)), (&[3][..], &[0][..], &[][..]));
        let lopsided = Strata::quantiles("age", &[Some(1.0), Some(1.0), Some(1.0), Some(2.0)], 4);
        assert_eq!(lopsided.values, ["below 2", "2 and above"]);
    }
}
