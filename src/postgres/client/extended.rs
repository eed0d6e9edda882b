//! Statements that are prepared, bound and run in parts.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;

use super::running::Running;
use super::statement::{Described, Planned, Read, describe, plan, read};
use super::{Client, Done, MOST, Transaction};
use crate::postgres::command::Command;
use crate::postgres::problem::{Outcome, Problem};
use crate::postgres::wire::{Frontend, Target};
use crate::session::Splitter;

/// A statement with its parameters.
#[derive(Debug)]
pub(super) struct Prepared {
    read: Read,
    /// The types of its parameters, as far as the client has said.
    given: Vec<u32>,
    /// What has been found out about them.
    types: Option<Vec<u32>>,
    /// Its columns, if the client has heard of them.
    columns: Option<SchemaRef>,
}

/// A statement with its values, or a cursor.
#[derive(Debug)]
pub(super) struct Portal {
    pub(super) read: Read,
    /// With its values.
    sql: String,
    pub(super) formats: Vec<bool>,
    /// What the client has been told, if it has.
    pub(super) columns: Option<SchemaRef>,
    planned: Option<Planned>,
    pub(super) running: Option<Running>,
    /// Whether it outlives its transaction.
    pub(super) holds: bool,
    /// Whether it has run to its end.
    pub(super) is_done: bool,
    /// Whether its rows have begun to come. If they have, and are gone, it has failed.
    has_begun: bool,
}

impl Portal {
    pub(super) fn new(read: Read, sql: String, formats: Vec<bool>, holds: bool) -> Self {
        Self {
            read,
            sql,
            formats,
            columns: None,
            planned: None,
            running: None,
            holds,
            is_done: false,
            has_begun: false,
        }
    }
}

/// The error about a prepared statement that isn't there.
fn no_statement(name: &str) -> Problem {
    Problem::new("26000", format!("prepared statement \"{name}\" does not exist"))
}

/// The error about a portal or cursor that isn't there.
pub(super) fn no_portal(name: &str) -> Problem {
    Problem::new("34000", format!("cursor \"{name}\" does not exist"))
}

/// The one statement of a text.
fn one(sql: String) -> Outcome<String> {
    let mut splitter = Splitter::default();
    let mut statements = splitter.push(&sql);
    statements.extend(splitter.finish());
    match statements.len() {
        0 => Ok(String::new()),
        1 => Ok(statements.remove(0).text),
        _ => Err(Problem::syntax("cannot insert multiple commands into a prepared statement")),
    }
}

impl Client {
    /// Does what a message of the extended protocol says.
    pub(super) async fn extended(&mut self, message: Frontend) -> Done<()> {
        match message {
            Frontend::Parse { name, sql, types } => {
                let mut limit = self.limit();
                let reading = async move { one(sql).and_then(read) };
                let read = self.run(&mut limit, reading).await?;
                if !name.is_empty() && self.statements.contains_key(&name) {
                    let text = format!("prepared statement \"{name}\" already exists");
                    return Err(Problem::new("42P05", text).into());
                }
                if self.statements.len() >= MOST {
                    return Err(Problem::new("54000", "there are too many statements").into());
                }
                let prepared = Prepared { read, given: types, types: None, columns: None };
                self.statements.insert(name, prepared);
                self.socket.output.done(b'1');
            }
            Frontend::Bind { portal, statement, formats, values, results } => {
                self.bind(portal, &statement, (&formats, values), results).await?;
            }
            Frontend::Describe(Target::Statement(name)) => self.describe_statement(&name).await?,
            Frontend::Describe(Target::Portal(name)) => self.describe_portal(&name).await?,
            Frontend::Execute { portal, max_rows } => self.execute(&portal, max_rows).await?,
            Frontend::Close(target) => {
                match target {
                    Target::Statement(name) => drop(self.statements.remove(&name)),
                    Target::Portal(name) => drop(self.portals.remove(&name)),
                }
                self.socket.output.done(b'3');
            }
            _ => return Err(Problem::protocol("a message makes no sense here").into()),
        }
        Ok(())
    }

    /// Finds out about a statement's parameters, and its columns if they are wanted.
    async fn learn(&mut self, name: &str, wants_columns: bool) -> Done<Described> {
        let prepared = self.statements.get(name).ok_or_else(|| no_statement(name))?;
        let given = prepared.types.clone().unwrap_or_else(|| prepared.given.clone());
        let (read, has_columns) = (prepared.read.clone(), prepared.columns.clone());
        if read.command.is_some() || read.is_empty() {
            return Ok(Described { types: Vec::new(), columns: None });
        }
        let is_known = given.len() >= read.template.count() && !given.contains(&0);
        if is_known && (!wants_columns || has_columns.is_some()) {
            return Ok(Described { types: given, columns: has_columns });
        }
        self.may_begin()?;
        let mut limit = self.limit();
        let describing = describe(self.session.clone(), self.whom(), read, given, wants_columns);
        let described = self.run(&mut limit, describing).await?;
        if let Some(prepared) = self.statements.get_mut(name) {
            prepared.types = Some(described.types.clone());
            if wants_columns {
                prepared.columns.clone_from(&described.columns);
            }
        }
        Ok(described)
    }

    async fn bind(
        &mut self,
        portal: String,
        statement: &str,
        (formats, values): (&[bool], Vec<Option<Bytes>>),
        results: Vec<bool>,
    ) -> Done<()> {
        let prepared = self.statements.get(statement).ok_or_else(|| no_statement(statement))?;
        let count = prepared.read.template.count();
        if values.len() != count {
            let text =
                format!("the statement has {count} parameters, and {} are bound", values.len());
            return Err(Problem::new("08P01", text).into());
        }
        if !portal.is_empty() && self.portals.contains_key(&portal) {
            return Err(Problem::new("42P03", format!("cursor \"{portal}\" already exists")).into());
        }
        if self.portals.len() >= MOST {
            return Err(Problem::new("54000", "there are too many cursors").into());
        }
        let (given, is_command) = (prepared.given.clone(), prepared.read.command.is_some());
        // A cursor may be declared with parameters; they are what the client says.
        let types = match count == 0 || is_command {
            true => given,
            false => self.learn(statement, false).await?.types,
        };
        let prepared = self.statements.get(statement).ok_or_else(|| no_statement(statement))?;
        let is_binary = |index: usize| super::rows::is_binary(formats, index);
        let (read, sql) = match count {
            0 => (prepared.read.clone(), prepared.read.sql.clone()),
            _ => {
                let sql = prepared.read.with(&values, &types, is_binary)?;
                match &prepared.read.command {
                    Some(_) => (read(sql.clone())?, sql),
                    None => (prepared.read.clone(), sql),
                }
            }
        };
        let mut bound = Portal::new(read, sql, results, false);
        bound.columns.clone_from(&prepared.columns);
        self.portals.insert(portal, bound);
        self.socket.output.done(b'2');
        Ok(())
    }

    async fn describe_statement(&mut self, name: &str) -> Done<()> {
        let described = self.learn(name, true).await?;
        self.socket.output.parameters(&described.types);
        let command = self.statements.get(name).and_then(|it| it.read.command.clone());
        match (&described.columns, command) {
            (Some(columns), _) => self.columns(columns, &[]),
            (None, Some(command)) => self.describe_command(&command, &[]).await?,
            (None, None) => self.socket.output.done(b'n'),
        }
        Ok(())
    }

    async fn describe_portal(&mut self, name: &str) -> Done<()> {
        let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
        let formats = portal.formats.clone();
        if let Some(command) = portal.read.command.clone() {
            return self.describe_command(&command, &formats).await;
        }
        if !portal.read.gives_rows() {
            self.socket.output.done(b'n');
            return Ok(());
        }
        let columns = match portal.columns.clone() {
            Some(columns) => columns,
            None => self.planned(name).await?,
        };
        self.columns(&columns, &formats);
        Ok(())
    }

    /// Plans a portal, and gives its columns.
    pub(super) async fn planned(&mut self, name: &str) -> Done<SchemaRef> {
        let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
        let known = portal.running.as_ref().map(|it| Arc::clone(it.schema()));
        if let Some(columns) = portal.columns.clone().or(known) {
            return Ok(columns);
        }
        self.may_begin()?;
        let sql = portal.sql.clone();
        let mut limit = self.limit();
        let planning = plan(self.session.clone(), self.whom(), sql);
        let planned = self.run(&mut limit, planning).await?;
        let columns = Arc::new(planned.frame.schema().as_arrow().clone());
        if let Some(portal) = self.portals.get_mut(name) {
            portal.columns = Some(Arc::clone(&columns));
            portal.planned = Some(planned);
        }
        Ok(columns)
    }

    async fn describe_command(&mut self, command: &Command, formats: &[bool]) -> Done<()> {
        match command {
            Command::Fetch { name, moves: false, .. } => {
                let columns = self.planned(name).await?;
                self.columns(&columns, formats);
            }
            Command::Show(_) | Command::ShowAll => {
                let columns = super::commands::shown(command);
                self.columns(&columns, formats);
            }
            _ => self.socket.output.done(b'n'),
        }
        Ok(())
    }

    async fn execute(&mut self, name: &str, max_rows: usize) -> Done<()> {
        let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
        if portal.read.is_empty() {
            self.socket.output.done(b'I');
            return Ok(());
        }
        if let Some(command) = portal.read.command.clone() {
            let formats = portal.formats.clone();
            return self.command_in(command, Some(&formats)).await;
        }
        if portal.is_done && !portal.read.gives_rows() {
            return Err(Problem::new("55000", "the portal has been run").into());
        }
        self.may_begin()?;
        let mut limit = self.limit();
        let mut running = self.running(name, &mut limit).await?;
        let Some(portal) = self.portals.get(name) else { return Err(no_portal(name).into()) };
        let (read, formats) = (portal.read.clone(), portal.formats.clone());
        if !read.gives_rows() {
            let rows = self.change(&mut running, &mut limit).await?;
            if let Some(portal) = self.portals.get_mut(name) {
                portal.is_done = true;
            }
            self.socket.output.complete(&read.tag(rows));
            return Ok(());
        }
        let columns = portal.columns.clone().unwrap_or_else(|| Arc::clone(running.schema()));
        let sent = self.rows(&mut running, &columns, &formats, max_rows, &mut limit).await?;
        if sent.1 {
            self.socket.output.done(b's');
        } else {
            self.rejections();
            self.socket.output.complete(&read.tag(running.rows));
        }
        if let Some(portal) = self.portals.get_mut(name) {
            portal.running = Some(running);
            portal.is_done = !sent.1;
        }
        Ok(())
    }

    /// Takes a portal's rows, which begin to come with its first use.
    pub(super) async fn running(&mut self, name: &str, limit: &mut super::Limit) -> Done<Running> {
        let portal = self.portals.get_mut(name).ok_or_else(|| no_portal(name))?;
        if let Some(running) = portal.running.take() {
            return Ok(running);
        }
        if std::mem::replace(&mut portal.has_begun, true) {
            return Err(Problem::new("55000", format!("cursor \"{name}\" has failed")).into());
        }
        let (sql, planned, changes) =
            (portal.sql.clone(), portal.planned.take(), portal.read.changes());
        let planned = match planned {
            Some(planned) => planned,
            None => {
                let planning = plan(self.session.clone(), self.whom(), sql);
                self.run(limit, planning).await?
            }
        };
        if changes {
            self.changed();
        }
        for (name, value) in planned.sets {
            self.set(&name, &value).await?;
        }
        Ok(Running::begin(&self.shared.work, planned.frame))
    }

    /// Whether a transaction is open.
    pub(super) fn is_open(&self) -> bool {
        self.transaction != Transaction::None
    }
}
