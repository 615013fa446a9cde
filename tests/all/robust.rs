//! `evenfold augment` on what real people have: full disks, odd names, kills at any moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use evenfold::random::Key;

use crate::augment::{augment, rows, small};
use crate::support::{Ran, evenfold, root, tree};

/// What can be seen of a result: not the notes that a run keeps, nor what a killed run was writing.
pub fn visible(folder: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(folder);
    files.retain(|path, _| !path.iter().any(|part| part.to_string_lossy().starts_with('.')));
    files
}

#[test]
fn a_run_killed_at_any_moment_ends_with_the_same_bytes() {
    let folder = small();
    let data = folder.path().join("data");
    let whole = folder.path().join("whole");
    augment(&data, &whole, &[]).expect(0);
    for round in 0..4 {
        let broken = folder.path().join(format!("broken{round}"));
        let mut rng = Key::root(7).child("kill").nth(round).rng();
        for _ in 0..6 {
            let mut run = evenfold();
            run.args(["augment", "--pipeline"]).arg(root("pipelines/trashnet.yaml")).arg("--data").arg(&data);
            let mut run = run.arg("--out").arg(&broken).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(rng.below(120_000)));
            // SIGKILL: nothing can be tidied up.
            let _ = run.kill();
            run.wait().unwrap();
        }
        augment(&data, &broken, &[]).expect(0);
        assert!(visible(&whole) == visible(&broken), "round {round}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_run_and_the_same_command_goes_on() {
    let folder = small();
    let data = folder.path().join("data");
    let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
    augment(&data, &whole, &[]).expect(0);
    let largest = rows(&whole).iter().filter(|row| !row.is_original()).filter_map(|row| row.bytes).max().unwrap();
    // No file may grow beyond a little less than the largest copy: the system's answer is as on a full disk.
    let limit = largest / 1024 - 1;
    let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
    let mut run = Command::new("bash");
    run.args(["-c", &script, "bash"]).arg(env!("CARGO_BIN_EXE_evenfold")).args(["augment", "--pipeline"]);
    run.arg(root("pipelines/trashnet.yaml")).arg("--data").arg(&data).arg("--out").arg(&stopped);
    let ran: Ran = run.output().unwrap().into();
    let ran = ran.expect(2);
    assert!(ran.err.contains("run the same command again to go on"), "{}", ran.err);
    let left: Vec<_> = tree(&stopped).into_keys().filter(|path| path.to_string_lossy().ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    augment(&data, &stopped, &[]).expect(0);
    assert!(visible(&whole) == visible(&stopped));
}

#[cfg(unix)]
#[test]
fn odd_names_links_and_files_are_pictures_or_listed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = small();
    let data = folder.path().join("data");
    let class = fs::read_dir(&data).unwrap().flatten().map(|e| e.path()).max().unwrap();
    let photo = fs::read_dir(&class).unwrap().flatten().map(|e| e.path()).min().unwrap();
    let before = fs::read_dir(&class).unwrap().count();
    for name in
        ["with space.jpg", "quo'te \"s\".jpg", "a,comma;.jpg", "Größe 写真.jpg", "UPPER.JPG", "lies.png", "#%41&.jpg"]
    {
        fs::copy(&photo, class.join(name)).unwrap();
    }
    // The same picture and name but for the extension: their copies must not meet.
    fs::copy(&photo, class.join("UPPER.jpeg")).unwrap();
    fs::copy(&photo, class.join(OsStr::from_bytes(b"not-utf8-\xff.jpg"))).unwrap();
    // What one must not read: that a folder has a picture's name is as good, and hinders root too.
    fs::create_dir(class.join("folder.jpg")).unwrap();
    fs::write(class.join("waving.gif"), animation()).unwrap();
    std::os::unix::fs::symlink("loop.jpg", class.join("loop.jpg")).unwrap();
    std::os::unix::fs::symlink(&photo, class.join("link.jpg")).unwrap();
    std::os::unix::fs::symlink(&data, class.join("again")).unwrap();
    fs::write(class.join("text.jpg"), "not a picture").unwrap();
    fs::write(class.join("zero.jpg"), "").unwrap();
    fs::write(class.join("bomb.png"), bomb()).unwrap();
    let out = folder.path().join("out");
    let ran = augment(&data, &out, &["--format", "json"]).expect(1);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let mut skipped: Vec<_> = answer["skipped"].as_array().unwrap().iter().collect();
    skipped.sort_by_key(|s| s["path"].as_str().unwrap().to_owned());
    let why: Vec<_> = skipped.iter().map(|s| s["why"].as_str().unwrap()).collect();
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert!(why[0].contains("30000 x 30000 pixels are more than"), "{why:?}");
    assert!(why[1].contains("the content is not JPEG") && why[2].contains("the file is empty"), "{why:?}");
    let rows = rows(&out);
    let label = class.file_name().unwrap().to_str().unwrap();
    assert_eq!(rows.iter().filter(|row| row.label == label && row.is_original()).count(), before + 10);
    assert_eq!(answer["animated"].as_array().unwrap().len(), 1);
    assert!(answer["animated"][0].as_str().unwrap().ends_with("waving.gif"));
    let places: std::collections::HashSet<_> = rows.iter().map(|row| row.path.to_lowercase()).collect();
    assert_eq!(places.len(), rows.len());
    assert!(rows.iter().all(|row| out.join(&row.path).is_file()));
    let text = augment(&data, &out, &[]).expect(1).out;
    assert!(text.contains("not-utf8-") && text.contains("loop.jpg"), "{text}");
}

/// A GIF of two frames, one red and one blue.
fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut gif = image::codecs::gif::GifEncoder::new(&mut bytes);
    for colour in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        gif.encode_frame(image::Frame::new(image::RgbaImage::from_pixel(40, 30, image::Rgba(colour)))).unwrap();
    }
    drop(gif);
    bytes
}

/// Root may read everything, until it gives that up.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_be_read_is_listed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = small();
    let data = folder.path().join("data");
    let class = fs::read_dir(&data).unwrap().flatten().map(|e| e.path()).max().unwrap();
    let secret = class.join("secret.jpg");
    fs::copy(fs::read_dir(&class).unwrap().flatten().map(|e| e.path()).min().unwrap(), &secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let mut run = evenfold();
    if fs::read(&secret).is_ok() {
        run = Command::new("setpriv");
        run.arg("--bounding-set=-dac_override,-dac_read_search").arg(env!("CARGO_BIN_EXE_evenfold"));
    }
    run.args(["augment", "--pipeline"]).arg(root("pipelines/trashnet.yaml")).arg("--data").arg(&data);
    let ran = Ran::from(run.arg("--out").arg(folder.path().join("out")).output().unwrap()).expect(1);
    assert!(ran.out.contains("secret.jpg: Permission denied"), "{}", ran.out);
}

/// The header of a PNG of 30000 x 30000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0".to_vec();
    let crc = bytes[12..].iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1)))
    });
    bytes.extend((!crc).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    bytes
}

#[cfg(unix)]
#[test]
fn a_manifest_that_names_a_device_does_not_hang() {
    let folder = small();
    let mut text = String::from("path,label\n/dev/zero,a\n");
    for entry in fs::read_dir(folder.path().join("data")).unwrap().flatten() {
        for photo in fs::read_dir(entry.path()).unwrap().flatten() {
            text += &format!("{},a\n", photo.path().display());
        }
    }
    let csv = folder.path().join("train.csv");
    fs::write(&csv, text).unwrap();
    let ran = augment(&csv, &folder.path().join("out"), &[]).expect(1);
    assert!(ran.out.contains("/dev/zero: not a file"), "{}", ran.out);
}
