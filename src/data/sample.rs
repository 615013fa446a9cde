//! One row of a manifest, and the one list of its columns.

use std::collections::BTreeMap;

use serde::Serialize;

/// The fold of the samples that are set aside before anything else.
pub const HOLDOUT: i32 = -1;

/// An image as it was given, or one that `augment` made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// As it was given.
    Original,
    /// Made from one original, or mixed from several that share every fold.
    Copy,
}

impl Origin {
    /// The word in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Copy => "copy",
        }
    }
}

/// An image and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The image file, relative to the manifest's folder, with `/` between the parts.
    pub path: String,
    /// Its class; empty where it is not known (eval images).
    pub label: String,
    /// Original or copy.
    pub origin: Origin,
    /// The path of the original that a copy was made from; an original's own path.
    pub source: String,
    /// The paths of the other originals in a mix, in the order in which its recipe takes them.
    pub partners: Vec<String>,
    /// The classes of a mix with their shares, which sum to 1; `label` has the largest. Empty where `label` says all.
    pub soft_label: BTreeMap<String, f64>,
    /// What must never be separated from others of the same name: a person, an object, a burst.
    pub group: Option<String>,
    /// 0 for originals; 1, 2, … for the copies of one source.
    pub copy: u32,
    /// The drawn numbers of a copy, as JSON.
    pub recipe: Option<String>,
    /// How often a copy was drawn again, because it came out too near its source or an earlier sibling.
    pub attempt: u32,
    /// How far a copy looks from its source or its nearest earlier sibling, whichever is less: 0 to 255.
    pub distance: Option<f32>,
    /// Pixels in a row.
    pub width: Option<u32>,
    /// Rows.
    pub height: Option<u32>,
    /// Size of the file.
    pub bytes: Option<u64>,
    /// BLAKE3 of the decoded pixels, in hex: equal for files that show the same picture.
    pub content_hash: Option<String>,
    /// Signs of the lowest frequencies: near-equal for pictures that look alike.
    pub perceptual_hash: Option<u64>,
    /// BLAKE3 of a copy's file, in hex: what `replay` compares with.
    pub file_hash: Option<String>,
    /// The part of the data that this sample validates; [`HOLDOUT`] for the holdout; `None` before `split`.
    pub fold: Option<i32>,
}

impl Sample {
    /// An original of which only the path and the label are known.
    pub fn original(path: impl Into<String>, label: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            source: path.clone(),
            path,
            label: label.into(),
            origin: Origin::Original,
            partners: Vec::new(),
            soft_label: BTreeMap::new(),
            group: None,
            copy: 0,
            recipe: None,
            attempt: 0,
            distance: None,
            width: None,
            height: None,
            bytes: None,
            content_hash: None,
            perceptual_hash: None,
            file_hash: None,
            fold: None,
        }
    }

    /// What it must not be parted from: the name of its group, or its source where no group is known.
    pub fn group_or_source(&self) -> &str {
        self.group.as_deref().unwrap_or(&self.source)
    }

    /// True for an image as it was given.
    pub fn is_original(&self) -> bool {
        self.origin == Origin::Original
    }

    /// The originals that it shows: one, or all that were mixed.
    pub fn originals(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.source).chain(&self.partners).map(String::as_str)
    }

    /// Law 1: only originals validate.
    pub fn validates(&self, fold: i32) -> bool {
        self.fold == Some(fold) && self.is_original()
    }

    /// Whether this sample is trained on when `fold` validates.
    pub fn trains(&self, fold: i32) -> bool {
        self.fold.is_some_and(|own| own >= 0 && own != fold)
    }
}

/// A column's name, type and meaning.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDoc {
    /// Its name in the file.
    pub name: &'static str,
    /// Its type in Parquet, in polars' words.
    pub kind: &'static str,
    /// What it holds.
    pub doc: &'static str,
}

const fn column(name: &'static str, kind: &'static str, doc: &'static str) -> ColumnDoc {
    ColumnDoc { name, kind, doc }
}

/// The columns that evenfold knows, in the order in which they are written. All others pass through untouched.
pub const COLUMNS: &[ColumnDoc] = &[
    column("path", "str", "image file, relative to the manifest's folder"),
    column("label", "str", "class; empty where unknown"),
    column("origin", "str", "\"original\" or \"copy\""),
    column("source", "str", "path of the original that a copy was made from; own path for originals"),
    column("partners", "str", "JSON list of the other originals in a mix; null where there is none"),
    column(
        "soft_label",
        "str",
        "JSON of the classes of a mix and their shares, which sum to 1; null where `label` says all",
    ),
    column("group", "str", "samples that must never be separated share it; may be null"),
    column("copy", "u32", "0 for originals, else 1, 2, … within a source"),
    column("recipe", "str", "JSON of the drawn numbers; null for originals"),
    column("attempt", "u32", "how often a copy was drawn again because it came out too near its source or a sibling"),
    column(
        "distance",
        "f32",
        "how far a copy looks from its source or nearest earlier sibling, 0 to 255; null for originals",
    ),
    column("width", "u32", "pixels in a row"),
    column("height", "u32", "rows"),
    column("bytes", "u64", "size of the file"),
    column("content_hash", "str", "BLAKE3 of the decoded pixels; equal pictures have equal hashes"),
    column(
        "perceptual_hash",
        "u64",
        "signs of the 63 lowest frequencies; few bits differ between pictures that look alike",
    ),
    column("file_hash", "str", "BLAKE3 of a copy's file, for `replay`; null for originals"),
    column("fold", "i32", "the fold that this sample validates; -1 for the holdout; null before `split`"),
];

/// The column that holds the folds of a repeat (0, 1, …), or those of the training part of one of its folds.
///
/// `fold`, `fold_r2`, `fold_r3`, …; `fold_inner0` and `fold_r2_inner0` for what outer fold 0 trains on.
pub fn fold_column(repeat: usize, inner_of: Option<usize>) -> String {
    let repeat = if repeat == 0 { String::new() } else { format!("_r{}", repeat + 1) };
    let inner = inner_of.map(|fold| format!("_inner{fold}")).unwrap_or_default();
    format!("fold{repeat}{inner}")
}

/// Whether a column is one of those that [`fold_column`] names, except `fold` itself.
pub(super) fn is_further_fold_column(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = name.strip_prefix("fold_") else { return false };
    let (repeat, inner) = match rest.split_once("inner") {
        Some((repeat, inner)) => (repeat.trim_end_matches('_'), Some(inner)),
        None => (rest, None),
    };
    let repeat_fits = repeat.strip_prefix('r').map_or(repeat.is_empty() && inner.is_some(), number);
    repeat_fits && inner.is_none_or(number)
}
