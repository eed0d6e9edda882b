//! The simulated tenant: plain data that tests build, and may change while the server runs.

mod action;
mod calendar;
mod certificate;
mod client;
mod data;
mod export;
mod format;
mod grid;
mod import;
mod items;
mod list;
mod metadata;
mod model;
mod module;
mod period;
mod role;
mod row;
mod user;
mod version;
mod x509;

pub(crate) use action::Step;
pub use action::{Action, ActionKind, Dashboard, Process};
pub(crate) use calendar::TIME;
pub use calendar::{Calendar, CalendarKind, Scale, WeekFormat, WeekGrouping};
pub use certificate::{Certificate, InvalidCertificate};
pub use client::{ClientGrant, OAuthClient};
pub use data::{Data, RowFn};
pub use export::{Column, Detail, Export, Outcome};
pub(crate) use format::number_text;
pub use format::{Format, NumberFormat, TextKind};
pub(crate) use grid::positions;
pub use grid::{Axis, CellFn, Grid};
pub use import::{Import, ImportSource, ImportTarget, ListColumn, ModuleColumn, SourceFile};
pub use items::Items;
pub use list::{Item, List, Property, Subset};
pub use model::{LineItemSubset, Model, Workspace};
pub use module::{Dim, Fill, LINE_ITEMS, LineItem, Module, Place, PlaceFn, Summary, View};
pub use period::Period;
pub use role::Role;
pub(crate) use row::CellForm;
pub use row::Row;
pub use user::{Password, User};
pub(crate) use version::VERSIONS;
pub use version::Version;

use super::ids;

/// A tenant: its users, its OAuth clients, and its workspaces with their models.
///
/// Ids that are empty are filled in, the same ones in every run, when a workspace or a user is
/// added and after every change to a running simulator.
#[derive(Clone, Debug, Default)]
pub struct Tenant {
    /// The customer's id: 32 lower-case hex digits.
    pub customer_id: String,
    /// The users who may sign in.
    pub users: Vec<User>,
    /// The programs that may sign users in.
    pub oauth_clients: Vec<OAuthClient>,
    /// The workspaces.
    pub workspaces: Vec<Workspace>,
    /// For how many days before its start the simulator makes up audit events.
    pub history_days: u32,
}

impl Tenant {
    /// Makes a tenant without users and workspaces.
    pub fn new() -> Self {
        Self { customer_id: ids::guid("customer"), ..Self::default() }
    }

    /// Adds a user.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self.fill_ids();
        self
    }

    /// Registers an OAuth client.
    #[must_use]
    pub fn oauth_client(mut self, client: OAuthClient) -> Self {
        self.oauth_clients.push(client);
        self
    }

    /// Adds a workspace.
    #[must_use]
    pub fn workspace(mut self, workspace: Workspace) -> Self {
        self.workspaces.push(workspace);
        self.fill_ids();
        self
    }

    /// Makes up audit events for so many days before the start, the same ones for the same day in every run.
    #[must_use]
    pub fn history(mut self, days: u32) -> Self {
        self.history_days = days;
        self
    }

    /// Finds a user by email or id.
    pub fn find_user(&self, email_or_id: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.id == email_or_id || user.email.eq_ignore_ascii_case(email_or_id))
    }

    /// Finds an OAuth client by its id.
    pub fn find_oauth_client(&self, id: &str) -> Option<&OAuthClient> {
        self.oauth_clients.iter().find(|client| client.id == id)
    }

    /// Finds a workspace by name or id.
    pub fn find_workspace(&self, name_or_id: &str) -> Option<&Workspace> {
        self.workspaces
            .iter()
            .find(|workspace| workspace.id == name_or_id || workspace.name == name_or_id)
    }

    /// Finds a model by name or id, in any workspace.
    pub fn find_model(&self, name_or_id: &str) -> Option<&Model> {
        self.workspaces
            .iter()
            .flat_map(|workspace| &workspace.models)
            .find(|model| model.id == name_or_id || model.name == name_or_id)
    }

    /// Finds a model by name or id, to change it.
    pub fn model_mut(&mut self, name_or_id: &str) -> Option<&mut Model> {
        self.workspaces
            .iter_mut()
            .flat_map(|workspace| &mut workspace.models)
            .find(|model| model.id == name_or_id || model.name == name_or_id)
    }

    /// Finds an export by the names or ids of its model and of itself.
    pub fn export(&self, model: &str, export: &str) -> Option<&Export> {
        self.find_model(model)?
            .exports
            .iter()
            .find(|candidate| candidate.id == export || candidate.name == export)
    }

    /// Finds an export by the names or ids of its model and of itself, to change it.
    pub fn export_mut(&mut self, model: &str, export: &str) -> Option<&mut Export> {
        self.model_mut(model)?
            .exports
            .iter_mut()
            .find(|candidate| candidate.id == export || candidate.name == export)
    }

    /// Returns the users who are at home in this tenant.
    pub(crate) fn own_users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| !user.visitor)
    }

    /// Finds the workspace that holds a model, by the model's id.
    pub(crate) fn home_of(&self, model_id: &str) -> Option<(&Workspace, &Model)> {
        self.workspaces.iter().find_map(|workspace| {
            let model = workspace.models.iter().find(|model| model.id == model_id)?;
            Some((workspace, model))
        })
    }

    /// Finds a model by id, to change it while looking at the users.
    pub(crate) fn parts_mut(&mut self, model_id: &str) -> Option<(&mut Model, &[User])> {
        let models = self.workspaces.iter_mut().flat_map(|workspace| &mut workspace.models);
        Some((models.into_iter().find(|model| model.id == model_id)?, &self.users))
    }

    /// Gives an id to everything that has none.
    pub(crate) fn fill_ids(&mut self) {
        if self.customer_id.is_empty() {
            self.customer_id = ids::guid("customer");
        }
        let mut taken: std::collections::HashSet<String> = self
            .users
            .iter()
            .map(|user| &user.id)
            .chain(self.workspaces.iter().map(|workspace| &workspace.id))
            .chain(
                self.workspaces
                    .iter()
                    .flat_map(|workspace| &workspace.models)
                    .map(|model| &model.id),
            )
            .filter(|id| !id.is_empty())
            .cloned()
            .collect();
        let mut fill = |id: &mut String, kind: fn(&str) -> String, name: &str| {
            if !id.is_empty() {
                return;
            }
            // Two things of one name get ids of their own.
            for turn in 0_u32.. {
                let candidate = kind(&format!("{name}\u{1f}{turn}"));
                if taken.insert(candidate.clone()) {
                    *id = candidate;
                    return;
                }
            }
        };
        for user in &mut self.users {
            fill(&mut user.id, ids::guid, &format!("user\u{1f}{}", user.email));
        }
        for workspace in &mut self.workspaces {
            fill(&mut workspace.id, ids::guid, &format!("workspace\u{1f}{}", workspace.name));
            for model in &mut workspace.models {
                fill(
                    &mut model.id,
                    ids::model,
                    &format!("model\u{1f}{}\u{1f}{}", workspace.name, model.name),
                );
                model.fill_ids();
            }
        }
    }
}
