//! Statements that run at once.

use super::running::Running;
use super::statement::{Read, plan, read};
use super::{Client, Done};
use crate::postgres::problem::Problem;
use crate::session::{Splitter, Statement};

impl Client {
    /// Runs statements, one after another, until one fails.
    pub(super) async fn simple(&mut self, sql: String) -> Done<()> {
        // A statement may be as long as a message: no copies of it are left.
        let mut splitter = Splitter::default();
        let mut statements = splitter.push(&sql);
        drop(sql);
        statements.extend(splitter.finish());
        let statements: Vec<Statement> = statements;
        if statements.is_empty() {
            self.socket.output.done(b'I');
        }
        for statement in statements {
            if statement.is_command {
                return Err(Problem::syntax("a backslash begins no statement").into());
            }
            let mut limit = self.limit();
            let reading = async move { read(statement.text) };
            let read = self.run(&mut limit, reading).await?;
            match read.command.clone() {
                Some(command) => self.command(command).await?,
                None => self.once(read).await?,
            }
        }
        Ok(())
    }

    async fn once(&mut self, read: Read) -> Done<()> {
        self.may_begin()?;
        let mut limit = self.limit();
        let sql = read.template.text()?;
        let planning = plan(self.session.clone(), self.whom(), sql);
        let planned = self.run(&mut limit, planning).await?;
        for (name, value) in planned.sets {
            self.set(&name, &value).await?;
        }
        let mut running = Running::begin(&self.shared.work, planned.frame);
        if read.changes() {
            self.changed();
        }
        let rows = if read.gives_rows() {
            let schema = std::sync::Arc::clone(running.schema());
            self.columns(&schema, &[]);
            let rows = self.rows(&mut running, &schema, &[], usize::MAX, &mut limit).await?.0;
            self.rejections();
            rows
        } else {
            self.change(&mut running, &mut limit).await?
        };
        self.socket.output.complete(&read.tag(rows));
        Ok(())
    }
}
