//! Points, directions and linear colours: three numbers and their arithmetic.
//!
//! Only operations that IEEE 754 rounds exactly are used here, so that every machine agrees on every bit.

use std::ops::{Add, Mul, Neg, Sub};

/// A point, a direction, or a colour in linear light (red, green, blue).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct V3 {
    /// To the right; red.
    pub x: f64,
    /// Upwards; green.
    pub y: f64,
    /// Towards the camera; blue.
    pub z: f64,
}

/// A vector from its parts.
pub const fn v3(x: f64, y: f64, z: f64) -> V3 {
    V3 { x, y, z }
}

impl V3 {
    /// Three times the same number.
    pub const fn splat(value: f64) -> Self {
        v3(value, value, value)
    }

    /// The scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// The vector product.
    pub fn cross(self, other: Self) -> Self {
        v3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    /// The Euclidean length.
    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The direction alone; a vector too short to have one stays as it is.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-12 { self * (1.0 / length) } else { self }
    }

    /// Part by part.
    pub fn times(self, other: Self) -> Self {
        v3(self.x * other.x, self.y * other.y, self.z * other.z)
    }

    /// `share` of the other, the rest of this one.
    pub fn mix(self, other: Self, share: f64) -> Self {
        self * (1.0 - share) + other * share
    }

    /// Each part through a function.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        v3(f(self.x), f(self.y), f(self.z))
    }

    /// Turned about the vertical axis by an angle, given as its sine and cosine.
    pub fn turned(self, (sin, cos): (f64, f64)) -> Self {
        v3(self.x * cos + self.z * sin, self.y, self.z * cos - self.x * sin)
    }
}

impl Add for V3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        v3(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for V3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        v3(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f64> for V3 {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        v3(self.x * by, self.y * by, self.z * by)
    }
}

impl Neg for V3 {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// 0 below `from`, 1 above `to`, smooth between; falls where `from` is above `to`.
pub fn ramp(from: f64, to: f64, at: f64) -> f64 {
    let t = ((at - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A colour as designers write it (0xRRGGBB, sRGB), in linear light.
pub fn srgb(hex: u32) -> V3 {
    let channel = |shift: u32| {
        let c = f64::from((hex >> shift) & 0xff) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
    };
    v3(channel(16), channel(8), channel(0))
}
