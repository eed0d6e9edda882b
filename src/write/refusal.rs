//! What can't be written, and why.

use datafusion::catalog::TableProvider;

use super::Operation;
use crate::error::{Error, ErrorKind, Result};
use crate::table::export::ExportTable;
use crate::table::import::ImportTable;
use crate::table::information::InformationTable;
use crate::table::list::ListTable;
use crate::table::module::ModuleTable;
use crate::table::view::ViewTable;

/// Refuses what no table of this kind can be made to do, before anything is read for it. Tables that
/// aren't Anaplan's pass.
///
/// # Errors
/// Kind [`Unsupported`](ErrorKind::Unsupported) with the reason, and what to do instead.
pub(crate) fn refuse(table: &dyn TableProvider, name: &str, operation: Operation) -> Result<()> {
    use Operation::{Delete, Insert, Merge, Replace, Truncate, Update};
    let (reason, hint) = if table.downcast_ref::<ListTable>().is_some() {
        match operation {
            Insert | Update | Delete => return Ok(()),
            Merge | Replace => (
                "lists take INSERT, UPDATE and DELETE",
                "INSERT INTO … ON CONFLICT (code) DO UPDATE SET … does both",
            ),
            Truncate => (
                "a list is emptied by DELETE",
                "DELETE FROM without WHERE deletes every item of the list",
            ),
        }
    } else if table.downcast_ref::<ModuleTable>().is_some() {
        match operation {
            Insert | Merge | Replace => (
                "a module has a cell for each combination of items, and no others",
                "UPDATE sets cells; rows come with INSERT INTO the \"Lists.…\" of its dimensions",
            ),
            Delete | Truncate => (
                "a module has a cell for each combination of items, and none can be taken away",
                "UPDATE … SET the line item = NULL makes cells blank",
            ),
            Update => ("its cells can't be set", "load them with an import"),
        }
    } else if table.downcast_ref::<ImportTable>().is_some() {
        match operation {
            Insert => return Ok(()),
            _ => (
                "rows only go into an import",
                "INSERT INTO it: whether it adds, changes or replaces is the import's own business",
            ),
        }
    } else if table.downcast_ref::<ExportTable>().is_some() {
        (
            "it is an export, which can only be read",
            "INSERT INTO a list, UPDATE a module, or load a file with an import",
        )
    } else if table.downcast_ref::<ViewTable>().is_some() {
        ("it is a saved view, which can only be read", "UPDATE the \"Modules.…\" that it shows")
    } else if table.downcast_ref::<InformationTable>().is_some() {
        (
            "it tells what Anaplan has, and can only be read",
            "CALL runs procedures that change settings: see information.procedures",
        )
    } else {
        return Ok(());
    };
    let text = format!("{} \"{name}\" is refused: {reason}", operation.word());
    Err(Error::new(ErrorKind::Unsupported, text).with_hint(hint))
}
