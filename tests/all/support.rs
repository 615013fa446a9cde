//! What tests share: the real binary, demo data made once, real photos, Python.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A path in the checkout.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The binary under test.
pub fn evenfold() -> Command {
    Command::new(env!("CARGO_BIN_EXE_evenfold"))
}

/// What a run printed and how it ended.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Fails unless the run ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }
}

/// Runs the binary with these arguments.
pub fn run<I: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = I>) -> Ran {
    evenfold().args(args).output().expect("the binary starts").into()
}

/// The demo data's photos, rendered once for all runs of the tests.
pub fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("demo-data");
        run(["demo-data".as_ref(), folder.as_os_str()]).expect(0);
        folder
    })
}

/// A folder of `../shared/data`; `None`, said aloud, where it is absent.
pub fn shared(name: &str) -> Option<PathBuf> {
    let folder = root("../shared/data").join(name);
    if !folder.exists() {
        eprintln!("skipped: ../shared/data/{name} is not here");
        return None;
    }
    Some(folder)
}

/// The Python of scripts/requirements.txt; `None`, said aloud, where `scripts/setup --test` has not been run.
pub fn python() -> Option<Command> {
    let python = root(".python/bin/python");
    if !python.exists() {
        eprintln!("skipped: no Python environment; scripts/setup --test makes it");
        return None;
    }
    Some(Command::new(python))
}

/// The files below a folder, named as seen from it. Another process may be writing there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(folder).expect("below the folder").to_path_buf());
            }
        }
    }
    files
}

/// Every file below a folder with its bytes.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let read = |name: PathBuf| {
        let bytes = fs::read(folder.join(&name)).expect("a readable file");
        (name, bytes)
    };
    files(folder).into_iter().map(read).collect()
}

/// Compares a generated file with what is checked in; `UPDATE=1` writes it instead.
#[track_caller]
pub fn generated(path: &str, text: &str) {
    let file = root(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
        fs::write(&file, text).expect("the file can be written");
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "{path} is not what the code says: run `UPDATE=1 cargo test` and commit the change");
}
