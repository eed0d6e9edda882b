//! Workspaces and models.

use super::export::Export;

/// A workspace with its models.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// 32 lower-case hex digits; empty until the workspace is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether the workspace is active.
    pub active: bool,
    /// The size it may have, in bytes; listed with `tenantDetails`.
    pub size_allowance: u64,
    /// The models.
    pub models: Vec<Model>,
}

impl Workspace {
    /// Makes an active workspace without models.
    pub fn new(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            active: true,
            size_allowance: 1_073_741_824,
            models: Vec::new(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Adds a model.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.models.push(model);
        self
    }
}

/// A model with its exports.
#[derive(Clone, Debug)]
pub struct Model {
    /// 32 upper-case hex digits; empty until its workspace is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// `UNLOCKED`, `LOCKED`, `ARCHIVED`, `MAINTENANCE`, `PRODUCTION`, `PRODUCTION_MAINTENANCE` or `ACTIVE`.
    pub state: String,
    /// Whether everyone's role here is NO ACCESS.
    pub no_access: bool,
    /// Emails or ids of users whose role here is NO ACCESS.
    pub no_access_for: Vec<String>,
    /// Memory used, in bytes; listed with `modelDetails`.
    pub memory_usage: u64,
    /// The categories that it belongs to, each with its value.
    pub categories: Vec<(String, String)>,
    /// The exports.
    pub exports: Vec<Export>,
}

impl Model {
    /// Makes an unlocked model without exports.
    pub fn new(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            state: "UNLOCKED".to_owned(),
            no_access: false,
            no_access_for: Vec::new(),
            memory_usage: 10_485_760,
            categories: Vec::new(),
            exports: Vec::new(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Tells whether the model is offline.
    pub(crate) fn is_offline(&self) -> bool {
        matches!(self.state.as_str(), "MAINTENANCE" | "PRODUCTION_MAINTENANCE")
    }

    /// Sets the state.
    #[must_use]
    pub fn state(mut self, state: &str) -> Self {
        state.clone_into(&mut self.state);
        self
    }

    /// Gives every user the role NO ACCESS.
    #[must_use]
    pub fn no_access(mut self) -> Self {
        self.no_access = true;
        self
    }

    /// Gives one user, by email or id, the role NO ACCESS.
    #[must_use]
    pub fn no_access_for(mut self, user: &str) -> Self {
        self.no_access_for.push(user.to_owned());
        self
    }

    /// Puts the model into a category: `Department` with the value `Finance`.
    #[must_use]
    pub fn category(mut self, name: &str, value: &str) -> Self {
        self.categories.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an export.
    #[must_use]
    pub fn export(mut self, export: Export) -> Self {
        self.exports.push(export);
        self
    }

    /// Numbers the exports that have no id: 116000000001 and on.
    pub(crate) fn fill_export_ids(&mut self) {
        let highest = self.exports.iter().filter_map(|export| export.id.parse::<u64>().ok()).max();
        let mut next = highest.map_or(116_000_000_001, |id| id.saturating_add(1));
        for export in self.exports.iter_mut().filter(|export| export.id.is_empty()) {
            export.id = next.to_string();
            next = next.saturating_add(1);
        }
    }
}
