//! Makes a tenant, faults and settings from a tree that has been checked.
//!
//! Tables are read in the order in which they need each other, wherever they stand in the file. A
//! name that leads nowhere is a problem at its place.

mod action;
mod column;
mod export;
mod fault;
mod import;
mod list;
mod made;
mod model;
mod module;
mod pending;
mod server;
mod sheet;
mod tenant;

use std::path::Path;

pub(crate) use self::fault::fault;
pub(crate) use self::server::change_limits;

use self::pending::Pending;
use super::super::tenant::{Model, Tenant, Workspace};
use super::fields::Fields;
use super::problem::Problems;
use super::{Scenario, odd};

/// Where a model is: the positions of its workspace and of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Home {
    workspace: usize,
    model: usize,
}

/// What is being built.
struct Build<'a> {
    /// Where relative paths start.
    folder: &'a Path,
    problems: &'a mut Problems,
    tenant: Tenant,
    /// What can be written only when everything has its id.
    pending: Vec<Pending>,
}

/// Builds a scenario. Without problems in the end, it is complete.
pub(super) fn scenario(root: Fields<'_>, folder: &Path, problems: &mut Problems) -> Scenario {
    let base = root.text("base").map_or_else(Tenant::new, |_| Tenant::demo());
    let mut build = Build { folder, problems, tenant: base, pending: Vec::new() };
    if let Some(id) = root.text("customer_id") {
        id.clone_into(&mut build.tenant.customer_id);
    }
    if let Some(days) = root.whole("history_days") {
        build.tenant.history_days = days;
    }
    build.workspaces(root);
    build.users(root);
    build.oauth_clients(root);
    build.models(root);
    build.lists(root);
    build.modules(root);
    build.files(root);
    build.exports(root);
    build.imports(root);
    build.actions(root);
    build.processes(root);
    build.tenant.fill_ids();
    build.write_pending();

    let Build { mut tenant, problems, .. } = build;
    let faults = root.tables("faults").into_iter().filter_map(|it| fault(it, problems)).collect();
    let nasty = root.inner("nasty");
    if let Some(nasty) = nasty {
        odd::apply(nasty, &mut tenant);
    }
    Scenario {
        tenant,
        faults,
        clock: server::clock(root.inner("clock"), problems),
        limits: server::limits(root.inner("limits")),
        keep_requests: root.whole("keep_requests"),
        gzip: nasty.and_then(|nasty| nasty.flag("gzip")).unwrap_or(true),
        refuse_reused_payloads: nasty
            .and_then(|nasty| nasty.flag("refuse_reused_payloads"))
            .unwrap_or(false),
        nasty: server::nasty(nasty),
    }
}

impl Build<'_> {
    /// Finds the workspace that a model belongs to.
    fn workspace_of(&mut self, fields: Fields<'_>) -> Option<usize> {
        let all = &self.tenant.workspaces;
        let Some(name) = fields.text("workspace") else {
            if all.len() == 1 {
                return Some(0);
            }
            let why = if all.is_empty() { "there is none" } else { "there are several" };
            let problem = format!("`workspace` is missing in {}: {why}", fields.section.heading);
            self.problems.add(fields.at, problem);
            return None;
        };
        let is = |workspace: &Workspace| workspace.id == name || workspace.name == name;
        let found = all.iter().position(is);
        if found.is_none() {
            let names = all.iter().map(|workspace| workspace.name.as_str());
            let what = format!("no workspace `{name}`");
            self.problems.unknown(fields.place("workspace"), what, name, names);
        }
        found
    }

    /// Finds the model that something belongs to, by its key `model`.
    fn home(&mut self, fields: Fields<'_>) -> Option<Home> {
        let workspaces = self.tenant.workspaces.iter().enumerate();
        let all: Vec<(Home, &Model)> = workspaces
            .flat_map(|(workspace, it)| {
                let models = it.models.iter().enumerate();
                models.map(move |(model, it)| (Home { workspace, model }, it))
            })
            .collect();
        let Some(name) = fields.text("model") else {
            if let [(home, _)] = all.as_slice() {
                return Some(*home);
            }
            let why = if all.is_empty() { "there is none" } else { "there are several" };
            let problem = format!("`model` is missing in {}: {why}", fields.section.heading);
            self.problems.add(fields.at, problem);
            return None;
        };
        if let Some((home, _)) = all.iter().find(|(_, model)| model.id == name) {
            return Some(*home);
        }
        let mut named = all.iter().filter(|(_, model)| model.name == name);
        let place = fields.place("model");
        match (named.next(), named.next()) {
            (Some((home, _)), None) => Some(*home),
            (Some(_), Some(_)) => {
                let problem = format!("several models are called `{name}`: give the `id` of one");
                self.problems.add(place, problem);
                None
            }
            (None, _) => {
                let names = all.iter().map(|(_, model)| model.name.as_str());
                self.problems.unknown(place, format!("no model `{name}`"), name, names);
                None
            }
        }
    }

    fn model(&self, home: Home) -> Option<&Model> {
        self.tenant.workspaces.get(home.workspace)?.models.get(home.model)
    }

    fn model_mut(&mut self, home: Home) -> Option<&mut Model> {
        self.tenant.workspaces.get_mut(home.workspace)?.models.get_mut(home.model)
    }

    /// Reports a name that is none of those known, at the place of a key.
    fn no_such(&mut self, fields: Fields<'_>, key: &str, what: &str, name: &str, known: &[String]) {
        let place = fields.place(key);
        self.no_such_at(place, what, name, known);
    }

    /// Reports a name that is none of those known, at a place.
    fn no_such_at(&mut self, place: usize, what: &str, name: &str, known: &[String]) {
        let known = known.iter().map(String::as_str);
        self.problems.unknown(place, format!("no {what} `{name}`"), name, known);
    }
}

/// The names of things, to propose.
fn names<'a, T: 'a>(things: &'a [T], name: impl Fn(&'a T) -> &'a str) -> Vec<String> {
    things.iter().map(|thing| name(thing).to_owned()).collect()
}
