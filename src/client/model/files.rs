//! Files and the pieces they are stored in.

use serde::Deserialize;

use super::FileId;
use crate::client::Listed;

/// A piece of a file: 10 MB of its bytes, cut anywhere.
#[derive(Debug, Clone, Deserialize)]
pub struct Chunk {
    /// Its number, from 0.
    pub id: String,
}

impl Listed for Chunk {
    const KEY: &'static str = "chunks";
}

/// A file of a model: what imports read and exports write.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its id; an export's for the file that it writes.
    pub id: FileId,
    /// Its name.
    pub name: String,
    /// The number of its pieces: those of the signed-in user's own content, which may be gone.
    pub chunk_count: Option<i64>,
    /// The quote character, empty for none.
    pub delimiter: Option<String>,
    /// The character between fields.
    pub separator: Option<String>,
    /// The character encoding.
    pub encoding: Option<String>,
    /// `txt`, …
    pub format: Option<String>,
    /// The number of the line that names the columns; 0 or below for none.
    pub header_row: Option<i64>,
    /// The number of the first line with data; 0 or below if that isn't known.
    pub first_data_row: Option<i64>,
}

impl Listed for File {
    const KEY: &'static str = "files";
}
