//! Running a statement.

use std::sync::Arc;

use anaplan_sql::session::parameter::{InsertAround, Kind, Template};
use anaplan_sql::{ErrorKind, Result, Session};
use arrow::array::{ArrayRef, AsArray, NullArray, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::dataframe::DataFrame;
use futures::{StreamExt, TryStreamExt};

use crate::bound::{Bound, BoundRows};
use crate::cancel::Cancelled;
use crate::error::integrity;
use crate::ingest;
use crate::reader::{Batches, Reader};
use crate::running::Run;

/// What an execution does.
#[derive(Debug)]
pub(super) enum Work {
    /// One statement.
    Once(String),
    /// A statement for each bound row.
    ForEach { template: Template, bound: Bound, by_name: bool },
    /// An INSERT of all bound rows.
    Insert { insert: InsertAround, bound: Bound },
}

/// A result.
#[derive(Debug)]
pub(super) enum Opened {
    /// That comes as it is read.
    Stream(Reader),
    /// Of something that is done.
    Whole(SchemaRef, Vec<RecordBatch>),
}

/// Plans and begins. To be called inside the runtime.
pub(super) async fn open(
    session: Session,
    work: Work,
    kind: Kind,
    cancel: Cancelled,
    run: Run,
) -> Result<Opened> {
    // Only what this one is refused is to be told with it.
    session.rejected().take();
    let (schema, batches) = match work {
        Work::Once(sql) => begin(session.sql(&sql).await?).await?,
        Work::Insert { insert, bound } => {
            begin(ingest::insert(&session, &insert, bound).await?).await?
        }
        Work::ForEach { template, bound, by_name } => {
            for_each(session, template, bound, by_name).await?
        }
    };
    if kind == Kind::Query {
        return Ok(Opened::Stream(Reader::begin(schema, batches, cancel, run).await?));
    }
    // Somebody may close the result unread: what was asked for must be done by then.
    Ok(Opened::Whole(schema, batches.try_collect().await?))
}

/// From a plan to its batches. What is planned goes along: it may hold what the batches come from.
async fn begin(frame: DataFrame) -> Result<(SchemaRef, Batches)> {
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let stream = frame.execute_stream().await?;
    Ok((schema, stream.map_err(anaplan_sql::Error::from).boxed()))
}

/// The statements that bound rows make of a template.
struct Statements {
    session: Session,
    template: Template,
    by_name: bool,
    rows: BoundRows,
    batch: Option<(RecordBatch, usize)>,
}

impl Statements {
    async fn next(&mut self) -> Result<Option<(SchemaRef, Batches)>> {
        loop {
            match self.batch.take() {
                Some((batch, row)) if row < batch.num_rows() => {
                    let sql = self.template.with_row(&batch, row, self.by_name)?;
                    self.batch = Some((batch, row + 1));
                    return begin(self.session.sql(&sql).await?).await.map(Some);
                }
                _ => match self.rows.recv().await {
                    Some(batch) => self.batch = Some((batch?, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}

async fn for_each(
    session: Session,
    template: Template,
    bound: Bound,
    by_name: bool,
) -> Result<(SchemaRef, Batches)> {
    let mut statements = Statements { session, template, by_name, rows: bound.read(), batch: None };
    let Some((schema, first)) = statements.next().await? else {
        return Ok((Arc::new(Schema::empty()), futures::stream::empty().boxed()));
    };
    // What has a value in the first row may have none in another.
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let expected = Arc::clone(&schema);
    let rest = futures::stream::try_unfold(
        (statements, Some(first), expected),
        |(mut statements, mut batches, expected)| async move {
            loop {
                if let Some(running) = &mut batches
                    && let Some(batch) = running.try_next().await?
                {
                    let batch = fitted(batch, &expected)?;
                    return Ok(Some((batch, (statements, batches, expected))));
                }
                match statements.next().await? {
                    Some((_, next)) => batches = Some(next),
                    None => return Ok(None),
                }
            }
        },
    );
    Ok((schema, rest.boxed()))
}

/// A batch of a later row in the types of the first: a NULL among the values may make others of them.
fn fitted(batch: RecordBatch, expected: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref().fields() == expected.fields() {
        return Ok(batch);
    }
    if batch.num_columns() != expected.fields().len() {
        let text = "the bound rows give results of several forms";
        return Err(anaplan_sql::Error::new(ErrorKind::Query, text));
    }
    let columns = batch.columns().iter().zip(expected.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<ArrayRef>, ArrowError>>();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    columns
        .and_then(|columns| {
            RecordBatch::try_new_with_options(Arc::clone(expected), columns, &options)
        })
        .map_err(|error| anaplan_sql::Error::from(&error))
}

/// A row of so many NULLs.
pub(super) fn nulls(count: usize) -> Result<RecordBatch, ArrowError> {
    let fields = (0..count).map(|place| Field::new(place.to_string(), DataType::Null, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = (0..count).map(|_| Arc::new(NullArray::new(1)) as ArrayRef);
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    RecordBatch::try_new_with_options(schema, columns.collect(), &options)
}

/// How many rows a change has taken, if its result tells.
pub(super) fn affected(
    session: &Session,
    batches: &[RecordBatch],
) -> adbc_core::error::Result<Option<i64>> {
    let total = |name: &str| -> Option<i64> {
        let mut total = None;
        for batch in batches {
            let column = batch.column_by_name(name)?;
            let numbers = cast(column, &DataType::Int64).ok()?;
            let numbers = numbers.as_primitive::<Int64Type>();
            total = Some(total.unwrap_or(0) + arrow::compute::sum(numbers).unwrap_or(0));
        }
        total
    };
    let taken = total("RowsSucceeded").or_else(|| total("count"));
    match total("RowsFailed") {
        None | Some(0) => Ok(taken),
        Some(refused) => {
            let taken = taken.unwrap_or(0);
            let mut text = format!("Anaplan has taken {taken} rows and refused {refused}");
            for rejection in session.rejected().take() {
                text.push_str(&format!("\nhint: {rejection}"));
            }
            Err(integrity(text))
        }
    }
}
