//! Weather, and what it leaves on the lens.

pub mod fog;
pub mod rain;
pub mod shadow;
pub mod snow;
pub mod spatter;
pub mod sun_flare;
