//! The pages of a Parquet file, looked at before polars trusts them.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use polars_parquet::parquet::metadata::RowGroupMetadata;
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::PageReader;

use super::Error;

/// Refuses pages that claim more values than the footer gives their column. The reader asks for memory by what a page claims,
/// and a claim of 2^61 bytes ends the process.
pub(super) fn check_pages(path: &Path, groups: &[RowGroupMetadata]) -> Result<(), Error> {
    let damaged = |why: String| Error::Format { path: path.to_path_buf(), kind: "Parquet", why };
    let mut file = File::open(path).map_err(Error::io(path))?;
    let length = file.metadata().map_err(Error::io(path))?.len();
    let columns = |group| RowGroupMetadata::parquet_columns(group).iter().map(move |column| (group.num_rows(), column));
    for (rows, column) in groups.iter().flat_map(columns) {
        let name = &column.descriptor().path_in_schema.join(".");
        let range = column.byte_range();
        let values = usize::try_from(column.num_values())
            .map_err(|_| damaged(format!("column `{name}` has less than no values")))?;
        if column.descriptor().descriptor.max_rep_level == 0 && values != rows {
            return Err(damaged(format!("column `{name}` has {values} values for {rows} rows")));
        }
        if range.start > range.end || range.end > length {
            return Err(damaged(format!("column `{name}` lies outside of the file")));
        }
        let mut bytes = vec![0; (range.end - range.start) as usize];
        file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(Error::io(path))?;
        let (mut seen, limit) = (0usize, bytes.len());
        for page in PageReader::new(Cursor::new(bytes.into()), column, Vec::new(), limit) {
            let page = page.map_err(|e| damaged(format!("a page of column `{name}`: {e}")))?;
            let CompressedPage::Data(page) = page else { continue };
            let claimed = page.num_values();
            if claimed > values - seen {
                return Err(damaged(format!("a page of column `{name}` claims more than the column has")));
            }
            seen += claimed;
        }
        if seen < values {
            return Err(damaged(format!("column `{name}` ends early")));
        }
    }
    Ok(())
}
