//! Files behind imports, actions, processes.

use super::super::super::tenant::{Action, ActionKind, Format, Process, SourceFile};
use super::super::fields::Fields;
use super::{Build, Home, names};

impl Build<'_> {
    pub(super) fn files(&mut self, root: Fields<'_>) {
        for fields in root.tables("files") {
            let Some(home) = self.home(fields) else { continue };
            let file = self.source_file(fields);
            if let Some(model) = self.model_mut(home) {
                model.files.push(file);
            }
        }
    }

    fn source_file(&mut self, fields: Fields<'_>) -> SourceFile {
        let mut file = SourceFile::new(fields.text("name").unwrap_or_default(), &[]);
        let own = |key: &str, target: &mut String| {
            if let Some(text) = fields.text(key) {
                text.clone_into(target);
            }
        };
        own("id", &mut file.id);
        own("separator", &mut file.separator);
        own("delimiter", &mut file.delimiter);
        own("encoding", &mut file.encoding);
        own("decimal_separator", &mut file.decimal_separator);
        own("format", &mut file.format);
        file.header_row = fields.whole("header_row").unwrap_or(file.header_row);
        file.first_data_row = fields.whole("first_data_row").unwrap_or(file.first_data_row);
        if fields.has("content") && fields.has("file") {
            self.problems.add(fields.place("file"), "only one of `content` and `file` can be");
        }
        let inline = fields.text("content").map(|text| text.as_bytes().to_vec());
        let default = inline.or_else(|| self.bytes(fields, "file"));
        file.headers = fields.texts("headers");
        if !fields.has("headers") {
            match &default {
                Some(bytes) => file.headers = first_line(bytes, &file.separator),
                None => self.problems.add(
                    fields.at,
                    "[[files]] needs `headers`, or a default file in `content` or `file`",
                ),
            }
        }
        match default {
            Some(bytes) => file.default_file(bytes),
            None => file,
        }
    }

    pub(super) fn actions(&mut self, root: Fields<'_>) {
        for fields in root.tables("actions") {
            let Some(home) = self.home(fields) else { continue };
            let kind = self.action_kind(fields, home);
            let mut action = Action::new(fields.text("name").unwrap_or_default(), kind);
            fields.text("id").unwrap_or_default().clone_into(&mut action.id);
            action.outcome = self.outcome(fields);
            if let Some(model) = self.model_mut(home) {
                model.actions.push(action);
            }
        }
    }

    fn action_kind(&mut self, fields: Fields<'_>, home: Home) -> ActionKind {
        let kind = fields.text("kind").unwrap_or_default();
        let needed: &[&str] = match kind {
            "delete_by_selection" => &["list", "property"],
            "order_hierarchy" => &["list"],
            "bulk_copy" => &["from", "to"],
            _ => &[],
        };
        for key in ["list", "property", "from", "to"] {
            match (needed.contains(&key), fields.has(key)) {
                (true, false) => {
                    self.problems.add(fields.at, format!("`kind = \"{kind}\"` needs `{key}`"));
                }
                (false, true) => {
                    let problem = format!("`{key}` doesn't go with `kind = \"{kind}\"`");
                    self.problems.add(fields.place(key), problem);
                }
                _ => {}
            }
        }
        if needed.contains(&"list") && fields.has("list") {
            self.check_list(fields, home);
        }
        for key in ["from", "to"].into_iter().filter(|key| needed.contains(key)) {
            self.check_version(fields, key, home);
        }
        let own = |key: &str| fields.text(key).unwrap_or_default().to_owned();
        match kind {
            "delete_by_selection" => {
                ActionKind::DeleteBySelection { list: own("list"), property: own("property") }
            }
            "order_hierarchy" => ActionKind::OrderHierarchy { list: own("list") },
            "update_current_period" => ActionKind::UpdateCurrentPeriod,
            "bulk_copy" => ActionKind::BulkCopy { from: own("from"), to: own("to") },
            _ => ActionKind::Optimizer,
        }
    }

    fn check_list(&mut self, fields: Fields<'_>, home: Home) {
        let Some(model) = self.model(home) else { return };
        let name = fields.text("list").unwrap_or_default();
        let Some(list) = model.find_list(name) else {
            let known = names(&model.lists, |it| &it.name);
            return self.no_such(fields, "list", "list", name, &known);
        };
        let Some(property) = fields.text("property") else { return };
        match list.properties.iter().find(|it| it.name == property) {
            Some(found) if found.format == Format::Boolean => {}
            Some(_) => {
                let problem = format!("the property `{property}` is no boolean");
                self.problems.add(fields.place("property"), problem);
            }
            None => {
                let known = names(&list.properties, |it| &it.name);
                self.no_such(fields, "property", "property", property, &known);
            }
        }
    }

    fn check_version(&mut self, fields: Fields<'_>, key: &str, home: Home) {
        let Some((name, model)) = fields.text(key).zip(self.model(home)) else { return };
        if !model.versions.iter().any(|it| it.name == name || it.id == name) {
            let known = names(&model.versions, |it| &it.name);
            self.no_such(fields, key, "version", name, &known);
        }
    }

    pub(super) fn processes(&mut self, root: Fields<'_>) {
        for fields in root.tables("processes") {
            let Some(home) = self.home(fields) else { continue };
            let mut process = Process::new(fields.text("name").unwrap_or_default(), &[]);
            fields.text("id").unwrap_or_default().clone_into(&mut process.id);
            process.steps = fields.texts("steps");
            let Some(model) = self.model(home) else { continue };
            let mut known = names(&model.imports, |it| &it.name);
            known.extend(names(&model.exports, |it| &it.name));
            known.extend(names(&model.actions, |it| &it.name));
            let ids: Vec<String> = [
                names(&model.imports, |it| &it.id),
                names(&model.exports, |it| &it.id),
                names(&model.actions, |it| &it.id),
            ]
            .concat();
            for step in fields.array("steps") {
                let name = step.text().unwrap_or_default();
                if !known.iter().chain(&ids).any(|known| known == name) {
                    self.no_such_at(step.at, "import, export or action", name, &known);
                }
            }
            if let Some(model) = self.model_mut(home) {
                model.processes.push(process);
            }
        }
    }
}

/// The names in the first line of a file.
fn first_line(bytes: &[u8], separator: &str) -> Vec<String> {
    let separator = separator.bytes().next().unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(bytes);
    let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
    first.iter().map(str::to_owned).collect()
}
