//! Whether a process still works on a trial, as any machine that shares the folder can tell.
//!
//! A process holds its trial's `alive` file locked, and the system unlocks it when the process ends, however it ends: on one
//! machine that is certain, and at once. Other machines see the lock only where the folder's file system passes it on (NFS
//! and Gluster do; sshfs, NFS under `nolock` or `local_lock` and Lustre under `localflock` do not). For them the process
//! lives as long as it goes on writing to the file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// The file in a trial's folder.
const ALIVE: &str = "alive";
/// How often it is written to.
const BEAT: Duration = Duration::from_secs(10);
/// Silence after which another machine takes the process for dead.
const SILENCE: Duration = Duration::from_mins(1);

/// Says that this process works on a trial, until it is dropped.
pub(super) struct Alive {
    stop: Option<Sender<()>>,
    beat: Option<JoinHandle<()>>,
}

impl Alive {
    /// For the trial in `folder`. Whoever has just put the trial back in line may hold the file for a moment more.
    pub fn hold(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut file = File::create(folder.join(ALIVE))?;
        file.lock()?;
        let machine = machine();
        say(&mut file, &machine)?;
        let (stop, stopped) = channel();
        let beat = std::thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // A word that is lost, on a full disk say, is made good by the next one.
                let _ = say(&mut file, &machine);
            }
        });
        Ok(Self { stop: Some(stop), beat: Some(beat) })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(beat) = self.beat.take() {
            let _ = beat.join();
        }
    }
}

/// Writing, unlike setting a time, takes the clock of the machine that has the folder.
fn say(file: &mut File, machine: &str) -> std::io::Result<()> {
    file.rewind()?;
    file.write_all(machine.as_bytes())?;
    file.sync_data()
}

/// Whether the process that worked on the trial in `folder` is no more; `now` by the clock of the machine that has the
/// folder, without which other machines' processes are not judged. Nor is a trial without the file, which is not ours.
pub(super) fn died(folder: &Path, now: Option<SystemTime>) -> bool {
    // Network file systems grant such a lock only for what is open to write (flock(2)).
    let Ok(mut file) = OpenOptions::new().read(true).write(true).open(folder.join(ALIVE)) else { return false };
    if file.try_lock().is_err() {
        return false;
    }
    let mut writer = String::new();
    let same = file.read_to_string(&mut writer).is_ok() && writer == machine();
    let silence = || now?.duration_since(file.metadata().ok()?.modified().ok()?).ok();
    same || silence().is_some_and(|silence| silence > SILENCE)
}

/// What tells one running system from another: locks are certain within it. Where the system has no word for it the lock
/// alone decides.
fn machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_while_it_holds_the_file_or_writes_to_it_from_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (now, later) = (Some(SystemTime::now()), Some(SystemTime::now() + 2 * SILENCE));
        assert!(!died(folder.path(), later), "a trial of another tool has no such file");

        let alive = Alive::hold(folder.path()).unwrap();
        assert!(!died(folder.path(), later), "locked");
        drop(alive);
        assert!(died(folder.path(), now), "this machine's lock is free");

        // Another machine's lock cannot be seen.
        std::fs::write(folder.path().join(ALIVE), "another machine").unwrap();
        assert!(!died(folder.path(), now), "it has just written");
        assert!(died(folder.path(), later), "it has been silent");
    }
}
