//! Blocks of pixels as three planes, where a formula mixes the channels of a pixel.

/// Pixels in a block.
pub const BLOCK: usize = 32;

/// Red, green and blue of a block.
pub type Planes = [[u8; BLOCK]; 3];

/// The planes of a block; one of fewer pixels, the last, is filled up with black.
///
/// Kernels go over `pixels.chunks_mut(BLOCK * 3)`, split, change and join in their own body. A closure for the change would be
/// a function of its own where it is long, and compiled for the plainest instruction set.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn split(part: &[u8]) -> Planes {
    let mut block = [0; BLOCK * 3];
    match part.first_chunk() {
        Some(whole) => block = *whole,
        None => block[..part.len()].copy_from_slice(part),
    }
    let mut planes = [[0; BLOCK]; 3];
    for i in 0..BLOCK {
        planes[0][i] = block[i * 3];
        planes[1][i] = block[i * 3 + 1];
        planes[2][i] = block[i * 3 + 2];
    }
    planes
}

/// Puts the planes back into their block.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn join(planes: &Planes, part: &mut [u8]) {
    let mut block = [0; BLOCK * 3];
    for i in 0..BLOCK {
        block[i * 3] = planes[0][i];
        block[i * 3 + 1] = planes[1][i];
        block[i * 3 + 2] = planes[2][i];
    }
    match part.first_chunk_mut() {
        Some(whole) => *whole = block,
        None => part.copy_from_slice(&block[..part.len()]),
    }
}
