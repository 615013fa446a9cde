//! `TensorBoard`'s event files: protocol buffers in the frames of `TFRecord`.

use std::fs::File;
use std::io::{Error, Result, Write};
use std::path::Path;

use crate::data::Message;
use crate::image::{Encoding, Format, Frame, encode};

const SUFFIX: &str = ".evenfold";

/// Writes one event file.
pub struct Writer(File);

impl Writer {
    /// Begins a file in this folder, in place of one that an earlier run left there.
    pub fn begin(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("events.out.tfevents.") && name.ends_with(SUFFIX) {
                std::fs::remove_file(entry.path())?;
            }
        }
        let time = super::recorder::now();
        let file = File::create(folder.join(format!("events.out.tfevents.{}{SUFFIX}", time as u64)))?;
        let mut writer = Self(file);
        writer.event(&Message::new().double(1, time).text(3, "brain.Event:2"))?;
        Ok(writer)
    }

    /// Numbers of a step.
    pub fn scalars(&mut self, time: f64, step: u64, values: &[(&str, f64)]) -> Result<()> {
        let values = values.iter().map(|(tag, value)| Message::new().text(1, tag).float(2, *value as f32));
        self.summary(time, step, &Message::new().messages(1, values))
    }

    /// A picture of a step.
    pub fn picture(&mut self, time: f64, step: u64, tag: &str, frame: &Frame) -> Result<()> {
        let mut png = Vec::new();
        let how = Encoding { format: Format::Png, ..Encoding::default() };
        encode(frame, &how, &mut png).map_err(|e| Error::other(e.clone()))?;
        let shape = frame.shape();
        let image = Message::new().int(1, shape.height as i64).int(2, shape.width as i64).int(3, 3).text(4, png);
        self.summary(time, step, &Message::new().message(1, &Message::new().text(1, tag).message(4, &image)))
    }

    fn summary(&mut self, time: f64, step: u64, summary: &Message) -> Result<()> {
        self.event(&Message::new().double(1, time).int(2, step as i64).message(5, summary))
    }

    /// Length, its checksum, data, their checksum.
    fn event(&mut self, event: &Message) -> Result<()> {
        let data = event.bytes();
        let length = (data.len() as u64).to_le_bytes();
        let frame = [&length[..], &masked(&length).to_le_bytes(), data, &masked(data).to_le_bytes()].concat();
        self.0.write_all(&frame)?;
        self.0.flush()
    }
}

/// `TFRecord`'s checksum: CRC-32C, turned and moved so that a checksum of data with checksums in it is a good one.
fn masked(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32 by Castagnoli's polynomial; the files are small.
fn crc32c(data: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3720, appendix B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
