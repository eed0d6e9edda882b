//! `[[modules]]`.

use super::super::schema::{Key, Kind, Section, key, section};
use super::list::{CUSTOM_UNITS, DECIMALS, FORMAT_LIST, PERIOD, SCALES, UNITS};
use super::model::{ID, MODEL, NAME};

const DIMENSIONS: &str = "Names of lists and of subsets, `Time`, `Versions`, `Users`.";

const TIME_SCALE: Key = key("time_scale", Kind::Word(SCALES), "How far down `Time` goes.")
    .or("the calendar's shortest periods");

pub(crate) static MODULES: Section = section(
    "[[modules]]",
    "Modules. Cells stand with their line items, or come from a CSV file with a column for each \
     dimension and then one for each line item. A cell that nobody has written holds what its line \
     item is filled with: nothing, `value`, or numbers from a seed.",
    &[
        MODEL,
        NAME,
        ID,
        key("dimensions", Kind::Texts, DIMENSIONS),
        TIME_SCALE,
        key("line_items", Kind::Tables(&LINE_ITEMS), "The line items.").required(),
        key("views", Kind::Tables(&VIEWS), "The saved views. A default view is always there."),
        key("csv", Kind::Path, "A CSV file with cells."),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[lists]]
name = "Products"
top_level = "All Products"
items = [{ name = "Tea" }, { name = "Coffee" }]

[[modules]]
name = "Sales"
dimensions = ["Products", "Time"]
line_items = [
    { name = "Units", format = "number", random = [0, 500], seed = 7, blanks = 5, cells = [["Tea", "Jan 26", 120]] },
    { name = "Price", format = "number", value = 2.5, summary = "none" },
    { name = "Revenue", format = "number", formula = "Units * Price" },
    { name = "Reviewed", format = "boolean", dimensions = ["Products"], value = true },
]
views = [
    { name = "By month", rows = ["Products"], columns = ["Time"], pages = ["Line Items"], only = { Time = ["Jan 26", "Feb 26"] } },
]
"#,
);

static LINE_ITEMS: Section = section(
    "[[modules.line_items]]",
    "Line items of a module.",
    &[
        NAME,
        ID,
        Key { default: "`number`", ..super::list::FORMAT },
        FORMAT_LIST,
        PERIOD,
        DECIMALS,
        UNITS,
        CUSTOM_UNITS,
        key(
            "formula",
            Kind::Text,
            "Calculates the cells: numbers, `+ - * / ( )`, comparisons, and line \
            items, in single quotes where their names need it.",
        ),
        key(
            "summary",
            Kind::Word(&["none", "sum", "average", "formula", "min", "max", "closing balance"]),
            "How cells of totals come about.",
        )
        .or("`sum` for numbers, `none` for others"),
        Key { default: "the module's", ..key("dimensions", Kind::Texts, DIMENSIONS) },
        TIME_SCALE,
        key("hidden", Kind::Flag, "Whether the module's default view hides it.").or("false"),
        key("value", Kind::Cell, "What cells hold that nobody has written."),
        key("random", Kind::Range, "Fills such cells with numbers from a seed."),
        key("seed", Kind::Whole(0, i64::MAX), "Chooses the numbers.").or("1"),
        key("blanks", Kind::Whole(0, 100), "How many of these cells in a hundred are blank.")
            .or("0"),
        key(
            "cells",
            Kind::Rows,
            "Cells: a member of each dimension, by name or code, then the value.",
        ),
        key("code", Kind::Text, "The code."),
        key("notes", Kind::Text, "Notes."),
        key("breakback", Kind::Flag, "Whether writing totals spreads to their parts.").or("false"),
        key(
            "use_switchover",
            Kind::Flag,
            "Whether versions show actual data before their switchover.",
        )
        .or("true"),
        key("data_tag", Kind::Text, "The name of its data tag."),
    ],
);

static VIEWS: Section = section(
    "[[modules.views]]",
    "Saved views of a module.",
    &[
        NAME,
        ID,
        key("pages", Kind::Texts, "The dimensions in the page selectors, or `Line Items`."),
        key("rows", Kind::Texts, "The dimensions on rows, outermost first."),
        key("columns", Kind::Texts, "The dimensions on columns, outermost first."),
        key("only", Kind::TextsMap, "The members that are shown of some dimensions.").or("all"),
        key("leaves_only", Kind::Flag, "Whether totals are hidden.").or("false"),
    ],
);
