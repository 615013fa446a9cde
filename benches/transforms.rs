//! Every transform of the catalogue, by its example's numbers, on one photo; and memcpy of the photo as the floor.
//! `cargo bench --bench transforms`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenfold::image::{Frame, Scratch, Shape, decode};
use evenfold::kernel::{CropBox, resample};
use evenfold::pipeline::Recipe;
use evenfold::transform::{CATALOG, Step};

/// The tests' photo at the size of the peers' benchmark.
fn photo() -> Frame {
    let mut photo = decode(include_bytes!("../tests/data/photo.png")).expect("a PNG of ours");
    let whole = CropBox::whole(photo.shape());
    resample(&mut photo, whole, Shape { width: 512, height: 384 }, &mut Scratch::default());
    photo
}

fn transforms(criterion: &mut Criterion) {
    let photo = photo();
    let mut group = criterion.benchmark_group("512x384");
    group.throughput(Throughput::Elements(1));
    let mut frame = photo.clone();
    let mut scratch = Scratch::default();
    group.bench_function("memcpy", |b| b.iter(|| frame.copy_from(&photo)));
    for card in CATALOG {
        let step = Step::named(card.name).expect("a card's name is known");
        let recipe = Recipe(vec![step.example(photo.shape())]);
        group.bench_function(card.name, |b| {
            b.iter(|| {
                frame.copy_from(&photo);
                recipe.apply(&mut frame, &mut scratch);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, transforms);
criterion_main!(benches);
