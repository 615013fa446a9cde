//! Tables: one entry a level and channel.

use crate::kernel::Isa;

/// What becomes of each level, for red, green and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lut(pub [[u8; 256]; 3]);

impl Lut {
    /// The same table for all channels.
    pub fn same(level: impl Fn(u8) -> u8) -> Self {
        Self([std::array::from_fn(|i| level(i as u8)); 3])
    }

    /// One table that does what this one and then the next would do.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        Self(std::array::from_fn(|c| self.0[c].map(|level| next.0[c][usize::from(level)])))
    }
}

/// Replaces every level by its table entry.
pub fn apply_lut(isa: Isa, from: &[u8], to: &mut [u8], lut: &Lut) {
    let [red, green, blue] = &lut.0;
    let same = red == green && red == blue;
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "Isa::Avx2 comes from Isa::available, which asked the processor")]
        Isa::Avx2 => unsafe {
            if same { super::avx2::look_up(from, to, red) } else { super::avx2::look_up_by_channel(from, to, &lut.0) }
        },
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "Isa::Avx512 comes from Isa::available, which asked the processor")]
        Isa::Avx512 => unsafe {
            if same {
                super::avx512::look_up(from, to, red);
            } else {
                super::avx512::look_up_by_channel(from, to, &lut.0);
            }
        },
        _ => {
            for (from, to) in from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0) {
                let [r, g, b] = from.map(usize::from);
                *to = [red[r], green[g], blue[b]];
            }
        }
    }
}
