//! Distances between binary codes.

use super::isa::kernel;

kernel! {
    /// The number of bits in which `one` differs from each of `many`.
    pub fn hamming(one: u128, many: &[u128], distances: &mut [u8]) {
        for (distance, &other) in distances.iter_mut().zip(many) {
            *distance = (one ^ other).count_ones() as u8;
        }
    }
}
