//! The model "Demand Planning": what is needed where, by week.

mod exports;
mod plan;

use super::super::tenant::{Calendar, CalendarKind, Model};

/// Makes the model.
pub(super) fn model() -> Model {
    let calendar =
        Calendar { kind: CalendarKind::WeeksGeneral, ..Calendar::default().years(2026, 0, 0) };
    plan::add(exports::add(Model::new("Demand Planning").calendar(calendar)))
}
