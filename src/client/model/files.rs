//! Files and the pieces they are stored in.

use serde::Deserialize;

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
