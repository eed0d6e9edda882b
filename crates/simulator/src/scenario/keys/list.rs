//! `[[lists]]`.

use super::super::schema::{Key, Kind, Section, key, section};
use super::model::{ID, MODEL, NAME};

/// What a format can be.
const FORMATS: &[&str] =
    &["number", "text", "email", "link", "boolean", "date", "list", "time", "none"];

/// The lengths of periods.
pub(super) const SCALES: &[&str] = &["day", "week", "month", "quarter", "half-year", "year", "all"];

/// The keys of a format, which properties and line items share.
pub(super) const FORMAT: Key = key("format", Kind::Word(FORMATS), "The format.").or("`text`");
pub(super) const FORMAT_LIST: Key =
    key("list", Kind::Text, "With `format = \"list\"`: the list, by name or id, or `Users`.");
pub(super) const PERIOD: Key =
    key("period", Kind::Word(SCALES), "With `format = \"time\"`: the length of periods.")
        .or("`month`");
pub(super) const DECIMALS: Key =
    key("decimal_places", Kind::Whole(-1, 15), "Of a number: digits after the point; -1 for all.")
        .or("-1");
pub(super) const UNITS: Key = key(
    "units",
    Kind::Word(&["NONE", "CURRENCY", "PERCENTAGE", "CUSTOM"]),
    "Of a number: the kind of its unit.",
)
.or("`NONE`");
pub(super) const CUSTOM_UNITS: Key =
    key("custom_units", Kind::Text, "Of a number: its unit, or its currency's sign.");

pub(crate) static LISTS: Section = section(
    "[[lists]]",
    "Lists. Their items stand in `items`, come from a CSV file, or are made from a seed; all three \
     may be mixed. The columns of the CSV file are found by their names: `Name`, `Code`, `Parent`, \
     `Display`, and the names of properties and of subsets (`true` for members).",
    &[
        MODEL,
        NAME,
        ID,
        key("numbered", Kind::Flag, "Whether items are numbered.").or("false"),
        key("parent", Kind::Text, "The list that parents come from, by name or id."),
        key("top_level", Kind::Text, "The item above all that have no parent."),
        key("properties", Kind::Tables(&PROPERTIES), "The columns beside name, code and parent."),
        key("subsets", Kind::Texts, "Names of subsets."),
        key("items", Kind::Tables(&ITEMS), "Items."),
        key("csv", Kind::Path, "A CSV file with items."),
        key("generate", Kind::Table(&GENERATE), "Makes items from a seed."),
        key("production_data", Kind::Flag, "Whether data may change in a deployed model.").or("false"),
        key("selective_access", Kind::Flag, "Whether users see items selectively.").or("false"),
        key(
            "top_level_as_page_default",
            Kind::Flag,
            "Whether page selectors start at the top-level item.",
        )
        .or("false"),
        key("workflow", Kind::Flag, "Whether workflow is enabled.").or("false"),
        key("data_tags", Kind::Texts, "Names of data tags."),
        key("category", Kind::Text, "The category that it is filed under."),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[lists]]
name = "Regions"
top_level = "World"
items = [{ name = "North" }, { name = "South", code = "S" }]

[[lists]]
name = "Customers"
parent = "Regions"
subsets = ["Key accounts"]
properties = [
    { name = "Since", format = "date" },
    { name = "Main contact", format = "list", list = "Users" },
]
items = [
    { name = "Alder, Inc.", code = "C1", parent = "South", subsets = ["Key accounts"], properties = { Since = 2024-02-29 } },
]
generate = { count = 500, seed = 1, name = "Customer ####", code = "C#####" }
"#,
);

static PROPERTIES: Section = section(
    "[[lists.properties]]",
    "Properties of a list.",
    &[
        NAME,
        FORMAT,
        FORMAT_LIST,
        PERIOD,
        DECIMALS,
        UNITS,
        CUSTOM_UNITS,
        key("formula", Kind::Text, "The formula of a calculated property, which can't be written."),
        key("notes", Kind::Text, "Notes."),
    ],
);

static ITEMS: Section = section(
    "[[lists.items]]",
    "Items of a list.",
    &[
        key("name", Kind::Text, "The name; made up in a numbered list."),
        key("code", Kind::Text, "The code, unique in the list."),
        key("id", Kind::Text, "The id.").or("made up"),
        key("parent", Kind::Text, "The parent, by name, of the parent list or of this one."),
        key("properties", Kind::CellMap, "Values of properties by their names."),
        key("subsets", Kind::Texts, "The subsets that it is in."),
        key("read", Kind::Texts, "With selective access: emails of those who see it."),
        key("write", Kind::Texts, "With selective access: emails of those who may also change it."),
        key("display", Kind::Text, "What a numbered list shows instead of the name."),
    ],
);

static GENERATE: Section = section(
    "[lists.generate]",
    "Makes items from a seed, the same in every run. They get parents if the parent list stands \
     before this one, and values in their properties. Those of a list without other items are made \
     when they are asked for, and held only once one is changed or a module shows them: millions \
     are fine.",
    &[
        key("count", Kind::Whole(0, 10_000_000), "How many items.").required(),
        key("seed", Kind::Whole(0, i64::MAX), "Chooses parents and values.").or("1"),
        key("name", Kind::Text, "Their names; `#` stands for the digits of their numbers from 1.")
            .or("`<list> ####`"),
        key("code", Kind::Text, "Their codes, as `name`."),
    ],
);
