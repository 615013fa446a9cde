//! Data to SVG: pure functions, one kind of picture a file. Colours and type live in `chart.css`; what every chart
//! needs (elements, escaping, names for screen readers, scales) lives in `svg` and `scale`.

mod bars;
mod curves;
mod heat;
mod histogram;
mod intervals;
mod reliability;
mod scale;
mod svg;
mod tuning;

pub use bars::{Bar, grouped, small_interval, stacked};
pub use curves::{Curve, Panel, curves, extent};
pub use heat::heat;
pub use histogram::histogram;
pub use intervals::{Layout, intervals};
pub use reliability::reliability;
pub use svg::{escape, standalone};
pub use tuning::{Axis, Mark, history, parallel};

/// Colours and type of all charts, in light and dark.
pub const CSS: &str = include_str!("chart.css");
