//! A contact sheet of pairs that lie apart and belong together.

use super::Findings;
use crate::image::{Frame, Scratch, decode};
use crate::run::Sheet;

const MOST_PAIRS: usize = 24;
/// Wide enough for the line above the pair.
const COLUMNS: usize = 6;

/// A row a pair, taken from all kinds of findings in turn.
/// `open` finds a picture by its path; what it cannot open is left out. `None` where nothing is left.
pub fn sheet(findings: &[Findings], open: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Frame> {
    let picture = |path: &str| decode(&open(path)?).ok();
    let longest = findings.iter().map(|f| f.examples.len()).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|i| findings.iter().filter_map(move |f| Some((f.kind, f.examples.get(i)?))));
    let pairs: Vec<_> = in_turn
        .filter_map(|(kind, pair)| Some((kind, pair, [picture(&pair.a)?, picture(&pair.b)?])))
        .take(MOST_PAIRS)
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let mut sheet = Sheet::new(pairs.len(), COLUMNS);
    let mut scratch = Scratch::default();
    for (row, (kind, pair, pictures)) in pairs.into_iter().enumerate() {
        let line = format!("{}: {} ({}) | {} ({})", kind.name(), pair.a, pair.part_a.0, pair.b, pair.part_b.0);
        sheet.write(row, &line);
        for (column, picture) in pictures.into_iter().enumerate() {
            sheet.paste(row, column, picture, &mut scratch);
        }
    }
    Some(sheet.into_frame())
}
