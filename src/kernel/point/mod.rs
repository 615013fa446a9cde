//! Point operations: each level of each channel becomes another.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod levels;
mod lut;

pub use levels::{Levels, apply_levels};
pub use lut::{Lut, apply_lut};

use super::Isa;

/// A point operation.
#[expect(clippy::large_enum_variant, reason = "there is one a picture, and boxes would be allocated for each")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// By arithmetic, which is several times faster than a table.
    Levels(Levels),
    /// By table.
    Table(Lut),
}

impl Point {
    /// The table.
    pub fn lut(&self) -> Lut {
        match self {
            Self::Levels(levels) => levels.lut(),
            Self::Table(lut) => lut.clone(),
        }
    }

    /// One operation that does what this one and then the next would do: exactly, as both are tables in the end.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        Self::Table(self.lut().then(&next.lut()))
    }

    /// The same operation in the form that is quickest here: with AVX-512 a table beats arithmetic.
    #[must_use]
    pub fn quickest(self, isa: Isa) -> Self {
        match self {
            Self::Levels(levels) if isa == Isa::Avx512 => Self::Table(levels.lut()),
            same => same,
        }
    }

    /// Does it to pixels.
    pub fn apply(&self, isa: Isa, from: &[u8], to: &mut [u8]) {
        match self {
            Self::Levels(levels) => apply_levels(isa, from, to, levels),
            Self::Table(lut) => apply_lut(isa, from, to, lut),
        }
    }
}

impl From<Lut> for Point {
    fn from(lut: Lut) -> Self {
        Self::Table(lut)
    }
}

impl From<Levels> for Point {
    fn from(levels: Levels) -> Self {
        Self::Levels(levels)
    }
}
