//! Lists as files.

use std::sync::Arc;

use super::super::cube::Frozen;
use super::super::listing::{list_csv_header, list_csv_row};
use super::super::tenant::{Export, List};

/// Returns an export of a list of a frozen model: its CSV with the columns of subsets and properties.
pub(crate) fn list_file(frozen: &Arc<Frozen>, list: &List) -> Export {
    let place = frozen.model.lists.iter().position(|it| it.id == list.id);
    let count = list.items.len() as u64;
    let frozen = Arc::clone(frozen);
    let export = Export::tabular(&list.name, Vec::new()).file_header(&list_csv_header(list));
    export.generated(count, move |number, row| {
        let list = place.and_then(|place| frozen.model.lists.get(place));
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let Some((list, item)) = list.and_then(|list| Some((list, list.items.at(number)?))) else {
            return;
        };
        list_csv_row(&frozen.cube(), list, &item).iter().for_each(|cell| row.text(cell));
    })
}
