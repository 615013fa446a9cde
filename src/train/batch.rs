//! Batches of pictures, made by other threads while the network runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tch::{Device, Tensor};

use super::framing::Framing;
use super::{Config, Error, Pictures};
use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{CropBox, resample};
use crate::pipeline::Steps;
use crate::random::Key;

/// A picture to load.
pub struct Item<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// Where the random numbers of its transforms come from.
    pub key: Key,
}

/// Pictures as the network takes them.
pub struct Batch {
    /// The numbers of the items that are in it, in order.
    pub items: Vec<usize>,
    /// The items that could not be loaded, with the reason.
    pub failed: Vec<(usize, String)>,
    pixels: Vec<f32>,
    side: usize,
}

impl Batch {
    /// `[n, 3, side, side]`, normalised, channels last in memory.
    pub fn tensor(&self, device: Device) -> Result<Tensor, Error> {
        let (n, side) = (self.items.len() as i64, self.side as i64);
        let laid = Tensor::f_from_slice(&self.pixels)?.f_view([n, side, side, 3])?;
        Ok(laid.f_permute([0, 3, 1, 2])?.f_to_device(device)?)
    }
}

/// Makes batches.
pub struct Loader {
    pictures: Arc<Pictures>,
    pool: rayon::ThreadPool,
    config: Config,
    /// Normalised value of each byte, by channel.
    levels: Box<[[f32; 256]; 3]>,
}

impl Loader {
    /// With the sizes and threads of the configuration.
    pub fn new(config: &Config, pictures: Arc<Pictures>) -> Result<Self, Error> {
        let threads = config.threads();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("batch-{i}")).build();
        let pool = pool.map_err(|e| Error::Threads { threads, why: e.to_string() })?;
        let level = |channel: usize, byte: usize| (byte as f32 / 255.0 - config.mean[channel]) / config.std[channel];
        let levels = std::array::from_fn(|channel| std::array::from_fn(|byte| level(channel, byte)));
        Ok(Self { pictures, pool, config: config.clone(), levels: Box::new(levels) })
    }

    /// Hands the items to `take` in order, in batches of nearly equal size, transformed by `steps` and framed as
    /// configured. The answer is the time that `take` was kept waiting. What is in a batch does not depend on threads.
    pub fn each<E: From<Error>>(
        &self,
        items: &[Item],
        steps: &Steps,
        take: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<Duration, E> {
        self.framed(items, steps, Framing::predicting(&self.config), take)
    }

    /// As [`Loader::each`], in squares of `side` pixels from which nothing is cut off.
    pub(super) fn training<E: From<Error>>(
        &self,
        items: &[Item],
        steps: &Steps,
        side: usize,
        take: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<Duration, E> {
        self.framed(items, steps, Framing::training(&self.config, side), take)
    }

    fn framed<E: From<Error>>(
        &self,
        items: &[Item],
        steps: &Steps,
        framing: Framing,
        mut take: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<Duration, E> {
        let mut waited = Duration::ZERO;
        std::thread::scope(|scope| {
            // Two batches wait while a third is made: enough to bridge a slow picture, little memory.
            let (give, get) = sync_channel(2);
            scope.spawn(move || {
                for range in even_ranges(items.len(), self.config.batch_size) {
                    // The other end is gone when `take` failed.
                    if give.send(self.make(items, range, steps, framing)).is_err() {
                        break;
                    }
                }
            });
            loop {
                let begun = Instant::now();
                let Ok(batch) = get.recv() else { return Ok(waited) };
                waited += begun.elapsed();
                take(batch)?;
            }
        })
    }

    /// Which of these files can be used, with the reason for the others. What is loaded stays in memory while there is
    /// room.
    pub fn readable(&self, paths: &[PathBuf], each: impl Fn() + Sync) -> Vec<Result<(), String>> {
        let look = |path: &PathBuf| {
            let found = self.pictures.get(path).map(drop);
            each();
            found
        };
        self.pool.install(|| paths.par_iter().map(look).collect())
    }

    /// The middle square of each picture, `side` pixels; none where it cannot be read.
    pub fn squares(&self, paths: &[PathBuf], side: usize) -> Vec<Option<Frame>> {
        let shape = Shape { width: side, height: side };
        let square = |scratch: &mut Scratch, path: &PathBuf| {
            let mut frame = self.pictures.get(path).ok()?.as_ref().clone();
            let middle = CropBox::middle_square(frame.shape());
            resample(&mut frame, middle, shape, scratch);
            Some(frame)
        };
        self.pool.install(|| paths.par_iter().map_init(Scratch::default, square).collect())
    }

    fn make(&self, items: &[Item], range: std::ops::Range<usize>, steps: &Steps, framing: Framing) -> Batch {
        let one = Shape { width: framing.side, height: framing.side }.bytes();
        let mut pixels = vec![0.0; one * range.len()];
        let made: Vec<Result<(), String>> = self.pool.install(|| {
            let targets = pixels.par_chunks_exact_mut(one).zip(&items[range.clone()]);
            targets
                .map_init(Scratch::default, |scratch, (target, item)| self.fill(item, steps, framing, target, scratch))
                .collect()
        });
        let mut batch = Batch { items: Vec::new(), failed: Vec::new(), pixels, side: framing.side };
        for (place, (item, made)) in range.zip(made).enumerate() {
            if let Err(why) = made {
                batch.failed.push((item, why));
                continue;
            }
            // Close the gap that a failed picture left.
            let to = batch.items.len();
            if to != place {
                batch.pixels.copy_within(place * one..(place + 1) * one, to * one);
            }
            batch.items.push(item);
        }
        batch.pixels.truncate(batch.items.len() * one);
        batch
    }

    fn fill(
        &self,
        item: &Item,
        steps: &Steps,
        framing: Framing,
        target: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), String> {
        let mut frame = self.pictures.get(item.path)?.as_ref().clone();
        steps.draw(frame.shape(), &item.key).apply(&mut frame, scratch);
        framing.apply(&mut frame, scratch);
        for (out, pixel) in target.chunks_exact_mut(3).zip(frame.pixels().chunks_exact(3)) {
            for channel in 0..3 {
                out[channel] = self.levels[channel][usize::from(pixel[channel])];
            }
        }
        Ok(())
    }
}

/// Cuts 0..n into as few ranges as possible of at most `most`, whose lengths differ by at most one: no last batch of
/// one picture, from which no batch statistics could be taken.
fn even_ranges(n: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let count = n.div_ceil(most);
    (0..count).map(move |i| i * n / count..(i + 1) * n / count)
}

/// How many batches an epoch over `n` pictures has.
pub(super) fn batches(n: usize, most: usize) -> usize {
    n.div_ceil(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Encoding, Format, encode};

    #[test]
    fn ranges_are_whole_and_even() {
        for (n, most, expected) in [(0, 4, vec![]), (4, 4, vec![4]), (65, 64, vec![32, 33]), (10, 4, vec![3, 3, 4])] {
            let ranges: Vec<_> = even_ranges(n, most).collect();
            assert_eq!(
                ranges.iter().map(std::iter::ExactSizeIterator::len).collect::<Vec<_>>(),
                expected,
                "{n} by {most}"
            );
            assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), (0..n).collect::<Vec<_>>());
        }
    }

    /// Pictures of one grey each, so that a pixel tells which picture it is from.
    fn greys(folder: &Path, n: u8) -> Vec<PathBuf> {
        let png = Encoding { format: Format::Png, ..Encoding::default() };
        let write = |i: u8| {
            let path = folder.join(format!("{i}.png"));
            let mut bytes = Vec::new();
            encode(&Frame::filled(Shape { width: 50, height: 40 }, [i * 10; 3]), &png, &mut bytes).unwrap();
            std::fs::write(&path, bytes).unwrap();
            path
        };
        (0..n).map(write).collect()
    }

    fn config(cache_mb: u64) -> Config {
        Config { image_size: 32, batch_size: 3, cache_mb, mean: [0.0; 3], std: [1.0 / 255.0; 3], ..Config::default() }
    }

    fn seen(config: &Config, paths: &[PathBuf]) -> (Vec<(usize, i64)>, Vec<usize>) {
        let loader = Loader::new(config, Arc::new(Pictures::new(config))).unwrap();
        let items: Vec<_> = paths.iter().map(|path| Item { path, key: Key::root(1) }).collect();
        let (mut seen, mut failed) = (Vec::new(), Vec::new());
        let each = loader.each(&items, &Steps::default(), |batch: Batch| {
            let greys = batch.tensor(Device::Cpu)?.f_mean_dim([1, 2, 3].as_slice(), false, tch::Kind::Float)?;
            let greys = Vec::<f32>::try_from(greys)?;
            seen.extend(batch.items.iter().copied().zip(greys.iter().map(|g| g.round() as i64)));
            failed.extend(batch.failed.into_iter().map(|(item, _)| item));
            Ok::<_, Error>(())
        });
        each.unwrap();
        (seen, failed)
    }

    #[test]
    fn batches_hold_their_own_pictures_in_order_with_and_without_a_cache() {
        let folder = tempfile::tempdir().unwrap();
        let paths = greys(folder.path(), 8);
        let expected: Vec<_> = (0..8).map(|i| (i, i as i64 * 10)).collect();
        for cache_mb in [0, 1] {
            assert_eq!(seen(&config(cache_mb), &paths), (expected.clone(), vec![]));
        }
    }

    #[test]
    fn a_broken_picture_is_listed_and_the_others_close_up() {
        let folder = tempfile::tempdir().unwrap();
        let paths = greys(folder.path(), 4);
        std::fs::write(&paths[1], b"no picture").unwrap();
        assert_eq!(seen(&config(1), &paths), (vec![(0, 0), (2, 20), (3, 30)], vec![1]));
    }

    #[test]
    fn a_failure_while_taking_ends_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let paths = greys(folder.path(), 12);
        let config = config(1);
        let loader = Loader::new(&config, Arc::new(Pictures::new(&config))).unwrap();
        let items: Vec<_> = paths.iter().map(|path| Item { path, key: Key::root(1) }).collect();
        let stop = |_| Err(Error::Config("stop".into()));
        assert!(loader.each(&items, &Steps::default(), stop).is_err());
    }
}
