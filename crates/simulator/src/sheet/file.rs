//! Sheets as files: the four layouts of exports.

use std::sync::Arc;

use super::super::cube::Frozen;
use super::super::tenant::{Axis, Column, Data, Detail, Export, Format, Grid, Outcome};
use super::{FoundView, Sheet, SheetAxis};

/// How a file shows a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One page as a grid.
    CurrentPage,
    /// A grid for every page.
    AllPages,
    /// A row for each cell.
    SingleColumn,
    /// A column for each member of the innermost column dimension.
    MultiColumn,
}

impl Layout {
    /// Finds the layout that an `exportType` means.
    pub(crate) fn named(export_type: &str) -> Option<Self> {
        Some(match export_type {
            "GRID_CURRENT_PAGE" => Self::CurrentPage,
            "GRID_ALL_PAGES" => Self::AllPages,
            // The second name stands in the service's older documentation.
            "TABULAR_SINGLE_COLUMN" | "TABULAR_SINGLE_ITEMS" => Self::SingleColumn,
            "TABULAR_MULTI_COLUMN" => Self::MultiColumn,
            _ => return None,
        })
    }

    pub(crate) fn is_tabular(self) -> bool {
        matches!(self, Self::SingleColumn | Self::MultiColumn)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CurrentPage => "GRID_CURRENT_PAGE",
            Self::AllPages => "GRID_ALL_PAGES",
            Self::SingleColumn => "TABULAR_SINGLE_COLUMN",
            Self::MultiColumn => "TABULAR_MULTI_COLUMN",
        }
    }
}

impl Sheet {
    /// Returns an export with the columns and the content of this sheet, and all else from `export`.
    pub(crate) fn fill(self: &Arc<Self>, layout: Layout, export: Export) -> Export {
        if !layout.is_tabular() {
            return export.data(self.grid());
        }
        let types = self.types();
        let flat = |axes: &[SheetAxis]| {
            axes.iter().map(|axis| axis.for_grid(&types)).collect::<Vec<Axis>>()
        };
        let mut rows = [flat(&self.pages), flat(&self.rows), flat(&self.columns)].concat();
        let across = if layout == Layout::MultiColumn && !self.columns.is_empty() {
            rows.pop()
        } else {
            None
        };
        let mut columns: Vec<Column> = rows
            .iter()
            .map(|axis| Column::new(&axis.name, &axis.data_type).list_name(&axis.list_name))
            .collect();
        match &across {
            None => columns.push(Column::new("Value", "MIXED")),
            Some(axis) => {
                let lists = self.line_items().into_iter().map(|item| match &item.format {
                    Format::List(list) => self.list_name(list),
                    _ => String::new(),
                });
                let lists: Vec<String> = lists.collect();
                for (place, name) in axis.members.iter().enumerate() {
                    let own = axis.line_item_types.as_ref().and_then(|types| types.get(place));
                    let list = own.and(lists.get(place)).map_or("", String::as_str);
                    columns.push(
                        Column::new(name, own.map_or("MIXED", String::as_str)).list_name(list),
                    );
                }
            }
        }
        let table = Grid { rows, columns: across.into_iter().collect(), ..self.cells() };
        let count = table.size().1;
        let data = Data::generated(count, move |number, row| table.data_row(&[], number, row));
        Export { columns, ..export.data(data) }
    }

    /// Returns the sheet as a grid whose current page is what the page selectors stand on.
    pub(crate) fn grid(self: &Arc<Self>) -> Grid {
        let types = self.types();
        let axes = |axes: &[SheetAxis]| axes.iter().map(|axis| axis.for_grid(&types)).collect();
        let current: Vec<usize> = self.pages.iter().map(|axis| axis.selected).collect();
        Grid {
            pages: axes(&self.pages),
            rows: axes(&self.rows),
            columns: axes(&self.columns),
            ..self.cells()
        }
        .current_page(&current)
    }

    /// Returns a grid without axes that has the cells.
    fn cells(self: &Arc<Self>) -> Grid {
        let sheet = Arc::clone(self);
        Grid::new(move |page, row, column| sheet.cell(&[page, row, column].concat()))
    }

    /// Returns the types of the line items that are shown.
    fn types(&self) -> Vec<String> {
        self.line_items().into_iter().map(|item| item.format.data_type().to_owned()).collect()
    }

    fn list_name(&self, name_or_id: &str) -> String {
        self.frozen
            .model
            .find_list(name_or_id)
            .map_or_else(|| name_or_id.to_owned(), |list| list.name.clone())
    }
}

/// Returns an export of a view with its columns and its content. Where the view is gone, tasks fail.
pub(crate) fn of_view(
    frozen: &Arc<Frozen>,
    export: &Export,
    (module, view): &(String, String),
) -> Export {
    let fail = |kind: &str, text: String| {
        let outcome = match &export.outcome {
            Outcome::Success => {
                let kind = kind.to_owned();
                Outcome::Failure { details: vec![Detail { kind, text, values: Vec::new() }] }
            }
            other => other.clone(),
        };
        export.clone().outcome(outcome)
    };
    let Some(module) = frozen.model.find_module(module) else {
        return fail("failedToLocateModule", format!("Failed to locate module {module}."));
    };
    let sheet = FoundView::by_name(module, view).and_then(|view| Sheet::open(frozen, view));
    let Some(sheet) = sheet else {
        return fail("failedToLocateSavedView", format!("Failed to locate saved view {view}."));
    };
    let layout = Layout::named(&export.export_type).unwrap_or(Layout::CurrentPage);
    Arc::new(sheet).fill(layout, export.clone())
}
