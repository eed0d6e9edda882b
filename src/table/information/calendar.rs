//! `information.calendar`

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Row, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::ModelCalendar;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "calendar",
    doc: "How the models cut time, one row for each. Only workspace administrators see it: \
          models where the user is none are passed over, and if there is no other, the query fails \
          and says so.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 1),
    example: "SELECT model_name, calendar_type, fiscal_year, current_period FROM \
              information.calendar",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("calendar_type", "Calendar Months/Quarters/Years, Weeks: General, …"),
        Column::text("fiscal_year", "The current year, such as FY26."),
        Column::date("fiscal_year_start", "Its first day."),
        Column::date("fiscal_year_end", "Its last day."),
        Column::integer("past_years", "Years before it."),
        Column::integer("future_years", "Years after it."),
        Column::text("current_period", "The current period, NULL if none is set."),
        Column::date("current_period_end", "Its last day."),
        Column::boolean("has_quarters", "Whether quarters are summed."),
        Column::boolean("has_half_years", "Whether half years are summed."),
        Column::boolean("has_year_to_date", "Whether the year up to the current period is summed."),
        Column::boolean("has_year_to_go", "Whether the year after it is summed."),
        Column::boolean("has_all_periods", "Whether all periods are summed."),
        Column::date("start_date", "The first day of a calendar of weeks without years."),
        Column::integer("weeks", "Its number of weeks."),
        Column::text("week_format", "How weeks are named."),
        Column::text("week_grouping", "How weeks make months, such as 4-4-5."),
        Column::text("extra_week_month", "The month that takes the 53rd week."),
    ],
    rows: |request| {
        request.each_open_model("calendars", |request, model| async move {
            let calendar = request.client().calendar(&model.id, request.observer()).await?;
            Ok(vec![row(&model, cells(calendar))])
        })
    },
};

fn cells(calendar: ModelCalendar) -> Row {
    let year = calendar.fiscal_year.unwrap_or_default();
    let current = calendar.current_period.unwrap_or_default();
    let totals = calendar.totals_selection.unwrap_or_default();
    vec![
        calendar.calendar_type.into(),
        Cell::filled(year.year.as_deref()),
        Cell::date(year.start_date.as_deref()),
        Cell::date(year.end_date.as_deref()),
        calendar.past_years_count.into(),
        calendar.future_years_count.into(),
        Cell::filled(current.period_text.as_deref()),
        Cell::date(current.last_day.as_deref()),
        totals.quarter_totals.into(),
        totals.half_year_totals.into(),
        totals.year_to_date_summary.into(),
        totals.year_to_go_summary.into(),
        totals.total_of_all_periods.into(),
        Cell::date(calendar.start_date.as_deref()),
        calendar.weeks_count.into(),
        calendar.week_format.into(),
        calendar.week_grouping.into(),
        calendar.extra_week_month.into(),
    ]
}
