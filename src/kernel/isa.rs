//! Instruction sets: which this machine has, and the one place where one is chosen.

use std::sync::OnceLock;

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What every machine of the architecture has (on 64-bit Arm that includes NEON).
    Scalar,
    /// x86-64 with AVX2 and POPCNT: Haswell, Zen and later.
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ, VL and VBMI: Ice Lake, Zen 4 and later.
    Avx512,
}

impl Isa {
    /// All that this machine has, the plainest first.
    pub fn available() -> &'static [Self] {
        static FOUND: OnceLock<Vec<Isa>> = OnceLock::new();
        FOUND.get_or_init(|| {
            let mut found = vec![Self::Scalar];
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
                found.push(Self::Avx2);
                if std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512vbmi")
                {
                    found.push(Self::Avx512);
                }
            }
            found
        })
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self::Scalar)
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar if cfg!(target_arch = "aarch64") => "NEON",
            Self::Scalar => "baseline",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        }
    }
}

/// Declares a kernel: `fn name(isa, arguments)` picks the instruction set, the body is the definition. AVX-512 is left to
/// kernels that are written out for it: what compilers make of loops for it was slower as often as faster.
macro_rules! kernel {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $visibility fn $name(isa: $crate::kernel::Isa, $($arg: $ty),*) {
            #[inline(always)]
            #[allow(clippy::inline_always, reason = "it is compiled anew inside the function for each instruction set")]
            fn definition($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,popcnt")]
            fn avx2($($arg: $ty),*) { definition($($arg),*) }
            match isa {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
                $crate::kernel::Isa::Avx2 | $crate::kernel::Isa::Avx512 => unsafe { avx2($($arg),*) },
                _ => definition($($arg),*),
            }
        }
    };
}
pub(crate) use kernel;
