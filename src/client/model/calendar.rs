//! The calendar of a model.

use serde::Deserialize;

use super::{if_it_fits, text_or_number};

/// How a model cuts time. Which fields there are depends on the type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ModelCalendar {
    /// Such as `Calendar Months/Quarters/Years`.
    pub calendar_type: Option<String>,
    /// The year that is current.
    #[serde(deserialize_with = "if_it_fits")]
    pub fiscal_year: Option<FiscalYear>,
    /// Years before it.
    #[serde(deserialize_with = "if_it_fits")]
    pub past_years_count: Option<i64>,
    /// Years after it.
    #[serde(deserialize_with = "if_it_fits")]
    pub future_years_count: Option<i64>,
    /// The period that is current.
    #[serde(deserialize_with = "if_it_fits")]
    pub current_period: Option<CurrentPeriod>,
    /// The sums that there are beside the periods themselves.
    #[serde(deserialize_with = "if_it_fits")]
    pub totals_selection: Option<TotalsSelection>,
    /// The first day, of a calendar of weeks without years.
    #[serde(deserialize_with = "if_it_fits")]
    pub start_date: Option<String>,
    /// The number of weeks of such a calendar.
    #[serde(deserialize_with = "if_it_fits")]
    pub weeks_count: Option<i64>,
    /// How weeks are named.
    #[serde(deserialize_with = "if_it_fits")]
    pub week_format: Option<String>,
    /// How weeks make months: `4-4-5`, …
    #[serde(deserialize_with = "if_it_fits")]
    pub week_grouping: Option<String>,
    /// The month that takes the 53rd week.
    #[serde(deserialize_with = "text_or_number")]
    pub extra_week_month: Option<String>,
}

/// A year of a calendar.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FiscalYear {
    /// Its name, such as `FY21`.
    pub year: Option<String>,
    /// Its first day.
    pub start_date: Option<String>,
    /// Its last day.
    pub end_date: Option<String>,
}

/// The period that is current; empty texts if none is set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CurrentPeriod {
    /// Its name, such as `May 20`.
    pub period_text: Option<String>,
    /// Its last day.
    pub last_day: Option<String>,
}

/// The sums of periods that a calendar has. The service is known to spell these keys in two ways.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TotalsSelection {
    /// Quarters.
    #[serde(alias = "isQuarterTotals")]
    pub quarter_totals: Option<bool>,
    /// Half years.
    #[serde(alias = "isHalfYearTotals")]
    pub half_year_totals: Option<bool>,
    /// The year up to the current period.
    #[serde(alias = "isYearToDateSummary")]
    pub year_to_date_summary: Option<bool>,
    /// The year after it.
    #[serde(alias = "isYearToGoSummary")]
    pub year_to_go_summary: Option<bool>,
    /// All periods.
    #[serde(alias = "isTotalOfAllPeriods")]
    pub total_of_all_periods: Option<bool>,
}
