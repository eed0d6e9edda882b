//! Items by name or code, without reading the others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};

use super::provider::ListTable;
use super::shape::ListSource;
use super::way::{Key, Named};
use crate::client::model::{DimensionId, DimensionItem, ListId};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::table::scan::Wanted;

/// The items that a filter names; none if a lookup doesn't tell them for certain.
pub(super) async fn look_up(
    table: &ListTable,
    named: &Named,
    observer: Arc<dyn Observer>,
) -> Result<Option<Vec<DimensionItem>>> {
    let Named { key, texts } = named;
    let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (names, codes): (&[&str], &[&str]) = match key {
        Key::Code => (&[], &asked),
        Key::Name => (&asked, &[]),
    };
    let client = &table.connection().client;
    let model = &table.model().id;
    let ask = |dimension: DimensionId| {
        let observer = Arc::clone(&observer);
        async move { client.lookup_items(model, &dimension, names, codes, observer).await }
    };
    let mut found = ask(DimensionId::from(table.list())).await?;
    // The top level item is one of the dimension, but none of the list.
    if let Some(top) = &table.metadata().top_level_item {
        found.retain(|item| item.id.as_str() != top.id);
    }
    let text_of = |item: &DimensionItem| match key {
        Key::Code => item.code.clone().unwrap_or_default(),
        Key::Name => item.name.clone(),
    };
    // So are the items of the lists above, and nothing in the answer tells them apart.
    let mut above = Vec::new();
    if let Some(parent) = table.metadata().list_above()
        && !found.is_empty()
    {
        above = match ask(DimensionId::from(&ListId::from(parent.id.as_str()))).await {
            Ok(above) => above,
            // To whom a list is not shown, it isn't there.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::Service
                ) =>
            {
                tracing::debug!(%error, "items of the list above can't be looked up");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
    }
    // The service doesn't mind the case, and may tell one of all that are alike. So an item may be
    // hidden behind one that is spelt in another case, or one of the lists above.
    let is_certain = texts.iter().all(|text| {
        let folded = text.to_lowercase();
        let is_alike = |item: &&DimensionItem| text_of(item).to_lowercase() == folded;
        let mut alike = found.iter().filter(is_alike).peekable();
        alike.peek().is_none()
            || (!above.iter().any(|item| is_alike(&item))
                && alike.any(|item| text_of(item) == *text))
    });
    found.retain(|item| texts.contains(&text_of(item)));
    Ok(is_certain.then_some(found))
}

/// The rows of items that a lookup found.
pub(super) fn rows(
    table: &ListTable,
    wanted: &Wanted,
    found: &[DimensionItem],
) -> Result<RecordBatch> {
    let column = |index: &usize| -> ArrayRef {
        let source = table.shape().columns.get(*index).map(|column| &column.source);
        let cells = found.iter().map(|item| match source {
            Some(ListSource::BuiltIn("id")) => Some(item.id.as_str()),
            Some(ListSource::BuiltIn("name")) => Some(item.name.as_str()),
            Some(ListSource::BuiltIn("code")) => item.code.as_deref(),
            _ => None,
        });
        Arc::new(cells.map(|cell| cell.filter(|it| !it.is_empty())).collect::<StringArray>())
    };
    let columns: Vec<ArrayRef> = wanted.projection.iter().map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(found.len()));
    RecordBatch::try_new_with_options(Arc::clone(&wanted.schema), columns, &options)
        .map_err(|e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e))
}
