//! `augment` from JPEG to JPEG: one photo of the tests in 60 versions, every class to its target, all cores.
//! `cargo bench --bench end_to_end`

use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use evenfold::data::{Labels, Manifest};
use evenfold::image::{Encoding, Frame, Scratch, Shape, decode, encode};
use evenfold::kernel::{CropBox, resample};
use evenfold::pipeline::{PipelineFile, read_yaml};
use evenfold::run::{Silence, augment};

/// Two classes of 50 and 10 photos of 512 x 384.
fn data(folder: &Path) -> Manifest {
    let mut photo: Frame = decode(include_bytes!("../tests/data/photo.png")).expect("a PNG of ours");
    let whole = CropBox::whole(photo.shape());
    resample(&mut photo, whole, Shape { width: 512, height: 384 }, &mut Scratch::default());
    for (class, count) in [("many", 50), ("few", 10)] {
        std::fs::create_dir_all(folder.join(class)).expect("a folder can be made");
        for i in 0..count {
            photo.put(i, 0, [255, 0, 0]);
            let mut bytes = Vec::new();
            encode(&photo, &Encoding::default(), &mut bytes).expect("a JPEG can be written");
            std::fs::write(folder.join(format!("{class}/{i}.jpg")), bytes).expect("a file can be written");
        }
    }
    Manifest::open(folder, Labels::Required).expect("a folder per class")
}

fn end_to_end(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder for the benchmark");
    let manifest = data(&folder.path().join("data"));
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/trashnet.yaml");
    let pipeline: PipelineFile = read_yaml(&pipeline).expect("a pipeline of ours");
    let mut group = criterion.benchmark_group("augment");
    group.sample_size(10).throughput(Throughput::Elements(40));
    group.bench_function("60 photos, 40 copies", |b| {
        b.iter_batched(
            || tempfile::tempdir_in(folder.path()).expect("a folder for the result"),
            |out| augment(&manifest, &pipeline, &out.path().join("out"), &Silence).expect("a result"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
