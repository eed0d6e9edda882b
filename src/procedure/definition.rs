//! What a procedure is.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use futures::future::BoxFuture;

use super::call::Call;
use crate::error::Result;
use crate::table::information::{ColumnDefinition, Row};

/// A procedure.
#[derive(Debug)]
pub struct ProcedureDefinition {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// What it is about.
    pub scope: ProcedureScope,
    /// Whether `ReadOnly=true` refuses it.
    pub changes: bool,
    /// The parameters that are its own.
    pub(super) own: &'static [Parameter],
    /// The columns of its result. Where they differ from call to call, what they hold.
    pub columns: &'static [ColumnDefinition],
    /// What does the work.
    pub(super) work: Work,
}

/// A procedure at work.
type Working<T> = BoxFuture<'static, Result<T>>;

/// What does the work of a procedure. Requests are sent when the future is polled.
#[derive(Debug)]
pub(super) enum Work {
    /// Does something when the result is read, and gives a few rows.
    Rows(fn(Call) -> Working<Vec<Row>>),
    /// Finds a table whose columns nobody knows before, when the call is planned.
    Table(fn(Call) -> Working<Arc<dyn TableProvider>>),
}

/// What a procedure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcedureScope {
    /// Signing in: it works before that.
    SignIn,
    /// A model: `Workspace` and `Model` are parameters too.
    Model,
}

/// A parameter of a procedure.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What values it takes.
    pub kind: ParameterKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it, or another one with this mark, must be given.
    pub alternative: bool,
    /// What it means.
    pub doc: &'static str,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A text, or a number that stands for one, such as an id.
    Text,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A whole number, from the first to the second.
    Whole(u64, u64),
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
}

/// The parameters that say which model is meant.
static IN_MODEL: [Parameter; 2] = [
    Parameter::text("Workspace", "Name or id of the workspace, if not the default one."),
    Parameter::text("Model", "Name or id of the model, if not the default one."),
];

impl ProcedureDefinition {
    /// Every parameter, in the order of the documentation.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> + Clone {
        let common: &'static [Parameter] = match self.scope {
            ProcedureScope::SignIn => &[],
            ProcedureScope::Model => &IN_MODEL,
        };
        self.own.iter().chain(common)
    }

    /// Whether the service is asked when a call is planned, as it names the columns.
    pub fn plans_with_service(&self) -> bool {
        matches!(self.work, Work::Table(_))
    }

    /// The parameter of this name, in any case.
    pub(super) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }
}

impl Parameter {
    pub(super) const fn text(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ParameterKind::Text, required: false, alternative: false, doc }
    }

    pub(super) const fn date(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ParameterKind::Date, required: false, alternative: false, doc }
    }

    pub(super) const fn whole(
        name: &'static str,
        (from, to): (u64, u64),
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind: ParameterKind::Whole(from, to),
            required: false,
            alternative: false,
            doc,
        }
    }

    pub(super) const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        doc: &'static str,
    ) -> Self {
        Self { name, kind: ParameterKind::Choice(words), required: false, alternative: false, doc }
    }

    pub(super) const fn alternative(mut self) -> Self {
        self.alternative = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl ParameterKind {
    /// The name of the type in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Choice(_) => "VARCHAR",
            Self::Date => "DATE",
            Self::Whole(..) => "BIGINT",
        }
    }

    /// The words it takes, if only some.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Choice(words) => Some(words),
            Self::Text | Self::Date | Self::Whole(..) => None,
        }
    }
}
