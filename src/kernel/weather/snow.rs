//! Snow that lies.

use crate::kernel::isa::kernel;

/// By twice a lightness: what the new lightness is, twice and in 1/8192, and the proportion of distances from it.
pub struct Bleach([[i32; 2]; 511]);

impl Bleach {
    /// Lightness below `below` times `factor`.
    pub fn new(below: f32, factor: f32) -> Self {
        Self(std::array::from_fn(|twice| {
            let old = twice as f32;
            let new = if old < 2.0 * below { (old * factor).min(510.0) } else { old };
            let reach = |twice: f32| 255.0 - (twice - 255.0).abs();
            let proportion = if reach(old) > 0.0 { reach(new) / reach(old) } else { 0.0 };
            // A proportion of 32 is reached by none but the nearly black, whose distance is small.
            [(new * 8192.0) as i32, (proportion.min(32.0) * 8192.0) as i32]
        }))
    }
}

kernel! {
    /// Multiplies the lightness (of HLS: the mean of the largest and the smallest channel, 0..=255) of every pixel that is dark
    /// enough, hue and saturation kept.
    ///
    /// With these kept a channel's distance from the lightness is in proportion to how colourful the lightness lets a
    /// pixel be: lightness' + (channel - lightness) x (255 - |2 lightness' - 255|) / (255 - |2 lightness - 255|).
    pub fn bleach(from: &[u8], to: &mut [u8], by: &Bleach) {
        for (from, to) in from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0) {
            let [r, g, b] = from.map(i32::from);
            let twice = r.max(g).max(b) + r.min(g).min(b);
            let [new, proportion] = by.0[twice as usize];
            *to = [r, g, b].map(|level| ((new + (2 * level - twice) * proportion + 8192) >> 14).clamp(0, 255) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn what_is_light_enough_stays_and_gray_stays_gray() {
        let (pixels, mut bleached) = ([200, 220, 240, 90, 90, 90, 0, 0, 0, 255, 255, 255], [0; 12]);
        bleach(Isa::best(), &pixels, &mut bleached, &Bleach::new(128.0, 2.0));
        assert_eq!(bleached, [200, 220, 240, 180, 180, 180, 0, 0, 0, 255, 255, 255]);
    }
}
