//! Pictures at working size: decoded, reduced, and kept in memory while there is room.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Config;
use crate::data::read_file;
use crate::image::{Frame, Scratch, Shape, decode};
use crate::kernel::{CropBox, resample};

/// Loads pictures for training and prediction alike (law 7).
pub struct Pictures {
    shorter_px: usize,
    room: u64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bytes: u64,
    frames: HashMap<PathBuf, Arc<Frame>>,
}

impl Pictures {
    /// An empty store with the room and working size of the configuration.
    pub fn new(config: &Config) -> Self {
        Self { shorter_px: config.load_px() as usize, room: config.cache_mb << 20, kept: Mutex::default() }
    }

    /// The decoded picture, its shorter side no longer than `load_px`; or why there is none, in words.
    pub fn get(&self, path: &Path) -> Result<Arc<Frame>, String> {
        if let Some(frame) = self.kept().frames.get(path) {
            return Ok(frame.clone());
        }
        let bytes = read_file(path).map_err(|e| e.to_string())?;
        let mut frame = decode(&bytes).map_err(|e| e.to_string())?;
        let Shape { width, height } = frame.shape();
        let shorter = width.min(height);
        if shorter > self.shorter_px {
            let to = |side: usize| (side * self.shorter_px + shorter / 2) / shorter;
            let (whole, to) = (CropBox::whole(frame.shape()), Shape { width: to(width), height: to(height) });
            resample(&mut frame, whole, to, &mut Scratch::default());
        }
        let frame = Arc::new(frame);
        let mut kept = self.kept();
        let size = frame.pixels().len() as u64;
        if kept.bytes + size <= self.room && kept.frames.insert(path.to_path_buf(), frame.clone()).is_none() {
            kept.bytes += size;
        }
        Ok(frame)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
