//! Imports: where their rows come from, and where they go.

use std::sync::Arc;

use super::export::Outcome;
use super::model::Model;

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

    /// Sets what stands between cells and around those that need it.
    #[must_use]
    pub fn separator(mut self, separator: &str, delimiter: &str) -> Self {
        separator.clone_into(&mut self.separator);
        delimiter.clone_into(&mut self.delimiter);
        self
    }

    /// Sets the encoding.
    #[must_use]
    pub fn encoding(mut self, encoding: &str) -> Self {
        encoding.clone_into(&mut self.encoding);
        self
    }

    /// Sets the decimal separator.
    #[must_use]
    pub fn decimal_separator(mut self, separator: &str) -> Self {
        separator.clone_into(&mut self.decimal_separator);
        self
    }

    /// Sets the line with the columns' names and the first line of data.
    #[must_use]
    pub fn rows(mut self, header_row: i32, first_data_row: i32) -> Self {
        (self.header_row, self.first_data_row) = (header_row, first_data_row);
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
    /// Adds users and changes their names: columns `Email`, `First Name`, `Last Name`.
    Users,
    /// Adds versions and changes their notes: columns `Name`, `Notes`.
    Versions,
    /// Adds line items to a module: columns `Name`, `Format`, `Formula`, `Code`, `Notes`. A format is
    /// `NUMBER`, `TEXT`, `BOOLEAN`, `DATE`, `NONE`, or `LIST:` and a list; numbers where there is none.
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

impl Import {
    /// Makes an import.
    pub fn new(name: &str, source: ImportSource, target: ImportTarget) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            source,
            target,
            prompts: Vec::new(),
            outcome: Outcome::Success,
        }
    }

    /// Makes an import from a file.
    pub fn from_file(name: &str, file: &str, target: ImportTarget) -> Self {
        Self::new(name, ImportSource::File(file.to_owned()), target)
    }

    /// Makes an import from a saved view.
    pub fn from_view(
        name: &str,
        model: &str,
        module: &str,
        view: &str,
        target: ImportTarget,
    ) -> Self {
        let source = ImportSource::View {
            model: model.to_owned(),
            module: module.to_owned(),
            view: view.to_owned(),
        };
        Self::new(name, source, target)
    }

    /// Adds a mapping that the caller must give.
    #[must_use]
    pub fn prompt(mut self, entity_type: &str) -> Self {
        self.prompts.push(entity_type.to_owned());
        self
    }

    /// Chooses how tasks end, whatever their rows.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The file that it reads.
    pub(crate) fn file<'m>(&self, model: &'m Model) -> Option<&'m SourceFile> {
        match &self.source {
            ImportSource::File(name) => model.find_file(name),
            ImportSource::View { .. } => None,
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

impl ImportTarget {
    /// Makes the target of rows that go into a list.
    pub fn list(list: &str, columns: &[(&str, ListColumn)]) -> Self {
        let columns = columns.iter().map(|(name, holds)| ((*name).to_owned(), holds.clone()));
        Self::List { list: list.to_owned(), columns: columns.collect() }
    }

    /// Makes the target of rows that go into a module's cells.
    pub fn module(module: &str, columns: &[(&str, ModuleColumn)]) -> Self {
        let columns = columns.iter().map(|(name, holds)| ((*name).to_owned(), holds.clone()));
        Self::Module { module: module.to_owned(), columns: columns.collect() }
    }
}

impl ListColumn {
    /// A property.
    pub fn property(name: &str) -> Self {
        Self::Property(name.to_owned())
    }

    /// Membership of a subset.
    pub fn subset(name: &str) -> Self {
        Self::Subset(name.to_owned())
    }
}

impl ModuleColumn {
    /// Members of a dimension.
    pub fn dimension(name: &str) -> Self {
        Self::Dimension(name.to_owned())
    }

    /// Values of a line item.
    pub fn line_item(name: &str) -> Self {
        Self::LineItem(name.to_owned())
    }
}

impl Model {
    /// Finds a file that imports read, by id or name.
    pub fn find_file(&self, name_or_id: &str) -> Option<&SourceFile> {
        let by_id = self.files.iter().find(|file| file.id == name_or_id);
        by_id.or_else(|| self.files.iter().find(|file| file.name == name_or_id))
    }
}
