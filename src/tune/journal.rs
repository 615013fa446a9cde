//! Optuna's `JournalStorage` file: one JSON object a line, only ever appended to, under a lock that all of its users take.
//!
//! The operations and their numbers are those of `optuna.storages.journal` (3.1 to 5.0), the lock is its
//! `JournalFileSymlinkLock`, the default of `JournalFileBackend`: any number of processes, ours and Python's, on one
//! machine or several that share a folder, work on one file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::study::{Op, Studies};
use super::{Error, Study};
use crate::data::utc;

/// A lock that is the same for so long was left by a dead process (Optuna's `grace_period`): they are held for milliseconds.
const GRACE: Duration = Duration::from_secs(30);

/// A journal and what it says.
pub struct Journal {
    path: PathBuf,
    /// Bytes and lines that are in `studies`.
    read: (u64, usize),
    worker: String,
    studies: Studies,
}

impl Journal {
    /// Opens a journal, or begins one.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let path = std::path::absolute(path).map_err(io(path))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io(folder))?;
        }
        OpenOptions::new().create(true).append(true).open(&path).map_err(io(&path))?;
        let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let worker = format!("evenfold-{:x}-{nanos:x}", std::process::id());
        let mut journal = Self { path, read: (0, 0), worker, studies: Studies::default() };
        journal.sync()?;
        Ok(journal)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The study of this name, as of the last look.
    pub fn study(&self, name: &str) -> Option<&Study> {
        self.studies.named(name)
    }

    /// The names of its studies.
    pub fn names(&self) -> Vec<&str> {
        self.studies.names()
    }

    pub(super) fn by_id(&self, id: usize) -> Option<&Study> {
        self.studies.get(id)
    }

    /// Reads what others have appended.
    pub fn sync(&mut self) -> Result<(), Error> {
        let mut file = File::open(&self.path).map_err(io(&self.path))?;
        self.take_in(&mut file).map(drop)
    }

    /// Takes in the lines of `file` that are new; the answer is whether a line without an end follows: it is being written,
    /// or its writer was killed.
    fn take_in(&mut self, file: &mut File) -> Result<bool, Error> {
        file.seek(SeekFrom::Start(self.read.0)).map_err(io(&self.path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io(&self.path))?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        for line in bytes[..whole].split_inclusive(|&byte| byte == b'\n') {
            self.read = (self.read.0 + line.len() as u64, self.read.1 + 1);
            let wrong = |why: String| Error::Journal { path: self.path.clone(), line: self.read.1, why };
            let text = String::from_utf8_lossy(line);
            let op: Op = serde_json::from_str(&without_nan(&text)).map_err(|e| wrong(e.to_string()))?;
            self.studies.apply(&op).ok_or_else(|| wrong("an operation that Optuna 5.0 does not have".into()))?;
        }
        Ok(whole < bytes.len())
    }

    /// Appends what `decide` says on the state of this moment: nobody else writes in between. `decide` is given the id
    /// that the next trial will have.
    pub(super) fn append<T>(
        &mut self,
        decide: impl FnOnce(&Studies, usize, &mut Vec<Op>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _lock = Lock::take(&self.path, &self.worker)?;
        let mut present = Present::open(&self.path, &self.worker)?;
        let broken = self.take_in(&mut present.file)?;
        let mut ops = Vec::new();
        let answer = decide(&self.studies, self.studies.trials(), &mut ops)?;
        let mut text = String::new();
        for op in ops {
            let mut line = Op::from_iter([("worker_id".to_owned(), Value::from(self.worker.as_str()))]);
            line.extend(op);
            text += &format!("{}\n", Value::Object(line));
        }
        let write = |file: &mut File| {
            if broken {
                // What a killed writer left of a line was never said.
                file.set_len(self.read.0)?;
            }
            file.seek(SeekFrom::Start(self.read.0))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write(&mut present.file).map_err(io(&self.path))?;
        self.take_in(&mut present.file)?;
        Ok(answer)
    }
}

/// The journal as it is on the machine that has the folder.
///
/// Network file systems show a file as it was some seconds ago (FUSE's `attribute_timeout`, sshfs's `dcache_timeout`), the
/// lock or no: to append to that would be to write over what others have said. Of a name that has just been made nothing
/// old can be known, so that the file is opened by one.
struct Present {
    file: File,
    name: Option<PathBuf>,
}

impl Present {
    fn open(journal: &Path, worker: &str) -> Result<Self, Error> {
        let mut name = journal.as_os_str().to_owned();
        name.push(format!(".{worker}"));
        let name = PathBuf::from(name);
        // A file system without hard links has but the one name.
        let name = std::fs::hard_link(journal, &name).is_ok().then_some(name);
        let file = OpenOptions::new().read(true).write(true).open(name.as_deref().unwrap_or(journal));
        Ok(Self { file: file.map_err(io(journal))?, name })
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = std::fs::remove_file(name);
        }
    }
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.to_path_buf();
    move |source| Error::Io { path, source }
}

/// This moment as Optuna writes it.
pub(super) fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let [year, month, day, hour, minute, second] = utc(since.as_secs() as i64);
    let micros = since.subsec_micros();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00")
}

/// Python writes `NaN` and `Infinity`, for which JSON has no words: null stands for them.
fn without_nan(line: &str) -> String {
    if !line.contains("NaN") && !line.contains("Infinity") {
        return line.to_owned();
    }
    let (mut out, mut rest, mut quoted) = (String::new(), line, false);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| !quoted && rest.starts_with(word));
        // An escaped character ends no text.
        let characters = if quoted && c == '\\' { 2 } else { 1 };
        let take = word.map_or_else(|| rest.chars().take(characters).map(char::len_utf8).sum(), str::len);
        quoted ^= c == '"';
        out += if word.is_some() { "null" } else { &rest[..take] };
        rest = &rest[take..];
    }
    out
}

/// Optuna's lock: a symbolic link `<journal>.lock`, which one process alone can make. To make a link is one step on a
/// network file system too, from its first version on (RFC 1094, SYMLINK), where neither `flock` nor, before version 3,
/// `O_EXCL` was seen by other machines. The link leads to the journal's name without its folder, which other machines may
/// have mounted elsewhere.
struct Lock {
    link: PathBuf,
    worker: String,
}

impl Lock {
    fn take(journal: &Path, worker: &str) -> Result<Self, Error> {
        let lock = Self { link: link(journal), worker: worker.to_owned() };
        let begun = Instant::now();
        let (mut changed, mut since, mut pause) = (None, begun, Duration::from_millis(1));
        loop {
            match make(journal, &lock.link) {
                Ok(()) => return Ok(lock),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) if passing(&e) && begun.elapsed() < 2 * GRACE => {}
                Err(e) => return Err(io(&lock.link)(e)),
            }
            let now = std::fs::symlink_metadata(&lock.link).and_then(|m| m.modified()).ok();
            if now != changed {
                (changed, since) = (now, Instant::now());
            } else if since.elapsed() > GRACE {
                lock.release();
                (since, pause) = (Instant::now(), Duration::from_millis(1));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Renames before it removes, so that of two that find the lock stale one removes it, and none a younger one.
    fn release(&self) {
        let mut aside = self.link.as_os_str().to_owned();
        aside.push(format!("{}.rename", self.worker));
        if std::fs::rename(&self.link, &aside).is_ok() {
            let _ = std::fs::remove_file(&aside);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release();
    }
}

fn link(journal: &Path) -> PathBuf {
    let mut link = journal.as_os_str().to_owned();
    link.push(".lock");
    link.into()
}

/// When the lock that is held on a journal was taken, by the clock of the machine that has the folder, if it tells.
pub(super) fn locked_at(journal: &Path) -> Option<SystemTime> {
    std::fs::symlink_metadata(link(journal)).and_then(|link| link.modified()).ok()
}

/// What NFS servers answer when names come and go in quick turns, though nothing is wrong with them: seen from Ganesha 4.
fn passing(error: &std::io::Error) -> bool {
    const EIO: i32 = 5;
    error.kind() == ErrorKind::StaleNetworkFileHandle || cfg!(unix) && error.raw_os_error() == Some(EIO)
}

#[cfg(unix)]
fn make(journal: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(journal.file_name().unwrap_or_default(), link)
}

/// Where links need a privilege: Optuna's `JournalFileOpenLock`.
#[cfg(not(unix))]
fn make(_: &Path, link: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(link).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::study::op;
    use super::*;

    #[test]
    fn nan_is_null_outside_of_texts() {
        assert_eq!(
            without_nan(r#"{"a": NaN, "b": "NaN \" Infinity é", "c": -Infinity}"#),
            r#"{"a": null, "b": "NaN \" Infinity é", "c": null}"#
        );
    }

    /// What another machine needs to see that the lock is there and whose it is.
    #[cfg(unix)]
    #[test]
    fn the_lock_leads_to_the_journal_wherever_the_folder_is_mounted() {
        let [folder, other] = [0; 2].map(|_| tempfile::tempdir().unwrap());
        let path = folder.path().join("study.log");
        std::fs::write(&path, "").unwrap();
        let lock = Lock::take(&path, "one").unwrap();
        let mounted = other.path().join("mounted");
        std::os::unix::fs::symlink(folder.path(), &mounted).unwrap();
        let link = mounted.join("study.log.lock");
        assert_eq!(link.canonicalize().unwrap(), path.canonicalize().unwrap());
        assert_eq!(make(&mounted.join("study.log"), &link).unwrap_err().kind(), ErrorKind::AlreadyExists);
        drop(lock);
        assert!(link.symlink_metadata().is_err());
    }

    fn say(journal: &mut Journal, op: Op) {
        let append = journal.append(|_, _, ops| {
            ops.push(op);
            Ok(())
        });
        append.unwrap();
    }

    #[test]
    fn what_a_killed_writer_left_is_dropped_and_two_writers_see_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.log");
        let [mut a, mut b] = [&path, &path].map(|path| Journal::open(path).unwrap());
        let study = |name: &str| op(0, serde_json::json!({"study_name": name, "directions": [2]}));
        let add = |journal: &mut Journal, name: &str| say(journal, study(name));
        add(&mut a, "one");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"op_code\": 0, \"stu").unwrap();
        add(&mut b, "two");
        a.sync().unwrap();
        assert_eq!((a.names(), b.names()), (vec!["one", "two"], vec!["one", "two"]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no lock is left");
        std::fs::write(&path, "no journal\n").unwrap();
        assert!(matches!(Journal::open(&path), Err(Error::Journal { line: 1, .. })));
    }

    /// Threads as processes: every line whole, every trial with an id of its own.
    #[test]
    fn many_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.log");
        let mut journal = Journal::open(&path).unwrap();
        let make = op(0, serde_json::json!({"study_name": "s", "directions": [1]}));
        say(&mut journal, make);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut journal = Journal::open(&path).unwrap();
                    for _ in 0..10 {
                        let trial = op(4, serde_json::json!({"study_id": 0, "datetime_start": now()}));
                        say(&mut journal, trial);
                    }
                });
            }
        });
        journal.sync().unwrap();
        assert_eq!(journal.study("s").unwrap().trials.len(), 40);
    }
}
