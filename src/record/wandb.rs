//! An offline run of Weights & Biases, for `wandb sync`: protocol buffers in the frames of a `LevelDB` log.

use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

use serde_json::Value;

use super::Run;
use crate::data::{Message, utc};

const BLOCK: usize = 32 * 1024;
/// Checksum, length and kind of a piece.
const HEAD: usize = 7;

/// Writes one run. The records are those of `wandb_internal.proto`, whose numbers its authors keep.
pub struct Writer {
    file: File,
    /// Bytes in the file.
    at: usize,
    records: i64,
}

impl Writer {
    /// Begins the run of a fold, in place of one that an earlier training left there.
    pub fn begin(folder: &Path, what: &str, about: &Run, time: f64) -> Result<Self> {
        let all = folder.join("wandb");
        if all.is_dir() {
            std::fs::remove_dir_all(&all)?;
        }
        let seconds = time as u64;
        let id = blake3::hash(format!("{}{seconds}", folder.display()).as_bytes()).to_hex()[..8].to_owned();
        let place = all.join(format!("offline-run-{}-{id}", stamp(seconds)));
        std::fs::create_dir_all(place.join("files"))?;
        let mut file = File::create(place.join(format!("run-{id}.wandb")))?;
        file.write_all(b":W&B\xe1\xbe\x00")?;
        let mut writer = Self { file, at: HEAD, records: 0 };
        let config = about.config.as_object().into_iter().flatten();
        let config = config.map(|(key, value)| item(key, value));
        let start = Message::new().int(1, seconds as i64).int(2, (time.fract() * 1e9) as i64);
        let run = Message::new()
            .text(1, &id)
            .text(3, "evenfold")
            .message(4, &Message::new().messages(1, config))
            .text(6, &about.name)
            .text(7, "fold")
            .text(8, format!("{} {what}", about.name))
            .message(17, &start);
        writer.record(17, &run)?;
        Ok(writer)
    }

    /// Numbers of a step.
    pub fn measured(&mut self, time: f64, step: u64, values: &[(&str, f64)]) -> Result<()> {
        let own = [("_step", step as f64), ("_timestamp", time), ("epoch", step as f64)];
        let items = || own.iter().chain(values).map(|(key, value)| item(key, &serde_json::json!(value)));
        let step = Message::new().int(1, step as i64);
        self.record(2, &Message::new().messages(1, items()).message(2, &step))?;
        self.record(3, &Message::new().messages(1, items()))
    }

    fn record(&mut self, field: u32, content: &Message) -> Result<()> {
        self.records += 1;
        let record = Message::new().int(1, self.records).message(field, content);
        let mut rest = record.bytes();
        let mut first = true;
        loop {
            let room = BLOCK - self.at % BLOCK;
            if room < HEAD {
                self.put(&[0; HEAD][..room])?;
                continue;
            }
            let (piece, left) = rest.split_at(rest.len().min(room - HEAD));
            let kind = match (first, left.is_empty()) {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                (false, true) => 4,
            };
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&[kind]);
            hasher.update(piece);
            let head = [&hasher.finalize().to_le_bytes()[..], &(piece.len() as u16).to_le_bytes(), &[kind]].concat();
            self.put(&head)?;
            self.put(piece)?;
            (rest, first) = (left, false);
            if rest.is_empty() {
                return self.file.flush();
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len();
        self.file.write_all(bytes)
    }
}

/// A key with its value as JSON: an item of a configuration, a history or a summary.
fn item(key: &str, value: &Value) -> Message {
    Message::new().text(1, key).text(16, value.to_string())
}

/// `YYYYMMDD_HHMMSS` in UTC.
fn stamp(seconds: u64) -> String {
    let [year, month, day, hour, minute, second] = utc(seconds as i64);
    format!("{year:04}{month:02}{day:02}_{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_those_of_date() {
        // `date -u -d @N +%Y%m%d_%H%M%S`
        for (seconds, expected) in [
            (0, "19700101_000000"),
            (951_782_400, "20000229_000000"),
            (1_000_000_000, "20010909_014640"),
            (1_798_761_599, "20261231_235959"),
        ] {
            assert_eq!(stamp(seconds), expected);
        }
    }
}
