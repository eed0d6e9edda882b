//! Output formats. Each takes batches as they come and holds no more than a block of them.

mod arrow;
mod cells;
mod delimited;
mod json;
mod markdown;
mod parquet;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ::arrow::array::{RecordBatch, RecordBatchOptions};
use ::arrow::datatypes::{Field, Schema, SchemaRef};
use clap::ValueEnum;

use crate::error::{Error, ErrorKind, Result};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Boxes for people; the default on a terminal
    Table,
    /// Comma-separated values; the default elsewhere
    Csv,
    /// Tab-separated values
    Tsv,
    /// One array of objects
    Json,
    /// One JSON object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// A Markdown table
    #[value(alias = "md")]
    Markdown,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file
    #[value(alias = "ipc", alias = "feather")]
    Arrow,
}

/// What a format needs to know about the place it writes to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Boxes can be drawn there.
    pub(super) boxes: bool,
    /// Another result has been written there before.
    pub(super) follows: bool,
}

/// Where a writer writes to.
pub(super) type Sink = Box<dyn Write + Send>;

/// Writes one result.
pub(super) trait ResultWriter {
    /// Writes rows.
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Writes what comes after the last row.
    fn finish(self: Box<Self>) -> Result<()>;
}

impl Format {
    /// The name, as in `--format`.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What it is, in a few words.
    pub(super) fn doc(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// The extensions of files that are written in it.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Table => &[],
            Self::Csv => &["csv"],
            Self::Tsv => &["tsv"],
            Self::Json => &["json"],
            Self::Ndjson => &["ndjson", "jsonl"],
            Self::Markdown => &["md"],
            Self::Parquet => &["parquet"],
            Self::Arrow => &["arrow", "ipc", "feather"],
        }
    }

    /// The format that a file's extension stands for.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        let fits = |known: &&str| known.eq_ignore_ascii_case(extension);
        Self::value_variants().iter().copied().find(|format| format.extensions().iter().any(fits))
    }

    /// The format of this name.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config), listing all, when there is none.
    pub(super) fn named(name: &str) -> Result<Self> {
        Self::from_str(name, true).map_err(|_| {
            let all: Vec<String> = Self::value_variants().iter().map(|f| f.name()).collect();
            Error::new(ErrorKind::Config, format!("there is no format {name:?}"))
                .with_hint(format!("the formats are {}", all.join(", ")))
        })
    }

    /// Whether several results in one file are fit to be read: by people, that is.
    pub(super) fn may_follow(self) -> bool {
        matches!(self, Self::Table | Self::Markdown)
    }

    /// Whether it isn't text, and holds one result only.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Begins a result.
    pub(super) fn begin(
        self,
        schema: &SchemaRef,
        sink: Sink,
        place: Place,
    ) -> Result<Box<dyn ResultWriter>> {
        Ok(match self {
            Self::Table => Box::new(table::Table::begin(schema, sink, place.boxes)),
            Self::Csv => Box::new(delimited::Delimited::begin(schema, sink, b',')?),
            Self::Tsv => Box::new(delimited::Delimited::begin(schema, sink, b'\t')?),
            Self::Json => Box::new(json::Json::<json::Rows>::begin(schema, sink)),
            Self::Ndjson => Box::new(json::Json::<json::Lines>::begin(schema, sink)),
            Self::Markdown => Box::new(markdown::Markdown::begin(schema, sink, place.follows)?),
            Self::Parquet => Box::new(parquet::Parquet::begin(schema, sink)?),
            Self::Arrow => Box::new(arrow::Ipc::begin(schema, sink)?),
        })
    }
}

/// The error for a result that can't be written.
fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Io, "the result can't be written").with_source(source)
}

/// The same columns under names that differ: a join may give two of one name, and readers of JSON
/// or Parquet would lose one of them.
fn distinct(schema: &SchemaRef) -> SchemaRef {
    let mut taken: Vec<String> = Vec::new();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let mut name = field.name().clone();
            let mut number = 0;
            while taken.contains(&name)
                || (number > 0 && schema.fields().iter().any(|other| *other.name() == name))
            {
                number += 1;
                name = format!("{}_{number}", field.name());
            }
            taken.push(name.clone());
            field.as_ref().clone().with_name(name)
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch under another schema with the same types.
fn under(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &options)
        .map_err(failed)
}
