//! Our side of scripts/bench-peers: reads requests as JSON lines, answers each with a JSON line.
//!
//! Arguments are paths of photos, which are decoded once. `{"steps": "- hflip: {p: 1}", "photos": 200}` draws and applies
//! the steps to so many photos, each copied into a buffer that is used again; the answer has the seconds of one thread:
//! `{"n": 200, "wall": 0.01, "cpu": 0.01}`. `{"catalogue": true}` lists the transforms.

use std::io::{BufRead, Write};
use std::time::Instant;

use evenfold::image::{Frame, Scratch, decode};
use evenfold::pipeline::Steps;
use evenfold::random::Key;
use evenfold::transform::CATALOG;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

/// Seconds that this thread has run for.
fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn pass(steps: &Steps, photos: &[Frame], frame: &mut Frame, scratch: &mut Scratch) -> Value {
    let root = Key::root(7);
    let (wall, cpu) = (Instant::now(), thread_seconds());
    for (i, photo) in photos.iter().enumerate() {
        let recipe = steps.draw(photo.shape(), &root.nth(i as u64));
        frame.copy_from(photo);
        recipe.apply(frame, scratch);
        // A result that shares the photo's bytes is not one yet.
        std::hint::black_box(frame.pixels_mut());
    }
    json!({"n": photos.len(), "wall": wall.elapsed().as_secs_f64(), "cpu": thread_seconds() - cpu})
}

#[allow(clippy::print_stdout, reason = "answers go to standard output")]
fn main() {
    // Cargo adds an argument of its own.
    let paths = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let photos: Vec<Frame> = paths
        .map(|path| decode(&std::fs::read(&path).expect("a readable photo")).expect("a photo that can be decoded"))
        .collect();
    let (mut frame, mut scratch) = (photos.first().cloned().expect("a photo"), Scratch::default());
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let answer = if request["catalogue"] == true {
            json!(CATALOG.iter().map(|card| card.name).collect::<Vec<_>>())
        } else {
            let steps: Result<Steps, _> = serde_saphyr::from_str(request["steps"].as_str().expect("steps"));
            let count = request["photos"].as_u64().map_or(photos.len(), |n| photos.len().min(n as usize));
            steps.map_or_else(
                |why| json!({"error": format!("{why}")}),
                |steps| pass(&steps, &photos[..count], &mut frame, &mut scratch),
            )
        };
        println!("{answer}");
        std::io::stdout().flush().expect("the driver listens");
    }
}
