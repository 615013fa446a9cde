use serde_json::json;

use super::answer::Answer;
use super::table::table;
use crate::image::JPEG_BACKEND;
use crate::kernel::Isa;
use crate::row;

/// Says what this machine has: CPU features, libtorch, CUDA, codecs, disk
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Answer {
    let found = found();
    let mut rows = vec![row!["part", "found"]];
    rows.extend(found.iter().map(|(part, what)| row![part, what]));
    let json: serde_json::Map<_, _> =
        found.into_iter().map(|(part, what)| (part.replace(' ', "_"), json!(what))).collect();
    Answer::new(table(&rows), &json, false)
}

/// Each part of the machine that matters, and what was found of it.
pub fn found() -> Vec<(&'static str, String)> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let isas: Vec<_> = Isa::available().iter().map(|isa| isa.name()).collect();
    let free = std::env::current_dir().ok().and_then(|folder| fs4::available_space(folder).ok());
    let jpeg = match JPEG_BACKEND {
        "libjpeg-turbo" => "libjpeg-turbo",
        _ => "pure Rust (built without the feature `turbojpeg`: encoding is about 10 times slower)",
    };
    let mut found = vec![
        ("evenfold", env!("CARGO_PKG_VERSION").to_owned()),
        ("processor", format!("{}, {threads} threads", std::env::consts::ARCH)),
        ("pixel kernels", format!("{} (found: {})", Isa::best().name(), isas.join(", "))),
        ("JPEG", jpeg.to_owned()),
        ("other formats", "PNG, WebP, BMP, GIF, TIFF, PNM".to_owned()),
        ("free disk here", free.map_or("unknown".into(), |bytes| format!("{:.1} GB", bytes as f64 / 1e9))),
    ];
    found.extend(torch());
    found
}

#[cfg(feature = "train")]
fn torch() -> Vec<(&'static str, String)> {
    let cuda = if tch::Cuda::is_available() {
        format!(
            "{} device(s), cuDNN {}",
            tch::Cuda::device_count(),
            if tch::Cuda::cudnn_is_available() { "yes" } else { "no" }
        )
    } else {
        "none: training runs on the CPU".into()
    };
    vec![
        ("libtorch", format!("{} (built for {}), {} threads", torch_version(), TORCH_VERSION, tch::get_num_threads())),
        ("CUDA", cuda),
    ]
}

/// The version that tch 0.24 is made for.
#[cfg(feature = "train")]
const TORCH_VERSION: &str = "2.11.0";

/// libtorch has no call that tch binds for its version; its `build-version` file beside the libraries has it.
#[cfg(feature = "train")]
fn torch_version() -> String {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let library = maps.lines().find_map(|line| line.split_whitespace().last().filter(|p| p.contains("libtorch_cpu.")));
    let Some(library) = library else { return TORCH_VERSION.to_owned() };
    let near = std::path::Path::new(library);
    let beside = near.ancestors().nth(2).map(|folder| folder.join("version.py"));
    let version = beside.and_then(|file| std::fs::read_to_string(file).ok()).and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("__version__"))?.to_owned();
        line.split('\'').nth(1).map(str::to_owned)
    });
    format!("{} from {}", version.as_deref().unwrap_or(TORCH_VERSION), near.parent().unwrap_or(near).display())
}

#[cfg(not(feature = "train"))]
fn torch() -> Vec<(&'static str, String)> {
    vec![("libtorch", "none: built without the feature `train`".to_owned())]
}
