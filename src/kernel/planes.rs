//! Blocks of pixels as three planes, where a formula mixes the channels of a pixel.

/// Pixels in a block.
pub const BLOCK: usize = 32;

/// Red, green and blue of a block.
pub type Planes = [[u8; BLOCK]; 3];

/// Lets `change` work on all pixels, a block at a time. The last block is filled up with black.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn by_blocks(pixels: &mut [u8], mut change: impl FnMut(&mut Planes)) {
    let (blocks, rest) = pixels.as_chunks_mut::<{ BLOCK * 3 }>();
    for block in blocks {
        one(block, &mut change);
    }
    let mut last = [0; BLOCK * 3];
    last[..rest.len()].copy_from_slice(rest);
    one(&mut last, &mut change);
    rest.copy_from_slice(&last[..rest.len()]);
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn one(block: &mut [u8; BLOCK * 3], change: &mut impl FnMut(&mut Planes)) {
    let mut planes = [[0; BLOCK]; 3];
    for i in 0..BLOCK {
        planes[0][i] = block[i * 3];
        planes[1][i] = block[i * 3 + 1];
        planes[2][i] = block[i * 3 + 2];
    }
    change(&mut planes);
    for i in 0..BLOCK {
        block[i * 3] = planes[0][i];
        block[i * 3 + 1] = planes[1][i];
        block[i * 3 + 2] = planes[2][i];
    }
}
