//! What lies outside a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PLACE_BITS;
use crate::image::Frame;
use crate::kernel::Isa;
use crate::kernel::isa::kernel;

/// What lies outside a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// The picture mirrored at its edge, the edge pixel not repeated.
    #[default]
    Reflect,
    /// The picture mirrored at its edge, the edge pixel repeated.
    Symmetric,
    /// The edge pixel, for ever.
    Edge,
    /// The picture again and again.
    Wrap,
    /// Black.
    Black,
    /// One colour: red, green, blue.
    Fill([u8; 3]),
}

impl Border {
    /// The colour outside, where it is one.
    pub(in crate::kernel) fn colour(self) -> Option<[u8; 3]> {
        match self {
            Self::Black => Some([0; 3]),
            Self::Fill(colour) => Some(colour),
            _ => None,
        }
    }

    /// Which of the places 0..n stands at `place`; `None` where a colour does.
    pub fn place(self, place: isize, n: usize) -> Option<usize> {
        if (0..n as isize).contains(&place) {
            return Some(place as usize);
        }
        match self {
            Self::Reflect => Some(reflect_101(place, n)),
            Self::Symmetric => {
                let inside = place.rem_euclid(2 * n as isize) as usize;
                Some(inside.min(2 * n - 1 - inside))
            }
            Self::Edge => Some(place.clamp(0, n as isize - 1) as usize),
            Self::Wrap => Some(place.rem_euclid(n as isize) as usize),
            Self::Black | Self::Fill(_) => None,
        }
    }

    /// Brings places along an axis of n pixels, in 1/128 of a pixel, into the picture where the border lets the sample there
    /// be the same.
    pub(super) fn fold(self, isa: Isa, places: &mut [i32], n: usize) {
        let last = (n as i32 - 1) << PLACE_BITS;
        match self {
            Self::Reflect => fold_reflected(isa, places, last),
            Self::Symmetric => fold_symmetric(isa, places, last),
            Self::Edge => fold_to_edge(isa, places, last),
            Self::Wrap | Self::Black | Self::Fill(_) => {}
        }
    }

    /// The colour at a place in or outside a picture.
    pub(in crate::kernel) fn at(self, from: &Frame, x: isize, y: isize) -> [u8; 3] {
        let shape = from.shape();
        match (self.place(x, shape.width), self.place(y, shape.height)) {
            (Some(x), Some(y)) => from.at(x, y),
            _ => self.colour().unwrap_or_default(),
        }
    }
}

kernel! {
    /// Mirrors at both ends; the sample between two pixels is that between their mirror images.
    pub fn fold_reflected(places: &mut [i32], last: i32) {
        let mut least = 0;
        for place in &mut *places {
            *place = last - (last - place.abs()).abs();
            least = least.min(*place);
        }
        // Once is nearly always enough, and a division is slow.
        if least < 0 {
            for place in places {
                let inside = place.rem_euclid((2 * last).max(1));
                *place = inside.min(2 * last - inside).max(0);
            }
        }
    }
}

kernel! {
    /// As [`fold_reflected`], with the mirrors half a pixel further out; between an edge pixel and its image there is nothing
    /// but that pixel's colour.
    pub fn fold_symmetric(places: &mut [i32], last: i32) {
        const ONE: i32 = 1 << PLACE_BITS;
        let mut outside = false;
        for place in &mut *places {
            let once = if *place < 0 { (-ONE - *place).max(0) } else { *place };
            let far = if once > last { (2 * last + ONE - once).min(last) } else { once };
            outside |= far < 0;
            *place = far;
        }
        if outside {
            for place in places {
                let inside = place.rem_euclid(2 * (last + ONE));
                *place = if inside > last { (2 * last + ONE - inside).clamp(0, last) } else { inside };
            }
        }
    }
}

kernel! {
    /// What is outside has the colour of the edge.
    pub fn fold_to_edge(places: &mut [i32], last: i32) {
        for place in places {
            *place = (*place).clamp(0, last);
        }
    }
}

/// Where a place outside 0..n lies in the picture mirrored at its edges.
pub(in crate::kernel) fn reflect_101(place: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let last = n as isize - 1;
    if (0..=last).contains(&place) {
        return place as usize;
    }
    // Once is nearly always enough, and a division is slow.
    let once = if place < 0 { -place } else { 2 * last - place };
    if (0..=last).contains(&once) {
        return once as usize;
    }
    let inside = place.rem_euclid(2 * last) as usize;
    inside.min(2 * last as usize - inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrored_places_lie_inside() {
        let places: Vec<_> = (-5..8).map(|i| reflect_101(i, 3)).collect();
        assert_eq!(places, [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(reflect_101(-7, 1), 0);
    }

    #[test]
    fn each_border_goes_on_as_numpy_pads() {
        let go = |border: Border| (-4..7).map(|i| border.place(i, 3).map_or(9, |p| p)).collect::<Vec<_>>();
        assert_eq!(go(Border::Reflect), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(go(Border::Symmetric), [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        assert_eq!(go(Border::Edge), [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]);
        assert_eq!(go(Border::Wrap), [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(go(Border::Black), [9, 9, 9, 9, 0, 1, 2, 9, 9, 9, 9]);
    }
}
