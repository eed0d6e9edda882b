//! Actions, processes, dashboards.

use super::export::{Export, Outcome};
use super::import::Import;
use super::model::Model;

/// An action that is neither import nor export nor process.
#[derive(Clone, Debug)]
pub struct Action {
    /// 117…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it does.
    pub kind: ActionKind,
    /// How its tasks end, where it isn't a plain success.
    pub outcome: Outcome,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// Deletes the items of a list whose Boolean property is true.
    DeleteBySelection {
        /// The list, by name or id.
        list: String,
        /// The property.
        property: String,
    },
    /// Orders the items of a list by name.
    OrderHierarchy {
        /// The list, by name or id.
        list: String,
    },
    /// Moves the current period on by one.
    UpdateCurrentPeriod,
    /// Copies one version's written cells to another, in every module.
    BulkCopy {
        /// The version to read.
        from: String,
        /// The version to write.
        to: String,
    },
    /// Runs the optimizer: changes nothing here, and writes a log.
    Optimizer,
}

impl ActionKind {
    /// The `actionType` that the service shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DeleteBySelection { .. } => "DELETE_BY_SELECTION",
            Self::OrderHierarchy { .. } => "ORDER_HIERARCHY",
            Self::UpdateCurrentPeriod => "UPDATE_CURRENT_PERIOD",
            Self::BulkCopy { .. } => "BULK_COPY",
            Self::Optimizer => "OPTIMIZER",
        }
    }
}

/// A process: imports, exports and actions that run in order.
#[derive(Clone, Debug)]
pub struct Process {
    /// 118…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// The steps, by name or id.
    pub steps: Vec<String>,
}

/// A dashboard: only its name is known.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// 115…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Action {
    /// Makes an action.
    pub fn new(name: &str, kind: ActionKind) -> Self {
        Self { id: String::new(), name: name.to_owned(), kind, outcome: Outcome::Success }
    }

    /// Chooses how tasks end.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// One step of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'m> {
    Import(&'m Import),
    Export(&'m Export),
    Action(&'m Action),
}

impl Model {
    /// Finds the steps of a process, in order. One that is gone is left out.
    pub(crate) fn steps<'m>(&'m self, process: &Process) -> Vec<Step<'m>> {
        let find = |name: &String| {
            self.find_step(|id, _| id == name).or_else(|| self.find_step(|_, own| own == name))
        };
        process.steps.iter().filter_map(find).collect()
    }

    fn find_step(&self, is: impl Fn(&str, &str) -> bool) -> Option<Step<'_>> {
        let imports = self.imports.iter().find(|it| is(&it.id, &it.name)).map(Step::Import);
        let exports = || self.exports.iter().find(|it| is(&it.id, &it.name)).map(Step::Export);
        let actions = || self.actions.iter().find(|it| is(&it.id, &it.name)).map(Step::Action);
        imports.or_else(exports).or_else(actions)
    }
}

impl Process {
    /// Makes a process from the names or ids of its steps.
    pub fn new(name: &str, steps: &[&str]) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            steps: steps.iter().map(|&step| step.to_owned()).collect(),
        }
    }
}

impl Dashboard {
    /// Makes a dashboard.
    pub fn new(name: &str) -> Self {
        Self { id: String::new(), name: name.to_owned() }
    }
}
