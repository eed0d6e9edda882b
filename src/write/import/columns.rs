//! Which column of a statement goes into which column of a file.

use std::collections::HashMap;

use datafusion::arrow::datatypes::{DataType, Field};

use crate::error::{Error, ErrorKind, Result};
use crate::names::quoted;

/// For each column of the file, the position of the one that goes into it.
///
/// `given` are the names in the order of the statement's columns: those that an INSERT lists, else
/// those of its rows. They are the file's, each once, in any order: exactly, else in another case.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query), with all that are missing, surplus or given twice.
pub(super) fn matched(file: &[&str], given: &[&str]) -> Result<Vec<usize>> {
    let mut places: HashMap<usize, usize> = HashMap::new();
    let (mut surplus, mut twice) = (Vec::new(), Vec::new());
    for (position, name) in given.iter().enumerate() {
        let exactly = file.iter().position(|it| it == name);
        let mut alike = (0..file.len()).filter(|&it| {
            file[it].to_lowercase() == name.to_lowercase() && !given.contains(&file[it])
        });
        let found = exactly.or_else(|| match (alike.next(), alike.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        });
        match found {
            None => surplus.push(*name),
            Some(place) if places.contains_key(&place) => twice.push(*name),
            Some(place) => drop(places.insert(place, position)),
        }
    }
    let missing: Vec<&str> = (0..file.len())
        .filter(|place| !places.contains_key(place))
        .map(|place| file[place])
        .collect();
    let problems: Vec<String> = [
        ("the file has no column", &surplus),
        ("given twice:", &twice),
        ("nothing is given for", &missing),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(what, names)| format!("{what} {}", quoted(names.iter().copied())))
    .collect();
    if !problems.is_empty() {
        return Err(Error::new(ErrorKind::Query, problems.join("; ")).with_hint(format!(
            "name the columns of the rows by AS, and leave none out; the file's are {}",
            quoted(file.iter().copied())
        )));
    }
    Ok((0..file.len()).filter_map(|place| places.get(&place).copied()).collect())
}

/// Makes sure that there is a name for each column of the rows.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query) when there are more or fewer.
pub(super) fn check_count(names: &[&str], given: usize) -> Result<()> {
    if names.len() == given {
        return Ok(());
    }
    let text = format!("the rows have {given} columns where {} are named", names.len());
    Err(Error::new(ErrorKind::Query, text)
        .with_hint(format!("give a value for each of {}", quoted(names.iter().copied()))))
}

/// Makes sure that the cells of a column can be written.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query) when they have parts.
pub(super) fn check(field: &Field) -> Result<()> {
    if is_text(field.data_type()) {
        return Ok(());
    }
    let (name, kind) = (field.name(), field.data_type());
    let text = format!("column \"{name}\" is of type {kind}, which no cell of a file can hold");
    Err(Error::new(ErrorKind::Query, text).with_hint("take a part of it, or CAST it to VARCHAR"))
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::RunEndEncoded(_, values) => is_text(values.data_type()),
        kind => {
            kind.is_numeric()
                || matches!(
                    kind,
                    DataType::Null
                        | DataType::Boolean
                        | DataType::Date32
                        | DataType::Date64
                        | DataType::Time32(_)
                        | DataType::Time64(_)
                        | DataType::Timestamp(..)
                        | DataType::Utf8
                        | DataType::LargeUtf8
                        | DataType::Utf8View
                )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(file: &[&str], given: &[&str]) -> String {
        let error = matched(file, given).expect_err("something is wrong");
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.hint().is_some());
        error.to_string()
    }

    #[test]
    fn columns_are_found_in_any_order_and_case() {
        let file = ["Code", "Name", "Größe"];
        assert_eq!(matched(&file, &["name", "GRÖSSE", "CODE"]).ok(), None, "ß is no SS");
        assert_eq!(matched(&file, &["name", "GRÖßE", "CODE"]).ok(), Some(vec![2, 0, 1]));
        // Exactly comes first.
        assert_eq!(matched(&["a", "A"], &["A", "a"]).ok(), Some(vec![1, 0]));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(
            wrong(&["Code", "Name", "Price"], &["code", "Nmae", "Code", "X"]),
            "the file has no column \"code\", \"Nmae\", \"X\"; nothing is given for \"Name\", \
             \"Price\""
        );
        assert_eq!(wrong(&["Code"], &["code", "CODE"]), "given twice: \"CODE\"");
        assert_eq!(
            wrong(&["a", "A"], &["a", "a"]),
            "given twice: \"a\"; nothing is given for \"A\""
        );
    }

    #[test]
    fn what_has_parts_is_no_cell() {
        let list = DataType::new_list(DataType::Utf8, true);
        assert!(check(&Field::new("a", list, true)).is_err());
        assert!(check(&Field::new("a", DataType::Binary, true)).is_err());
        assert!(check(&Field::new("a", DataType::Decimal128(10, 2), true)).is_ok());
        let dictionary = DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into());
        assert!(check(&Field::new("a", dictionary, true)).is_ok());
    }
}
