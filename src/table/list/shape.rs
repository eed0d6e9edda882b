//! From a list's metadata to the columns of its table.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use crate::client::model::{CellFormat, ListMetadata, ListProperty};
use crate::config::ColumnTypes;
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{CellKind, CellSource, Record};

/// The columns that every answer with items begins with.
const FIXED: [&str; 7] = ["id", "name", "code", "parent", "parentId", "listId", "listName"];

/// The columns that every list has, and where they come from.
const BUILT_IN: [(&str, &str); 5] = [
    ("id", "id"),
    ("name", "name"),
    ("code", "code"),
    ("parent", "parent"),
    ("parent_id", "parentId"),
];

/// The columns of a list's table.
#[derive(Debug, Clone)]
pub struct ListShape {
    /// Built-in ones, then subsets, then properties.
    pub columns: Vec<ListColumn>,
}

/// A column of a list's table.
#[derive(Debug, Clone)]
pub struct ListColumn {
    /// Its name in SQL, unique in the table in whatever case.
    pub name: String,
    /// What it is.
    pub source: ListSource,
    /// The type that its cells are read as.
    pub kind: CellKind,
}

/// What a column of a list's table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListSource {
    /// What every item has, by the service's name of it: `id`, `name`, `code`, `parent`, `parentId`.
    BuiltIn(&'static str),
    /// Whether it is in the subset of this name.
    Subset(String),
    /// The property of this name.
    Property(String),
}

impl ListShape {
    /// Reads the metadata of a list.
    ///
    /// A subset or property whose name is taken, in whatever case, by a column before it is
    /// `<name> (subset)` or `<name> (property)`.
    pub fn new(metadata: &ListMetadata, types: ColumnTypes) -> Self {
        let mut taken = HashSet::new();
        let mut columns: Vec<ListColumn> = BUILT_IN
            .iter()
            .map(|&(name, source)| {
                taken.insert(name.to_owned());
                let source = ListSource::BuiltIn(source);
                ListColumn { name: name.to_owned(), source, kind: CellKind::Text }
            })
            .collect();
        columns.extend(metadata.subsets.iter().map(|subset| ListColumn {
            name: unique(&subset.name, "subset", &mut taken),
            source: ListSource::Subset(subset.name.clone()),
            kind: typed(CellKind::Boolean, types),
        }));
        columns.extend(metadata.properties.iter().map(|property| ListColumn {
            name: unique(&property.name, "property", &mut taken),
            source: ListSource::Property(property.name.clone()),
            kind: typed(kind(property), types),
        }));
        Self { columns }
    }

    /// The table's Arrow schema. Every item has an id and a name; all else may be blank.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &ListColumn| Field::new(&column.name, column.kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// Where the table's columns stand below a header. Without `all` the answer has none of the
    /// subsets and properties.
    ///
    /// # Errors
    /// Kind [`Data`](ErrorKind::Data) when the header doesn't have them: the list was changed since
    /// its metadata was read.
    pub(super) fn sources(&self, header: &Record<'_>, all: bool) -> Result<Vec<CellSource>> {
        let names: Vec<&[u8]> = header.fields().collect();
        let fixed = fixed(&names);
        let (front, rest) = names.split_at(fixed.len());
        let mut behind = 0;
        self.columns
            .iter()
            .map(|column| match &column.source {
                ListSource::BuiltIn(name) => fixed
                    .iter()
                    .position(|found| found == name)
                    .map(CellSource::Field)
                    .ok_or_else(|| missing(column)),
                ListSource::Subset(_) | ListSource::Property(_) if !all => Ok(CellSource::Missing),
                ListSource::Subset(name) | ListSource::Property(name) => {
                    // Names may repeat, so the order of the metadata counts.
                    let expected = behind;
                    behind += 1;
                    let place = match rest.get(expected) {
                        Some(found) if *found == name.as_bytes() => expected,
                        _ => place(rest, name).ok_or_else(|| missing(column))?,
                    };
                    Ok(CellSource::Field(front.len() + place))
                }
            })
            .collect()
    }
}

/// Which columns a header begins with, out of those that every answer has. The service may well
/// leave some out, or write them in other cases.
fn fixed(names: &[&[u8]]) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        match FIXED.iter().find(|fixed| fixed.as_bytes().eq_ignore_ascii_case(name)) {
            // The second one is a property that is called so.
            Some(fixed) if !found.contains(fixed) => found.push(fixed),
            _ => break,
        }
    }
    found
}

/// The place of the only field with this text.
fn place(fields: &[&[u8]], text: &str) -> Option<usize> {
    let mut found = fields.iter().enumerate().filter(|(_, field)| **field == text.as_bytes());
    match (found.next(), found.next()) {
        (Some((place, _)), None) => Some(place),
        _ => None,
    }
}

fn missing(column: &ListColumn) -> Error {
    Error::new(
        ErrorKind::Data,
        format!("the answer has no column \"{}\", which the metadata announces", column.name),
    )
    .with_hint("the list was changed in the meantime: connect again to read its new form")
}

fn kind(property: &ListProperty) -> CellKind {
    match property.format {
        Some(CellFormat::Number) => CellKind::Number,
        Some(CellFormat::Boolean) => CellKind::Boolean,
        Some(CellFormat::Date) => CellKind::Date,
        _ => CellKind::Text,
    }
}

fn typed(kind: CellKind, types: ColumnTypes) -> CellKind {
    match types {
        ColumnTypes::Text => CellKind::Text,
        ColumnTypes::Metadata => kind,
    }
}

/// Makes a name unique: `Code (property)`, `Code (property 2)`.
fn unique(name: &str, what: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = match number {
            1 => format!("{name} ({what})"),
            _ => format!("{name} ({what} {number})"),
        };
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::csv::RecordReader;

    fn shape(types: ColumnTypes) -> ListShape {
        let metadata = serde_json::json!({
            "id": "101000000001", "name": "L", "itemCount": 2,
            "subsets": [{"id": "109000000001", "name": "Own"}, {"id": "109000000002", "name": "Id"}],
            "properties": [
                {"name": "Code", "format": "TEXT"}, {"name": "own", "format": "NUMBER"},
                {"name": "Since", "format": "DATE"}, {"name": "On", "format": "BOOLEAN"},
                {"name": "Month", "format": "TIME PERIOD"}, {"name": "Code", "format": "LIST"},
                {"name": "New"},
            ],
        });
        let metadata = serde_json::from_value(metadata).expect("metadata");
        ListShape::new(&metadata, types)
    }

    fn sources(shape: &ListShape, header: &str, all: bool) -> Result<Vec<CellSource>> {
        let mut found = None;
        let mut reader = RecordReader::new(b',', Some(b'"'));
        let mut each = |record: Record<'_>| {
            found = Some(shape.sources(&record, all));
            Ok(std::ops::ControlFlow::Continue(()))
        };
        drop(reader.push(format!("{header}\n").as_bytes(), &mut each));
        found.expect("a record")
    }

    #[test]
    fn names_that_are_taken_say_what_they_are() {
        let columns: Vec<String> = shape(ColumnTypes::Metadata)
            .columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.kind.sql()))
            .collect();
        assert_eq!(
            columns,
            [
                "id VARCHAR",
                "name VARCHAR",
                "code VARCHAR",
                "parent VARCHAR",
                "parent_id VARCHAR",
                "Own BOOLEAN",
                "Id (subset) BOOLEAN",
                "Code (property) VARCHAR",
                "own (property) DOUBLE",
                "Since DATE",
                "On BOOLEAN",
                "Month VARCHAR",
                "Code (property 2) VARCHAR",
                "New VARCHAR",
            ]
        );
        let text = shape(ColumnTypes::Text);
        assert!(text.columns.iter().all(|column| column.kind == CellKind::Text));
    }

    #[test]
    fn columns_are_found_below_their_header() {
        let shape = shape(ColumnTypes::Metadata);
        let fixed = "id,name,code,parent,parentId,listId,listName";
        let header = format!("{fixed},Own,Id,Code,own,Since,On,Month,Code,New");
        let places = |header: &str, all| -> Vec<Option<usize>> {
            let found = sources(&shape, header, all).expect("columns");
            let place = |source: &CellSource| match source {
                CellSource::Field(place) => Some(*place),
                _ => None,
            };
            found.iter().map(place).collect()
        };
        let some = |range: std::ops::Range<usize>| range.map(Some).collect::<Vec<_>>();
        assert_eq!(places(&header, true), [some(0..5), some(7..16)].concat());
        assert_eq!(places(fixed, false), [some(0..5), vec![None; 9]].concat());
        // With a column more in between, those that are named once are still found.
        let other = format!("{fixed},Own,Id,Extra,Code,own,Since,On,Month,Code,New");
        let error = sources(&shape, &other, true).expect_err("Code is there twice");
        assert!(error.to_string().contains("Code (property)"), "{error}");
        assert!(sources(&shape, fixed, true).is_err());
        // Some are left out, and their case is another.
        let short = "ID,Name,Code,Parent,ParentId,Own,Id,Code,own,Since,On,Month,Code,New";
        assert_eq!(places(short, true), some(0..14));
        assert!(sources(&shape, "id,name", false).is_err());
    }
}
