//! The model "FP&A Hub": profit and loss, headcount, cost centres.

mod actions;
mod exports;
mod plan;

use super::super::tenant::{Calendar, Model, Version};
use super::names::day;

/// Makes the model.
pub(super) fn model() -> Model {
    let calendar = Calendar {
        half_years: true,
        current_period: Some(day(2026, 6, 1)),
        ..Calendar::default().years(2026, 1, 1)
    };
    let model = Model::new("FP&A Hub")
        .calendar(calendar)
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget"))
        .version(Version::new("Forecast").current().switchover(day(2026, 7, 1)))
        .version(Version::new("Variance").formula("Actual - Budget"))
        .dashboard("Board pack");
    actions::add(plan::add(exports::add(model)))
}
