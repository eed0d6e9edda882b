//! Statements that are the server's own.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::extended::{Portal, no_portal};
use super::rows::is_binary;
use super::statement::read;
use super::{Client, Done, MOST, Transaction};
use crate::postgres::command::Command;
use crate::postgres::problem::Problem;
use crate::postgres::setting::unknown;
use crate::postgres::value;

/// The columns of what SHOW gives.
pub(super) fn shown(command: &Command) -> Schema {
    let names: &[&str] = match command {
        Command::Show(name) => &[name],
        _ => &["name", "setting", "description"],
    };
    let fields = names.iter().map(|name| Field::new(*name, DataType::Utf8, true));
    Schema::new(fields.collect::<Vec<_>>())
}

/// The names in a list such as search_path.
fn listed(text: &str) -> Vec<String> {
    let (mut names, mut name, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                name.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => names.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    names.push(name);
    names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

impl Client {
    /// Does it, and tells its rows with their columns.
    pub(super) async fn command(&mut self, command: Command) -> Done<()> {
        self.command_in(command, None).await
    }

    /// Does it. In the extended protocol columns have been told before, in these formats.
    pub(super) async fn command_in(
        &mut self,
        command: Command,
        formats: Option<&[bool]>,
    ) -> Done<()> {
        let ends = matches!(command, Command::Commit | Command::Rollback | Command::RollbackTo);
        if !ends {
            self.may_begin()?;
        }
        let tag = match command {
            Command::Begin => {
                if self.is_open() {
                    let text = "there is already a transaction in progress";
                    self.warn(&Problem::new("25001", text));
                } else {
                    self.transaction = Transaction::Open { changed: false };
                }
                "BEGIN"
            }
            Command::Commit => self.end(true),
            Command::Rollback => self.end(false),
            Command::Savepoint | Command::Release if !self.is_open() => {
                let text = "savepoints are for transactions";
                return Err(Problem::new("25P01", text).into());
            }
            Command::Savepoint => "SAVEPOINT",
            Command::Release => "RELEASE",
            Command::RollbackTo => {
                if let Transaction::Failed { changed } = self.transaction {
                    self.transaction = Transaction::Open { changed };
                }
                "ROLLBACK"
            }
            Command::Set { name, value, is_local } => {
                if is_local && self.is_open() {
                    self.local.get_or_insert_with(|| self.settings.clone());
                }
                self.set(&name, &value).await?;
                "SET"
            }
            Command::SetNothing => "SET",
            Command::Reset(name) => {
                self.settings.reset(name.as_deref())?;
                "RESET"
            }
            Command::Show(ref name) => {
                let value = self.settings.get(name).ok_or_else(|| unknown(name))?;
                self.show(&command, vec![vec![value]], formats)?;
                "SHOW"
            }
            Command::ShowAll => {
                let (names, values) = self.settings.all().unzip::<_, _, Vec<_>, Vec<_>>();
                let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
                let none = vec![String::new(); names.len()];
                self.show(&command, vec![names, values, none], formats)?;
                "SHOW"
            }
            Command::DiscardAll => {
                if self.is_open() {
                    let text = "DISCARD ALL cannot run inside a transaction block";
                    return Err(Problem::new("25001", text).into());
                }
                self.statements.clear();
                self.portals.clear();
                self.settings.reset(None)?;
                "DISCARD ALL"
            }
            Command::DiscardNothing => "DISCARD",
            Command::Deallocate(None) => {
                self.statements.clear();
                "DEALLOCATE ALL"
            }
            Command::Deallocate(Some(name)) => {
                if self.statements.remove(&name).is_none() {
                    let text = format!("prepared statement \"{name}\" does not exist");
                    return Err(Problem::new("26000", text).into());
                }
                "DEALLOCATE"
            }
            Command::Declare { name, query, holds } => {
                self.declare(name, query, holds)?;
                "DECLARE CURSOR"
            }
            Command::Fetch { name, rows, moves } => {
                let count = self.fetch(&name, rows, moves, formats).await?;
                let word = if moves { "MOVE" } else { "FETCH" };
                self.socket.output.complete(&format!("{word} {count}"));
                return Ok(());
            }
            Command::Close(None) => {
                self.portals.clear();
                "CLOSE CURSOR ALL"
            }
            Command::Close(Some(name)) => {
                self.portals.remove(&name).ok_or_else(|| no_portal(&name))?;
                "CLOSE CURSOR"
            }
            Command::Listen => "LISTEN",
            Command::Unlisten => "UNLISTEN",
            Command::Copy { query, format } => {
                let rows = self.copy(query, &format).await?;
                self.socket.output.complete(&format!("COPY {rows}"));
                return Ok(());
            }
        };
        self.socket.output.complete(tag);
        Ok(())
    }

    /// Ends a transaction.
    fn end(&mut self, commits: bool) -> &'static str {
        let was = std::mem::replace(&mut self.transaction, Transaction::None);
        if let Some(settings) = self.local.take() {
            self.settings = settings;
        }
        let (failed, changed) = match was {
            Transaction::None => {
                let text = "there is no transaction in progress";
                self.warn(&Problem::new("25P01", text));
                (false, false)
            }
            Transaction::Open { changed } => (false, changed),
            Transaction::Failed { changed } => (true, changed),
        };
        let commits = commits && !failed;
        if changed && !commits {
            let text = "what the transaction has changed in Anaplan stays changed";
            self.warn(&Problem::new("01000", text));
        }
        if commits { "COMMIT" } else { "ROLLBACK" }
    }

    /// Sets a setting, and acts on it.
    pub(super) async fn set(&mut self, name: &str, value: &str) -> Done<()> {
        if let Some((name, value)) = self.settings.set(name, value)? {
            self.socket.output.setting(name, &value);
        }
        if name.eq_ignore_ascii_case("search_path") {
            let (session, names) = (self.session.clone(), listed(value));
            let mut limit = self.limit();
            let finding = async move {
                for name in names {
                    // What isn't there may be there another time, as in PostgreSQL.
                    if session.set_schema(&name).await.is_ok() {
                        break;
                    }
                }
                Ok(())
            };
            self.run(&mut limit, finding).await?;
        }
        Ok(())
    }

    fn show(
        &mut self,
        command: &Command,
        columns: Vec<Vec<String>>,
        formats: Option<&[bool]>,
    ) -> Done<()> {
        let schema = Arc::new(shown(command));
        if formats.is_none() {
            self.columns(&schema, &[]);
        }
        let arrays = columns.into_iter().map(|it| Arc::new(StringArray::from(it)) as ArrayRef);
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays.collect())
            .map_err(|error| crate::error::Error::from(&error))?;
        let formats = formats.unwrap_or_default();
        let columns = value::columns(&batch, &schema, |column| is_binary(formats, column))?;
        for row in 0..batch.num_rows() {
            self.socket.output.row(&columns, row);
        }
        Ok(())
    }

    fn declare(&mut self, name: String, query: String, holds: bool) -> Done<()> {
        if !holds && !self.is_open() {
            let text = "DECLARE CURSOR can only be used in transaction blocks";
            return Err(Problem::new("25P01", text).into());
        }
        if self.portals.contains_key(&name) {
            return Err(Problem::new("42P03", format!("cursor \"{name}\" already exists")).into());
        }
        if self.portals.len() >= MOST {
            return Err(Problem::new("54000", "there are too many cursors").into());
        }
        let read = read(query)?;
        if read.command.is_some() || !read.gives_rows() || read.changes() {
            return Err(Problem::new("42P11", "a cursor is for a query").into());
        }
        let sql = read.template.text()?;
        self.portals.insert(name, Portal::new(read, sql, Vec::new(), holds));
        Ok(())
    }

    async fn fetch(
        &mut self,
        name: &str,
        rows: usize,
        moves: bool,
        formats: Option<&[bool]>,
    ) -> Done<u64> {
        let columns = self.planned(name).await?;
        if formats.is_none() && !moves {
            self.columns(&columns, &[]);
        }
        let mut limit = self.limit();
        let mut running = self.running(name, &mut limit).await?;
        let formats = formats.unwrap_or_default();
        let count = if moves {
            let mut passed = 0;
            while passed < rows {
                let next = running.next(&columns, |_| false);
                let Some(here) = self.wait(&mut limit, next).await?? else { break };
                let step = (here.rows - here.next).min(rows - passed);
                here.next += step;
                passed += step;
            }
            u64::try_from(passed).unwrap_or_default()
        } else {
            self.rows(&mut running, &columns, formats, rows, &mut limit).await?.0
        };
        if let Some(portal) = self.portals.get_mut(name) {
            portal.running = Some(running);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn names_of_a_list_may_be_quoted() {
        assert_eq!(
            listed("\"Sales, \"\"Planning\"\"\", public"),
            ["Sales, \"Planning\"", "public"]
        );
        assert_eq!(listed("Sales Planning"), ["Sales Planning"]);
        assert!(listed(" , \"\"").is_empty());
    }
}
