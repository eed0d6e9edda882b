//! From a row to an item as the service takes it.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::arrow::util::display::array_value_to_string;
use serde_json::{Map, Value};

use super::conflict::Conflict;
use super::known::folded;
use super::parent::Parents;
use super::send::text;
use super::{Change, Operation};
use crate::client::ItemAction;
use crate::client::model::ListMetadata;
use crate::error::{Error, ErrorKind, Result};
use crate::names::{near, quoted};
use crate::table::list::{ListSource, ListTable};
use crate::write::OnConflict;

/// How the rows of a statement become items.
#[derive(Debug)]
pub(super) struct Items {
    action: ItemAction,
    /// The columns of the table that are read, by position.
    wanted: Vec<usize>,
    /// What they are.
    fields: Vec<Field>,
    conflict: Option<Conflict>,
    /// Whether several rows may be of one item, of which only one can count.
    may_repeat: bool,
}

/// A column that is read.
#[derive(Debug)]
struct Field {
    name: String,
    source: ListSource,
    /// Whether the statement sets it; else it only tells which item is meant.
    is_set: bool,
}

impl Items {
    /// What a statement needs of its rows.
    ///
    /// # Errors
    /// Kind [`Query`](ErrorKind::Query) when it sets what can't be set.
    pub(super) fn new(table: &ListTable, change: &Change) -> Result<Self> {
        let columns = &table.shape().columns;
        let mut set = Vec::new();
        for name in &change.columns {
            let place = columns.iter().position(|column| column.name == *name);
            let place = place.ok_or_else(|| {
                let near = near(name, columns.iter().map(|column| column.name.as_str()));
                let error =
                    Error::new(ErrorKind::NotFound, format!("there is no column \"{name}\""));
                if near.is_empty() {
                    error.with_hint("DESCRIBE the list, or \\d it, to see its columns")
                } else {
                    error.with_hint(format!("did you mean {}?", quoted(near)))
                }
            })?;
            if set.contains(&place) {
                return Err(refused(format!("\"{name}\" is set twice"), "set it once"));
            }
            set.push(place);
        }
        let sources = || set.iter().map(|&place| &columns[place].source);
        check(table.metadata(), change.operation, sources)?;
        let key = |name| columns.iter().position(|it| it.source == ListSource::BuiltIn(name));
        let is_numbered = table.metadata().numbered_list == Some(true);
        let (action, keys): (_, &[&str]) = match change.operation {
            Operation::Update if is_numbered => (ItemAction::Update, &["id", "code"]),
            // The service knows an item with a new name by its code, and the other way round.
            Operation::Update => (ItemAction::Update, &["id", "name", "code"]),
            Operation::Delete => (ItemAction::Delete, &["id"]),
            _ => (ItemAction::Add, &[]),
        };
        let mut wanted: Vec<usize> = keys.iter().filter_map(|name| key(name)).collect();
        let mut seen: HashSet<usize> = wanted.iter().copied().collect();
        wanted.extend(set.iter().copied().filter(|&place| seen.insert(place)));
        let field = |&place: &usize| Field {
            name: columns[place].name.clone(),
            source: columns[place].source.clone(),
            is_set: set.contains(&place),
        };
        let fields: Vec<Field> = wanted.iter().map(field).collect();
        let conflict = change.conflict.as_ref();
        let conflict = conflict.map(|asked| resolve(asked, &fields, is_numbered)).transpose()?;
        let may_repeat = action == ItemAction::Update && change.may_repeat();
        Ok(Self { action, wanted, fields, conflict, may_repeat })
    }

    /// What tells the item that a row changes, where no two rows may change the same one.
    pub(super) fn key(&self, item: &Value) -> Option<String> {
        if self.may_repeat {
            return text(item, "id").map(str::to_owned);
        }
        let conflict = self.conflict.as_ref().filter(|conflict| conflict.updates())?;
        text(item, conflict.key()).map(folded)
    }

    /// Says that an item is that of a row before.
    pub(super) fn twice(&self, item: &Value, first: u64) -> Error {
        if self.may_repeat {
            let id = text(item, "id").unwrap_or_default();
            let text = format!("it is of item {id}, as row {first} is: only one of them can count");
            return Error::new(ErrorKind::Query, text).with_hint(
                "nothing was sent: join on what tells the rows of FROM apart, or make one row of \
                 them with GROUP BY",
            );
        }
        let key = self.conflict.as_ref().map_or("name", Conflict::key);
        let text =
            format!("it has the \"{key}\" of row {first}, and ON CONFLICT updates an item once");
        Error::new(ErrorKind::Query, text)
            .with_hint("nothing was sent: leave one of the rows out, for example with GROUP BY")
    }

    pub(super) fn action(&self) -> ItemAction {
        self.action
    }

    pub(super) fn conflict(&self) -> Option<&Conflict> {
        self.conflict.as_ref()
    }

    /// Whether parents are named by their ids, which the service doesn't take.
    pub(super) fn has_parent_ids(&self) -> bool {
        self.fields.iter().any(|field| field.source == ListSource::BuiltIn("parentId"))
    }

    pub(super) fn wanted(&self) -> &[usize] {
        &self.wanted
    }

    /// The columns that are set.
    pub(super) fn names(&self) -> Vec<&str> {
        let set = self.fields.iter().filter(|field| field.is_set);
        set.map(|field| field.name.as_str()).collect()
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Kind [`Data`](ErrorKind::Data) when the service could only refuse it.
    pub(super) fn read(&self, batch: &RecordBatch, row: usize, parents: &Parents) -> Result<Value> {
        let mut item = Map::new();
        for (field, array) in self.fields.iter().zip(batch.columns()) {
            let text = written(array, row).map_err(|problem| field.wrong(problem))?;
            let text = text.filter(|text| !text.is_empty());
            if field.is_set && field.source == ListSource::BuiltIn("name") && text.is_none() {
                return Err(field.wrong("is blank"));
            }
            // Blank is blank already in what is new; in what is there it must be made so.
            let blank = field.is_set && self.action == ItemAction::Update;
            let text = match text {
                Some(text) => text,
                None if blank => String::new(),
                None => continue,
            };
            match &field.source {
                ListSource::BuiltIn("parentId") => {
                    let name = match text.as_str() {
                        "" => "",
                        id => parents.name(id).ok_or_else(|| field.wrong("is no parent's id"))?,
                    };
                    item.insert("parent".to_owned(), name.into());
                }
                ListSource::BuiltIn(key) => {
                    item.insert((*key).to_owned(), text.into());
                }
                ListSource::Subset(name) => {
                    put(&mut item, "subsets", name, (text == "true").into())
                }
                ListSource::Property(name) => put(&mut item, "properties", name, text.into()),
            }
        }
        Ok(item.into())
    }
}

impl Field {
    fn wrong(&self, problem: &str) -> Error {
        Error::new(ErrorKind::Data, format!("\"{}\" {problem}", self.name))
            .with_hint("nothing was sent: mend the row, or leave it out with WHERE")
    }
}

pub(super) fn put(item: &mut Map<String, Value>, part: &str, name: &str, value: Value) {
    let part = item.entry(part).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(part) = part {
        part.insert(name.to_owned(), value);
    }
}

/// A cell as the service reads it; nothing for NULL.
pub(super) fn written(
    array: &dyn Array,
    row: usize,
) -> std::result::Result<Option<String>, &'static str> {
    if array.is_null(row) {
        return Ok(None);
    }
    if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
        let number = numbers.value(row);
        return match number.is_finite() {
            true => Ok(Some(number.to_string())),
            false => Err("is no finite number"),
        };
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Ok(Some(texts.value(row).to_owned()));
    }
    array_value_to_string(array, row).map(Some).map_err(|_| "can't be written as text")
}

/// What `ON CONFLICT` means for these columns.
fn resolve(asked: &OnConflict, fields: &[Field], is_numbered: bool) -> Result<Conflict> {
    let find = |name: &String| {
        let exact = fields.iter().find(|field| field.name == *name);
        exact.or_else(|| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)))
    };
    let is_there = |key| fields.iter().any(|field| field.source == ListSource::BuiltIn(key));
    let (by_name, by_code) = match asked.key.as_slice() {
        [] if asked.set.is_empty() => (is_there("name"), is_there("code")),
        [key] => match find(key).map(|field| &field.source) {
            Some(ListSource::BuiltIn("name")) => (true, false),
            Some(ListSource::BuiltIn("code")) => (false, true),
            _ => (false, false),
        },
        _ => (false, false),
    };
    if !by_name && !by_code {
        let hint = match is_numbered {
            true => "ON CONFLICT (code), and give the items codes",
            false => "ON CONFLICT (code), or (name), out of the columns that are inserted",
        };
        return Err(refused("ON CONFLICT needs a column that tells items apart", hint));
    }
    let mut set = Vec::new();
    for name in &asked.set {
        let field = find(name).ok_or_else(|| {
            let text = format!("\"{name}\" can't be set on conflict: it isn't inserted");
            refused(text, "name it among the columns that are inserted")
        })?;
        set.push(match &field.source {
            ListSource::BuiltIn("parentId") => ("", "parent".to_owned()),
            ListSource::BuiltIn(key) => ("", (*key).to_owned()),
            ListSource::Subset(name) => ("subsets", name.clone()),
            ListSource::Property(name) => ("properties", name.clone()),
        });
    }
    Ok(Conflict { by_name, by_code, set })
}

/// Refuses what can't be set.
fn check<'a, I: Iterator<Item = &'a ListSource>>(
    metadata: &ListMetadata,
    operation: Operation,
    set: impl Fn() -> I,
) -> Result<()> {
    let is_insert = operation == Operation::Insert;
    let is_numbered = metadata.numbered_list == Some(true);
    let has = |key: &'static str| set().any(|source| *source == ListSource::BuiltIn(key));
    let name_them = "name the columns: INSERT INTO \"Lists.…\" (name, code) SELECT …";
    if has("id") {
        let hint = if is_insert { name_them } else { "WHERE id = '…' finds an item by its id" };
        return Err(refused("\"id\" can't be set: Anaplan gives items their ids", hint));
    }
    if has("parent") && has("parentId") {
        return Err(refused("\"parent\" and \"parent_id\" say the same", "set one of them"));
    }
    if is_numbered && has("name") {
        let hint = if is_insert { name_them } else { "SET code, or a property" };
        return Err(refused(
            "\"name\" can't be set: Anaplan names the items of a numbered list",
            hint,
        ));
    }
    if is_insert && !is_numbered && !has("name") {
        return Err(refused("a new item needs a \"name\"", name_them));
    }
    for source in set() {
        let ListSource::Property(name) = source else { continue };
        let formula = metadata
            .properties
            .iter()
            .any(|property| property.name == *name && property.formula.is_some());
        if formula {
            let text = format!("\"{name}\" can't be set: a formula calculates it");
            return Err(refused(text, "leave it out"));
        }
    }
    Ok(())
}

fn refused(text: impl Into<String>, hint: &'static str) -> Error {
    Error::new(ErrorKind::Query, text.into()).with_hint(hint)
}
