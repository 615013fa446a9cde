//! Weather: fields of fog, streaks and drops, and what they do to light.

mod flakes;
mod fractal;
mod frost;
mod light;
mod liquid;
mod region;
mod snow;
mod streaks;

pub use flakes::{Flakes, flakes, snow_over};
pub use fractal::plasma;
pub use frost::{Frost, frost};
pub use light::{add_light, cover};
pub use liquid::{Spatter, SpatterKind, spatter};
pub use region::{fade_disc, fade_polygon, glow};
pub use snow::{Bleach, bleach};
pub use streaks::{Streaks, streaks};
