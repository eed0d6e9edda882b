//! `[[exports]]`.

use super::super::schema::{Key, Kind, Section, key, section};
use super::MANY;
use super::model::{ID, MODEL, NAME};

/// The keys that say how tasks end.
pub(super) const OUTCOME: Key = key(
    "outcome",
    Kind::Word(&["success", "failure", "cancelled", "never"]),
    "How its tasks end: `failure` is COMPLETE and unsuccessful, `cancelled` by someone else, `never` \
     runs until it is cancelled.",
)
.or("`success`");
pub(super) const MESSAGE: Key =
    key("message", Kind::Text, "With `outcome = \"failure\"`: what the task says.");

pub(super) const ENCODINGS: &[&str] = &["UTF-8", "ISO-8859-1", "UTF-16LE"];

pub(crate) static EXPORTS: Section = section(
    "[[exports]]",
    "Exports. Their rows stand in `rows`, come from a CSV file, are made from a seed, or show a view \
     of a module; or a file is served byte for byte. The first line of a CSV file names the columns.",
    &[
        MODEL,
        NAME,
        ID,
        key(
            "type",
            Kind::Word(&[
                "TABULAR_MULTI_COLUMN",
                "TABULAR_SINGLE_COLUMN",
                "TABULAR_ALL_LINE_ITEMS",
                "TABULAR_CURRENT_LINE_ITEM",
                "GRID_CURRENT_PAGE",
                "GRID_ALL_PAGES",
                "AUDIT_LOG",
            ]),
            "The `exportType`.",
        )
        .or("`TABULAR_MULTI_COLUMN`"),
        key("layout", Kind::Text, "The `layout` that is shown; empty leaves it out.").or("`type`"),
        key("format", Kind::Text, "The `exportFormat`.").or("`text/csv`"),
        key("columns", Kind::Tables(&COLUMNS), "The columns.").or("those of the CSV file, as text"),
        key("rows", Kind::Rows, "Rows."),
        key("csv", Kind::Path, "A CSV file with rows."),
        key("generate", Kind::Table(&GENERATE), "Makes rows from a seed."),
        key("of_view", Kind::Table(&OF_VIEW), "Shows a view."),
        key("file", Kind::Path, "A file that is served as it is."),
        key("separator", Kind::Text, "What stands between cells.").or("`,`"),
        key("delimiter", Kind::Text, "What stands around cells that need it; empty for never.")
            .or("`\"`"),
        key("encoding", Kind::Word(ENCODINGS), "The encoding.").or("`UTF-8`"),
        key("bom", Kind::Flag, "Whether the file begins with a byte order mark.").or("false"),
        key("line_ending", Kind::Word(&["LF", "CRLF"]), "What ends a line.").or("`LF`"),
        key("header", Kind::Texts, "The file's header line, where it differs from the columns."),
        key("metadata", Kind::Any, "A table that is answered instead of the metadata."),
        OUTCOME,
        MESSAGE,
        key("task_queued", Kind::Duration, "How long its tasks wait.").or("as `[limits]` says"),
        key("task_running", Kind::Duration, "How long its tasks run.").or("as `[limits]` says"),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[models]]
name = "Plan"

[[exports]]
name = "Headcount"
columns = [
    { name = "Department", type = "ENTITY", list = "Departments" },
    { name = "Heads", type = "NUMBER" },
]
rows = [["Sales", 12], ["Finance", 7.5]]

[[exports]]
name = "Journal"
separator = ";"
encoding = "ISO-8859-1"
columns = [
    { name = "Posting", sequence = "J######" },
    { name = "Account", type = "ENTITY", words = ["Revenue", "Rent", "Café"] },
    { name = "Posted", type = "DATE", days = [2026-01-01, 2026-12-31] },
    { name = "Amount", type = "NUMBER", range = [-5000, 5000], decimals = 2, blanks = 3 },
    { name = "Approved", type = "BOOLEAN", true_percent = 90 },
    { name = "Text", nasty = true },
]
generate = { rows = 100_000, seed = 42 }

[[exports]]
name = "Broken"
columns = [{ name = "A" }]
outcome = "failure"
message = "The saved view no longer exists."
"#,
);

static COLUMNS: Section = section(
    "[[exports.columns]]",
    "Columns of a tabular export. What a generated export holds in them is said by one of `words`, \
     `sequence`, `range`, `days`, `true_percent`, `nasty`; without any by `type`, where `ENTITY` means \
     the items of `list` and `TIME_ENTITY` the periods of the model.",
    &[
        NAME,
        key(
            "type",
            Kind::Word(&[
                "TEXT",
                "NUMBER",
                "BOOLEAN",
                "DATE",
                "ENTITY",
                "TIME_ENTITY",
                "MIXED",
                "NONE",
            ]),
            "The type in the metadata.",
        )
        .or("`TEXT`"),
        key("list", Kind::Text, "The list behind an `ENTITY` column."),
        key("words", Kind::Texts, "Generated: one of these words."),
        key("sequence", Kind::Text, "Generated: the row's number from 1 in the place of `#`."),
        key("range", Kind::Range, "Generated: a number of this range."),
        key(
            "decimals",
            Kind::Whole(0, 9),
            "Generated: how many digits numbers have after the point.",
        )
        .or("2"),
        key("days", Kind::Days, "Generated: a day of this time."),
        key("true_percent", Kind::Whole(0, 100), "Generated: how many in a hundred are true.")
            .or("50"),
        key("nasty", Kind::Flag, "Generated: quotes, line ends, separators, other scripts.")
            .or("false"),
        key("blanks", Kind::Whole(0, 100), "Generated: how many in a hundred are blank.").or("0"),
    ],
);

static GENERATE: Section = section(
    "[exports.generate]",
    "Makes rows from a seed, the same in every run. They are made when they are asked for, and never \
     held: a billion is fine.",
    &[
        key("rows", Kind::Whole(0, MANY), "How many rows.").required(),
        key("seed", Kind::Whole(0, MANY), "Chooses the cells.").or("1"),
    ],
);

static OF_VIEW: Section = section(
    "[exports.of_view]",
    "The view that an export shows, as it is when the export runs.",
    &[
        key("module", Kind::Text, "The module, by name or id.").required(),
        key("view", Kind::Text, "The saved view, by name or id.").or("the default view"),
    ],
);
