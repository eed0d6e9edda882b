//! The language of scenario files as data: which tables there are, with which keys and values.
//!
//! One description drives the checks, the errors and the reference page.

/// A table: `[limits]`, `[[users]]`, or one inside another.
#[derive(Debug)]
pub(crate) struct Section {
    /// How the table is headed.
    pub(crate) heading: &'static str,
    /// What it is for.
    pub(crate) doc: &'static str,
    /// A scenario that shows it.
    pub(crate) example: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) doc: &'static str,
    pub(crate) default: &'static str,
    pub(crate) is_required: bool,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Text that no error repeats.
    Secret,
    /// The path of a file, relative to the scenario's folder.
    Path,
    /// The value of a cell: text, a number, a date, true or false.
    Cell,
    Flag,
    /// A whole number between two.
    Whole(i64, i64),
    Number,
    Duration,
    Day,
    Moment,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words.
    Words(&'static [&'static str]),
    Texts,
    /// Pairs of texts.
    Pairs,
    /// The smallest and the largest number.
    Range,
    /// The first and the last day.
    Days,
    /// Rows of cells.
    Rows,
    /// Words, or whole numbers.
    WordOrWholes(&'static [&'static str]),
    /// A table of texts under any keys.
    TextMap,
    /// A table of arrays of texts under any keys.
    TextsMap,
    /// A table of cells under any keys.
    CellMap,
    /// Anything.
    Any,
    Table(&'static Section),
    Tables(&'static Section),
}

/// Describes a table.
pub(crate) const fn section(
    heading: &'static str,
    doc: &'static str,
    keys: &'static [Key],
) -> Section {
    Section { heading, doc, example: "", keys }
}

/// Describes a key.
pub(crate) const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc, default: "", is_required: false }
}

impl Section {
    pub(super) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// Finds a key.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Key {
    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Says what holds where the key is missing.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }
}

impl Kind {
    /// Says what the key takes.
    pub(crate) fn expected(&self) -> String {
        let words = |words: &[&str]| {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Text | Self::Secret => "text".to_owned(),
            Self::Path => "the path of a file".to_owned(),
            Self::Cell => "text, a number, a date, true or false".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole(low, i64::MAX) => format!("a whole number from {low}"),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}"),
            Self::Number => "a number".to_owned(),
            Self::Duration => "a duration such as `250ms`, `2s`, `35m`, `48h` or `30d`".to_owned(),
            Self::Day => "a day such as `2026-01-31`".to_owned(),
            Self::Moment => "a time such as `2026-01-31T08:00:00Z`".to_owned(),
            Self::Word([only]) => format!("`{only}`"),
            Self::Word(all) => format!("one of {}", words(all)),
            Self::Words(all) => format!("an array of {}", words(all)),
            Self::Texts => "an array of texts".to_owned(),
            Self::Pairs => "an array of pairs of texts".to_owned(),
            Self::Range => "two numbers, `[smallest, largest]`".to_owned(),
            Self::Days => "two days, `[first, last]`".to_owned(),
            Self::Rows => "an array of rows, each an array of cells".to_owned(),
            Self::WordOrWholes(all) => {
                format!("one of {}, or an array of whole numbers", words(all))
            }
            Self::TextMap => "a table of texts".to_owned(),
            Self::TextsMap => "a table of arrays of texts".to_owned(),
            Self::CellMap => "a table of cells".to_owned(),
            Self::Any => "anything".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Tables(_) => "an array of tables".to_owned(),
        }
    }
}
