//! The labels across a view, which stand in nothing but its cells.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::client::model::{Dimension, DimensionItem};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Unobserved;
use crate::table::sheet::{Form, ItemReader, Layout, Line, LineReader, SheetSource, TakeLines};

/// The labels across a view, read from the header of the page that it shows first. Where that has
/// too many cells for one answer, they are made of the items of the dimensions across.
pub(super) async fn across(source: &SheetSource) -> Result<Vec<Vec<String>>> {
    let Ok(text) = source.grid(&[], Some(1), &Unobserved).await? else {
        return from_items(source).await;
    };
    let mut reader = LineReader::new(Layout::new(Form::Grid, &source.detail));
    let mut header = Header(None);
    let flow = reader.push(&text, &mut header)?;
    if flow.is_continue() {
        let _ = reader.end(&mut header)?;
    }
    match header.0 {
        Some(across) => Ok(across),
        // Without dimensions across there is one place, even if there is no row to show it.
        None if source.detail.columns.is_empty() => Ok(vec![Vec::new()]),
        None => Err(Error::new(
            ErrorKind::Data,
            format!("{} came without the header that names its columns", source.what),
        )
        .with_hint("does it show any columns in Anaplan?")),
    }
}

struct Header(Option<Vec<Vec<String>>>);

impl TakeLines for Header {
    fn header(&mut self, across: &[Vec<String>]) -> Result<()> {
        self.0 = Some(across.to_vec());
        Ok(())
    }

    fn line(&mut self, _line: &Line<'_>) -> Result<ControlFlow<()>> {
        Ok(ControlFlow::Break(()))
    }
}

async fn from_items(source: &SheetSource) -> Result<Vec<Vec<String>>> {
    let items = ItemReader { source, observer: Arc::new(Unobserved) };
    let mut across: Vec<Vec<String>> = vec![Vec::new()];
    for dimension in &source.detail.columns {
        let shown = items.shown(dimension).await?.ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("{} has more than a million columns", source.what),
            )
            .with_hint("have a model builder save a view with that dimension on rows")
        })?;
        across = across
            .iter()
            .flat_map(|outer| {
                shown
                    .iter()
                    .map(move |item| [outer.as_slice(), std::slice::from_ref(&item.name)].concat())
            })
            .collect();
    }
    Ok(across)
}

/// The line items that a view shows whose line items don't go across.
pub(super) async fn shown(source: &SheetSource, axis: &Dimension) -> Result<Vec<String>> {
    let items = ItemReader { source, observer: Arc::new(Unobserved) };
    let shown: Vec<DimensionItem> = items.shown(axis).await?.unwrap_or_default();
    Ok(shown.into_iter().map(|item| item.name).collect())
}
