//! The sketches of a data set: of each picture a few bytes in memory, the rest on shelves.

use std::io;

use crate::image::Shape;

use super::feature::Features;
use super::grey::Grey;
use super::shelf::{Pile, Shelf};
use super::sketch::{Sketch, thumb_shape};

/// Bytes of sketches that are kept in memory, on each of two shelves: 10,000 pictures or so.
const IN_MEMORY: usize = 32 << 20;
/// Bytes of descriptors that are read at a time.
const STRETCH: u64 = 256 << 10;

/// Where the parts of a sketch are.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// See `hash::perceptual_hash`.
    pub hash: u64,
    /// Width and height of the picture whose corners were looked for.
    shape: [u16; 2],
    corners: u16,
    /// The levels of the thumbnail, then the places of the corners.
    picture_at: u64,
    descriptors_at: u64,
}

impl Entry {
    fn shape(&self) -> Shape {
        let [width, height] = self.shape.map(usize::from);
        Shape { width, height }
    }

    /// Where the descriptors end.
    fn descriptors_end(&self) -> u64 {
        self.descriptors_at + u64::from(self.corners) * size_of::<u128>() as u64
    }
}

/// Takes sketches in, from many threads.
pub struct Writer {
    pictures: Pile,
    descriptors: Pile,
}

impl Default for Writer {
    fn default() -> Self {
        Self { pictures: Pile::new(IN_MEMORY), descriptors: Pile::new(IN_MEMORY) }
    }
}

impl Writer {
    /// Puts a sketch on the shelves.
    pub fn put(&self, sketch: &Sketch) -> io::Result<Entry> {
        let mut picture = sketch.thumb.pixels.clone();
        picture.extend(sketch.features.places.iter().flatten().flat_map(|v| v.to_le_bytes()));
        let descriptors: Vec<u8> = sketch.features.descriptors.iter().flat_map(|d| d.to_le_bytes()).collect();
        Ok(Entry {
            hash: sketch.hash,
            shape: [sketch.shape.width, sketch.shape.height].map(|side| side as u16),
            corners: sketch.features.places.len() as u16,
            picture_at: self.pictures.add(&picture)?,
            descriptors_at: self.descriptors.add(&descriptors)?,
        })
    }

    /// All sketches, by row.
    pub fn finish(self, entries: Vec<Option<Entry>>) -> Sketches {
        Sketches { entries, pictures: self.pictures.shelve(), descriptors: self.descriptors.shelve() }
    }
}

/// The sketches of a manifest's rows.
pub struct Sketches {
    entries: Vec<Option<Entry>>,
    pictures: Shelf,
    descriptors: Shelf,
}

impl Sketches {
    /// The rows that have a sketch.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.entries.iter().enumerate().filter_map(|(row, entry)| entry.map(|_| row))
    }

    /// Those of some rows. A row without a sketch is left out.
    pub(super) fn choose(&self, rows: &[usize]) -> Chosen<'_> {
        let entries: Vec<Entry> = rows.iter().filter_map(|&row| self.entries[row]).collect();
        let mut shelved: Vec<u32> = (0..entries.len() as u32).collect();
        shelved.retain(|&place| entries[place as usize].corners > 0);
        shelved.sort_unstable_by_key(|&place| entries[place as usize].descriptors_at);
        Chosen { all: self, entries, shelved }
    }
}

/// Some of the sketches, by place.
pub(super) struct Chosen<'a> {
    all: &'a Sketches,
    entries: Vec<Entry>,
    /// Places of those with corners, in the order of the shelf of descriptors.
    shelved: Vec<u32>,
}

impl Chosen<'_> {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn hashes(&self) -> Vec<u64> {
        self.entries.iter().map(|entry| entry.hash).collect()
    }

    /// The corners of all together.
    pub fn corners(&self) -> usize {
        self.entries.iter().map(|entry| usize::from(entry.corners)).sum()
    }

    /// The sketch at a place.
    pub fn load(&self, place: usize) -> io::Result<Sketch> {
        let entry = &self.entries[place];
        let thumb = thumb_shape(entry.shape());
        let mut picture = vec![0; thumb.width * thumb.height + usize::from(entry.corners) * 4];
        self.all.pictures.read_at(entry.picture_at, &mut picture)?;
        let places = picture.split_off(thumb.width * thumb.height);
        let places = places.as_chunks().0.iter().map(|&[a, b, c, d]| [[a, b], [c, d]].map(u16::from_le_bytes));
        let mut descriptors = vec![0; (entry.descriptors_end() - entry.descriptors_at) as usize];
        self.all.descriptors.read_at(entry.descriptors_at, &mut descriptors)?;
        Ok(Sketch {
            hash: entry.hash,
            thumb: Grey { shape: thumb, pixels: picture },
            shape: entry.shape(),
            features: Features { places: places.collect(), descriptors: of_bytes(&descriptors).collect() },
        })
    }

    /// Shows every descriptor to `see` with its picture's place, in the order in which they are shelved.
    pub fn descriptors(&self, mut see: impl FnMut(u32, u128)) -> io::Result<()> {
        let (mut bytes, mut rest) = (Vec::new(), &self.shelved[..]);
        while let [first, ..] = rest {
            let start = self.entries[*first as usize].descriptors_at;
            let end = |place: u32| self.entries[place as usize].descriptors_end();
            let count = rest.partition_point(|&place| end(place) <= start + STRETCH).max(1);
            let (now, later) = rest.split_at(count);
            bytes.resize((end(now[count - 1]) - start) as usize, 0);
            self.all.descriptors.read_at(start, &mut bytes)?;
            for &place in now {
                let own = (self.entries[place as usize].descriptors_at - start) as usize..(end(place) - start) as usize;
                of_bytes(&bytes[own]).for_each(|descriptor| see(place, descriptor));
            }
            rest = later;
        }
        Ok(())
    }
}

fn of_bytes(bytes: &[u8]) -> impl Iterator<Item = u128> {
    bytes.as_chunks().0.iter().map(|&bytes| u128::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Frame;
    use crate::kernel::fill_rectangle;

    /// Blocks on a ground, or the ground alone, which has no corners.
    fn picture(seed: usize) -> Frame {
        let mut frame = Frame::filled(Shape { width: 160 + seed, height: 120 }, [90; 3]);
        for i in (0..40).take(if seed.is_multiple_of(3) { 0 } else { 40 }) {
            let at = i * 71 + seed * 13;
            fill_rectangle(&mut frame, at % 150, at * 37 % 110, 5 + i % 9, 4 + at % 7, [(at * 53 % 256) as u8; 3]);
        }
        frame
    }

    #[test]
    fn sketches_come_back_as_they_were_from_memory_and_from_files() {
        let sketches: Vec<Sketch> = (0..12).map(|seed| Sketch::of(&picture(seed))).collect();
        for in_memory in [1 << 20, 10] {
            let writer = Writer { pictures: Pile::new(in_memory), descriptors: Pile::new(in_memory) };
            // Row 5 cannot be read.
            let put = |(row, sketch)| (row != 5).then(|| writer.put(sketch).unwrap());
            let entries = sketches.iter().enumerate().map(put).collect();
            let store = writer.finish(entries);
            let rows: Vec<usize> = store.rows().collect();
            assert_eq!(rows, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
            let some = [10, 3, 1, 7, 0];
            let chosen = store.choose(&some);
            let mut seen = vec![Vec::new(); some.len()];
            chosen.descriptors(|place, descriptor| seen[place as usize].push(descriptor)).unwrap();
            for (place, row) in some.into_iter().enumerate() {
                let (loaded, whole) = (chosen.load(place).unwrap(), &sketches[row]);
                assert_eq!((loaded.hash, loaded.shape), (whole.hash, whole.shape));
                assert_eq!((loaded.thumb.shape, &loaded.thumb.pixels), (whole.thumb.shape, &whole.thumb.pixels));
                assert_eq!(loaded.features.places, whole.features.places);
                assert_eq!(loaded.features.descriptors, whole.features.descriptors);
                assert_eq!(seen[place], whole.features.descriptors);
                assert_eq!(whole.features.descriptors.is_empty(), row % 3 == 0, "row {row}");
            }
        }
    }
}
