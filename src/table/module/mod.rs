//! Modules as tables.
//!
//! ```text
//! ModuleTable ──scan──► Plan ──poll──► Selection ──► SheetReading ──► lines ──► Reshape (Arrow)
//!  (shape)                             (which pages)  (CSV)
//! ```
//!
//! **Rows.** One for each tuple of items of the module's dimensions, which are those of its default
//! view: lists in the order in which line items apply to them, then time, then versions. Rows come
//! in the order of that view.
//!
//! **Columns.** The dimensions' labels, then one column for each line item that extends over just
//! these dimensions, typed by its format. A line item that extends over fewer or others — the
//! service has a *subsidiary view* for it — is no column of the module's table: its cells would
//! have to be repeated in rows that it doesn't tell apart, and `SUM` would count them over and
//! over. It has a table of its own, `Modules.<module>.<line item>`, over its own dimensions.
//!
//! **Sums.** A grid mixes items with what sums them: parents, quarters, totals. With
//! `Summaries=Exclude` such rows are left out. Of a list, everything is a sum that has children in
//! it, that is of a list above it, or at the top; of time, each period longer than the line items'
//! time scale. With `Include` they stay, and the column `is_summary` tells. Versions and users sum
//! nothing.
//!
//! **Labels.** Cells come with labels, and the service gives no ids with them. Items of numbered
//! lists may share a label; their rows then look alike, and stay separate rows. Nothing is matched
//! by label that may repeat: lines are counted. Where an item and a sum share a label, their place
//! in the grid tells them apart, see `members.rs`.
//!
//! **Projection.** A module's cells come with all of its line items, whichever are wanted: the
//! service reads views, and the id of a line item leads to a view of that alone only where it has
//! one, for its own dimensions. Any other leads to the module's default view again, and a saved view
//! that shows just the line items may hide rows, which nothing tells. So a query of few line items
//! parses few, and fetches all. `EXPLAIN` says how many cells that is.
//!
//! **Hidden line items.** The default view may hide some, and nothing tells before its cells come.
//! Each that is wanted is then read by the view that its id leads to, and put beside the others row
//! by row, see `apart.rs`. Where the service has no such view, a statement that wants the line item
//! fails, and no other.
//!
//! **Ways.** Up to a million cells come in one answer, laid out as a table of all pages. More come
//! by a large read in the same layout. Filters that choose few pages have those fetched singly. So
//! has a `LIMIT` on a large module, if its first page shows that a few of them have so many rows;
//! else a large read comes, and ends when they have come.

mod across;
mod apart;
mod joined;
mod leaves;
mod load;
mod members;
mod period;
mod plan;
mod provider;
mod reshape;
mod scan;
mod shape;

pub use provider::ModuleTable;
pub(super) use provider::{detail, line_items};
pub use shape::{DimensionColumn, LineItemColumn, ModuleShape};
pub(super) use shape::{kind, unique};
