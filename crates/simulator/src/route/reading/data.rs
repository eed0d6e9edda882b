//! `…/views/{v}/data`: cells as a grid or a table in CSV, or as JSON.

use std::sync::Arc;

use http::StatusCode;

use super::super::super::file::{FileSource, LineReader};
use super::super::super::reply::Reply;
use super::super::super::sheet::{Layout, Sheet, SheetAxis, json_blocks};
use super::super::super::tenant::Export;
use super::super::models::Access;
use super::super::{Call, Refusal};
use super::find_view;

/// `GET …/views/{v}/data`
pub(super) fn data(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let view = find_view(call, model, id)?;
    let nasty = &call.state.options.nasty;
    if access.workspace.is_some() && nasty.fail_workspace_views {
        return Err(Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let form = Form::asked(call)?;
    if form == Form::Csv && nasty.refuse_plain_csv {
        return Err(Refusal::bad(
            "text/csv is disabled for this tenant. Use text/csv;escaped=true instead",
        ));
    }
    let layout = match form {
        // Only files have other layouts.
        Form::Json => Layout::CurrentPage,
        Form::Csv | Form::EscapedCsv => layout(call, &view.module.id)?,
    };
    let frozen = call.state.frozen(&tenant, model);
    let mut sheet = Sheet::open(&frozen, view).ok_or_else(Refusal::not_found)?;
    select_pages(call, layout, &mut sheet.pages)?;
    let (page, all) = sheet.size();
    let cells = if layout == Layout::CurrentPage { page } else { all };
    let limit = call.state.limits().cells;
    if cells > limit {
        return Err(Refusal::bad(&format!(
            "The view has {cells} cells, more than the limit of {limit}. Use a large read request instead",
        )));
    }
    let sheet = Arc::new(sheet);
    if form == Form::Json {
        let nasty = call.state.options.nasty.clone();
        let blocks = json_blocks(sheet.grid(), move |object| nasty.dress(object));
        return Ok(Reply::blocks("application/json;charset=UTF-8", blocks));
    }
    let max_rows = call.query.get("maxRows").map(|text| {
        text.parse().map_err(|_| Refusal::bad("Invalid value for parameter 'maxRows'"))
    });
    let end = max_rows.transpose()?.map(|rows| end(&sheet, layout, rows));
    let source = FileSource::of(
        &sheet.fill(layout, Export::tabular("", Vec::new()).export_type(layout.name())),
    );
    let source = Arc::new(if form == Form::EscapedCsv { source.escaped() } else { source });
    let lines = LineReader::first(source, end.unwrap_or(u64::MAX));
    Ok(Reply::blocks("text/csv;charset=UTF-8", lines))
}

/// What an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    EscapedCsv,
    Json,
}

impl Form {
    /// Finds what `Accept` and `format` ask for: JSON needs both.
    fn asked(call: &Call<'_>) -> Result<Self, Refusal> {
        if call.names("application/json", None) && call.query.get("format") == Some("v1") {
            Ok(Self::Json)
        } else if call.names("text/csv", Some("escaped=true")) {
            Ok(Self::EscapedCsv)
        } else if call.accepts("text/csv") {
            Ok(Self::Csv)
        } else {
            Err(Refusal::plain(StatusCode::NOT_ACCEPTABLE))
        }
    }
}

fn layout(call: &Call<'_>, module_id: &str) -> Result<Layout, Refusal> {
    let Some(name) = call.query.get("exportType") else { return Ok(Layout::CurrentPage) };
    let layout = Layout::named(name).ok_or_else(|| {
        Refusal::bad(&format!("Invalid value for parameter 'exportType': {name}"))
    })?;
    match call.query.get("moduleId") {
        Some(id) if id == module_id => Ok(layout),
        Some(_) => Err(Refusal::bad("The view does not belong to the module 'moduleId'")),
        None if layout.is_tabular() => Err(Refusal::bad("moduleId must be provided")),
        None => Ok(layout),
    }
}

/// Turns page selectors: `pages=dimension:item,…`, any number of times.
fn select_pages(call: &Call<'_>, layout: Layout, pages: &mut [SheetAxis]) -> Result<(), Refusal> {
    let selectors = call.query.all("pages").flat_map(|text| text.split(','));
    for selector in selectors.map(str::trim).filter(|selector| !selector.is_empty()) {
        let invalid = |what: &str| Refusal::bad(&format!("Invalid page selector [{what}]"));
        let (dimension, item) = selector.split_once(':').ok_or_else(|| invalid(selector))?;
        let axis = pages.iter_mut().find(|axis| axis.id == dimension);
        let axis = axis.ok_or_else(|| invalid(dimension))?;
        if !axis.select(item) {
            return Err(invalid(item));
        }
        if layout != Layout::CurrentPage {
            // Where all pages are shown, a selector leaves one of its dimension.
            axis.keep_selected();
        }
    }
    Ok(())
}

/// Returns the line before which a file ends that has so many rows of data.
fn end(sheet: &Sheet, layout: Layout, max_rows: u64) -> u64 {
    let count = |axes: &[SheetAxis]| {
        axes.iter().fold(1_u64, |count, axis| count.saturating_mul(axis.shown.len() as u64))
    };
    if layout.is_tabular() {
        return max_rows.saturating_add(1);
    }
    let above = u64::from(!sheet.pages.is_empty()).saturating_add(sheet.columns.len() as u64);
    let rows = count(&sheet.rows).max(1);
    // Of all pages, the last one that has rows left is cut off.
    let (blocks, rest) = (max_rows / rows, max_rows % rows);
    let cut = if rest > 0 || max_rows == 0 { above.saturating_add(rest) } else { 0 };
    blocks.saturating_mul(above.saturating_add(rows)).saturating_add(cut)
}
