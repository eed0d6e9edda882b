//! Views laid out: which members stand on which axis, and the cells at their crossings.
//!
//! A sheet holds a frozen model, so that a file or a large read shows one state of it to its end.

mod axis;
mod file;
mod found;
mod json;
mod layout;
mod list;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::axis::SheetAxis;
pub(crate) use self::file::{Layout, of_view};
pub(crate) use self::found::{FoundView, ViewKind};
pub(crate) use self::json::json_blocks;
pub(crate) use self::list::list_file;
use super::cube::Frozen;
use super::tenant::{LineItem, Module};

/// A view, ready to be read.
#[derive(Clone)]
pub(crate) struct Sheet {
    frozen: Arc<Frozen>,
    /// The position of its module.
    module: usize,
    /// Every dimension once: those on pages, on rows, and on columns.
    pub(crate) pages: Vec<SheetAxis>,
    pub(crate) rows: Vec<SheetAxis>,
    pub(crate) columns: Vec<SheetAxis>,
    /// For each line item of the module, where its positions come from; nothing if it isn't shown here.
    sources: Vec<Option<Vec<Source>>>,
}

/// Where the position in one dimension of a line item comes from.
#[derive(Clone, Debug)]
struct Source {
    /// The axis, counted over pages, rows and columns.
    axis: usize,
    /// The position in the line item's dimension for each one on the axis.
    places: Vec<Option<usize>>,
}

impl Sheet {
    /// Lays out a view.
    pub(crate) fn open(frozen: &Arc<Frozen>, view: FoundView<'_>) -> Option<Self> {
        let place = frozen.model.modules.iter().position(|it| it.id == view.module.id)?;
        let module = frozen.model.modules.get(place)?;
        let cube = frozen.cube();
        let [pages, rows, columns] = layout::axes(&cube, view);
        let all: Vec<&SheetAxis> = pages.iter().chain(&rows).chain(&columns).collect();
        let sources =
            module.line_items.iter().map(|item| sources(&all, &cube.dimensions(module, item)));
        let sources = sources.collect();
        Some(Self { frozen: Arc::clone(frozen), module: place, pages, rows, columns, sources })
    }

    /// Returns all axes: pages, rows, columns.
    pub(crate) fn axes(&self) -> impl Iterator<Item = &SheetAxis> {
        self.pages.iter().chain(&self.rows).chain(&self.columns)
    }

    /// Returns how many cells one page has, and how many all pages have.
    pub(crate) fn size(&self) -> (u64, u64) {
        let count = |axes: &[SheetAxis]| {
            axes.iter().fold(1_u64, |count, axis| count.saturating_mul(axis.shown.len() as u64))
        };
        let page = count(&self.rows).saturating_mul(count(&self.columns));
        (page, page.saturating_mul(count(&self.pages)))
    }

    /// Returns the text of a cell from a position among the shown members of each axis.
    pub(crate) fn cell(&self, at: &[usize]) -> String {
        self.find_cell(at).unwrap_or_default()
    }

    fn find_cell(&self, at: &[usize]) -> Option<String> {
        let shown: Option<Vec<usize>> =
            self.axes().zip(at).map(|(axis, at)| axis.shown.get(*at).copied()).collect();
        let shown = shown?;
        let lines = self.axes().position(SheetAxis::is_line_items)?;
        let number = *shown.get(lines)?;
        let sources = self.sources.get(number)?.as_ref()?;
        let place: Option<Vec<usize>> = sources
            .iter()
            .map(|source| source.places.get(*shown.get(source.axis)?).copied().flatten())
            .collect();
        let (module, cube) = (self.module()?, self.frozen.cube());
        Some(cube.cells(module, module.line_items.get(number)?).show(&place?))
    }

    fn module(&self) -> Option<&Module> {
        self.frozen.model.modules.get(self.module)
    }

    /// Returns the line items that are shown, in order.
    fn line_items(&self) -> Vec<&LineItem> {
        let items = self.module().map(|module| module.line_items.as_slice()).unwrap_or_default();
        let axis = self.axes().find(|axis| axis.is_line_items());
        let shown = axis.map(|axis| axis.shown.as_slice()).unwrap_or_default();
        shown.iter().filter_map(|number| items.get(*number)).collect()
    }
}

/// Matches the dimensions of a line item with those of a view: each needs exactly one partner.
fn sources(axes: &[&SheetAxis], own: &[Arc<super::cube::Dimension>]) -> Option<Vec<Source>> {
    if axes.iter().filter(|axis| !axis.is_line_items()).count() != own.len() {
        return None;
    }
    own.iter()
        .map(|wanted| {
            let same = |axis: &&SheetAxis| {
                axis.dimension.as_ref().is_some_and(|dimension| dimension.list == wanted.list)
            };
            let number = axes.iter().position(same)?;
            let members = &axes.get(number)?.dimension.as_ref()?.members;
            // Subsets and other time scales have fewer members, or others.
            let places = members.iter().map(|member| wanted.place(member.key)).collect();
            Some(Source { axis: number, places })
        })
        .collect()
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet")
            .field("pages", &self.pages)
            .field("rows", &self.rows)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}
