//! Imports of users, versions and line items. Their columns are found by their usual names.

use std::io;
use std::sync::atomic::AtomicBool;

use super::super::tenant::{Format, LineItem, User, Version};
use super::rows::{Rows, is_blank};
use super::tally::{Fate, Tally};
use super::{Done, Draft, ImportWork, check, columns};

/// The columns that a row is read by.
struct Fields<'r> {
    cells: &'r [String],
}

impl Fields<'_> {
    fn get(&self, column: Option<usize>) -> Option<&str> {
        let text = self.cells.get(column?)?.trim();
        (!text.is_empty()).then_some(text)
    }
}

/// Walks through all rows; `import` says what becomes of one, or why it is rejected.
fn each(
    rows: &mut Rows,
    stop: &AtomicBool,
    mut import: impl FnMut(&Fields<'_>) -> Result<Fate, String>,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut cells = Vec::new();
    while let Some(line) = rows.next(&mut cells)? {
        check(stop, line)?;
        let result =
            if is_blank(&cells) { Ok(Fate::Ignored) } else { import(&Fields { cells: &cells }) };
        match result {
            Ok(fate) => tally.count(fate, line, &cells, &[]),
            Err(error) => tally.count(Fate::Failed, line, &cells, &[error]),
        }
    }
    Ok(tally)
}

/// Adds users, and changes the names of those who are there.
pub(super) fn users(
    work: &ImportWork,
    draft: &mut Draft,
    rows: &mut Rows,
    stop: &AtomicBool,
) -> io::Result<Done> {
    let email = match columns(rows, ["Email"].into_iter()) {
        Ok(found) => found.first().copied(),
        Err(done) => return Ok(done),
    };
    let (first, last) = (rows.column("First Name"), rows.column("Last Name"));
    let Draft { users, workspace_id, .. } = draft;
    let tally = each(rows, stop, |row| {
        let Some(email) = row.get(email) else {
            return Err("The key is blank: a user needs an email.".to_owned());
        };
        if !email.contains('@') {
            return Err(format!("{email} is no email."));
        }
        let known = users.iter().position(|user| user.email.eq_ignore_ascii_case(email));
        let place = known.unwrap_or_else(|| {
            // Without a password, such users sign in in other ways.
            users.push(User::new(email, "").standard().only(&[workspace_id]));
            users.len() - 1
        });
        if let Some(user) = users.get_mut(place) {
            if known.is_none() {
                user.last_login = None;
            }
            if let Some(name) = row.get(first) {
                name.clone_into(&mut user.first_name);
            }
            if let Some(name) = row.get(last) {
                name.clone_into(&mut user.last_name);
            }
        }
        Ok(if known.is_some() { Fate::Updated } else { Fate::Created })
    })?;
    draft.changes_users = true;
    tally.rows("usersRowsProcessed", ("hierarchyName", "Users"), &rows.header, work.chunk_size)
}

/// Adds versions, and changes the notes of those that are there.
pub(super) fn versions(
    work: &ImportWork,
    draft: &mut Draft,
    rows: &mut Rows,
    stop: &AtomicBool,
) -> io::Result<Done> {
    let name = match columns(rows, ["Name"].into_iter()) {
        Ok(found) => found.first().copied(),
        Err(done) => return Ok(done),
    };
    let notes = rows.column("Notes");
    let versions = &mut draft.model.versions;
    let tally = each(rows, stop, |row| {
        let Some(name) = row.get(name) else {
            return Err("The key is blank: a version needs a name.".to_owned());
        };
        let known = versions.iter().position(|version| version.name.eq_ignore_ascii_case(name));
        let place = known.unwrap_or_else(|| {
            versions.push(Version::new(name));
            versions.len() - 1
        });
        if let (Some(version), Some(notes)) = (versions.get_mut(place), row.get(notes)) {
            version.notes = Some(notes.to_owned());
        }
        Ok(if known.is_some() { Fate::Updated } else { Fate::Created })
    })?;
    let label = ("hierarchyName", "Versions");
    tally.rows("versionsRowsProcessed", label, &rows.header, work.chunk_size)
}

/// Adds line items to a module, and changes those that are there.
pub(super) fn line_items(
    work: &ImportWork,
    draft: &mut Draft,
    module: &str,
    rows: &mut Rows,
    stop: &AtomicBool,
) -> io::Result<Done> {
    let lists: Vec<String> = draft.model.lists.iter().map(|list| list.name.clone()).collect();
    let Some(module) = draft.model.module_mut(module) else {
        let text = format!("The module {module} was not found.");
        return Ok(Done::failure("failedToLocateModule", &text));
    };
    let name = match columns(rows, ["Name"].into_iter()) {
        Ok(found) => found.first().copied(),
        Err(done) => return Ok(done),
    };
    let [format, formula, code, notes] =
        ["Format", "Formula", "Code", "Notes"].map(|name| rows.column(name));
    let items = &mut module.line_items;
    let tally = each(rows, stop, |row| {
        let Some(name) = row.get(name) else {
            return Err("The key is blank: a line item needs a name.".to_owned());
        };
        let format = row.get(format).map(|text| read_format(text, &lists)).transpose()?;
        let known = items.iter().position(|item| item.name.eq_ignore_ascii_case(name));
        let place = known.unwrap_or_else(|| {
            items.push(LineItem::new(name, format.clone().unwrap_or_else(Format::number)));
            items.len() - 1
        });
        let own = |text: &str| text.to_owned();
        if let Some(item) = items.get_mut(place) {
            if let Some(format) = format.filter(|format| *format != item.format) {
                // What was written fits the old format only.
                item.cells.clear();
                item.format = format;
            }
            item.formula = row.get(formula).map(own).or(item.formula.take());
            item.code = row.get(code).map(own).or(item.code.take());
            item.notes = row.get(notes).map(own).or(item.notes.take());
        }
        Ok(if known.is_some() { Fate::Updated } else { Fate::Created })
    })?;
    let label = ("moduleName", module.name.as_str());
    tally.rows("lineItemRowsProcessed", label, &rows.header, work.chunk_size)
}

fn read_format(text: &str, lists: &[String]) -> Result<Format, String> {
    match text.to_ascii_uppercase().as_str() {
        "NUMBER" => return Ok(Format::number()),
        "TEXT" => return Ok(Format::text()),
        "BOOLEAN" => return Ok(Format::Boolean),
        "DATE" => return Ok(Format::Date),
        "NONE" => return Ok(Format::None),
        _ => {}
    }
    let list = text.split_once(':').filter(|(kind, _)| kind.trim().eq_ignore_ascii_case("LIST"));
    let list = list.map(|(_, name)| name.trim()).ok_or(format!("{text} is no format."))?;
    let known = lists.iter().find(|name| name.eq_ignore_ascii_case(list));
    known.map(|name| Format::list(name)).ok_or(format!("The list {list} was not found."))
}
