//! The model "Sales Planning": who sells what to whom, and what it brings.

mod actions;
mod exports;
mod lists;
mod modules;

use super::super::tenant::{Calendar, Model, Version};
use super::names::day;

/// Makes the model.
pub(super) fn model() -> Model {
    let calendar = Calendar {
        current_period: Some(day(2026, 6, 1)),
        all_periods: true,
        ..Calendar::default().years(2026, 1, 0)
    };
    let model = Model::new("Sales Planning")
        .calendar(calendar)
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget"))
        .version(Version::new("Forecast").current().switchover(day(2026, 7, 1)))
        .version(Version::new("Forecast vs Budget").formula("Forecast - Budget"))
        .dashboard("Sales cockpit")
        .dashboard("Territory & quota");
    actions::add(modules::add(lists::add(exports::add(model))))
}
