//! Workspaces and models.

use std::collections::HashMap;

use super::action::{Action, Dashboard, Process};
use super::calendar::Calendar;
use super::export::Export;
use super::format::Format;
use super::import::{Import, SourceFile};
use super::list::{Item, List};
use super::module::Module;
use super::version::Version;

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

/// A model: lists, modules, and the actions on them.
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
    /// The lists.
    pub lists: Vec<List>,
    /// The modules.
    pub modules: Vec<Module>,
    /// The calendar.
    pub calendar: Calendar,
    /// The versions.
    pub versions: Vec<Version>,
    /// The subsets of line items.
    pub line_item_subsets: Vec<LineItemSubset>,
    /// The files that imports read.
    pub files: Vec<SourceFile>,
    /// The imports.
    pub imports: Vec<Import>,
    /// The actions.
    pub actions: Vec<Action>,
    /// The processes.
    pub processes: Vec<Process>,
    /// The dashboards.
    pub dashboards: Vec<Dashboard>,
}

/// A subset of line items, used as a list is.
#[derive(Clone, Debug)]
pub struct LineItemSubset {
    /// 114…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// The line items, each by its module's name and its own.
    pub line_items: Vec<(String, String)>,
}

impl Model {
    /// Makes an unlocked model with a calendar of two years, and nothing else.
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
            lists: Vec::new(),
            modules: Vec::new(),
            calendar: Calendar::default(),
            versions: Vec::new(),
            line_item_subsets: Vec::new(),
            files: Vec::new(),
            imports: Vec::new(),
            actions: Vec::new(),
            processes: Vec::new(),
            dashboards: Vec::new(),
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

    /// Adds a list.
    #[must_use]
    pub fn list(mut self, list: List) -> Self {
        self.lists.push(list);
        self
    }

    /// Adds a module.
    #[must_use]
    pub fn module(mut self, module: Module) -> Self {
        self.modules.push(module);
        self
    }

    /// Sets the calendar.
    #[must_use]
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.calendar = calendar;
        self
    }

    /// Adds a version.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.versions.push(version);
        self
    }

    /// Adds a file that imports read.
    #[must_use]
    pub fn file(mut self, file: SourceFile) -> Self {
        self.files.push(file);
        self
    }

    /// Adds an import.
    #[must_use]
    pub fn import(mut self, import: Import) -> Self {
        self.imports.push(import);
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Adds a process.
    #[must_use]
    pub fn process(mut self, process: Process) -> Self {
        self.processes.push(process);
        self
    }

    /// Adds a dashboard.
    #[must_use]
    pub fn dashboard(mut self, name: &str) -> Self {
        self.dashboards.push(Dashboard::new(name));
        self
    }

    /// Returns a copy of what cells are made of, without files and actions.
    pub(crate) fn content(&self) -> Self {
        Self {
            id: self.id.clone(),
            state: self.state.clone(),
            lists: self.lists.clone(),
            modules: self.modules.clone(),
            calendar: self.calendar.clone(),
            versions: self.versions.clone(),
            line_item_subsets: self.line_item_subsets.clone(),
            ..Self::new(&self.name)
        }
    }

    /// Tells whether the model is deployed: its structure can't be changed.
    pub(crate) fn is_deployed(&self) -> bool {
        self.state == "PRODUCTION"
    }

    /// Finds a list by id or name.
    pub fn find_list(&self, name_or_id: &str) -> Option<&List> {
        let by_id = self.lists.iter().find(|list| list.id == name_or_id);
        by_id.or_else(|| self.lists.iter().find(|list| list.name == name_or_id))
    }

    /// Finds a list by id or name, to change it.
    pub fn list_mut(&mut self, name_or_id: &str) -> Option<&mut List> {
        let id = self.find_list(name_or_id)?.id.clone();
        self.lists.iter_mut().find(|list| list.id == id)
    }

    /// Finds a module by id or name.
    pub fn find_module(&self, name_or_id: &str) -> Option<&Module> {
        let by_id = self.modules.iter().find(|module| module.id == name_or_id);
        by_id.or_else(|| self.modules.iter().find(|module| module.name == name_or_id))
    }

    /// Finds a module by id or name, to change it.
    pub fn module_mut(&mut self, name_or_id: &str) -> Option<&mut Module> {
        let id = self.find_module(name_or_id)?.id.clone();
        self.modules.iter_mut().find(|module| module.id == id)
    }

    /// Gives an id to everything inside that has none.
    pub(crate) fn fill_ids(&mut self) {
        number(116_000_000_001, self.exports.iter_mut().map(|it| &mut it.id));
        number(101_000_000_001, self.lists.iter_mut().map(|it| &mut it.id));
        number(102_000_000_001, self.modules.iter_mut().map(|it| &mut it.id));
        number(107_000_000_001, self.versions.iter_mut().map(|it| &mut it.id));
        let subsets = self.lists.iter_mut().flat_map(|list| &mut list.subsets);
        number(109_000_000_001, subsets.map(|it| &mut it.id));
        number(114_000_000_001, self.line_item_subsets.iter_mut().map(|it| &mut it.id));
        number(113_000_000_001, self.files.iter_mut().map(|it| &mut it.id));
        number(112_000_000_001, self.imports.iter_mut().map(|it| &mut it.id));
        number(117_000_000_001, self.actions.iter_mut().map(|it| &mut it.id));
        number(118_000_000_001, self.processes.iter_mut().map(|it| &mut it.id));
        number(115_000_000_001, self.dashboards.iter_mut().map(|it| &mut it.id));
        // Each list and each module has a block of its own: items of a list never meet those of another.
        let mut block = 201_000_000_000_u64;
        for list in &mut self.lists {
            list.fill_items(block);
            block += 1_000_000_000;
        }
        for module in &mut self.modules {
            number(block, module.line_items.iter_mut().map(|it| &mut it.id));
            number(block + 500_000_000, module.views.iter_mut().map(|it| &mut it.id));
            block += 1_000_000_000;
        }
        self.link_parents();
        self.link_properties();
    }

    /// Turns names and codes in properties of items and periods, which new models give, into ids.
    fn link_properties(&mut self) {
        let mut known: Vec<HashMap<String, String>> = Vec::new();
        for (list, property) in
            self.lists.iter().flat_map(|list| list.properties.iter().map(move |it| (list, it)))
        {
            known.push(match &property.format {
                _ if list.items.are_made() || list.items.is_empty() => HashMap::new(),
                Format::List(list) => ids_of(self.find_list(list)),
                Format::Time(_) => {
                    let periods = self.calendar.periods().into_iter();
                    periods.map(|period| (period.name, period.id)).collect()
                }
                _ => HashMap::new(),
            });
        }
        let mut known = known.iter();
        for list in &mut self.lists {
            let known: Vec<_> = known.by_ref().take(list.properties.len()).collect();
            if list.items.are_made() || known.iter().all(|known| known.is_empty()) {
                continue;
            }
            for item in &mut list.items {
                for (value, known) in item.properties.iter_mut().zip(&known) {
                    if let Some(id) = known.get(value) {
                        value.clone_from(id);
                    }
                }
            }
        }
    }

    /// Turns the names of parents, which new models give, into ids.
    fn link_parents(&mut self) {
        let mut found: Vec<Vec<Option<String>>> = Vec::new();
        for list in &self.lists {
            if list.items.are_made() || list.items.iter().all(|item| item.parent.is_none()) {
                found.push(Vec::new());
                continue;
            }
            let above = list.parent.as_deref().and_then(|name| self.find_list(name));
            let own: HashMap<&str, &str> = names_of(Some(list));
            let others: HashMap<&str, &str> = names_of(above);
            let resolve = |item: &Item| {
                let parent = item.parent.as_deref()?;
                let found = others.get(parent).or_else(|| own.get(parent))?;
                Some((*found).to_owned())
            };
            found.push(list.items.iter().map(resolve).collect());
        }
        for (list, found) in self.lists.iter_mut().zip(found) {
            if found.is_empty() {
                continue;
            }
            for (item, parent) in list.items.iter_mut().zip(found) {
                item.parent = parent.or(item.parent.take());
            }
        }
    }
}

/// Names and codes of a list's items, each with the id.
fn ids_of(list: Option<&List>) -> HashMap<String, String> {
    let items = list.into_iter().flat_map(|list| &list.items);
    items
        .flat_map(|item| {
            let names = std::iter::once(&item.name).chain(&item.code);
            names.map(|name| (name.clone(), item.id.clone()))
        })
        .collect()
}

/// Names and ids of a list's items, each with the id.
fn names_of(list: Option<&List>) -> HashMap<&str, &str> {
    let items = list.into_iter().flat_map(|list| &list.items);
    items
        .flat_map(|item| {
            [(item.name.as_str(), item.id.as_str()), (item.id.as_str(), item.id.as_str())]
        })
        .collect()
}

impl List {
    /// Gives ids to items that have none, and names to those of a numbered list.
    fn fill_items(&mut self, block: u64) {
        if self.top_level_id.is_empty() {
            self.top_level_id = block.to_string();
        }
        if self.items.are_made() {
            return;
        }
        if self.items.iter().any(|item| item.id.is_empty()) {
            // Numbers of deleted items are not given again.
            let first = block + self.next_index.max(1);
            number(first, self.items.iter_mut().map(|item| &mut item.id));
        }
        self.next_index = self
            .items
            .iter()
            .filter_map(|item| item.id.parse::<u64>().ok())
            .map(|id| id.saturating_sub(block).saturating_add(1))
            .filter(|index| *index < 1_000_000_000)
            .max()
            .unwrap_or(1)
            .max(self.next_index);
        if self.numbered {
            for item in self.items.iter_mut().filter(|item| item.name.is_empty()) {
                let index = item.id.parse::<u64>().unwrap_or(0).saturating_sub(block);
                item.name = format!("#{index}");
            }
        }
    }
}

/// Numbers what has no id, from the highest id there is, or from `first`.
fn number<'a>(first: u64, ids: impl Iterator<Item = &'a mut String>) {
    let mut empty = Vec::new();
    let mut next = first;
    for id in ids {
        if id.is_empty() {
            empty.push(id);
        } else if let Ok(taken) = id.parse::<u64>() {
            next = next.max(taken.saturating_add(1));
        }
    }
    for id in empty {
        *id = next.to_string();
        next = next.saturating_add(1);
    }
}
