//! Line items.

use serde::Deserialize;

use super::{DataType, LineItemId, ListId, ModuleId, Reference, if_it_fits, open_enum, or_default};
use crate::client::Listed;

/// A line item of a module. Only the long form of a listing has more than ids and names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// Its id, which is also the id of the view of it alone.
    pub id: LineItemId,
    /// Its name.
    pub name: String,
    /// The module that it is in.
    pub module_id: ModuleId,
    /// That module's name.
    pub module_name: String,
    /// What its cells hold.
    pub format: Option<CellFormat>,
    /// The same, in detail.
    pub format_metadata: Option<FormatMetadata>,
    /// The lists and subsets that it extends over, without time and versions.
    #[serde(default, deserialize_with = "or_default")]
    pub applies_to: Vec<Reference>,
    /// The periods of its cells, such as `Month`; `Not Applicable` without time.
    pub time_scale: Option<String>,
    /// The time range that it has instead of the model's calendar.
    pub time_range: Option<String>,
    /// The versions that it has.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub version: Option<Reference>,
    /// How it is calculated, if it is.
    pub formula: Option<String>,
    /// The versions that the formula is for.
    pub formula_scope: Option<String>,
    /// How items with children get their cells, such as `Sum`.
    pub summary: Option<String>,
    /// How many cells it has.
    pub cell_count: Option<i64>,
    /// The line item above it.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub parent: Option<Reference>,
    /// Whether it sums the line items below it.
    pub is_summary: Option<bool>,
    /// Whether a section begins with it.
    pub start_of_section: Option<bool>,
    /// Whether a value is carried on into the following periods.
    pub brought_forward: Option<bool>,
    /// Whether versions take over the actual version's values up to their switchover.
    pub use_switchover: Option<bool>,
    /// Whether a sum that is written is spread over what it sums.
    pub breakback: Option<bool>,
    /// How it is drawn.
    pub style: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// What people have noted.
    pub notes: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "or_default")]
    pub data_tags: Vec<Reference>,
    /// The line items whose formulas use it.
    #[serde(default, deserialize_with = "or_default")]
    pub referenced_by: Vec<Reference>,
    /// The Boolean line item that says which cells can be read.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub read_access_driver: Option<Reference>,
    /// The one that says which can be written.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub write_access_driver: Option<Reference>,
}

impl Listed for LineItem {
    const KEY: &'static str = "items";
}

open_enum! {
    /// What cells hold.
    CellFormat {
        /// Numbers.
        Number = "NUMBER",
        /// `true` and `false`.
        Boolean = "BOOLEAN",
        /// Text.
        Text = "TEXT",
        /// Nothing: a heading.
        None = "NONE",
        /// Days.
        Date = "DATE",
        /// Items of a list.
        List = "LIST",
        /// Time periods.
        TimePeriod = "TIME PERIOD",
    }
}

/// What cells hold, in detail. Which fields there are depends on the type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormatMetadata {
    /// The type, in the words of exports.
    pub data_type: Option<DataType>,
    /// Of numbers: how many decimal places are shown, -1 for all.
    #[serde(deserialize_with = "if_it_fits")]
    pub decimal_places: Option<i64>,
    /// Of numbers: `CURRENCY`, `PERCENTAGE`, …
    pub units_type: Option<String>,
    /// Of list items: the list's id, here a number.
    #[serde(deserialize_with = "super::text_or_number")]
    pub hierarchy_entity_long_id: Option<String>,
    /// Of time periods: which.
    #[serde(deserialize_with = "if_it_fits")]
    pub period_type: Option<PeriodType>,
    /// Of text: `GENERAL`, `EMAIL_ADDRESS`, `DRILLTHRU_URI`.
    pub text_type: Option<String>,
}

impl FormatMetadata {
    /// The list whose items the cells hold, if they hold items.
    pub fn list(&self) -> Option<ListId> {
        self.hierarchy_entity_long_id.as_deref().map(ListId::from)
    }
}

/// A kind of period.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PeriodType {
    /// `MONTH`, `QUARTER`, …
    pub entity_id: Option<String>,
    /// The same for people.
    pub entity_label: Option<String>,
}
