//! The demo tenant: a maker of coffee machines plans its sales, its profit and its demand.
//!
//! Everything is generated from fixed seeds, so the same query gives the same figures everywhere.

mod documents;
mod finance;
mod help;
mod names;
mod operations;
mod people;
mod sales;

pub use help::demo_help;

use super::tenant::{Tenant, Workspace};

impl Tenant {
    /// Makes the demo tenant: workspaces Finance and Operations, three models, exports in every layout.
    pub fn demo() -> Self {
        people::users(Self::new())
            .history(60)
            .workspace(
                Workspace::new("Finance")
                    .model(sales::model().category("Department", "Sales"))
                    .model(finance::model().category("Department", "Finance")),
            )
            .workspace(Workspace::new("Operations").model(operations::model()))
    }
}

/// Picks the member at a position that runs through a list again and again.
fn member<'a>(list: &[&'a str], position: u64) -> &'a str {
    let length = (list.len() as u64).max(1);
    let place = usize::try_from(position % length).unwrap_or(0);
    list.get(place).copied().unwrap_or_default()
}
