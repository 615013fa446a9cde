//! The one picture type.

use std::collections::VecDeque;
use std::sync::Arc;

use super::prefetch::prefetch_after;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Pixels in a row; at least 1.
    pub width: usize,
    /// Rows; at least 1.
    pub height: usize,
}

impl Shape {
    /// Bytes of an RGB picture of this shape.
    pub fn bytes(self) -> usize {
        self.width * self.height * 3
    }

    /// Both sides times `factor`, rounded to whole pixels and at least 1.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let side = |side: usize| ((side as f64 * factor).round() as usize).max(1);
        Self { width: side(self.width), height: side(self.height) }
    }
}

/// A picture: 8-bit sRGB, red, green, blue interleaved, rows from the top without padding.
///
/// Copies share their bytes until one of them is changed, so that whatever is done first to a copy reads the original and
/// nothing is moved twice.
#[derive(Debug)]
pub struct Frame {
    shape: Shape,
    pixels: Arc<Vec<u8>>,
    /// Memory from before the bytes were shared, for when they are changed.
    spare: Option<Arc<Vec<u8>>>,
}

impl Frame {
    /// A picture from its bytes. Panics if their number is not width x height x 3, which is a mistake in the caller.
    pub fn new(shape: Shape, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), shape.bytes(), "an RGB picture has width x height x 3 bytes");
        Self { shape, pixels: Arc::new(pixels), spare: None }
    }

    /// A picture of one colour.
    pub fn filled(shape: Shape, colour: [u8; 3]) -> Self {
        Self::new(shape, colour.repeat(shape.width * shape.height))
    }

    /// Width and height.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The bytes, to change in place.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        if Arc::get_mut(&mut self.pixels).is_none() {
            let shared = Arc::clone(&self.pixels);
            self.pixels_anew().copy_from_slice(&shared);
        }
        own(&mut self.pixels)
    }

    /// The bytes, all to be written: what they hold until then may be anything.
    pub fn pixels_anew(&mut self) -> &mut [u8] {
        if Arc::get_mut(&mut self.pixels).is_none() {
            let mut memory = self.spare.take().unwrap_or_default();
            own(&mut memory).resize(self.shape.bytes(), 0);
            self.pixels = memory;
        }
        own(&mut self.pixels)
    }

    /// Changes all bytes by what makes new pixels of old ones, looks at one pixel at a time, and may be called for any stretch
    /// of them.
    pub fn change(&mut self, change: impl Fn(&[u8], &mut [u8])) {
        if let Some(pixels) = Arc::get_mut(&mut self.pixels) {
            return in_place(pixels, change);
        }
        let shared = Arc::clone(&self.pixels);
        for (i, to) in self.pixels_anew().chunks_mut(STRETCH).enumerate() {
            let part = i * STRETCH..i * STRETCH + to.len();
            prefetch_after(&shared, part.clone());
            change(&shared[part], to);
        }
    }

    /// The colour at column `x`, row `y`.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let i = (y * self.shape.width + x) * 3;
        [self.pixels[i], self.pixels[i + 1], self.pixels[i + 2]]
    }

    /// Gives the picture a colour at column `x`, row `y`.
    pub fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let i = (y * self.shape.width + x) * 3;
        self.pixels_mut()[i..i + 3].copy_from_slice(&colour);
    }

    /// Makes this picture a copy of another, keeping the memory that it has.
    pub fn copy_from(&mut self, other: &Self) {
        self.shape = other.shape;
        let before = std::mem::replace(&mut self.pixels, Arc::clone(&other.pixels));
        keep(before, &mut self.spare);
    }

    /// Lets `make` fill a second buffer of shape `to` from this picture, and keeps the result. The old bytes become the
    /// scratch buffer of the next call, so that a worker allocates nothing once its buffers have grown.
    pub fn remake(&mut self, to: Shape, scratch: &mut Scratch, make: impl FnOnce(&Self, &mut [u8])) {
        let mut target = self.spare.take().or_else(|| scratch.bytes.take()).unwrap_or_default();
        own(&mut target).resize(to.bytes(), 0);
        make(self, own(&mut target));
        let before = std::mem::replace(&mut self.pixels, target);
        keep(before, &mut scratch.bytes);
        self.shape = to;
    }
}

/// Few enough bytes for the nearest cache, in whole blocks of every kernel.
const STRETCH: usize = 128 * 96;

/// Changes pixels where they are, by what makes new ones of old ones.
pub fn in_place(pixels: &mut [u8], change: impl Fn(&[u8], &mut [u8])) {
    let mut before = [0; STRETCH];
    for pixels in pixels.chunks_mut(STRETCH) {
        let before = &mut before[..pixels.len()];
        before.copy_from_slice(pixels);
        change(before, pixels);
    }
}

/// Memory that nobody else has.
fn own(memory: &mut Arc<Vec<u8>>) -> &mut Vec<u8> {
    Arc::get_mut(memory).expect("what is shared is replaced before it is changed")
}

/// Puts memory aside for later, unless somebody else still has it.
fn keep(mut memory: Arc<Vec<u8>>, place: &mut Option<Arc<Vec<u8>>>) {
    if Arc::get_mut(&mut memory).is_some() {
        *place = Some(memory);
    }
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        Self { shape: self.shape, pixels: Arc::clone(&self.pixels), spare: None }
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.pixels == other.pixels
    }
}

impl Eq for Frame {}

/// BLAKE3 of shape and pixels, in hex: equal for pictures that look the same, however their files were written.
pub fn content_hash(frame: &Frame) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(frame.shape.width as u64).to_le_bytes()).update(&(frame.shape.height as u64).to_le_bytes());
    hasher.update(&frame.pixels).finalize().to_hex()[..32].to_owned()
}

/// BLAKE3 of a file's bytes, in hex, as long as [`content_hash`].
pub fn file_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// Buffers that one worker uses again for picture after picture.
#[derive(Default)]
pub struct Scratch {
    bytes: Option<Arc<Vec<u8>>>,
    /// A picture with a margin, or one channel or row of it.
    pub padded: Vec<u8>,
    /// Rows between the passes of a filter.
    pub rows: Vec<u8>,
    /// 16-bit values between the passes of a separable filter.
    pub wide: Vec<u16>,
    /// Where the pixels of a row come from.
    pub places: Vec<i32>,
    /// Sums.
    pub sums: Vec<i32>,
    /// Displacements at the nodes of a grid.
    pub nodes: Vec<[f64; 2]>,
    /// A system of linear equations.
    pub equations: Vec<f64>,
    /// Fields such as fog.
    pub floats: Vec<f32>,
    /// Weights of a filter in whole numbers, and the places that they are for.
    pub taps: Vec<(i32, i32)>,
    /// Weights of a filter.
    pub weights: Vec<f32>,
    /// The two of a list that a place lies between, and the second's share.
    pub between: Vec<(usize, usize, f32)>,
    /// Sums of pictures.
    pub mix: Vec<i32>,
    /// A picture as it is in a file.
    pub file: Vec<u8>,
    /// A second picture; see [`Scratch::copy_of`].
    pub spare: Option<Frame>,
    /// The pictures that mixes take from, in the order in which they do.
    pub partners: VecDeque<Arc<Frame>>,
}

impl Scratch {
    /// A copy of a picture, in the memory of the second one. Whoever is done with it makes it `spare` again.
    pub fn copy_of(&mut self, frame: &Frame) -> Frame {
        let mut copy = self.spare.take().unwrap_or_else(|| frame.clone());
        copy.copy_from(frame);
        copy
    }
}
