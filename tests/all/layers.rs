//! Data flows one way: a room uses rooms above it in `src/lib.rs`, never one below.

use std::fs;
use std::path::Path;

use crate::support::root;

fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code above a file's unit tests, which may use any room.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

#[test]
fn no_room_uses_one_below_it() {
    let lib = fs::read_to_string(root("src/lib.rs")).unwrap();
    let rooms: Vec<&str> =
        lib.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(rooms.len() > 10, "{rooms:?}");
    let pattern = regex::Regex::new(r"crate::(?:\{)?([a-z_]+)").unwrap();
    let mut wrong = Vec::new();
    for (place, room) in rooms.iter().enumerate() {
        let folder = root("src").join(room);
        let files = if folder.is_dir() { rust_files(&folder) } else { vec![root("src").join(format!("{room}.rs"))] };
        for file in files.iter().filter(|file| !file.ends_with("tests.rs") && !file.ends_with("example.rs")) {
            let text = fs::read_to_string(file).unwrap();
            for found in pattern.captures_iter(code(&text)) {
                if let Some(used) = rooms.iter().position(|r| *r == &found[1]).filter(|&used| used > place) {
                    wrong.push(format!("{}: `{room}` uses `{}`, which is below it", file.display(), rooms[used]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_transform_file_has_its_line_in_the_catalogue() {
    let folder = root("src/transform");
    let mut files: Vec<String> = rust_files(&folder)
        .iter()
        .filter(|file| file.parent().and_then(Path::parent) == Some(&folder) && !file.ends_with("mod.rs"))
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let mut names: Vec<_> = evenfold::transform::CATALOG.iter().map(|card| card.name.to_owned()).collect();
    names.sort();
    assert_eq!(
        files, names,
        "files in the folders of src/transform (what they share lies one deeper) against catalog! in its mod.rs"
    );
}
