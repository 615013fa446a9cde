//! Transforms against Python on a photo: each card names the call and the largest difference.

use std::fs;

use evenfold::image::{Encoding, Format, Frame, Scratch, decode, encode};
use evenfold::pipeline::Recipe;
use evenfold::transform::Peer;

use crate::catalogue::{photo, steps};
use crate::support::{python, root};

fn png(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(frame, &Encoding { format: Format::Png, ..Encoding::default() }, &mut bytes).unwrap();
    bytes
}

#[test]
fn every_transform_with_a_peer_agrees_with_it() {
    let Some(mut python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let photo = photo();
    fs::write(folder.path().join("photo.png"), png(&photo)).unwrap();
    let calls: serde_json::Map<_, _> = steps()
        .filter_map(|step| match step.card().peer {
            Peer::Call { python, .. } => Some((step.card().name.to_owned(), python.into())),
            Peer::None { .. } => None,
        })
        .collect();
    assert!(calls.len() > 10);
    fs::write(folder.path().join("calls.json"), serde_json::to_vec(&calls).unwrap()).unwrap();
    let ran = python.arg(root("scripts/peers.py")).arg(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut wrong = Vec::new();
    for step in steps() {
        let card = step.card();
        let Peer::Call { max_diff, .. } = card.peer else { continue };
        let theirs = decode(&fs::read(folder.path().join(format!("{}.png", card.name))).unwrap()).unwrap();
        let mut ours = photo.clone();
        Recipe(vec![step.example(photo.shape())]).apply(&mut ours, &mut Scratch::default());
        assert_eq!(ours.shape(), theirs.shape(), "{}", card.name);
        let differences = ours.pixels().iter().zip(theirs.pixels()).map(|(a, b)| a.abs_diff(*b));
        let worst = differences.clone().max().unwrap();
        let mean = differences.map(f64::from).sum::<f64>() / ours.pixels().len() as f64;
        println!("{}: worst {worst} of {max_diff}, mean {mean:.3}", card.name);
        if worst > max_diff {
            wrong.push(format!("{}: worst {worst} is above {max_diff}, mean {mean:.3}", card.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
