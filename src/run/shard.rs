//! A part of the work, for one of many machines.

use std::fmt;
use std::str::FromStr;

/// One of so many parts of a plan. Which originals are in it follows from their rows alone, so that machines need not talk
/// to one another; the copies of one original are never spread over two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    number: usize,
    count: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { number: 1, count: 1 };

    /// Number 1 to `count`.
    pub fn new(number: usize, count: usize) -> Result<Self, String> {
        if (1..=count).contains(&number) {
            return Ok(Self { number, count });
        }
        Err(format!(
            "shard {number} of {count} is not one: shards are numbered from 1 to their count, such as 1/8 to 8/8"
        ))
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// Whether the row of a manifest is in this part.
    pub fn has(self, row: usize) -> bool {
        row % self.count + 1 == self.number
    }

    /// The part that a row is in.
    pub fn of(row: usize, count: usize) -> Self {
        Self { number: row % count + 1, count }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        let (number, count) = numbers.ok_or_else(|| format!("expected I/N, such as 3/8, got `{text}`"))?;
        Self::new(number, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_exactly_one_shard() {
        let shards: Vec<Shard> = (1..=3).map(|number| Shard::new(number, 3).unwrap()).collect();
        for row in 0..10 {
            let having: Vec<_> = shards.iter().filter(|shard| shard.has(row)).collect();
            assert_eq!(having, [&Shard::of(row, 3)]);
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        assert_eq!("3/8".parse::<Shard>().unwrap().to_string(), "3/8");
        for text in ["0/8", "9/8", "1/0", "3", "a/b", "-1/2", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
