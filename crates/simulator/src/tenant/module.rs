//! Modules: line items over dimensions, their cells, and saved views.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::calendar::Scale;
use super::format::Format;

/// The axis of line items in a view.
pub const LINE_ITEMS: &str = "Line Items";

/// A module.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// 102…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// The dimensions that its line items have unless they name their own.
    pub dimensions: Vec<Dim>,
    /// The line items, in order.
    pub line_items: Vec<LineItem>,
    /// The saved views. The default view is made from the dimensions.
    pub views: Vec<View>,
}

/// A dimension of a module or of a line item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// A list, by name or id.
    List(String),
    /// A subset of a list, by name or id.
    Subset(String),
    /// Time, down to this length.
    Time(Scale),
    /// The versions.
    Versions,
    /// The tenant's users.
    Users,
}

/// A line item.
#[derive(Clone, Debug)]
pub struct LineItem {
    /// 2…; empty until the model is added to a tenant.
    pub id: String,
    /// The name, unique in its module.
    pub name: String,
    /// The format of its cells.
    pub format: Format,
    /// Calculates the cells: numbers, `+ - * / ( )` and line items of the module, in single quotes
    /// where their names hold more than letters, digits and blanks. Nobody can write them then.
    pub formula: Option<String>,
    /// How cells of totals come about.
    pub summary: Summary,
    /// Its own dimensions, where they differ from the module's.
    pub dimensions: Option<Vec<Dim>>,
    /// Whether the module's default view hides it.
    pub hidden: bool,
    /// What cells hold that nobody has written.
    pub fill: Fill,
    /// What was written: by the keys of the members in the order of the dimensions, see
    /// [`Place::key`]. Values are kept as [`Format`] says.
    pub cells: HashMap<Vec<u64>, String>,
    /// The code.
    pub code: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// Whether writing totals spreads to their parts in the user interface.
    pub breakback: bool,
    /// Whether versions show actual data before their switchover.
    pub use_switchover: bool,
    /// The name of its data tag.
    pub data_tag: Option<String>,
}

/// How cells of totals come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// They stay blank.
    None,
    /// They add up.
    Sum,
    /// They are averages.
    Average,
    /// The formula is applied to the totals.
    Formula,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The last one of the time; sums otherwise.
    ClosingBalance,
}

/// One member of a dimension, as functions that fill cells see it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The number in the member's id; stays the same when others come and go.
    pub key: u64,
    /// The position in its dimension.
    pub position: usize,
    /// What grids show.
    pub label: &'a str,
}

/// Gives the value of a leaf cell from its place in each dimension.
pub type PlaceFn = Arc<dyn Fn(&[Place<'_>]) -> String + Send + Sync>;

/// What cells hold that nobody has written.
#[derive(Clone, Default)]
pub enum Fill {
    /// Nothing.
    #[default]
    Blank,
    /// The same value everywhere.
    Value(String),
    /// Numbers from a seed, the same in every run; a few percent of them blank.
    Random {
        /// Chooses the numbers.
        seed: u64,
        /// The smallest, in hundredths.
        low: i64,
        /// The largest, in hundredths.
        high: i64,
        /// How many cells in a hundred are blank.
        blank_percent: u64,
    },
    /// What a function gives.
    Function(PlaceFn),
}

impl fmt::Debug for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("Blank"),
            Self::Value(value) => f.debug_tuple("Value").field(value).finish(),
            Self::Random { seed, .. } => f.debug_struct("Random").field("seed", seed).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// A saved view: which dimension stands on which axis, and what of it is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// 2…; empty until the model is added to a tenant.
    pub id: String,
    /// The name, unique in its module.
    pub name: String,
    /// The dimensions in the page selectors: names or ids, or [`LINE_ITEMS`].
    pub pages: Vec<String>,
    /// The dimensions on rows, outermost first.
    pub rows: Vec<String>,
    /// The dimensions on columns, outermost first.
    pub columns: Vec<String>,
    /// The members shown of some dimensions, by name or id; of the others all are.
    pub shown: Vec<(String, Vec<String>)>,
    /// Whether totals are hidden.
    pub leaves_only: bool,
}

impl Summary {
    /// The name that a line item's `summary` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Sum => "Sum",
            Self::Average => "Average",
            Self::Formula => "Formula",
            Self::Min => "Min",
            Self::Max => "Max",
            Self::ClosingBalance => "Closing Balance",
        }
    }
}

impl Module {
    /// Makes a module without line items.
    pub fn new(name: &str, dimensions: Vec<Dim>) -> Self {
        Self { name: name.to_owned(), dimensions, ..Self::default() }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Adds a line item.
    #[must_use]
    pub fn line_item(mut self, line_item: LineItem) -> Self {
        self.line_items.push(line_item);
        self
    }

    /// Adds a saved view.
    #[must_use]
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// The dimensions of one of its line items.
    pub fn dimensions_of<'a>(&'a self, line_item: &'a LineItem) -> &'a [Dim] {
        line_item.dimensions.as_deref().unwrap_or(&self.dimensions)
    }

    /// Finds a line item by id or name.
    pub fn find_line_item(&self, name_or_id: &str) -> Option<&LineItem> {
        let by_id = self.line_items.iter().find(|item| item.id == name_or_id);
        by_id.or_else(|| self.line_items.iter().find(|item| item.name == name_or_id))
    }
}

impl Dim {
    /// A list.
    pub fn list(name: &str) -> Self {
        Self::List(name.to_owned())
    }

    /// A subset of a list.
    pub fn subset(name: &str) -> Self {
        Self::Subset(name.to_owned())
    }
}

impl LineItem {
    /// Makes a line item that may be written. Numbers add up in totals, others leave them blank.
    pub fn new(name: &str, format: Format) -> Self {
        let summary =
            if matches!(format, Format::Number(_)) { Summary::Sum } else { Summary::None };
        Self {
            id: String::new(),
            name: name.to_owned(),
            format,
            formula: None,
            summary,
            dimensions: None,
            hidden: false,
            fill: Fill::Blank,
            cells: HashMap::new(),
            code: None,
            notes: None,
            breakback: false,
            use_switchover: true,
            data_tag: None,
        }
    }

    /// Makes a line item of numbers.
    pub fn number(name: &str) -> Self {
        Self::new(name, Format::number())
    }

    /// Calculates the cells.
    #[must_use]
    pub fn formula(mut self, formula: &str) -> Self {
        self.formula = Some(formula.to_owned());
        self
    }

    /// Chooses how cells of totals come about.
    #[must_use]
    pub fn summary(mut self, summary: Summary) -> Self {
        self.summary = summary;
        self
    }

    /// Gives it dimensions of its own.
    #[must_use]
    pub fn dimensions(mut self, dimensions: Vec<Dim>) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Hides it in the module's default view.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Sets what cells hold that nobody has written.
    #[must_use]
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// Fills cells with what a function gives; see [`Format`] for the form of values.
    #[must_use]
    pub fn fill_with(self, value: impl Fn(&[Place<'_>]) -> String + Send + Sync + 'static) -> Self {
        self.fill(Fill::Function(Arc::new(value)))
    }

    /// Sets the code.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Sets the notes.
    #[must_use]
    pub fn notes(mut self, notes: &str) -> Self {
        self.notes = Some(notes.to_owned());
        self
    }
}

impl View {
    /// Makes a view with these dimensions on its axes.
    pub fn new(name: &str, pages: &[&str], rows: &[&str], columns: &[&str]) -> Self {
        let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            name: name.to_owned(),
            pages: own(pages),
            rows: own(rows),
            columns: own(columns),
            ..Self::default()
        }
    }

    /// Shows only these members of a dimension.
    #[must_use]
    pub fn only(mut self, dimension: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        self.shown.push((dimension.to_owned(), members));
        self
    }

    /// Hides totals.
    #[must_use]
    pub fn leaves_only(mut self) -> Self {
        self.leaves_only = true;
        self
    }
}
