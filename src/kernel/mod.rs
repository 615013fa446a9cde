//! Pixels only: pure functions on pictures with final numbers. No randomness, no files.
//!
//! Every kernel is integer arithmetic, or float arithmetic in a fixed order without fused multiply-add, so that each
//! instruction set gives the same bytes. The definition is written once, as plain loops; the macro `kernel!` in isa.rs
//! compiles it a second time for AVX2, which changes its speed and nothing else. Where intrinsics do better, a file `avx2.rs`
//! beside the definition equals it byte for byte.

mod aberration;
mod box_blur;
mod clahe;
mod colour_matrix;
mod convolve;
mod cover;
mod disk_blur;
mod gaussian_blur;
mod gray;
mod hamming;
mod histogram;
mod hsv;
mod illumination;
mod isa;
mod lattice;
mod median_blur;
mod mix;
mod nearest;
mod noise;
mod padded;
mod planes;
mod point;
mod radial;
mod resample;
mod sharpness;
mod swap_pixels;
mod thin_plate;
mod tiles;
mod turn;
mod warp;
mod weather;
mod zoom_blur;

pub use aberration::{Bend, bend_channels};
pub use box_blur::{MAX_BOX_PX, box_blur};
pub use clahe::clahe;
pub use colour_matrix::{ColourMatrix, mix_channels};
pub use convolve::{Tap, convolve};
pub use cover::{DropGrid, drop_grid, fill_noise, fill_polygon, fill_rectangle};
pub use disk_blur::{MAX_DISK_RADIUS_PX, disk_blur};
pub use gaussian_blur::{MAX_SIGMA_PX, gaussian_blur, unsharp_mask};
pub use gray::{gray, sum_luma};
pub use hamming::hamming;
pub use histogram::{Histogram, stretch};
pub use hsv::{HsvShift, shift_hsv};
pub use illumination::{Gradient, illuminate};
pub use isa::Isa;
pub(crate) use isa::kernel;
pub use lattice::{Between, Lattice, displace};
pub use median_blur::median_blur;
pub use mix::{add_weighted, settle};
pub use nearest::nearest;
pub use noise::{
    Grain, MIN_SHOT_SCALE, add_gauss_noise, add_iso_noise, add_shot_noise, multiply_noise, replace_pixels,
    replace_samples,
};
pub use point::{Levels, Lut, Point, apply_levels, apply_lut};
pub use radial::distort_radially;
pub use resample::{CropBox, average_down, resample, resample_bicubic};
pub use sharpness::sharpness;
pub use swap_pixels::swap_pixels;
pub use thin_plate::thin_plate;
pub use tiles::shuffle_tiles;
pub use turn::{Turn, turn};
pub use warp::{Border, Matrix, PLACE_BITS, place, remap, warp};
pub use weather::{
    Bleach, Flakes, Frost, Spatter, SpatterKind, Streaks, add_light, bleach, cover, fade_disc, fade_polygon, flakes,
    frost, glow, plasma, snow_over, spatter, streaks,
};
pub use zoom_blur::{MAX_ZOOMS, Zoom, zoom_blur};
