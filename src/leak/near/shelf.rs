//! What a search over many pictures puts aside, so that memory need not hold it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile};

/// Bytes that many threads add to: in memory while they are few, else in a file without a name, which vanishes with the
/// process, in the folder for temporary files.
pub struct Pile(Mutex<(SpooledTempFile, u64)>);

impl Pile {
    /// With so many bytes in memory at most.
    pub fn new(in_memory: usize) -> Self {
        Self(Mutex::new((spooled_tempfile(in_memory), 0)))
    }

    /// Adds bytes, and says where they are.
    pub fn add(&self, bytes: &[u8]) -> io::Result<u64> {
        let (pile, length) = &mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        pile.write_all(bytes)?;
        *length += bytes.len() as u64;
        Ok(*length - bytes.len() as u64)
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).1
    }

    /// All, from the first byte on.
    pub fn read_through(self) -> io::Result<impl Read> {
        let (mut pile, _) = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        pile.seek(SeekFrom::Start(0))?;
        Ok(pile)
    }

    /// No more is added from now on.
    pub fn shelve(self) -> Shelf {
        let (pile, _) = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        match pile.into_inner() {
            SpooledData::InMemory(bytes) => Shelf::Memory(bytes.into_inner()),
            SpooledData::OnDisk(file) => Shelf::File(file),
        }
    }
}

/// Bytes that many threads read at any place.
pub enum Shelf {
    Memory(Vec<u8>),
    File(File),
}

impl Shelf {
    /// Fills `bytes` with those from `at` on.
    pub fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory(all) => {
                let from = all.get(at as usize..).and_then(|rest| rest.get(..bytes.len()));
                bytes.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::File(file) => read_file_at(file, at, bytes),
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, mut at: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (at, bytes) = (at + read as u64, &mut bytes[read..]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_is_read_again_from_memory_and_from_a_file() {
        for in_memory in [1 << 20, 100] {
            let pile = Pile::new(in_memory);
            let places: Vec<u64> = (0..50u8).map(|i| pile.add(&[i; 7]).unwrap()).collect();
            assert_eq!(pile.len(), 350);
            let shelf = pile.shelve();
            assert_eq!(matches!(shelf, Shelf::File(_)), in_memory == 100);
            for (i, &at) in places.iter().enumerate().rev() {
                let mut bytes = [0; 7];
                shelf.read_at(at, &mut bytes).unwrap();
                assert_eq!(bytes, [i as u8; 7]);
            }
            assert!(shelf.read_at(349, &mut [0; 2]).is_err());
        }
        let (pile, mut all) = (Pile::new(10), Vec::new());
        for i in 0..50u8 {
            pile.add(&[i]).unwrap();
        }
        pile.read_through().unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, (0..50).collect::<Vec<u8>>());
    }
}
