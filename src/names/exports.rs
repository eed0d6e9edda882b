//! The exports of a model, by name.

use super::index::{Lookup, NameIndex, quoted};
use super::kind::Kind;
use crate::client::model::Export;
use crate::error::{Error, ErrorKind, Result};

/// The exports of a model.
#[derive(Debug)]
pub struct Exports {
    all: Vec<Export>,
    index: NameIndex,
}

impl Exports {
    pub(super) fn new(all: Vec<Export>) -> Self {
        // What looks like the table of a list is that list's.
        let index =
            NameIndex::keeping(all.iter().map(|e| (e.id.as_str(), e.name.as_str())), |name| {
                Kind::split(name).is_some()
            });
        Self { all, index }
    }

    /// Every export with the name of its table, if it can be one.
    pub fn entries(&self) -> impl Iterator<Item = (&Export, Option<&str>)> + Clone {
        self.all
            .iter()
            .zip(self.index.listed())
            .map(|(export, name)| (export, export.is_text().then_some(name.as_str())))
    }

    /// The names of the tables.
    pub fn table_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries().filter_map(|(_, name)| name)
    }

    /// The export whose table has this name; nothing if there is none.
    ///
    /// # Errors
    /// When the name fits several exports, or one that is no table.
    pub fn find(&self, name: &str) -> Result<Option<&Export>> {
        match self.index.find(name) {
            Lookup::Found(i) if self.all[i].is_text() => Ok(Some(&self.all[i])),
            Lookup::Found(i) => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "export \"{name}\" writes {}, so it is not a table",
                    self.all[i].export_format.as_deref().unwrap_or("something other than text")
                ),
            )
            .with_hint("have a model builder add an export of the same view as CSV")),
            Lookup::Ambiguous(several) => Err(Error::new(
                ErrorKind::NotFound,
                format!("there are several exports named \"{name}\""),
            )
            .with_hint(format!("name one of them: {}", quoted(self.names(&several))))),
            Lookup::Missing => Ok(None),
        }
    }

    /// Names of tables that look like this one.
    pub fn near(&self, name: &str) -> Vec<&str> {
        super::index::near(name, self.table_names())
    }

    fn names<'a>(&'a self, several: &'a [usize]) -> impl Iterator<Item = &'a str> {
        several.iter().map(|&i| self.index.listed()[i].as_str())
    }
}
