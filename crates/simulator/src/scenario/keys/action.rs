//! `[[files]]`, `[[imports]]`, `[[actions]]`, `[[processes]]`.

use super::super::schema::{Kind, Section, key, section};
use super::export::{ENCODINGS, MESSAGE, OUTCOME};
use super::model::{ID, MODEL, NAME};

pub(crate) static FILES: Section = section(
    "[[files]]",
    "The files behind imports. Users upload theirs; who hasn't reads the default file.",
    &[
        MODEL,
        NAME,
        ID,
        key("headers", Kind::Texts, "The columns' names.").or("the default file's first line"),
        key("content", Kind::Text, "The default file."),
        key("file", Kind::Path, "The default file, from a file."),
        key("separator", Kind::Text, "What stands between cells.").or("`,`"),
        key("delimiter", Kind::Text, "What stands around cells that need it.").or("`\"`"),
        key("encoding", Kind::Word(ENCODINGS), "The encoding.").or("`UTF-8`"),
        key("decimal_separator", Kind::Text, "The decimal separator.").or("`.`"),
        key("header_row", Kind::Whole(-1, 1000), "The line with the columns' names; 0 for none.")
            .or("1"),
        key("first_data_row", Kind::Whole(1, 1000), "The first line of data.").or("2"),
        key("format", Kind::Text, "The format that is shown.").or("`txt`"),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[files]]
name = "products.csv"
content = """
Name,Code
Tea,T
Coffee,C
"""
"#,
);

pub(crate) static IMPORTS: Section = section(
    "[[imports]]",
    "Imports, from a file or a view into a list, a module, the users, the versions or the line items. \
     `columns` says what the source's columns hold. Into a list: `name`, `code`, `parent`, or a \
     property or a subset by its name. Into a module: a dimension or a line item by its name, or \
     `line item` and `value` for rows of one cell each. Without `columns`, each column holds what it \
     is called.",
    &[
        MODEL,
        NAME,
        ID,
        key("file", Kind::Text, "The file, by name or id."),
        key("view", Kind::Table(&SOURCE_VIEW), "The view, instead of a file."),
        key("list", Kind::Text, "Into this list, by name or id."),
        key("module", Kind::Text, "Into this module's cells, by name or id."),
        key("line_items_of", Kind::Text, "Adds line items to this module, by name or id."),
        key("into", Kind::Word(&["users", "versions"]), "Adds users or versions."),
        key("columns", Kind::TextMap, "What each column of the source holds."),
        key("prompts", Kind::Texts, "The mappings that the caller must give, such as `Version`."),
        OUTCOME,
        MESSAGE,
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[lists]]
name = "Products"
properties = [{ name = "Launched", format = "date" }]

[[files]]
name = "products.csv"
headers = ["Product", "Key", "Launched"]

[[imports]]
name = "Load products"
file = "products.csv"
list = "Products"
columns = { Product = "name", Key = "code", Launched = "Launched" }
"#,
);

static SOURCE_VIEW: Section = section(
    "[imports.view]",
    "The view that an import reads.",
    &[
        key("model", Kind::Text, "The model, by name or id.").or("the import's own"),
        key("module", Kind::Text, "The module, by name or id.").required(),
        key("view", Kind::Text, "The saved view, by name or id.").required(),
    ],
);

pub(crate) static ACTIONS: Section = section(
    "[[actions]]",
    "Actions that are neither import nor export nor process.",
    &[
        MODEL,
        NAME,
        ID,
        key(
            "kind",
            Kind::Word(&[
                "delete_by_selection",
                "order_hierarchy",
                "update_current_period",
                "bulk_copy",
                "optimizer",
            ]),
            "What it does.",
        )
        .required(),
        key("list", Kind::Text, "Of the first two: the list, by name or id."),
        key(
            "property",
            Kind::Text,
            "Of `delete_by_selection`: the property that is true for what goes.",
        ),
        key("from", Kind::Text, "Of `bulk_copy`: the version to read, by name or id."),
        key("to", Kind::Text, "Of `bulk_copy`: the version to write, by name or id."),
        OUTCOME,
        MESSAGE,
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[lists]]
name = "Products"
properties = [{ name = "Obsolete", format = "boolean" }]

[[actions]]
name = "Delete obsolete products"
kind = "delete_by_selection"
list = "Products"
property = "Obsolete"
"#,
);

pub(crate) static PROCESSES: Section = section(
    "[[processes]]",
    "Processes: imports, exports and actions of their model that run in order.",
    &[MODEL, NAME, ID, key("steps", Kind::Texts, "The steps, by name or id.").required()],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[lists]]
name = "Products"

[[actions]]
name = "Sort products"
kind = "order_hierarchy"
list = "Products"

[[exports]]
name = "Products"
columns = [{ name = "Product" }]
rows = [["Tea"]]

[[processes]]
name = "Nightly"
steps = ["Sort products", "Products"]
"#,
);
