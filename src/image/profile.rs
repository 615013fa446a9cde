//! Embedded ICC profiles to sRGB.

use std::cell::RefCell;
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

use super::Frame;

type Executor = Arc<dyn TransformExecutor<f64> + Send + Sync>;

/// What a profile asks for.
#[derive(Clone)]
enum Conversion {
    /// Nothing: it is sRGB, or it is not for such a picture or damaged, and then sRGB is the best guess.
    None,
    /// Each grey level to another.
    Levels(Arc<[u8; 256]>),
    /// Each colour to another. In `f64`, since the crate's quicker ways round differently on each instruction set.
    Colours(Executor),
}

thread_local! {
    /// A folder's pictures mostly share one profile.
    static LAST: RefCell<Option<(Vec<u8>, Conversion)>> = const { RefCell::new(None) };
}

/// Brings a picture from the colours of an ICC profile to sRGB, in the profile's own rendering intent. Profiles for
/// other colours than RGB or grey change nothing.
pub fn to_srgb(frame: &mut Frame, icc: &[u8]) {
    let conversion = LAST.with_borrow_mut(|last| match last {
        Some((known, conversion)) if known == icc => conversion.clone(),
        _ => {
            let conversion = conversion(icc).unwrap_or(Conversion::None);
            *last = Some((icc.to_vec(), conversion.clone()));
            conversion
        }
    });
    match conversion {
        Conversion::None => {}
        Conversion::Levels(levels) => {
            if frame.pixels().chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]) {
                frame.pixels_mut().iter_mut().for_each(|value| *value = levels[usize::from(*value)]);
            }
        }
        Conversion::Colours(executor) => {
            let row = frame.shape().width * 3;
            for row in frame.pixels_mut().chunks_exact_mut(row) {
                convert(&*executor, row);
            }
        }
    }
}

fn conversion(icc: &[u8]) -> Option<Conversion> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    let executor = |layout| {
        let options = TransformOptions { rendering_intent: profile.rendering_intent, ..TransformOptions::default() };
        profile.create_transform_f64(layout, &ColorProfile::new_srgb(), Layout::Rgb, options).ok()
    };
    match profile.color_space {
        DataColorSpace::Gray => {
            let greys: Vec<f64> = (0..=255).map(|level| f64::from(level) / 255.0).collect();
            let mut colours = vec![0.0; greys.len() * 3];
            executor(Layout::Gray)?.transform(&greys, &mut colours).ok()?;
            let mut levels = [0; 256];
            levels.iter_mut().zip(colours.chunks_exact(3)).for_each(|(level, colour)| *level = rounded(colour[0]));
            Some(Conversion::Levels(Arc::new(levels)))
        }
        DataColorSpace::Rgb => {
            let executor = executor(Layout::Rgb)?;
            Some(if is_srgb(&*executor) { Conversion::None } else { Conversion::Colours(executor) })
        }
        _ => None,
    }
}

/// Whether colours from all over the cube stay what they are, but for rounding: most profiles are sRGB by some name.
fn is_srgb(executor: &dyn TransformExecutor<f64>) -> bool {
    let levels = [0, 1, 8, 32, 64, 96, 128, 160, 192, 224, 255];
    let mut before = Vec::new();
    for r in levels {
        for g in levels {
            for b in levels {
                before.extend([r, g, b]);
            }
        }
    }
    let mut after = before.clone();
    convert(executor, &mut after);
    before.iter().zip(&after).all(|(a, b)| a.abs_diff(*b) <= 1)
}

fn convert(executor: &dyn TransformExecutor<f64>, row: &mut [u8]) {
    let from: Vec<f64> = row.iter().map(|&value| f64::from(value) / 255.0).collect();
    let mut to = vec![0.0; from.len()];
    if executor.transform(&from, &mut to).is_ok() {
        row.iter_mut().zip(to).for_each(|(value, colour)| *value = rounded(colour));
    }
}

fn rounded(value: f64) -> u8 {
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    fn grey() -> Frame {
        Frame::new(Shape { width: 256, height: 1 }, (0..=255).flat_map(|v| [v; 3]).collect())
    }

    #[test]
    fn greys_stay_grey_and_srgb_stays_as_it_is() {
        for profile in [ColorProfile::new_srgb(), ColorProfile::new_display_p3()] {
            let mut frame = grey();
            to_srgb(&mut frame, &profile.encode().unwrap());
            let worst = frame.pixels().iter().zip(grey().pixels()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(1), "{worst:?}");
        }
    }

    #[test]
    fn what_is_no_profile_changes_nothing() {
        let mut frame = grey();
        to_srgb(&mut frame, b"not a profile");
        assert_eq!(frame, grey());
    }
}
