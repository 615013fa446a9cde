//! Randomness as a function of *what* is drawn, never of when or where.
//!
//! A [`Key`] names a place in a tree: the seed is the root, and each `child` (a source's id, a copy's number, a step's
//! place in the pipeline) goes one level down. Two keys are equal only if the whole path is. A key's [`Rng`] gives the
//! same numbers on every thread, machine and instruction set.

/// A place in the tree of random streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The root of the tree for one seed.
    pub fn root(seed: u64) -> Self {
        Self(*blake3::hash(&seed.to_le_bytes()).as_bytes())
    }

    /// The key one level down. Different labels give unrelated streams.
    #[must_use]
    pub fn child(&self, label: impl AsRef<[u8]>) -> Self {
        Self(*blake3::keyed_hash(&self.0, label.as_ref()).as_bytes())
    }

    /// The key of the n-th child.
    #[must_use]
    pub fn nth(&self, n: u64) -> Self {
        self.child(n.to_le_bytes())
    }

    /// The stream of numbers at this place.
    pub fn rng(&self) -> Rng {
        Rng { key: [self.word(0), self.word(4)], counter: 0, block: [0; 4], used: 4 }
    }

    /// 64 bits that name this place; for kernels that make their own per-pixel noise.
    pub fn bits(&self) -> u64 {
        u64::from(self.word(8)) << 32 | u64::from(self.word(12))
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }
}

/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3" (SC 2011), with the stream's block number as its counter.
#[derive(Clone, Debug)]
pub struct Rng {
    key: [u32; 2],
    counter: u64,
    block: [u32; 4],
    used: usize,
}

impl Rng {
    /// 32 even bits.
    pub fn bits32(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox([self.counter as u32, (self.counter >> 32) as u32, 0, 0], self.key);
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// 64 even bits.
    pub fn bits64(&mut self) -> u64 {
        u64::from(self.bits32()) | u64::from(self.bits32()) << 32
    }

    /// Evenly from [0, 1), with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly from [low, high]; `low` itself where the two are equal.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Evenly from 0..n, without bias (Lemire 2019, "Fast random integer generation in an interval"); 0 for n = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.bits64()) * u128::from(n);
        if (product as u64) < n {
            let floor = n.wrapping_neg() % n.max(1);
            while (product as u64) < floor {
                product = u128::from(self.bits64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// An index of a slice of this length, which must not be 0.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// An index of these weights, each as likely as its share of their sum; there must be one at least.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        let found = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        found.unwrap_or(weights.len() - 1)
    }

    /// Evenly from the whole numbers low..=high.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low) as u64 + 1) as i64
    }

    /// True with chance `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// From the normal distribution with mean 0 and standard deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// From the gamma distribution with this shape, above 0, and scale 1 (Marsaglia and Tsang, "A simple method for
    /// generating gamma variables", 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * libm::pow(1.0 - self.unit(), 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            let v = v * v * v;
            if v > 0.0 && libm::log(1.0 - self.unit()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// `n` shares that sum to 1, from the symmetric Dirichlet distribution: the lower `alpha`, the less even.
    pub fn dirichlet(&mut self, alpha: f64, n: usize) -> Vec<f64> {
        // Above 0 even where a low alpha gives nothing but numbers too small to be told from it.
        let parts: Vec<f64> = (0..n).map(|_| self.gamma(alpha).max(f64::MIN_POSITIVE)).collect();
        let total: f64 = parts.iter().sum();
        parts.into_iter().map(|part| part / total).collect()
    }

    /// Puts a slice into an evenly drawn order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let [a, b] = [u64::from(counter[0]) * 0xD251_1F53, u64::from(counter[2]) * 0xCD9E_8D57];
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// The distribution function of the standard normal distribution.
pub fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The quantile function of the standard normal distribution, 0 < p < 1: Newton's method on [`normal_below`].
pub fn normal_quantile(p: f64) -> f64 {
    let mut z = 0.0;
    for _ in 0..60 {
        let density = libm::exp(-z * z / 2.0) / libm::sqrt(std::f64::consts::TAU);
        let error = normal_below(z) - p;
        // A far tail has next to no density; a step is held to 1 so that it cannot be thrown out.
        z -= (error / density).clamp(-1.0, 1.0);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the authors' Random123 library (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn equal_paths_give_equal_streams_and_other_paths_other_ones() {
        let at = |seed, source: &str, copy| Key::root(seed).child(source).nth(copy).rng().bits64();
        assert_eq!(at(1, "a", 2), at(1, "a", 2));
        for other in [at(2, "a", 2), at(1, "b", 2), at(1, "a", 3)] {
            assert_ne!(at(1, "a", 2), other);
        }
    }

    #[test]
    fn gamma_and_dirichlet_have_their_mean_and_variance() {
        let mut rng = Key::root(8).rng();
        for shape in [0.3, 1.0, 4.0] {
            let draws: Vec<f64> = (0..40_000).map(|_| rng.gamma(shape)).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 40_000.0;
            assert!(
                (mean / shape - 1.0).abs() < 0.05 && (variance / shape - 1.0).abs() < 0.1,
                "{shape}: {mean} {variance}"
            );
        }
        let shares = rng.dirichlet(0.01, 3);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn draws_have_the_right_mean_and_range() {
        let mut rng = Key::root(7).rng();
        let n = 100_000;
        let (mut unit, mut normal, mut square) = (0.0, 0.0, 0.0);
        let mut counts = [0u32; 6];
        for _ in 0..n {
            unit += rng.unit();
            let z = rng.normal();
            normal += z;
            square += z * z;
            counts[rng.index(6)] += 1;
        }
        let n = f64::from(n);
        assert!((unit / n - 0.5).abs() < 0.005);
        assert!((normal / n).abs() < 0.02);
        assert!((square / n - 1.0).abs() < 0.02);
        assert!(counts.iter().all(|&c| (f64::from(c) - n / 6.0).abs() < 600.0));
        assert_eq!(rng.whole(-3, -3), -3);
    }

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.001, -3.090_232_306)] {
            assert!((normal_quantile(p) - z).abs() < 1e-8);
        }
    }
}
