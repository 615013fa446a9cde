//! Pixels only: pure functions on pictures with final numbers. No randomness, no files.
//!
//! Every kernel is integer arithmetic, so that each instruction set gives the same bytes. The definition is written
//! once, as plain loops; the macro `kernel!` in isa.rs compiles it a second time for AVX2, which changes its speed and nothing else.

mod gaussian_blur;
mod clahe;
mod colour_matrix;
mod cover;
mod gray;
mod histogram;
mod hsv;
mod illumination;
mod isa;
mod lattice;
mod mix;
mod noise;
mod planes;
mod point;
mod radial;
mod resample;
mod thin_plate;
mod tiles;
mod sharpness;
mod turn;
mod warp;
mod weather;

pub use clahe::clahe;
pub use colour_matrix::{ColourMatrix, mix_channels};
pub use cover::{DropGrid, drop_grid, fill_noise, fill_polygon, fill_rectangle};
pub use gaussian_blur::{MAX_SIGMA_PX, gaussian_blur};
pub use gray::{gray, sum_luma};
pub use histogram::Histogram;
pub use hsv::{HsvShift, shift_hsv};
pub use illumination::{Gradient, illuminate};
pub use isa::Isa;
pub use lattice::{Between, Lattice, displace};
pub use mix::{add_weighted, settle};
pub use noise::add_gauss_noise;
pub use point::{Levels, Lut, Point, apply_levels, apply_lut};
pub use radial::distort_radially;
pub use resample::{CropBox, resample};
pub use sharpness::sharpness;
pub use thin_plate::thin_plate;
pub use tiles::shuffle_tiles;
pub use turn::{Turn, turn};
pub use warp::{Border, Matrix, PLACE_BITS, place, remap, warp};
pub use weather::{
    Spatter, SpatterKind, Streaks, add_light, bleach, cover, fade_disc, fade_polygon, glow, plasma, spatter, streaks,
};
