//! Time and evenness of one split of stored arrays; `scripts/bench-split` runs it in turn with scikit-learn.
//!
//! usage: `cargo bench --bench split -- FILE FOLDS`, FILE holding rows of two little-endian u32: class and group.

#![allow(missing_docs, reason = "a benchmark")]
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints what it measures, or fails")]

use std::time::Instant;

use evenfold::random::Key;
use evenfold::split::{Deck, deal, evenness};

/// The fold of each row.
fn folds(classes: &[u32], groups: &[u32], folds: usize) -> (Deck, Vec<u32>) {
    let highest = |ids: &[u32]| ids.iter().max().map_or(0, |&id| id as usize + 1);
    let mut starts = vec![0u32; highest(groups) + 1];
    groups.iter().for_each(|&group| starts[group as usize] += 1);
    let mut end = 0;
    for start in &mut starts {
        end += *start;
        *start = end;
    }
    // From the last row to the first, so that each group's end becomes its start.
    let mut sorted = vec![0; classes.len()];
    for (&class, &group) in classes.iter().zip(groups).rev() {
        starts[group as usize] -= 1;
        sorted[starts[group as usize] as usize] = class;
    }
    let mut deck = Deck::new(vec![0; highest(classes)]);
    deck.reserve(starts.len() - 1, classes.len());
    for ends in starts.windows(2) {
        deck.push(ends[1] - ends[0], &mut sorted[ends[0] as usize..ends[1] as usize]);
    }
    let of_group = deal(&deck, &vec![1.0 / folds as f64; folds], &Key::root(0));
    let of_row: Vec<u32> = groups.iter().map(|&group| of_group[group as usize]).collect();
    std::hint::black_box(of_row);
    (deck, of_group)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [file, count] = &args[..] else {
        println!("split: give FILE FOLDS (scripts/bench-split does)");
        return;
    };
    let count = count.parse().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let word = |at: &[u8]| u32::from_le_bytes(at.try_into().unwrap());
    let (classes, groups): (Vec<u32>, Vec<u32>) =
        bytes.chunks_exact(8).map(|row| (word(&row[..4]), word(&row[4..]))).unzip();
    let start = Instant::now();
    let (deck, of_group) = folds(&classes, &groups, count);
    let seconds = start.elapsed().as_secs_f64();
    let even = evenness(&deck, &of_group, count, 0..deck.strata());
    println!(
        "{}",
        serde_json::json!({
            "seconds": seconds, "j": even.j, "j_bound": even.j_bound, "size_ratio": even.size_ratio, "peak_mb": peak_mb()
        })
    );
}

/// The most memory that this program had, as Linux tells it.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}
