//! What a run found, as one struct, as `report.json`, and as one self-contained page; its scores as `summary.json`.
//!
//! Data flows one way: [`Report`] to `view` (numbers become words and pictures), `view` to `page.html` (words become a
//! page). `chart` turns data into SVG and knows nothing of reports' sections.

#[cfg(feature = "train")]
mod assemble;
#[cfg(test)]
mod browser;
mod chart;
#[cfg(test)]
mod example;
mod html;
mod model;
mod number;
mod picture;
#[cfg(feature = "train")]
mod robustness;
#[cfg(feature = "train")]
mod summary;
#[cfg(test)]
mod tests;
mod tuning;
#[cfg(feature = "train")]
mod verdict;
mod view;

use std::path::Path;

#[cfg(feature = "train")]
pub use assemble::{Setting, assemble};
pub use html::page;
pub use model::*;
#[cfg(feature = "train")]
pub use summary::summary;
pub use tuning::{Parameter, Tried, Tuning, write_tuning};

use crate::data;

/// Writes `report.json` and `report.html` into `folder`, each whole or not at all.
pub fn write(report: &Report, folder: &Path) -> Result<(), data::Error> {
    let json = folder.join("report.json");
    let bytes =
        serde_json::to_vec_pretty(report).map_err(|why| data::Error::Io { path: json.clone(), source: why.into() })?;
    data::write_atomically(&json, &bytes)?;
    data::write_atomically(&folder.join("report.html"), page(report).as_bytes())
}

/// The picture of what each split says, as an SVG file of its own, for a README or a slide.
pub fn scores_picture(scores: &[SplitScore]) -> String {
    chart::standalone(&chart::intervals("scores", scores, chart::Layout::Wide))
}
