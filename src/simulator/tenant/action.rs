//! What changes a model: imports with their files, actions, processes; and dashboards.

use std::sync::Arc;

use super::export::Outcome;

/// The file behind imports: its own content is the same for all, users may upload theirs.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// 113…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// The columns' names.
    pub headers: Vec<String>,
    /// What stands between cells.
    pub separator: String,
    /// What stands around cells that need it.
    pub delimiter: String,
    /// `UTF-8`, `ISO-8859-1` or `UTF-16LE`.
    pub encoding: String,
    /// The decimal separator of numbers in it.
    pub decimal_separator: String,
    /// The line with the columns' names, from 1; 0 for none, -1 for a file without settings.
    pub header_row: i32,
    /// The first line of data, from 1.
    pub first_data_row: i32,
    /// `txt`, or another format.
    pub format: String,
    /// The default file that users read who have uploaded none.
    pub default: Option<Arc<Vec<u8>>>,
}

impl SourceFile {
    /// Makes a CSV file with a header line, and no default file.
    pub fn new(name: &str, headers: &[&str]) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            separator: ",".to_owned(),
            delimiter: "\"".to_owned(),
            encoding: "UTF-8".to_owned(),
            decimal_separator: ".".to_owned(),
            header_row: 1,
            first_data_row: 2,
            format: "txt".to_owned(),
            default: None,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the default file.
    #[must_use]
    pub fn default_file(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.default = Some(Arc::new(bytes.into()));
        self
    }
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    /// 112…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// Where rows come from.
    pub source: ImportSource,
    /// Where they go.
    pub target: ImportTarget,
    /// The names of mappings that the caller must give, such as `Version`.
    pub prompts: Vec<String>,
    /// How its tasks end, where that is not what their rows say.
    pub outcome: Outcome,
}

/// Where an import's rows come from.
#[derive(Clone, Debug)]
pub enum ImportSource {
    /// A file of this model, by name or id.
    File(String),
    /// A saved view of a model of the same tenant: their names or ids.
    View {
        /// The model.
        model: String,
        /// The module.
        module: String,
        /// The view.
        view: String,
    },
}

/// Where an import's rows go. Columns are the source's header names; those not named are ignored.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// Into a list.
    List {
        /// The list, by name or id.
        list: String,
        /// What the columns hold.
        columns: Vec<(String, ListColumn)>,
    },
    /// Into a module's cells.
    Module {
        /// The module, by name or id.
        module: String,
        /// What the columns hold.
        columns: Vec<(String, ModuleColumn)>,
    },
    /// Adds users.
    Users,
    /// Adds versions.
    Versions,
    /// Adds line items to a module.
    LineItems {
        /// The module, by name or id.
        module: String,
    },
}

/// What a column holds that goes into a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListColumn {
    /// Names.
    Name,
    /// Codes.
    Code,
    /// Parents, by name or code.
    Parent,
    /// A property.
    Property(String),
    /// Membership of a subset.
    Subset(String),
}

/// What a column holds that goes into a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleColumn {
    /// Members of a dimension, by name or code: the dimension's name or id.
    Dimension(String),
    /// Values of a line item.
    LineItem(String),
    /// The names of line items, whose values stand in the column [`ModuleColumn::Value`].
    LineItemName,
    /// Values.
    Value,
}

/// An action that is neither import nor export nor process.
#[derive(Clone, Debug)]
pub struct Action {
    /// 117…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it does.
    pub kind: ActionKind,
    /// How its tasks end, where it isn't a plain success.
    pub outcome: Outcome,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// Deletes the items of a list whose Boolean property is true.
    DeleteBySelection {
        /// The list, by name or id.
        list: String,
        /// The property.
        property: String,
    },
    /// Orders the items of a list by name.
    OrderHierarchy {
        /// The list, by name or id.
        list: String,
    },
    /// Moves the current period on by one.
    UpdateCurrentPeriod,
    /// Copies one version's written cells to another, in every module.
    BulkCopy {
        /// The version to read.
        from: String,
        /// The version to write.
        to: String,
    },
    /// Runs the optimizer: changes nothing here, and writes a log.
    Optimizer,
}

impl ActionKind {
    /// The `actionType` that the service shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DeleteBySelection { .. } => "DELETE_BY_SELECTION",
            Self::OrderHierarchy { .. } => "ORDER_HIERARCHY",
            Self::UpdateCurrentPeriod => "UPDATE_CURRENT_PERIOD",
            Self::BulkCopy { .. } => "BULK_COPY",
            Self::Optimizer => "OPTIMIZER",
        }
    }
}

/// A process: imports, exports and actions that run in order.
#[derive(Clone, Debug)]
pub struct Process {
    /// 118…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// The steps, by name or id.
    pub steps: Vec<String>,
}

/// A dashboard: only its name is known.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// 115…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Import {
    /// Makes an import from a file.
    pub fn from_file(name: &str, file: &str, target: ImportTarget) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            source: ImportSource::File(file.to_owned()),
            target,
            prompts: Vec::new(),
            outcome: Outcome::Success,
        }
    }

    /// The `importType` that the service shows.
    pub fn type_name(&self) -> &'static str {
        match self.target {
            ImportTarget::List { .. } => "HIERARCHY_DATA",
            ImportTarget::Module { .. } => "MODULE_DATA",
            ImportTarget::Users => "USERS",
            ImportTarget::Versions => "VERSIONS",
            ImportTarget::LineItems { .. } => "LINE_ITEM_DEFINITION",
        }
    }
}

impl Action {
    /// Makes an action.
    pub fn new(name: &str, kind: ActionKind) -> Self {
        Self { id: String::new(), name: name.to_owned(), kind, outcome: Outcome::Success }
    }
}

impl Process {
    /// Makes a process from the names or ids of its steps.
    pub fn new(name: &str, steps: &[&str]) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            steps: steps.iter().map(|&step| step.to_owned()).collect(),
        }
    }
}

impl Dashboard {
    /// Makes a dashboard.
    pub fn new(name: &str) -> Self {
        Self { id: String::new(), name: name.to_owned() }
    }
}
