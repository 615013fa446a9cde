//! Blocks of pixels as three planes, where a formula mixes the channels of a pixel.

/// Pixels in a block.
pub const BLOCK: usize = 32;

/// Red, green and blue of a block.
pub type Planes = [[u8; BLOCK]; 3];

/// Lets `change` work on all pixels, a block at a time. The last block is filled up with black.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn by_blocks(pixels: &mut [u8], mut change: impl FnMut(&mut Planes)) {
    for part in pixels.chunks_mut(BLOCK * 3) {
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
        // One call, so that it is compiled into the kernel: a function of its own would be for the plainest instruction set.
        change(&mut planes);
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
}
