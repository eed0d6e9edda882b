//! `information.line_items`

use futures::stream::{self, StreamExt, TryStreamExt};

use super::asks::OfModel;
use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Request, Row, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::{CellFormat, LineItem, Model, ModuleId, Reference};
use crate::error::{ErrorKind, Result};

/// The columns that only the long form has stand behind this many.
const SHORT: usize = 8;
/// So many modules are asked singly; for more, the whole model is cheaper.
const FEW: usize = 8;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "line_items",
    doc: "The line items of the modules, in their order.",
    cost: "One request for each model, or one for each module that a filter on module_id names, \
           if they are no more than eight; filters on workspace_id, model_id and model_name \
           read only those models.",
    asks: Asks::Models(OfModel {
        each: 1,
        objects_from: None,
        by_key: Some(("module_id", FEW)),
        rows: 500,
    }),
    example: "SELECT name, format, time_scale FROM information.line_items WHERE model_name = \
              'Sales Planning' AND module_name = 'Revenue'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("module_id", "The id of the module."),
        Column::text("module_name", "The module's name."),
        Column::integer("position", "Its place in the module, from 1."),
        Column::text("id", "The line item's id, which is also the id of the view of it alone."),
        Column::text("name", "Its name."),
        Column::text(
            "format",
            "NUMBER, BOOLEAN, TEXT, DATE, LIST, TIME PERIOD, or NONE for a heading.",
        ),
        Column::text("format_list_id", "The list whose items the cells hold, if they hold items."),
        Column::text(
            "format_period",
            "The periods that the cells hold, if they hold periods: MONTH, QUARTER, …",
        ),
        Column::integer("decimal_places", "How many decimal places are shown, -1 for all."),
        Column::text("units_type", "CURRENCY, PERCENTAGE, …, if the cells hold numbers."),
        Column::text("text_type", "GENERAL, EMAIL_ADDRESS, …, if the cells hold text."),
        Column::text(
            "applies_to",
            "The names of the lists that it extends over, without time and versions.",
        ),
        Column::text("applies_to_ids", "Their ids."),
        Column::text(
            "time_scale",
            "The periods of its cells, such as Month; Not Applicable without time.",
        ),
        Column::text("time_range", "The time range that it has."),
        Column::text("version", "The versions that it has."),
        Column::text("formula", "How it is calculated, if it is."),
        Column::text("formula_scope", "The versions that the formula is for."),
        Column::text("summary", "How items with children get their cells, such as Sum."),
        Column::integer("cell_count", "How many cells it has."),
        Column::boolean("is_summary", "Whether it sums the line items below it."),
        Column::text("parent_id", "The id of the line item above it."),
        Column::text("parent_name", "Its name."),
        Column::boolean("start_of_section", "Whether a section begins with it."),
        Column::boolean(
            "brought_forward",
            "Whether a value is carried on into the following periods.",
        ),
        Column::boolean(
            "use_switchover",
            "Whether versions take over actual values up to their switchover.",
        ),
        Column::boolean("breakback", "Whether a written sum is spread over what it sums."),
        Column::text("style", "How it is drawn."),
        Column::text("code", "Its code."),
        Column::text("notes", "What people have noted."),
        Column::text("data_tags", "The names of its tags."),
        Column::text("referenced_by", "The names of the line items whose formulas use it."),
        Column::text("read_access_driver_id", "The line item that says which cells can be read."),
        Column::text(
            "write_access_driver_id",
            "The line item that says which cells can be written.",
        ),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let items = read(&request, &model).await?;
            Ok(rows(&model, items))
        })
    },
};

async fn read(request: &Request, model: &Model) -> Result<Vec<LineItem>> {
    let client = request.client();
    let long = TABLE.columns[SHORT..].iter().any(|column| request.wants(&[column.name]));
    let wanted = match request.filters.among("module_id") {
        Some(wanted) if wanted.len() <= FEW => wanted,
        _ => return client.line_items(&model.id, None, long, request.observer()).await,
    };
    let modules: Vec<ModuleId> = wanted.iter().map(|id| id.as_str().into()).collect();
    let found: Vec<Vec<LineItem>> = stream::iter(modules)
        .map(|module| async move {
            match client.line_items(&model.id, Some(&module), long, request.observer()).await {
                // The id of a module of another model.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                items => items,
            }
        })
        .buffered(FEW)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

fn rows(model: &Model, items: Vec<LineItem>) -> Vec<Row> {
    let (mut module, mut position) = (None, 0_i64);
    let rows = items.into_iter().map(|item| {
        if module.as_ref() != Some(&item.module_id) {
            (module, position) = (Some(item.module_id.clone()), 0);
        }
        position += 1;
        row(model, cells(item, position))
    });
    rows.collect()
}

fn cells(item: LineItem, position: i64) -> Row {
    let format = item.format_metadata.unwrap_or_default();
    let list = format.list();
    let (parent_id, parent_name) = item.parent.map(|it| (it.id, it.name)).unzip();
    vec![
        item.module_id.as_str().into(),
        item.module_name.into(),
        position.into(),
        item.id.as_str().into(),
        item.name.into(),
        item.format.as_ref().map(CellFormat::as_str).into(),
        list.as_ref().map(|list| list.as_str()).into(),
        format.period_type.and_then(|period| period.entity_id).into(),
        format.decimal_places.into(),
        format.units_type.into(),
        format.text_type.into(),
        joined(&item.applies_to, |it| &it.name),
        joined(&item.applies_to, |it| &it.id),
        item.time_scale.into(),
        item.time_range.into(),
        item.version.map(|version| version.name).into(),
        Cell::filled(item.formula.as_deref()),
        item.formula_scope.into(),
        item.summary.into(),
        item.cell_count.into(),
        item.is_summary.into(),
        parent_id.into(),
        parent_name.into(),
        item.start_of_section.into(),
        item.brought_forward.into(),
        item.use_switchover.into(),
        item.breakback.into(),
        item.style.into(),
        Cell::filled(item.code.as_deref()),
        Cell::filled(item.notes.as_deref()),
        joined(&item.data_tags, |it| &it.name),
        joined(&item.referenced_by, |it| &it.name),
        item.read_access_driver.map(|driver| driver.id).into(),
        item.write_access_driver.map(|driver| driver.id).into(),
    ]
}

/// Several in one text; NULL for none.
fn joined(all: &[Reference], part: impl Fn(&Reference) -> &str) -> Cell {
    let texts: Vec<&str> = all.iter().map(part).collect();
    Cell::filled(Some(&texts.join(", ")))
}
