//! From the text of a dump to batches: `"_Status_","Product",…,"_Line_","_Error_1_"`.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{
    BatchBuilder, CellKind, CellSource, Decoder, Encoding, OwnedRecord, Record, RecordReader,
    Target,
};
use crate::table::module::unique;

/// The column with the line of the source that a row stands on.
const LINE: &str = "_Line_";

/// The columns of a dump in which nothing was rejected.
const EMPTY: [&str; 3] = ["_Status_", LINE, "_Error_1_"];

/// The columns, from the first bytes of a dump, or all.
///
/// # Errors
/// When the header doesn't end in them.
pub(super) fn schema(head: &[u8], is_whole: bool) -> Result<SchemaRef> {
    let mut header: Option<OwnedRecord> = None;
    let mut decoder = Decoder::new(Encoding::Utf8);
    let mut records = RecordReader::new(b',', Some(b'"'));
    let mut keep = |record: Record<'_>| {
        header = Some(record.keep());
        Ok(ControlFlow::Break(()))
    };
    let text = decoder.decode(head, is_whole);
    if records.push(&text, &mut keep)?.is_continue() && is_whole {
        let _ = records.finish(&mut keep)?;
    }
    let names: Vec<String> = match &header {
        Some(header) => header
            .as_record()
            .fields()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect(),
        None if is_whole => EMPTY.map(str::to_owned).to_vec(),
        None => return Err(Error::new(ErrorKind::Data, "the header has no end")),
    };
    // The last of the name is the dump's own: those before are the source's.
    let line = names.iter().rposition(|name| name == LINE);
    let is_own = |place: usize| place == 0 || line.is_some_and(|line| place >= line);
    let mut taken: HashSet<String> = HashSet::new();
    let mut own = HashSet::new();
    for (place, name) in names.iter().enumerate().filter(|(place, _)| is_own(*place)) {
        if taken.insert(name.clone()) {
            own.insert(place);
        }
    }
    let fields = names.iter().enumerate().map(|(place, name)| {
        let kind = if Some(place) == line { DataType::Int64 } else { DataType::Utf8 };
        let name = match own.contains(&place) {
            true => name.clone(),
            false => unique(name, "column", &mut taken),
        };
        Field::new(name, kind, true)
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// Parses a dump, piece by piece.
pub(super) struct DumpParser {
    decoder: Decoder,
    records: RecordReader,
    rows: Rows,
}

struct Rows {
    schema: SchemaRef,
    builder: BatchBuilder,
    saw_header: bool,
    remaining: Option<usize>,
    ready: Vec<RecordBatch>,
}

impl DumpParser {
    /// `schema` is that of the columns at the positions of `projection`.
    pub(super) fn new(
        projection: &[usize],
        schema: SchemaRef,
        batch_size: usize,
        limit: Option<usize>,
    ) -> Self {
        let targets = projection.iter().zip(schema.fields()).map(|(&position, field)| Target {
            name: field.name().clone(),
            kind: CellKind::Text,
            source: CellSource::Field(position),
        });
        let texts = schema.fields().iter().map(|it| Field::new(it.name(), DataType::Utf8, true));
        let texts = Arc::new(Schema::new(texts.collect::<Vec<_>>()));
        let builder = BatchBuilder::new(texts, targets.collect(), batch_size);
        Self {
            decoder: Decoder::new(Encoding::Utf8),
            records: RecordReader::new(b',', Some(b'"')),
            rows: Rows { schema, builder, saw_header: false, remaining: limit, ready: Vec::new() },
        }
    }

    /// Takes the next piece, or the end of all, and gives the batches that it completed.
    pub(super) fn push(&mut self, piece: Option<&[u8]>) -> Result<Vec<RecordBatch>> {
        if !self.is_done() {
            let mut each = |record: Record<'_>| self.rows.take(&record);
            let text = self.decoder.decode(piece.unwrap_or_default(), piece.is_none());
            let flow = self.records.push(&text, &mut each)?;
            if flow.is_continue() && piece.is_none() {
                let _ = self.records.finish(&mut each)?;
            }
            if self.is_done() || piece.is_none() {
                self.rows.flush()?;
            }
        }
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Whether all rows that are wanted have come.
    pub(super) fn is_done(&self) -> bool {
        self.rows.remaining == Some(0)
    }
}

impl Rows {
    fn take(&mut self, record: &Record<'_>) -> Result<ControlFlow<()>> {
        if !std::mem::replace(&mut self.saw_header, true) || record.is_blank() {
            return Ok(ControlFlow::Continue(()));
        }
        // Where a row has fewer errors than another, nobody has shown that blank ones follow.
        self.builder.push(record, None)?;
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(1);
            if *remaining == 0 {
                return Ok(ControlFlow::Break(()));
            }
        }
        if self.builder.is_full() {
            self.flush()?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The numbers of lines are made of their text; one that is none becomes NULL.
    fn flush(&mut self) -> Result<()> {
        if self.builder.is_empty() {
            return Ok(());
        }
        let texts = self.builder.finish()?;
        let broken = |e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e);
        let columns: Vec<ArrayRef> = texts
            .columns()
            .iter()
            .zip(self.schema.fields())
            .map(|(column, field)| cast(column, field.data_type()))
            .collect::<std::result::Result<_, _>>()
            .map_err(broken)?;
        let options = RecordBatchOptions::new().with_row_count(Some(texts.num_rows()));
        let schema = Arc::clone(&self.schema);
        let batch = RecordBatch::try_new_with_options(schema, columns, &options);
        self.ready.push(batch.map_err(broken)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::pretty::pretty_format_batches;

    use super::*;

    const DUMP: &str = "\u{feff}\"_Status_\",\"Name\",\"Name\",\"_Line_\",\"_Line_\",\"_Error_1_\",\"_Error_2_\"\n\
        \"E\",\"a \"\"b\"\"\",\"x\ny\",\"0\",\"2\",\"wrong\",\"very\"\r\n\
        \"W\",\"\",\"\",\"\",\"many\",\"odd\"\n";

    fn parse(text: &str, projection: &[usize], limit: Option<usize>) -> String {
        let all = schema(text.as_bytes(), true).expect("a header");
        let schema = Arc::new(all.project(projection).expect("they are there"));
        let mut found = None;
        for size in 1..=text.len() {
            let mut parser = DumpParser::new(projection, Arc::clone(&schema), 100, limit);
            let mut batches = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                batches.extend(parser.push(Some(piece)).expect("rows"));
            }
            batches.extend(parser.push(None).expect("rows"));
            let table = pretty_format_batches(&batches).expect("text").to_string();
            assert_eq!(*found.get_or_insert_with(|| table.clone()), table, "in pieces of {size}");
        }
        found.expect("it isn't empty")
    }

    #[test]
    fn rows_and_their_errors_are_read_in_any_pieces() {
        insta::assert_snapshot!(parse(DUMP, &[0, 1, 2, 3, 4, 5, 6], None), @r#"
        +----------+-------+---------------+-----------------+--------+-----------+-----------+
        | _Status_ | Name  | Name (column) | _Line_ (column) | _Line_ | _Error_1_ | _Error_2_ |
        +----------+-------+---------------+-----------------+--------+-----------+-----------+
        | E        | a "b" | x             | 0               | 2      | wrong     | very      |
        |          |       | y             |                 |        |           |           |
        | W        |       |               |                 |        | odd       |           |
        +----------+-------+---------------+-----------------+--------+-----------+-----------+
        "#);
        insta::assert_snapshot!(parse(DUMP, &[4, 1], Some(1)), @r#"
        +--------+-------+
        | _Line_ | Name  |
        +--------+-------+
        | 2      | a "b" |
        +--------+-------+
        "#);
    }

    #[test]
    fn a_header_must_end() {
        assert!(schema(b"\"_Status_\",\"Na", false).is_err());
        assert_eq!(schema(b"\"_Status_\",\"Name\"", true).expect("it ends").fields().len(), 2);
        assert_eq!(schema(b"", true).expect("nothing was rejected").fields().len(), 3);
    }
}
