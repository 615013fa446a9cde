//! The steady state of a worker: once its buffers have grown, it carries out recipe after recipe without asking for memory.
//!
//! A test binary of its own, because its allocator counts.

#![expect(unsafe_code, reason = "an allocator is unsafe to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use evenfold::image::{Frame, Scratch, decode};
use evenfold::pipeline::{PipelineFile, Recipe, read_yaml};
use evenfold::random::Key;
use evenfold::transform::{CATALOG, CorruptionKind, SEVERITIES, Step, corrupt};

/// The system's allocator, which counts how often a thread asks it.
struct Counting;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: it hands everything on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: as asked.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: as asked.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: as asked.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as asked.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `work` asks for memory.
fn asked(work: impl FnOnce()) -> usize {
    let before = ASKED.get();
    work();
    ASKED.get() - before
}

fn photo() -> Frame {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/photo.png");
    decode(&std::fs::read(file).expect("the photo of the tests")).expect("a PNG")
}

/// How often recipes ask for memory once they have all been carried out before, as a worker of `augment` does it.
fn in_the_steady_state(recipes: &[Recipe]) -> usize {
    let (photo, mut scratch) = (photo(), Scratch::default());
    let mut frame = photo.clone();
    let mut round = || {
        for recipe in recipes {
            frame.copy_from(&photo);
            recipe.apply(&mut frame, &mut scratch);
        }
    };
    round();
    round();
    asked(round)
}

/// These ask for memory for each picture, the others for none: what resizes with antialiasing, as `fast_image_resize` makes
/// its tables of weights anew for each picture, a list a pixel of a side, and offers no way to keep them (`corruption`
/// where it pixelates); and without libjpeg-turbo what encodes and decodes. Mixes but `mosaic` resize only partners of
/// another shape, which nobody gives them here.
const ALLOCATE: &[&str] = &[
    "corruption",
    "crop_and_pad",
    #[cfg(not(feature = "turbojpeg"))]
    "jpeg_compression",
    "letterbox",
    "longest_max_size",
    "mosaic",
    "pixelate",
    "random_resized_crop",
    "resize",
    "smallest_max_size",
];

#[test]
fn transforms_ask_for_no_memory_but_those_that_are_listed() {
    let shape = photo().shape();
    let mut asking = BTreeSet::new();
    for card in CATALOG {
        let step = Step::named(card.name).unwrap();
        let recipes: Vec<_> = (0..4).map(|n| Recipe(vec![step.draw(shape, &mut Key::root(n).rng())])).collect();
        let times = in_the_steady_state(&recipes);
        if times > 0 {
            println!("{}: {} a picture", card.name, times as f64 / recipes.len() as f64);
            asking.insert(card.name);
        }
    }
    let listed: BTreeSet<&str> = ALLOCATE.iter().copied().collect();
    assert_eq!(asking, listed);
}

/// Every kind at every severity; the draws above are few of them.
#[test]
fn corruptions_ask_for_no_memory_but_where_they_resize() {
    let (photo, mut scratch) = (photo(), Scratch::default());
    let mut frame = photo.clone();
    for kind in CorruptionKind::ALL {
        let mut round = || {
            for severity in 1..=SEVERITIES {
                frame.copy_from(&photo);
                corrupt(&mut frame, kind, severity, 7, &mut scratch);
            }
        };
        round();
        round();
        let asks = match kind {
            CorruptionKind::Pixelate => true,
            CorruptionKind::JpegCompression => !cfg!(feature = "turbojpeg"),
            _ => false,
        };
        assert_eq!(asked(round) > 0, asks, "{kind:?}");
    }
}

/// Joined steps too. A recipe is a list, for which memory is asked while it is drawn; carrying it out asks for none.
#[test]
fn a_whole_pipeline_asks_for_no_memory() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/bench-augment.yaml");
    let pipeline: PipelineFile = read_yaml(&file).unwrap();
    let shape = photo().shape();
    let recipes: Vec<_> = (0..32).map(|n| pipeline.steps.draw(shape, &Key::root(n))).collect();
    assert_eq!(in_the_steady_state(&recipes), 0);
    let drawing = asked(|| drop(pipeline.steps.draw(shape, &Key::root(3))));
    assert!(drawing <= 8, "{drawing}");
}
