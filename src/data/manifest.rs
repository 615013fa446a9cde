//! Manifests: CSV in, Parquet in and out. The only file that names polars.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;

use super::pages::check_pages;
use super::paths::Unfinished;
use super::sample::is_further_fold_column;
use super::{COLUMNS, Error, Origin, Sample, folder, relative_to, write_atomically};

/// The version of the columns, in the Parquet file's key-value metadata.
const VERSION_KEY: &str = "evenfold.manifest";
const VERSION: &str = "1";

/// Between the values of a list where it is written as text.
pub const LIST_DELIMITER: char = '|';

/// Whether the input must say what its pictures show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Training data: every sample has a class.
    Required,
    /// Eval data: a folder may be flat, a `label` column may be missing.
    Optional,
}

/// Samples, the user's own columns beside them, and the folder that their paths start from.
#[derive(Clone)]
pub struct Manifest {
    /// Paths of samples are relative to this.
    pub folder: PathBuf,
    /// The rows.
    pub samples: Vec<Sample>,
    /// Facts about the whole, kept in the Parquet file's key-value metadata.
    pub facts: BTreeMap<String, String>,
    /// Files of a folder that are no pictures by their name.
    pub ignored: Vec<PathBuf>,
    extra: DataFrame,
}

impl Manifest {
    /// Opens a folder per class, a CSV or a Parquet file.
    pub fn open(path: &Path, labels: Labels) -> Result<Self, Error> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if path.is_dir() {
            let found = match labels {
                Labels::Required => folder::classes(path)?,
                Labels::Optional => folder::pictures(path)?,
            };
            let mut manifest = Self::new(path.to_path_buf(), found.samples);
            manifest.ignored = found.ignored;
            return Ok(manifest);
        }
        let (frame, facts) = match extension.as_str() {
            "csv" | "tsv" => (read_csv(path, if extension == "tsv" { b'\t' } else { b',' })?, BTreeMap::new()),
            "parquet" | "pq" => read_untrusted_parquet(path, None)?,
            _ if !path.exists() => {
                let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file or folder");
                return Err(Error::Io { path: path.to_path_buf(), source });
            }
            _ => {
                let why = "expected a folder per class, a .csv or a .parquet file".into();
                return Err(Error::Empty { path: path.to_path_buf(), why });
            }
        };
        let samples = samples_of(path, &frame, labels)?;
        if samples.is_empty() {
            return Err(Error::Empty { path: path.to_path_buf(), why: "the manifest has no rows".into() });
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
        let known: Vec<_> = COLUMNS.iter().map(|c| c.name).collect();
        Ok(Self { folder, samples, facts, ignored: Vec::new(), extra: frame.drop_many(known) })
    }

    /// As [`open`](Self::open), with the pictures of a CSV or Parquet file below a folder of their own, and sure that
    /// there are pictures where the paths say.
    pub fn open_with(path: &Path, images: Option<&Path>, labels: Labels) -> Result<Self, Error> {
        let mut manifest = Self::open(path, labels)?;
        if let Some(images) = images {
            manifest.folder = images.to_path_buf();
        }
        let first = &manifest.samples[0];
        if manifest.samples.iter().take(50).any(|sample| manifest.locate(sample).is_file()) {
            return Ok(manifest);
        }
        // `train.csv` beside a folder `train` is a common layout.
        let beside = manifest.folder.join(path.file_stem().unwrap_or_default());
        let near = [beside.join("images"), manifest.folder.join("images"), beside];
        let hint = match near.iter().find(|folder| folder.join(&first.path).is_file()) {
            Some(folder) => format!("it is in {}: say so with --images {}", folder.display(), folder.display()),
            None => "give the folder that the paths start from with --images FOLDER".into(),
        };
        let why = format!("its pictures are not there, such as {}; {hint}", manifest.locate(first).display());
        Err(Error::Empty { path: path.to_path_buf(), why })
    }

    /// A manifest without columns of the user's own.
    pub fn new(folder: PathBuf, samples: Vec<Sample>) -> Self {
        let extra = DataFrame::empty_with_height(samples.len());
        Self { folder, samples, facts: BTreeMap::new(), ignored: Vec::new(), extra }
    }

    /// Where a sample's picture lies.
    pub fn locate(&self, sample: &Sample) -> PathBuf {
        self.folder.join(&sample.path)
    }

    /// How many folds there are; holdouts are in none.
    pub fn folds(&self) -> usize {
        self.samples.iter().filter_map(|s| s.fold).max().map_or(0, |fold| (fold + 1) as usize)
    }

    /// The labels in use, sorted; the classes, in the order of every table and model output.
    pub fn classes(&self) -> Vec<String> {
        let labels: std::collections::BTreeSet<_> = self.samples.iter().map(|s| &s.label).collect();
        labels.into_iter().filter(|label| !label.is_empty()).cloned().collect()
    }

    /// A column as text, one of ours or the user's; null where there is no value.
    pub fn column(&self, name: &str) -> Result<Vec<Option<String>>, Error> {
        if COLUMNS.iter().any(|c| c.name == name) {
            let frame = frame_of(&self.samples);
            return Ok(texts(frame.column(name).expect("every known column is written")));
        }
        match self.extra.column(name) {
            Ok(column) => Ok(texts(column)),
            Err(_) => Err(Error::NoColumn { path: self.folder.clone(), column: name.into(), found: self.columns() }),
        }
    }

    /// The names of all columns.
    pub fn columns(&self) -> Vec<String> {
        COLUMNS.iter().map(|c| c.name.to_owned()).chain(self.own_columns()).collect()
    }

    /// The names of the user's own columns.
    pub fn own_columns(&self) -> Vec<String> {
        self.extra.get_column_names().iter().map(ToString::to_string).collect()
    }

    /// Adds a column of folds beside `fold` (see [`fold_column`](super::fold_column)).
    pub fn put_folds(&mut self, name: &str, folds: Vec<Option<i32>>) {
        let column = Series::new(name.into(), folds).into();
        let columns = self.extra.columns().iter().filter(|c| c.name() != name).cloned().chain([column]);
        self.extra = DataFrame::new(self.samples.len(), columns.collect()).expect("one fold a row");
    }

    /// The names of the columns of folds beside `fold`.
    pub fn further_fold_columns(&self) -> Vec<String> {
        self.own_columns().into_iter().filter(|name| is_further_fold_column(name)).collect()
    }

    /// Drops the folds of an earlier split.
    pub fn forget_folds(&mut self) {
        self.samples.iter_mut().for_each(|sample| sample.fold = None);
        self.extra = self.extra.drop_many(self.further_fold_columns());
    }

    /// New rows in place of the old ones, each with the row whose extra columns it takes over.
    #[must_use]
    pub fn with_rows(&self, rows: Vec<(Sample, usize)>) -> Self {
        let index: Vec<IdxSize> = rows.iter().map(|(_, row)| *row as IdxSize).collect();
        let extra = if self.extra.width() == 0 {
            DataFrame::empty_with_height(rows.len())
        } else {
            self.extra.take(&IdxCa::from_vec("row".into(), index)).expect("rows come from this manifest")
        };
        let samples = rows.into_iter().map(|(sample, _)| sample).collect();
        Self { folder: self.folder.clone(), samples, facts: self.facts.clone(), ignored: Vec::new(), extra }
    }

    /// The same rows with paths as seen from another folder.
    #[must_use]
    pub fn seen_from(mut self, folder: &Path) -> Self {
        // One look at the disk for all paths below the manifest's folder.
        let between = relative_to(&self.folder, folder);
        let moved = |path: &str| match between.as_deref() {
            Some("") if is_below(path) => path.to_owned(),
            Some(between) if is_below(path) => format!("{between}/{path}"),
            _ => relative_to(&self.folder.join(path), folder).unwrap_or_else(|| path.to_owned()),
        };
        for sample in &mut self.samples {
            (sample.path, sample.source) = (moved(&sample.path), moved(&sample.source));
            sample.partners.iter_mut().for_each(|partner| *partner = moved(partner));
        }
        self.folder = folder.to_path_buf();
        self
    }

    /// Writes a Parquet file whose paths are seen from the folder that it lies in.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let stays = |sample: &Sample| is_below(&sample.path) && is_below(&sample.source);
        let seen = if relative_to(&self.folder, folder).as_deref() == Some("") && self.samples.iter().all(stays) {
            Cow::Borrowed(&self.samples)
        } else {
            Cow::Owned(self.clone().seen_from(folder).samples)
        };
        let mut writer = ManifestWriter::create(path, self, self.facts.clone())?;
        for (i, part) in seen.chunks(ROWS_IN_GROUP).enumerate() {
            writer.write(part, &self.extra.slice((i * ROWS_IN_GROUP) as i64, part.len()))?;
        }
        writer.finish()
    }
}

/// Rows in a row group of a Parquet file.
const ROWS_IN_GROUP: usize = 1 << 16;

/// A Parquet manifest that is written part by part, so that only a part of a large one is ever held. It appears when it is
/// finished.
pub struct ManifestWriter {
    unfinished: Unfinished,
    path: PathBuf,
    writer: BatchedWriter<File>,
}

impl ManifestWriter {
    /// With the user's own columns of `like`.
    pub fn create(path: &Path, like: &Manifest, mut facts: BTreeMap<String, String>) -> Result<Self, Error> {
        facts.insert(VERSION_KEY.into(), VERSION.into());
        let unfinished = Unfinished::create(path)?;
        let file = unfinished.file.try_clone().map_err(Error::io(path))?;
        let columns = frame_of(&[]).hstack(like.extra.slice(0, 0).columns()).map_err(|e| format_error(path, &e))?;
        let writer = ParquetWriter::new(file)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(facts.into_iter().collect())))
            .batched(columns.schema())
            .map_err(|e| format_error(path, &e))?;
        Ok(Self { unfinished, path: path.to_path_buf(), writer })
    }

    /// Writes more rows, as a row group of their own. Their paths are seen from the folder of the file.
    pub fn append(&mut self, part: &Manifest) -> Result<(), Error> {
        self.write(&part.samples, &part.extra)
    }

    fn write(&mut self, samples: &[Sample], extra: &DataFrame) -> Result<(), Error> {
        let mut frame = frame_of(samples).hstack(extra.columns()).map_err(|e| format_error(&self.path, &e))?;
        frame.rechunk_mut_par();
        self.writer.write_batch(&frame).map_err(|e| format_error(&self.path, &e))
    }

    /// Ends the file and puts it in its place.
    pub fn finish(self) -> Result<(), Error> {
        self.writer.finish().map_err(|e| format_error(&self.path, &e))?;
        self.unfinished.file.sync_all().map_err(Error::io(&self.path))?;
        self.unfinished.put_in_place()
    }
}

/// The paths in a Parquet manifest, without the other columns.
pub fn paths_in(path: &Path) -> Result<Vec<String>, Error> {
    let (frame, _) = read_untrusted_parquet(path, Some(vec!["path".into()]))?;
    Ok(frame.columns().iter().flat_map(texts).flatten().collect())
}

/// Whether a path leads straight down from its folder.
fn is_below(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// A column to be written by [`write_columns`].
pub enum Column {
    /// Text.
    Text(Vec<String>),
    /// Text or nothing.
    MaybeText(Vec<Option<String>>),
    /// Whole numbers.
    Whole(Vec<i32>),
    /// Whole numbers or nothing.
    MaybeWhole(Vec<Option<i32>>),
    /// Numbers of classes, 64 bits wide as Hugging Face `datasets` has them.
    Class(Vec<i64>),
    /// Files of pictures with their names: a struct of `bytes` and `path`.
    Images(Vec<(Vec<u8>, String)>),
    /// Numbers.
    Number(Vec<f32>),
}

/// Writes a Parquet table with key-value metadata; for results that are no manifests, such as predictions.
pub fn write_columns(
    path: &Path,
    columns: Vec<(String, Column)>,
    facts: BTreeMap<String, String>,
) -> Result<(), Error> {
    let columns = columns.into_iter().map(|(name, column)| {
        let name = PlSmallStr::from_string(name);
        match column {
            Column::Text(values) => Series::new(name, values),
            Column::MaybeText(values) => Series::new(name, values),
            Column::Whole(values) => Series::new(name, values),
            Column::MaybeWhole(values) => Series::new(name, values),
            Column::Class(values) => Series::new(name, values),
            Column::Number(values) => Series::new(name, values),
            Column::Images(files) => {
                let (bytes, paths): (Vec<Vec<u8>>, Vec<String>) = files.into_iter().unzip();
                let fields = [Series::new("bytes".into(), bytes), Series::new("path".into(), paths)];
                StructChunked::from_series(name, fields[0].len(), fields.iter())
                    .expect("two columns of one length")
                    .into_series()
            }
        }
        .into()
    });
    let frame = DataFrame::new_infer_height(columns.collect()).map_err(|e| format_error(path, &e))?;
    let mut bytes = parquet(path, frame, facts)?;
    hide_arrow_schema(&mut bytes);
    write_atomically(path, &bytes)
}

fn parquet(path: &Path, mut frame: DataFrame, facts: BTreeMap<String, String>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(facts.into_iter().collect())))
        .finish(&mut frame)
        .map_err(|e| format_error(path, &e))?;
    Ok(bytes)
}

/// Renames the Arrow schema that polars always adds, to a name of the same length, so that readers go by Parquet's own
/// types. Arrow's would have it that text and bytes are views, which pyarrow 22 cannot count the bytes of, and pyarrow
/// takes a schema's metadata (among them Hugging Face's) from there alone.
fn hide_arrow_schema(parquet: &mut [u8]) {
    const KEY: &[u8] = b"ARROW:schema";
    // The file ends with the footer, its length in four bytes, and "PAR1".
    let end = parquet.len() - 8;
    let length = u32::from_le_bytes([parquet[end], parquet[end + 1], parquet[end + 2], parquet[end + 3]]) as usize;
    let footer = &mut parquet[end - length..end];
    if let Some(at) = footer.windows(KEY.len()).position(|window| window == KEY) {
        footer[at..at + KEY.len()].copy_from_slice(b"arrow.schema");
    }
}

fn format_error(path: &Path, error: &PolarsError) -> Error {
    Error::Format { path: path.to_path_buf(), kind: "Parquet", why: error.to_string() }
}

/// What a Parquet file holds: its rows, and its key-value metadata.
type Table = (DataFrame, BTreeMap<String, String>);

/// All columns or some. The reader panics on some damaged files, which are an error like any other.
fn read_untrusted_parquet(path: &Path, columns: Option<Vec<String>>) -> Result<Table, Error> {
    std::panic::catch_unwind(|| read_parquet(path, columns)).unwrap_or_else(|_| {
        Err(Error::Format { path: path.to_path_buf(), kind: "Parquet", why: "its metadata is damaged".into() })
    })
}

fn read_parquet(path: &Path, columns: Option<Vec<String>>) -> Result<Table, Error> {
    let mut reader = ParquetReader::new(File::open(path).map_err(Error::io(path))?);
    let metadata = reader.get_metadata().map_err(|e| format_error(path, &e))?;
    let pairs = metadata.key_value_metadata().clone().unwrap_or_default();
    // Arrow's own schema is written anew with the file.
    let facts = pairs.into_iter().filter(|kv| kv.key != "ARROW:schema");
    let facts: BTreeMap<_, _> = facts.map(|kv| (kv.key, kv.value.unwrap_or_default())).collect();
    if let Some(version) = facts.get(VERSION_KEY).filter(|version| *version != VERSION) {
        let why = format!("manifest version {version}; this evenfold knows version {VERSION}");
        return Err(Error::Format { path: path.to_path_buf(), kind: "Parquet", why });
    }
    let groups = metadata.row_groups.clone();
    check_pages(path, &groups)?;
    Ok((reader.with_columns(columns).finish().map_err(|e| format_error(path, &e))?, facts))
}

/// Reads a CSV file; a column is a number only if every value is and prints the same again, so that `007` stays text.
fn read_csv(path: &Path, delimiter: u8) -> Result<DataFrame, Error> {
    let wrong = |why: String| Error::Format { path: path.to_path_buf(), kind: "CSV", why };
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    // Spreadsheets put a byte-order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let names: Vec<String> = reader.headers().map_err(|e| wrong(e.to_string()))?.iter().map(str::to_owned).collect();
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        for (column, value) in columns.iter_mut().zip(&record) {
            column.push((!value.is_empty()).then(|| value.to_owned()));
        }
    }
    let columns = names.into_iter().zip(columns).map(|(name, values)| typed(name, values).into());
    DataFrame::new_infer_height(columns.collect()).map_err(|e| wrong(e.to_string()))
}

fn typed(name: String, values: Vec<Option<String>>) -> Series {
    let known = COLUMNS.iter().any(|c| c.name == name);
    let name = PlSmallStr::from_string(name);
    if !known && values.iter().any(Option::is_some) {
        let whole = |v: &String| v.parse::<i64>().ok().filter(|n| n.to_string() == *v);
        if values.iter().flatten().all(|v| whole(v).is_some()) {
            return Series::new(name, values.iter().map(|v| v.as_ref().and_then(whole)).collect::<Vec<_>>());
        }
        let number = |v: &String| v.parse::<f64>().ok().filter(|n| n.is_finite() && (v.contains('.') || v == "0"));
        if values.iter().flatten().all(|v| number(v).is_some()) {
            return Series::new(name, values.iter().map(|v| v.as_ref().and_then(number)).collect::<Vec<_>>());
        }
    }
    Series::new(name, values)
}

/// A column as text; a list is its values with [`LIST_DELIMITER`] between.
fn texts(column: &polars::prelude::Column) -> Vec<Option<String>> {
    if let Ok(lists) = column.list() {
        let delimiter = LIST_DELIMITER.to_string();
        let joined = |list: Series| {
            let values = texts(&list.into());
            values.into_iter().flatten().collect::<Vec<_>>().join(&delimiter)
        };
        return lists.series_iter().map(|list| list.map(joined)).collect();
    }
    let Ok(text) = column.cast(&DataType::String) else { return vec![None; column.len()] };
    text.str().map(|t| t.iter().map(|v| v.map(str::to_owned)).collect()).unwrap_or_default()
}

fn samples_of(path: &Path, frame: &DataFrame, labels: Labels) -> Result<Vec<Sample>, Error> {
    let found = || frame.get_column_names().iter().map(ToString::to_string).collect::<Vec<_>>();
    let optional = |name: &str| frame.column(name).ok().map(texts);
    let missing = |column: &str| Error::NoColumn { path: path.into(), column: column.into(), found: found() };
    let wrong = |row: usize, column: &str, why: &str| Error::Value {
        path: path.into(),
        row: row + 1,
        column: column.into(),
        why: why.into(),
    };
    let paths = optional("path").ok_or_else(|| missing("path"))?;
    // Where there are several labels, `label` is all of them together.
    let label = match optional("label").or_else(|| optional("labels")) {
        None if labels == Labels::Required => return Err(missing("label")),
        other => other.unwrap_or_else(|| vec![None; paths.len()]),
    };
    let [origin, source, group, recipe] = ["origin", "source", "group", "recipe"].map(optional);
    let [partners, soft_label] = ["partners", "soft_label"].map(optional);
    let [hash, file_hash] = ["content_hash", "file_hash"].map(optional);
    let [attempt, distance] = ["attempt", "distance"].map(optional);
    let [copy, width, height, bytes, fold] = ["copy", "width", "height", "bytes", "fold"].map(optional);
    let look = optional("perceptual_hash");
    let text = |column: &Option<Vec<Option<String>>>, row: usize| column.as_ref().and_then(|c| c[row].clone());
    let number = |name: &str, column: &Option<Vec<Option<String>>>, row: usize| {
        let parsed = text(column, row).map(|v| {
            let whole = v.parse::<i128>().ok().or_else(|| v.parse::<f64>().ok().map(|n| n as i128));
            whole.ok_or_else(|| wrong(row, name, &format!("expected a whole number, got `{v}`")))
        });
        parsed.transpose()
    };
    let mut samples = Vec::with_capacity(paths.len());
    for (row, path) in paths.into_iter().enumerate() {
        let path = path.ok_or_else(|| wrong(row, "path", "no path"))?.replace('\\', "/");
        let label = match &label[row] {
            Some(label) => label.clone(),
            None if labels == Labels::Required => return Err(wrong(row, "label", "no label")),
            None => String::new(),
        };
        let origin = match text(&origin, row).as_deref() {
            None | Some("original") => Origin::Original,
            Some("copy") => Origin::Copy,
            Some(other) => {
                return Err(wrong(row, "origin", &format!("expected `original` or `copy`, got `{other}`")));
            }
        };
        let source = match text(&source, row) {
            Some(source) => source,
            None if origin == Origin::Copy => return Err(wrong(row, "source", "a copy needs its source")),
            None => path.clone(),
        };
        let not_json = |name: &'static str| {
            move |e: serde_json::Error| wrong(row, name, &format!("expected JSON as `augment` writes it: {e}"))
        };
        let partners = text(&partners, row).map_or(Ok(Vec::new()), |json| serde_json::from_str(&json));
        let soft_label = text(&soft_label, row).map_or(Ok(BTreeMap::new()), |json| serde_json::from_str(&json));
        samples.push(Sample {
            partners: partners.map_err(not_json("partners"))?,
            soft_label: soft_label.map_err(not_json("soft_label"))?,
            copy: number("copy", &copy, row)?.unwrap_or(0) as u32,
            width: number("width", &width, row)?.map(|n| n as u32),
            height: number("height", &height, row)?.map(|n| n as u32),
            bytes: number("bytes", &bytes, row)?.map(|n| n as u64),
            fold: number("fold", &fold, row)?.map(|n| n as i32),
            group: text(&group, row),
            recipe: text(&recipe, row),
            attempt: number("attempt", &attempt, row)?.unwrap_or(0) as u32,
            distance: text(&distance, row).and_then(|d| d.parse().ok()),
            content_hash: text(&hash, row),
            perceptual_hash: number("perceptual_hash", &look, row)?.map(|n| n as u64),
            file_hash: text(&file_hash, row),
            path,
            label,
            origin,
            source,
        });
    }
    let classes: BTreeSet<&str> = samples.iter().map(|sample| sample.label.as_str()).collect();
    for (row, shares) in samples.iter().map(|sample| &sample.soft_label).enumerate().filter(|(_, s)| !s.is_empty()) {
        if let Some(unknown) = shares.keys().find(|label| !classes.contains(label.as_str())) {
            return Err(wrong(row, "soft_label", &format!("no row has the label `{unknown}`")));
        }
        let sum: f64 = shares.values().sum();
        if (sum - 1.0).abs() > 1e-3 || shares.values().any(|share| *share < 0.0) {
            return Err(wrong(row, "soft_label", &format!("expected shares from 0 that sum to 1, got a sum of {sum}")));
        }
    }
    Ok(samples)
}

fn frame_of(samples: &[Sample]) -> DataFrame {
    fn column<T, S>(name: &str, samples: &[Sample], value: impl Fn(&Sample) -> T) -> polars::prelude::Column
    where
        S: ?Sized,
        Series: NamedFrom<Vec<T>, S>,
    {
        Series::new(name.into(), samples.iter().map(value).collect::<Vec<_>>()).into()
    }
    fn json<T: serde::Serialize>(value: &T, empty: bool) -> Option<String> {
        (!empty).then(|| serde_json::to_string(value).expect("text and numbers are JSON"))
    }
    let columns = COLUMNS.iter().map(|c| match c.name {
        "path" => column(c.name, samples, |s| s.path.clone()),
        "label" => column(c.name, samples, |s| s.label.clone()),
        "origin" => column(c.name, samples, |s| s.origin.as_str()),
        "source" => column(c.name, samples, |s| s.source.clone()),
        "partners" => column(c.name, samples, |s| json(&s.partners, s.partners.is_empty())),
        "soft_label" => column(c.name, samples, |s| json(&s.soft_label, s.soft_label.is_empty())),
        "group" => column(c.name, samples, |s| s.group.clone()),
        "copy" => column(c.name, samples, |s| s.copy),
        "recipe" => column(c.name, samples, |s| s.recipe.clone()),
        "attempt" => column(c.name, samples, |s| s.attempt),
        "distance" => column(c.name, samples, |s| s.distance),
        "width" => column(c.name, samples, |s| s.width),
        "height" => column(c.name, samples, |s| s.height),
        "bytes" => column(c.name, samples, |s| s.bytes),
        "content_hash" => column(c.name, samples, |s| s.content_hash.clone()),
        "perceptual_hash" => column(c.name, samples, |s| s.perceptual_hash),
        "file_hash" => column(c.name, samples, |s| s.file_hash.clone()),
        "fold" => column(c.name, samples, |s| s.fold),
        other => unreachable!("column {other} is listed but not written"),
    });
    DataFrame::new(samples.len(), columns.collect()).expect("columns of one length with names of their own")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn extra_columns_keep_their_values_and_types_through_parquet() {
        let (folder, path) = csv("path,label,person,age,weight\na.jpg,x,007,31,1.5\nb.jpg,y,008,,2.0\n");
        let manifest = Manifest::open(&path, Labels::Required).unwrap();
        let rows = manifest.samples.iter().cloned().enumerate().map(|(row, sample)| (sample, row)).rev().collect();
        let saved = folder.path().join("sub/folds.parquet");
        manifest.with_rows(rows).save(&saved).unwrap();
        let again = Manifest::open(&saved, Labels::Required).unwrap();
        assert_eq!(again.samples[0].path, "../b.jpg");
        assert_eq!(again.column("person").unwrap(), [Some("008".into()), Some("007".into())]);
        assert_eq!(again.column("age").unwrap(), [None, Some("31".into())]);
        assert_eq!(again.extra.column("weight").unwrap().dtype(), &DataType::Float64);
        assert_eq!(again.facts[VERSION_KEY], VERSION);
    }

    #[test]
    fn what_is_missing_is_named_with_its_row() {
        let (_folder, path) = csv("path,kind\na.jpg,x\n");
        let error = Manifest::open(&path, Labels::Required).err().unwrap().to_string();
        assert!(error.contains("no column `label`; the file has path, kind"), "{error}");
        let (_folder, path) = csv("path,label\na.jpg,x\nb.jpg,\n");
        let error = Manifest::open(&path, Labels::Required).err().unwrap().to_string();
        assert!(error.contains("row 2, column `label`"), "{error}");
        assert_eq!(Manifest::open(&path, Labels::Optional).unwrap().samples[1].label, "");
    }

    #[test]
    fn rows_of_different_length_and_files_that_lie_are_errors_not_panics() {
        let (folder, path) = csv("path,label\na.jpg\n");
        assert!(matches!(Manifest::open(&path, Labels::Required), Err(Error::Format { kind: "CSV", .. })));
        let lie = folder.path().join("lie.parquet");
        std::fs::write(&lie, b"path,label").unwrap();
        assert!(matches!(Manifest::open(&lie, Labels::Required), Err(Error::Format { kind: "Parquet", .. })));
    }
}
