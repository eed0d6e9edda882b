//! Scenarios: a tenant, what goes wrong in it, its clock and its limits, in a TOML or JSON file.
//!
//! A file becomes a [tree](node) that knows where everything stands; the tree is [checked](check)
//! against a [description](schema) of the language, which also makes the reference page; what
//! passes is [built](build) into a [`Tenant`]. Each step reports all that it finds.

mod build;
mod check;
mod fields;
mod json;
mod keys;
mod node;
mod odd;
mod problem;
mod reference;
mod schema;
mod toml;
mod value;

#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use self::build::{change_limits, fault};
pub(crate) use self::fields::Fields;
pub(crate) use self::keys::{FAULTS, LIMITS};
pub(crate) use self::problem::Problems;
pub use self::problem::{ScenarioError, ScenarioProblem};
pub use self::reference::{scenario_help, scenario_reference};
pub(crate) use self::schema::{Kind, Section, key, section};
pub(crate) use self::value::{duration_text, moment_text};

use self::node::Table;
use super::clock::Clock;
use super::fault::Fault;
use super::limits::Limits;
use super::nasty::Nasty;
use super::server::{Simulator, SimulatorBuilder};
use super::tenant::Tenant;

/// What a simulator serves, and how: read from a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The tenant, ids included.
    pub tenant: Tenant,
    /// The faults that are in force from the start.
    pub faults: Vec<Fault>,
    /// The clock. It runs since the file was read, and clones of the scenario share it.
    pub clock: Clock,
    /// The limits.
    pub limits: Limits,
    /// How many requests the log keeps, where the file says so.
    pub keep_requests: Option<usize>,
    /// Whether answers are compressed for clients that accept gzip.
    pub gzip: bool,
    /// Whether the signed payload of a certificate signs in only once.
    pub refuse_reused_payloads: bool,
    /// The switches for what is legal, and nasty.
    pub nasty: Nasty,
}

impl Scenario {
    /// Reads a file. One whose name ends in `.json` holds JSON, any other TOML. Paths in it start at
    /// its folder.
    ///
    /// # Errors
    /// Fails with everything that is wrong, each thing with its line: unknown keys, values of the
    /// wrong kind, names that lead nowhere, CSV files that can't be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| ScenarioError::whole(&shown, format!("can't be read: {error}")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ScenarioError::whole(&shown, "is no UTF-8".to_owned()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let is_json =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let read = if is_json { json::read } else { toml::read };
        Self::build(&text, &shown, folder, read)
    }

    /// Reads TOML. Paths in it start at the current folder.
    ///
    /// # Errors
    /// As [`Scenario::read`].
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        Self::build(text, "the scenario", Path::new(""), toml::read)
    }

    fn build(
        text: &str,
        source: &str,
        folder: &Path,
        read: fn(&str, &mut Problems) -> Table,
    ) -> Result<Self, ScenarioError> {
        let mut problems = Problems::default();
        let table = read(text, &mut problems);
        if problems.is_empty() {
            check::check(&keys::SCENARIO, &table, 0, &mut problems);
        }
        // Only a tree in good form can be looked at more closely.
        if !problems.is_empty() {
            problems.end(source, text)?;
        }
        let mut problems = Problems::default();
        let root = Fields::new(&keys::SCENARIO, 0, &table);
        let scenario = build::scenario(root, folder, &mut problems);
        problems.end(source, text)?;
        Ok(scenario)
    }

    /// Starts to configure a simulator of this scenario.
    pub fn builder(self) -> SimulatorBuilder {
        let mut builder = Simulator::builder(self.tenant)
            .clock(self.clock)
            .limits(self.limits)
            .gzip(self.gzip)
            .refuse_reused_payloads(self.refuse_reused_payloads)
            .nasty(self.nasty);
        if let Some(requests) = self.keep_requests {
            builder = builder.keep_requests(requests);
        }
        self.faults.into_iter().fold(builder, SimulatorBuilder::fault)
    }
}

/// The body of a control request: JSON in the language of scenarios.
pub(crate) struct Body<'a> {
    text: &'a str,
    table: Table,
}

impl<'a> Body<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// Fails for what is no JSON object, with the place.
    pub(crate) fn read(text: &'a str) -> Result<Self, ScenarioError> {
        let mut problems = Problems::default();
        let table = json::read(text, &mut problems);
        problems.end(BODY, text)?;
        Ok(Self { text, table })
    }

    /// Tells whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// Checks the body as a table, and makes something of it.
    ///
    /// # Errors
    /// Fails with everything that is wrong with it.
    pub(crate) fn make<T>(
        &self,
        section: &'static Section,
        make: impl FnOnce(Fields<'_>, &mut Problems) -> T,
    ) -> Result<T, ScenarioError> {
        let mut problems = Problems::default();
        check::check(section, &self.table, 0, &mut problems);
        if !problems.is_empty() {
            problems.end(BODY, self.text)?;
        }
        let mut problems = Problems::default();
        let made = make(Fields::new(section, 0, &self.table), &mut problems);
        problems.end(BODY, self.text)?;
        Ok(made)
    }
}

/// How errors call the body of a request.
const BODY: &str = "the body";
