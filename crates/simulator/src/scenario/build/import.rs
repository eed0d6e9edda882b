//! Imports.

use super::super::super::tenant::{
    Import, ImportSource, ImportTarget, List, ListColumn, Model, Module, ModuleColumn, Outcome,
};
use super::super::fields::Fields;
use super::{Build, Home, names};

/// Where rows go: one of these keys.
const TARGETS: &[&str] = &["list", "module", "line_items_of", "into"];

/// The columns of an import: what each header means, and where it stands.
struct Columns {
    pairs: Vec<(String, String, usize)>,
    /// Whether they were made up from the source's headers.
    implied: bool,
}

impl Build<'_> {
    pub(super) fn imports(&mut self, root: Fields<'_>) {
        for fields in root.tables("imports") {
            let Some(home) = self.home(fields) else { continue };
            let source = self.source(fields, home);
            let Some(target) = self.target(fields, home) else { continue };
            let import = Import {
                id: fields.text("id").unwrap_or_default().to_owned(),
                name: fields.text("name").unwrap_or_default().to_owned(),
                source,
                target,
                prompts: fields.texts("prompts"),
                outcome: Outcome::Success,
            };
            let outcome = self.outcome(fields);
            if let Some(model) = self.model_mut(home) {
                model.imports.push(Import { outcome, ..import });
            }
        }
    }

    fn source(&mut self, fields: Fields<'_>, home: Home) -> ImportSource {
        let view = fields.inner("view");
        if view.is_some() == fields.has("file") {
            self.problems.add(fields.at, "an import needs either `file` or `view`");
        }
        let Some(view) = view else {
            let name = fields.text("file").unwrap_or_default();
            if let Some(model) = self.model(home).filter(|_| fields.has("file"))
                && !model.files.iter().any(|it| it.name == name || it.id == name)
            {
                let known = names(&model.files, |it| &it.name);
                self.no_such(fields, "file", "file", name, &known);
            }
            return ImportSource::File(name.to_owned());
        };
        let own = self.model(home).map_or_else(String::new, |model| model.name.clone());
        let model = view.text("model").unwrap_or(&own).to_owned();
        let other = if view.has("model") { self.home(view) } else { Some(home) };
        if let Some(other) = other {
            self.check_view(view, other);
        }
        ImportSource::View {
            model,
            module: view.text("module").unwrap_or_default().to_owned(),
            view: view.text("view").unwrap_or_default().to_owned(),
        }
    }

    /// Checks the keys `module` and `view`.
    pub(super) fn check_view(&mut self, fields: Fields<'_>, home: Home) {
        let Some((name, model)) = fields.text("module").zip(self.model(home)) else { return };
        let Some(module) = model.find_module(name) else {
            let known = names(&model.modules, |it| &it.name);
            return self.no_such(fields, "module", "module", name, &known);
        };
        let Some(view) = fields.text("view") else { return };
        if !module.views.iter().any(|it| it.name == view || it.id == view) {
            let known = names(&module.views, |it| &it.name);
            self.no_such(fields, "view", "view", view, &known);
        }
    }

    fn target(&mut self, fields: Fields<'_>, home: Home) -> Option<ImportTarget> {
        let given: Vec<&str> = TARGETS.iter().copied().filter(|key| fields.has(key)).collect();
        let [target] = given.as_slice() else {
            let problem = "an import needs one of `list`, `module`, `line_items_of`, `into`";
            self.problems.add(fields.at, problem);
            return None;
        };
        let name = fields.text(target).unwrap_or_default().to_owned();
        let columns = self.columns(fields, home);
        let model = self.model(home)?;
        match *target {
            "list" => {
                let Some(list) = model.find_list(&name).cloned() else {
                    let known = names(&model.lists, |it| &it.name);
                    self.no_such(fields, "list", "list", &name, &known);
                    return None;
                };
                let columns = self.list_columns(&columns, &list);
                Some(ImportTarget::List { list: name, columns })
            }
            "into" => {
                Some(if name == "users" { ImportTarget::Users } else { ImportTarget::Versions })
            }
            key => {
                let Some(module) = model.find_module(&name).cloned() else {
                    let known = names(&model.modules, |it| &it.name);
                    self.no_such(fields, key, "module", &name, &known);
                    return None;
                };
                if key == "line_items_of" {
                    return Some(ImportTarget::LineItems { module: name });
                }
                let columns = self.module_columns(&columns, &module);
                Some(ImportTarget::Module { module: name, columns })
            }
        }
    }

    fn columns(&self, fields: Fields<'_>, home: Home) -> Columns {
        if fields.has("columns") {
            let pairs = fields.map("columns").iter().map(|entry| {
                let means = entry.node.text().unwrap_or_default().to_owned();
                (entry.key.clone(), means, entry.node.at)
            });
            return Columns { pairs: pairs.collect(), implied: false };
        }
        let file = fields.text("file").unwrap_or_default();
        let headers = self.model(home).map_or_else(Vec::new, |model| headers(model, file));
        let pairs = headers.into_iter().map(|header| (header.clone(), header, fields.at));
        Columns { pairs: pairs.collect(), implied: true }
    }

    fn list_columns(&mut self, columns: &Columns, list: &List) -> Vec<(String, ListColumn)> {
        let mut all = Vec::new();
        for (header, means, at) in &columns.pairs {
            let is_property = list.properties.iter().any(|it| it.name == *means);
            let column = match means.to_lowercase().as_str() {
                _ if is_property => ListColumn::Property(means.clone()),
                "name" => ListColumn::Name,
                "code" => ListColumn::Code,
                "parent" => ListColumn::Parent,
                _ if list.subsets.iter().any(|it| it.name == *means) => {
                    ListColumn::Subset(means.clone())
                }
                _ if columns.implied => continue,
                _ => {
                    let mut known = names(&list.properties, |it| &it.name);
                    known.extend(names(&list.subsets, |it| &it.name));
                    known.extend(["name", "code", "parent"].map(str::to_owned));
                    self.no_such_at(*at, "property or subset", means, &known);
                    continue;
                }
            };
            all.push((header.clone(), column));
        }
        all
    }

    fn module_columns(
        &mut self,
        columns: &Columns,
        module: &Module,
    ) -> Vec<(String, ModuleColumn)> {
        let own = module.line_items.iter().filter_map(|item| item.dimensions.as_ref()).flatten();
        let dimensions: Vec<String> =
            module.dimensions.iter().chain(own).map(dimension_name).collect();
        let mut all = Vec::new();
        for (header, means, at) in &columns.pairs {
            let column = if dimensions.contains(means) {
                ModuleColumn::Dimension(means.clone())
            } else if module.find_line_item(means).is_some() {
                ModuleColumn::LineItem(means.clone())
            } else if means.eq_ignore_ascii_case("line item") {
                ModuleColumn::LineItemName
            } else if means.eq_ignore_ascii_case("value") {
                ModuleColumn::Value
            } else if columns.implied {
                continue;
            } else {
                let mut known = names(&module.line_items, |it| &it.name);
                known.extend(dimensions.iter().cloned());
                known.extend(["line item", "value"].map(str::to_owned));
                self.no_such_at(*at, "dimension or line item", means, &known);
                continue;
            };
            all.push((header.clone(), column));
        }
        all
    }
}

/// The headers of a source file.
fn headers(model: &Model, file: &str) -> Vec<String> {
    let found = model.files.iter().find(|it| it.name == file || it.id == file);
    found.map_or_else(Vec::new, |file| file.headers.clone())
}

/// What a dimension is called in a scenario.
fn dimension_name(dim: &super::super::super::tenant::Dim) -> String {
    use super::super::super::tenant::Dim;
    match dim {
        Dim::List(name) | Dim::Subset(name) => name.clone(),
        Dim::Time(_) => "Time".to_owned(),
        Dim::Versions => "Versions".to_owned(),
        Dim::Users => "Users".to_owned(),
    }
}
