//! The one picture type.

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    shape: Shape,
    pixels: Vec<u8>,
}

impl Frame {
    /// A picture from its bytes. Panics if their number is not width x height x 3, which is a mistake in the caller.
    pub fn new(shape: Shape, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), shape.bytes(), "an RGB picture has width x height x 3 bytes");
        Self { shape, pixels }
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
        &mut self.pixels
    }

    /// The colour at column `x`, row `y`.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let i = (y * self.shape.width + x) * 3;
        [self.pixels[i], self.pixels[i + 1], self.pixels[i + 2]]
    }

    /// Gives the picture a colour at column `x`, row `y`.
    pub fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let i = (y * self.shape.width + x) * 3;
        self.pixels[i..i + 3].copy_from_slice(&colour);
    }

    /// Makes this picture equal to another, keeping the memory that it has.
    pub fn copy_from(&mut self, other: &Self) {
        self.shape = other.shape;
        self.pixels.clear();
        self.pixels.extend_from_slice(&other.pixels);
    }

    /// Lets `make` fill a second buffer of shape `to` from this picture, and keeps the result. The old bytes become the
    /// scratch buffer of the next call, so that a worker allocates nothing once its buffers have grown.
    pub fn remake(&mut self, to: Shape, scratch: &mut Scratch, make: impl FnOnce(&Self, &mut [u8])) {
        let mut target = std::mem::take(&mut scratch.bytes);
        target.resize(to.bytes(), 0);
        make(self, &mut target);
        scratch.bytes = std::mem::replace(&mut self.pixels, target);
        self.shape = to;
    }
}

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
    bytes: Vec<u8>,
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
    /// Sums of pictures.
    pub mix: Vec<i32>,
    /// A second picture.
    pub spare: Option<Frame>,
}
