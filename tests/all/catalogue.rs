//! Laws that every transform keeps, and its golden picture.

use std::collections::BTreeSet;
use std::fs;

use evenfold::image::{Encoding, Format, Frame, JPEG_BACKEND, Scratch, Shape, decode, encode};
use evenfold::pipeline::Recipe;
use evenfold::random::Key;
use evenfold::transform::{CATALOG, Step};

use crate::support::root;

/// A photo that the demo data's renderer made.
pub fn photo() -> Frame {
    decode(&fs::read(root("tests/data/photo.png")).unwrap()).unwrap()
}

pub fn steps() -> impl Iterator<Item = Step> {
    CATALOG.iter().map(|card| Step::named(card.name).expect("a card's name is known"))
}

fn applied(recipe: &Recipe, frame: &Frame) -> Frame {
    let mut frame = frame.clone();
    recipe.apply(&mut frame, &mut Scratch::default());
    frame
}

fn shapes() -> impl Iterator<Item = Shape> {
    let thin = (1..=65).flat_map(|side| [(side, 1), (1, side), (side, 3)]);
    thin.chain([(64, 48), (150, 150)]).map(|(width, height)| Shape { width, height })
}

#[test]
fn every_default_passes_its_own_check() {
    for step in steps() {
        step.check().unwrap();
    }
}

#[test]
fn every_transform_survives_every_small_shape_and_ends_in_the_shape_that_it_said() {
    for step in steps() {
        for shape in shapes() {
            let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 37) as u8).collect());
            let mut all: Vec<_> = (0..3).map(|n| step.draw(shape, &mut Key::root(n).rng())).collect();
            all.push(step.example(shape));
            all.dedup();
            for drawn in all {
                let said = drawn.shape(shape);
                let result = applied(&Recipe(vec![drawn]), &frame);
                assert_eq!(result.shape(), said, "{} on {shape:?}", step.card().name);
            }
        }
    }
}

#[test]
fn draws_repeat_and_survive_json() {
    let shape = Shape { width: 150, height: 111 };
    for step in steps() {
        for seed in 0..20 {
            let drawn = step.draw(shape, &mut Key::root(seed).rng());
            assert_eq!(drawn, step.draw(shape, &mut Key::root(seed).rng()));
            let text = serde_json::to_string(&drawn).unwrap();
            assert_eq!(drawn, serde_json::from_str(&text).unwrap(), "{text}");
        }
    }
}

#[test]
fn a_second_run_on_used_buffers_gives_the_same_bytes() {
    let photo = photo();
    let mut scratch = Scratch::default();
    for step in steps() {
        let recipe = Recipe(vec![step.example(photo.shape())]);
        for _ in 0..2 {
            let mut frame = photo.clone();
            recipe.apply(&mut frame, &mut scratch);
            assert!(frame == applied(&recipe, &photo), "{}", step.card().name);
        }
    }
}

/// The goldens are the preview pictures of pipelines/REFERENCE.md. `UPDATE=1` writes them anew.
#[test]
fn every_transform_gives_its_golden_picture() {
    let update = std::env::var_os("UPDATE").is_some();
    let photo = photo();
    let mut wanted = BTreeSet::new();
    for step in steps() {
        let name = step.card().name;
        let file = root("tests/golden").join(format!("{name}.png"));
        wanted.insert(file.clone());
        if name == "jpeg_compression" && JPEG_BACKEND != "libjpeg-turbo" {
            eprintln!("skipped: the golden of {name} is of libjpeg-turbo, this build has {JPEG_BACKEND}");
            continue;
        }
        let result = applied(&Recipe(vec![step.example(photo.shape())]), &photo);
        if update {
            let mut bytes = Vec::new();
            encode(&result, &Encoding { format: Format::Png, ..Encoding::default() }, &mut bytes).unwrap();
            fs::write(&file, bytes).unwrap();
        }
        let bytes =
            fs::read(&file).unwrap_or_else(|_| panic!("no golden picture of {name}: UPDATE=1 cargo test makes it"));
        let golden = decode(&bytes).unwrap();
        let worst = golden.pixels().iter().zip(result.pixels()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(
            golden == result,
            "{name} no longer gives tests/golden/{name}.png (worst difference {worst:?}): look at it, then UPDATE=1 cargo test"
        );
    }
    for entry in fs::read_dir(root("tests/golden")).unwrap().flatten() {
        assert!(wanted.contains(&entry.path()), "{} is the golden of no transform: remove it", entry.path().display());
    }
}
