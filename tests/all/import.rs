//! `import` on files that Albumentations itself saved (`scripts/albumentations_files.py`), and on files that cannot be
//! translated.

use std::fs;
use std::path::Path;

use evenfold::image::{Frame, JPEG_BACKEND, Scratch, Shape, decode};
use evenfold::pipeline::{ImportError, PipelineFile, import, read_yaml};
use evenfold::random::Key;

use crate::catalogue::photo;
use crate::support::{root, run};

const VERSIONS: [&str; 2] = ["2.0.8", "1.4.8"];

/// Largest difference from Albumentations' own picture, where it is not 0 or 1 by rounding.
const WIDER: &[(&str, u8, &str)] = &[
    ("hsv", 3, "its HSV is in 8 bits, hues in steps of two degrees"),
    ("jitter", 4, "its hues are in steps of two degrees"),
    ("jpeg", 40, "its JPEG is made with red and blue swapped, as the note says"),
    ("blur_by_size", 6, "its kernel is cut off at 5 pixels, as the note says"),
    ("longest", 40, "ours is antialiased where it shrinks, as the note says"),
    ("median", 80, "it repeats the edge pixel, as the note says; the mean is below 0.4"),
    ("zoom", 50, "it magnifies to whole pixels, as the note says"),
    ("affine", 4, "OpenCV's places are in 1/32 of a pixel"),
    ("affine_shear", 4, "OpenCV's places are in 1/32 of a pixel"),
    ("rotate", 4, "OpenCV's places are in 1/32 of a pixel"),
    ("rotate_black", 6, "OpenCV's places are in 1/32 of a pixel"),
    ("shift_scale_rotate", 4, "OpenCV's places are in 1/32 of a pixel"),
    ("aberration", 4, "OpenCV's places are in 1/32 of a pixel"),
];

fn import_text(text: &str) -> Result<(PipelineFile, Vec<String>), String> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("saved.yaml"), folder.path().join("ours.yaml"));
    fs::write(&from, text).unwrap();
    let imported = import(&from).map_err(|e| e.to_string().replace(from.to_str().unwrap(), "saved.yaml"))?;
    fs::write(&to, &imported.yaml).unwrap();
    let notes = imported.notes.iter().map(|note| note.at(Path::new("saved.yaml"))).collect();
    Ok((read_yaml(&to).unwrap_or_else(|e| panic!("{e}\n{}", imported.yaml)), notes))
}

fn corner(photo: &Frame) -> Frame {
    let shape = Shape { width: 64, height: 48 };
    let rows = photo.pixels().chunks_exact(photo.shape().width * 3).take(shape.height);
    Frame::new(shape, rows.flat_map(|row| row[..shape.width * 3].iter().copied()).collect())
}

#[test]
fn every_class_of_both_versions_is_translated_from_yaml_and_json_alike() {
    for version in VERSIONS {
        let read = |kind: &str| {
            let file = root("tests/data/albumentations").join(format!("all-{version}.{kind}"));
            import_text(&fs::read_to_string(file).unwrap()).unwrap_or_else(|e| panic!("{e}"))
        };
        let ((yaml, notes), (json, _)) = (read("yaml"), read("json"));
        assert_eq!(yaml, json, "{version}");
        assert!(yaml.steps.nodes().len() >= 24, "{version}");
        assert!(notes.iter().any(|note| note.contains("CLAHE") && note.starts_with("saved.yaml:1")), "{notes:?}");
    }
}

#[test]
fn an_imported_pipeline_makes_the_picture_that_albumentations_makes() {
    let before = corner(&photo());
    let mut wrong = Vec::new();
    for version in VERSIONS {
        let at = |name: &str| root("tests/data/albumentations").join(name);
        let text = fs::read_to_string(at(&format!("fixed-{version}.json"))).unwrap();
        let pipelines: serde_json::Map<_, _> = serde_json::from_str(&text).unwrap();
        assert!(pipelines.len() > 15);
        for (name, pipeline) in pipelines {
            if name == "jpeg" && JPEG_BACKEND != "libjpeg-turbo" {
                eprintln!("skipped: Albumentations writes JPEG by libjpeg-turbo, this build by {JPEG_BACKEND}");
                continue;
            }
            let (ours, _) = import_text(&pipeline.to_string()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut frame = before.clone();
            ours.steps.draw(frame.shape(), &Key::root(1)).apply(&mut frame, &mut Scratch::default());
            let theirs = decode(&fs::read(at(&format!("fixed-{version}/{name}.png"))).unwrap()).unwrap();
            assert_eq!(frame.shape(), theirs.shape(), "{name}");
            let differences = frame.pixels().iter().zip(theirs.pixels()).map(|(a, b)| a.abs_diff(*b));
            let (worst, total) = differences.fold((0, 0), |(worst, total), d| (d.max(worst), total + usize::from(d)));
            let mean = total as f64 / frame.pixels().len() as f64;
            let most = WIDER.iter().find(|(wide, ..)| *wide == name).map_or(1, |(_, most, _)| *most);
            println!("{version} {name}: worst {worst} of {most}, mean {mean:.3}");
            if worst > most || mean > 5.0 {
                wrong.push(format!("{version} {name}: worst {worst} of {most}, mean {mean:.3}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_that_cannot_be_translated_is_reported_with_its_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("saved.yaml"), folder.path().join("ours.yaml"));
    let text = "\
__version__: 2.0.8
transform:
  __class_fullname__: Compose
  p: 1.0
  transforms:
  - __class_fullname__: HorizontalFlip
    p: 0.5
    upside_down: true
  - __class_fullname__: mine.Sparkles
    glitter: 3
    p: 1.0
  - __class_fullname__: OneOf
    p: 0.5
    transforms:
    - __class_fullname__: ToGray
      method: pca
      num_output_channels: 3
      p: 1.0
    - __class_fullname__: RandomGamma
      p: 1.0
  - __class_fullname__: GaussNoise
    mean_range: [0.0, 0.0]
    noise_scale_factor: 1
    per_channel: true
    std_range: [0.5, 2.0]
    p: 1.0
";
    fs::write(&from, text).unwrap();
    let ran = run(["import", from.to_str().unwrap(), "--out", to.to_str().unwrap()]).expect(2);
    for part in [
        "5 things cannot be translated, nothing was written",
        "saved.yaml:8:18: HorizontalFlip: `upside_down` is not known of this class",
        "saved.yaml:9:5: Sparkles: no transform of ours does this",
        "saved.yaml:16:15: ToGray: `method: \"pca\"` cannot be translated: ours takes the luma",
        "saved.yaml:19:7: RandomGamma: `gamma_limit` is missing",
        "saved.yaml:21:5: GaussNoise: ours does not allow it: gauss_noise: std must lie within 0 and 255, got [127.5, 510]",
    ] {
        assert!(ran.err.contains(part), "no `{part}` in:\n{}", ran.err);
    }
    assert!(!to.exists());
}

#[test]
fn a_file_of_another_kind_is_said_to_be_one() {
    for text in ["version: 1\nsteps: [hflip]\n", "transform: 3\n"] {
        assert!(import_text(text).unwrap_err().contains("not a pipeline that Albumentations saved"));
    }
    assert!(import_text("{").unwrap_err().contains("line"));
    assert!(matches!(import(Path::new("nowhere.yaml")), Err(ImportError::Read(_))));
}

#[test]
fn the_command_writes_a_pipeline_that_augment_reads_and_says_what_is_not_quite_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("ours.yaml");
    let from = root("tests/data/albumentations/all-2.0.8.json");
    let ran = run(["import".as_ref(), from.as_os_str(), "--out".as_ref(), out.as_os_str()]).expect(1);
    assert!(
        ran.out.contains("Not quite the same:") && ran.out.contains("Next: evenfold augment --pipeline"),
        "{}",
        ran.out
    );
    assert!(read_yaml::<PipelineFile>(&out).is_ok());
}
