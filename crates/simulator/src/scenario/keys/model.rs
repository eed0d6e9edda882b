//! `[[models]]`.

use super::super::schema::{Key, Kind, Section, key, section};
use super::MANY;

/// The key that says which model something belongs to.
pub(super) const MODEL: Key =
    key("model", Kind::Text, "The model, by name or id.").or("the only model that there is");

/// The key of an id.
pub(super) const ID: Key = key("id", Kind::Text, "The id.").or("made up");

/// The key of a name.
pub(super) const NAME: Key = key("name", Kind::Text, "The name.").required();

pub(crate) static MODELS: Section = section(
    "[[models]]",
    "The models. What is in them stands in tables of its own, which name their model.",
    &[
        NAME,
        key("workspace", Kind::Text, "The workspace, by name or id.")
            .or("the only workspace that there is"),
        key("id", Kind::Text, "32 upper-case hex digits.").or("made up"),
        key(
            "copies",
            Kind::Whole(1, 100_000),
            "Makes so many models like this one; `#` in the name stands for the digits of their \
             numbers from 1.",
        )
        .or("1"),
        key(
            "state",
            Kind::Word(&[
                "UNLOCKED",
                "LOCKED",
                "ARCHIVED",
                "MAINTENANCE",
                "PRODUCTION",
                "PRODUCTION_MAINTENANCE",
                "ACTIVE",
            ]),
            "The state.",
        )
        .or("`UNLOCKED`"),
        key("no_access", Kind::Flag, "Whether everyone's role is NO ACCESS.").or("false"),
        key("no_access_for", Kind::Texts, "Emails of users whose role is NO ACCESS."),
        key("memory_usage", Kind::Whole(0, MANY), "Memory used, in bytes.").or("10485760"),
        key("categories", Kind::TextMap, "Categories, each with the value that the model has."),
        key("calendar", Kind::Table(&CALENDAR), "The calendar.").or("FY25 and FY26, in months"),
        key("versions", Kind::Tables(&VERSIONS), "The versions."),
        key("dashboards", Kind::Texts, "Names of dashboards."),
        key("line_item_subsets", Kind::Tables(&LINE_ITEM_SUBSETS), "Subsets of line items."),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"
dashboards = ["Overview"]
categories = { Department = "Finance" }

[models.calendar]
fiscal_year = 2026
first_month = 4
past_years = 1
half_years = true

[[models.versions]]
name = "Actual"
actual = true

[[models.versions]]
name = "Budget"
current = true

[[models]]
name = "Plan 2024"
state = "ARCHIVED"
"#,
);

const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

static CALENDAR: Section = section(
    "[models.calendar]",
    "The periods of a model.",
    &[
        key(
            "kind",
            Kind::Word(&["months", "weeks", "4-4-5", "4-5-4", "5-4-4", "13 periods"]),
            "Months under quarters; 52 weeks a year; weeks under months of four and of five; or weeks \
             under thirteen periods of four.",
        )
        .or("`months`"),
        key(
            "fiscal_year",
            Kind::Whole(1900, 2200),
            "The current fiscal year, by the year in which it ends.",
        )
        .or("2026"),
        key("first_month", Kind::Whole(1, 12), "The month in which fiscal years start.").or("1"),
        key("last_weekday", Kind::Word(WEEKDAYS), "The day on which fiscal years made of weeks end.")
            .or("`saturday`"),
        key(
            "extra_week_month",
            Kind::Whole(1, 13),
            "The month or period of a fiscal year that the 53rd week belongs to.",
        )
        .or("12"),
        key(
            "extra_month_quarter",
            Kind::Whole(1, 4),
            "The quarter that has four of thirteen periods.",
        )
        .or("4"),
        key(
            "week_format",
            Kind::Word(&["numbered", "commencing", "ending"]),
            "Names weeks by their numbers, by their first days, or by their last.",
        )
        .or("`numbered`"),
        key("past_years", Kind::Whole(0, 100), "Years before the current one.").or("1"),
        key("future_years", Kind::Whole(0, 100), "Years after the current one.").or("0"),
        key("quarters", Kind::Flag, "Whether quarters have totals.").or("true"),
        key("half_years", Kind::Flag, "Whether half years have totals.").or("false"),
        key("all_periods", Kind::Flag, "Whether there is a total of all periods.").or("false"),
        key("current_period", Kind::Day, "A day in the current period.").or("none is set"),
    ],
);

static VERSIONS: Section = section(
    "[[models.versions]]",
    "The versions of a model's data.",
    &[
        NAME,
        ID,
        key("actual", Kind::Flag, "Whether it holds what happened.").or("false"),
        key("current", Kind::Flag, "Whether it is the current one.").or("false"),
        key("edit_from", Kind::Day, "The first day that may be edited.")
            .or("the timescale's first"),
        key("edit_to", Kind::Day, "The last day that may be edited.").or("the timescale's last"),
        key("switchover", Kind::Day, "Before this day it shows what the actual version holds."),
        key("formula", Kind::Text, "Adds up other versions, such as `Actual - Budget`."),
        key("notes", Kind::Text, "Notes."),
    ],
);

static LINE_ITEM_SUBSETS: Section = section(
    "[[models.line_item_subsets]]",
    "Subsets of line items.",
    &[NAME, ID, key("line_items", Kind::Pairs, "The line items, each as `[module, line item]`.")],
);
