//! Transforms that move pixels.

pub mod affine;
pub mod center_crop;
pub mod crop;
pub mod crop_and_pad;
pub mod d4;
pub mod elastic;
pub mod grid_distortion;
pub mod grid_shuffle;
pub mod hflip;
pub mod letterbox;
pub mod longest_max_size;
pub mod optical_distortion;
pub mod pad;
pub mod perspective;
pub mod piecewise_affine;
pub mod random_crop;
pub mod random_resized_crop;
pub mod resize;
pub mod rotate;
pub mod rotate90;
pub mod safe_rotate;
pub mod shear;
pub mod shift_scale_rotate;
pub mod smallest_max_size;
pub mod thin_plate_spline;
pub mod translate;
pub mod transpose;
pub mod vflip;

/// The longest side that a picture may be given.
const MAX_SIDE_PX: u32 = 16384;

/// Says what is wrong unless a side of so many pixels can be made.
fn check_side(name: &str, side: u32) -> Result<(), String> {
    if (1..=MAX_SIDE_PX).contains(&side) {
        Ok(())
    } else {
        Err(format!("{name} must be from 1 to {MAX_SIDE_PX}, got {side}"))
    }
}
