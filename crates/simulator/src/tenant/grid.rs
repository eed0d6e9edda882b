//! Grids: cells at the crossings of pages, rows and columns.

use std::fmt;
use std::sync::Arc;

use super::row::Row;

/// Gives the text of one cell from the positions on the page, row and column axes, outermost first.
pub type CellFn = Arc<dyn Fn(&[usize], &[usize], &[usize]) -> String + Send + Sync>;

/// One dimension on an axis of a grid.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The dimension's name, as metadata names it.
    pub name: String,
    /// The list behind it; empty for time, versions and line items.
    pub list_name: String,
    /// Its type in metadata: `ENTITY` or `TIME_ENTITY`.
    pub data_type: String,
    /// The labels of its members, in order.
    pub members: Vec<String>,
    /// The type of each line item, when this is the line-item axis.
    pub line_item_types: Option<Vec<String>>,
}

impl Axis {
    /// Makes a list dimension.
    pub fn list<T: AsRef<str>>(name: &str, members: &[T]) -> Self {
        Self {
            name: name.to_owned(),
            list_name: name.to_owned(),
            data_type: "ENTITY".to_owned(),
            members: members.iter().map(|member| member.as_ref().to_owned()).collect(),
            line_item_types: None,
        }
    }

    /// Makes the time dimension.
    pub fn time<T: AsRef<str>>(members: &[T]) -> Self {
        Self {
            list_name: String::new(),
            data_type: "TIME_ENTITY".to_owned(),
            ..Self::list("Time", members)
        }
    }

    /// Makes the line-item axis from pairs of a line item's name and its type.
    pub fn line_items(items: &[(&str, &str)]) -> Self {
        let names: Vec<&str> = items.iter().map(|(name, _)| *name).collect();
        Self {
            list_name: String::new(),
            line_item_types: Some(items.iter().map(|(_, kind)| (*kind).to_owned()).collect()),
            ..Self::list("Line items", &names)
        }
    }
}

/// A grid: dimensions on three axes, and a function that gives the cells.
#[derive(Clone)]
pub struct Grid {
    /// The page dimensions.
    pub pages: Vec<Axis>,
    /// The row dimensions, outermost first.
    pub rows: Vec<Axis>,
    /// The column dimensions, outermost first.
    pub columns: Vec<Axis>,
    /// The page that `GRID_CURRENT_PAGE` shows: one position for each page dimension.
    pub current_page: Vec<usize>,
    /// The type of the cells where no line-item axis decides it.
    pub cell_type: String,
    /// Gives the cells.
    pub cell: CellFn,
}

impl Grid {
    /// Makes a grid without dimensions whose cells come from a closure.
    pub fn new(
        cell: impl Fn(&[usize], &[usize], &[usize]) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            pages: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
            current_page: Vec::new(),
            cell_type: "NUMBER".to_owned(),
            cell: Arc::new(cell),
        }
    }

    /// Adds a page dimension.
    #[must_use]
    pub fn page(mut self, axis: Axis) -> Self {
        self.pages.push(axis);
        self
    }

    /// Adds a row dimension, inside those added before.
    #[must_use]
    pub fn row(mut self, axis: Axis) -> Self {
        self.rows.push(axis);
        self
    }

    /// Adds a column dimension, inside those added before.
    #[must_use]
    pub fn column(mut self, axis: Axis) -> Self {
        self.columns.push(axis);
        self
    }

    /// Chooses the current page.
    #[must_use]
    pub fn current_page(mut self, at: &[usize]) -> Self {
        self.current_page = at.to_vec();
        self
    }

    /// Sets the type of the cells where no line-item axis decides it.
    #[must_use]
    pub fn cell_type(mut self, data_type: &str) -> Self {
        data_type.clone_into(&mut self.cell_type);
        self
    }

    /// Returns how many pages, rows and columns the whole grid has.
    pub fn size(&self) -> (u64, u64, u64) {
        (size(&self.pages), size(&self.rows), size(&self.columns))
    }

    /// Returns the positions of the current page, the first one where none was chosen.
    pub(crate) fn current(&self) -> Vec<usize> {
        (0..self.pages.len())
            .map(|axis| self.current_page.get(axis).copied().unwrap_or(0))
            .collect()
    }

    /// Writes one data row: the labels of the row dimensions, then the cells.
    pub(crate) fn data_row(&self, page: &[usize], row: u64, cells: &mut Row<'_>) {
        let row = positions(&self.rows, row);
        labels(&self.rows, &row).for_each(|label| cells.text(label));
        let mut column = vec![0; self.columns.len()];
        for _ in 0..size(&self.columns) {
            cells.text(&(self.cell)(page, &row, &column));
            advance(&self.columns, &mut column);
        }
    }

    /// Writes the header line of one column dimension: an empty cell for each row dimension, then its labels.
    pub(crate) fn header_row(&self, dimension: usize, cells: &mut Row<'_>) {
        self.rows.iter().for_each(|_| cells.blank());
        for column in 0..size(&self.columns) {
            let at = positions(&self.columns, column);
            cells.text(labels(&self.columns, &at).nth(dimension).unwrap_or_default());
        }
    }

    /// Writes the page line: the labels of a page.
    pub(crate) fn page_row(&self, page: &[usize], cells: &mut Row<'_>) {
        labels(&self.pages, page).for_each(|label| cells.text(label));
    }
}

impl fmt::Debug for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |axes: &[Axis]| axes.iter().map(|axis| axis.name.clone()).collect::<Vec<_>>();
        f.debug_struct("Grid")
            .field("pages", &names(&self.pages))
            .field("rows", &names(&self.rows))
            .field("columns", &names(&self.columns))
            .finish_non_exhaustive()
    }
}

/// Returns the number of combinations of the axes' members; one for no axes.
pub(crate) fn size(axes: &[Axis]) -> u64 {
    axes.iter().map(|axis| axis.members.len() as u64).product()
}

/// Returns the positions of a combination, the last axis running fastest.
pub(crate) fn positions(axes: &[Axis], mut index: u64) -> Vec<usize> {
    let mut at = vec![0; axes.len()];
    for (place, axis) in at.iter_mut().zip(axes).rev() {
        let members = (axis.members.len() as u64).max(1);
        *place = usize::try_from(index % members).unwrap_or(0);
        index /= members;
    }
    at
}

/// Moves to the next combination.
fn advance(axes: &[Axis], at: &mut [usize]) {
    for (place, axis) in at.iter_mut().zip(axes).rev() {
        *place += 1;
        if *place < axis.members.len() {
            return;
        }
        *place = 0;
    }
}

fn labels<'a>(axes: &'a [Axis], at: &'a [usize]) -> impl Iterator<Item = &'a str> {
    axes.iter().zip(at).map(|(axis, &place)| axis.members.get(place).map_or("", String::as_str))
}
