//! Modules: line items, cells, saved views.

use super::super::super::cube::{Cube, is_formula};
use super::super::super::tenant::{
    Dim, Fill, Format, LINE_ITEMS, LineItem, Model, Module, Scale, Summary, View,
};
use super::super::fields::Fields;
use super::list::scale;
use super::pending::{Pending, Target};
use super::{Build, Home, names};

impl Build<'_> {
    pub(super) fn modules(&mut self, root: Fields<'_>) {
        for fields in root.tables("modules") {
            let Some(home) = self.home(fields) else { continue };
            let module = self.one_module(fields, home);
            let Some(model) = self.model_mut(home) else { continue };
            model.modules.push(module);
            let place = model.modules.len() - 1;
            self.add_cells(fields, home, place);
            self.add_cell_sheet(fields, home, place);
            self.check_views(fields, home, place);
        }
        self.check_line_item_subsets(root);
    }

    fn one_module(&mut self, fields: Fields<'_>, home: Home) -> Module {
        let name = fields.text("name").unwrap_or_default();
        if self.model(home).is_some_and(|model| model.modules.iter().any(|it| it.name == name)) {
            let problem = format!("there is a module `{name}` already");
            self.problems.add(fields.place("name"), problem);
        }
        let mut module = Module::new(name, self.dimensions(fields, home));
        fields.text("id").unwrap_or_default().clone_into(&mut module.id);
        for item in fields.tables("line_items") {
            let item = self.line_item(item, home, &module);
            module.line_items.push(item);
        }
        for view in fields.tables("views") {
            let axis = |key| view.texts(key);
            let shown = view.map("only").iter().map(|entry| {
                let members =
                    entry.node.array().iter().filter_map(|it| Some(it.text()?.to_owned()));
                (entry.key.clone(), members.collect())
            });
            module.views.push(View {
                id: view.text("id").unwrap_or_default().to_owned(),
                name: view.text("name").unwrap_or_default().to_owned(),
                pages: axis("pages"),
                rows: axis("rows"),
                columns: axis("columns"),
                shown: shown.collect(),
                leaves_only: view.flag("leaves_only").unwrap_or(false),
            });
        }
        module
    }

    /// Reads the keys `dimensions` and `time_scale`.
    fn dimensions(&mut self, fields: Fields<'_>, home: Home) -> Vec<Dim> {
        let mut all = Vec::new();
        for node in fields.array("dimensions") {
            let name = node.text().unwrap_or_default();
            let Some(model) = self.model(home) else { continue };
            let leaf = || model.calendar.leaf();
            let scale = fields.text("time_scale").map_or_else(leaf, scale);
            match dimension(model, name, scale) {
                Some(dim) => all.push(dim),
                None => {
                    let mut known = names(&model.lists, |it| &it.name);
                    known.extend(["Time", "Versions", "Users"].map(str::to_owned));
                    let subsets = model.lists.iter().flat_map(|list| &list.subsets);
                    known.extend(subsets.map(|it| it.name.clone()));
                    self.no_such_at(node.at, "list or subset", name, &known);
                }
            }
        }
        all
    }

    fn line_item(&mut self, fields: Fields<'_>, home: Home, module: &Module) -> LineItem {
        let name = fields.text("name").unwrap_or_default();
        if module.line_items.iter().any(|it| it.name == name) {
            let problem = format!("there is a line item `{name}` already");
            self.problems.add(fields.place("name"), problem);
        }
        let own = |key: &str| fields.text(key).map(str::to_owned);
        self.check_format(fields, home);
        let mut item = LineItem::new(name, self.format(fields, "number"));
        item.id = own("id").unwrap_or_default();
        (item.code, item.notes, item.data_tag) = (own("code"), own("notes"), own("data_tag"));
        item.formula = own("formula");
        if item.formula.as_deref().is_some_and(|formula| !is_formula(formula)) {
            self.problems.add(fields.place("formula"), "`formula` can't be read");
        }
        if let Some(word) = fields.text("summary") {
            item.summary = summary(word);
        }
        if fields.has("dimensions") {
            item.dimensions = Some(self.dimensions(fields, home));
        }
        item.hidden = fields.flag("hidden").unwrap_or(false);
        item.breakback = fields.flag("breakback").unwrap_or(false);
        item.use_switchover = fields.flag("use_switchover").unwrap_or(true);
        if let Some((low, high)) = fields.range("random") {
            if !matches!(item.format, Format::Number(_)) {
                self.problems.add(fields.place("random"), "`random` goes with numbers only");
            }
            let cents = |number: f64| (number * 100.0).round() as i64;
            item.fill = Fill::Random {
                seed: fields.whole("seed").unwrap_or(1),
                low: cents(low),
                high: cents(high),
                blank_percent: fields.whole("blanks").unwrap_or(0),
            };
        }
        for key in ["seed", "blanks"].into_iter().filter(|key| fields.has(key)) {
            if !fields.has("random") {
                self.problems.add(fields.place(key), format!("`{key}` goes with `random` only"));
            }
        }
        if fields.has("value") && fields.has("random") {
            self.problems.add(fields.place("value"), "only one of `value` and `random` can be");
        }
        item
    }

    /// Leaves what line items hold to be written later.
    fn add_cells(&mut self, fields: Fields<'_>, home: Home, module: usize) {
        for (line_item, item) in fields.tables("line_items").into_iter().enumerate() {
            if let Some(text) = item.cell("value") {
                self.pending.push(Pending {
                    home,
                    target: Target::Fill { module, line_item },
                    text: text.to_owned(),
                    at: item.place("value"),
                    what: "`value`".to_owned(),
                });
            }
            for row in item.array("cells") {
                let cells = row.array();
                let Some((value, members)) = cells.split_last() else { continue };
                let text =
                    |node: &super::super::node::Node| node.scalar().unwrap_or_default().to_owned();
                let members = members.iter().map(text).collect();
                self.pending.push(Pending {
                    home,
                    target: Target::Cell { module, line_item, members },
                    text: text(value),
                    at: row.at,
                    what: "the cell".to_owned(),
                });
            }
        }
    }

    /// Does the same for a CSV file: a column for each dimension, then line items.
    fn add_cell_sheet(&mut self, fields: Fields<'_>, home: Home, place: usize) {
        let Some(sheet) = self.sheet(fields, "csv") else { return };
        let Some(model) = self.model(home) else { return };
        let Some(module) = model.modules.get(place) else { return };
        let count = module.dimensions.len();
        let items: Vec<(usize, Option<usize>)> = sheet
            .headers
            .iter()
            .enumerate()
            .skip(count)
            .map(|(column, header)| {
                let name = header.trim();
                (column, module.line_items.iter().position(|item| item.name == name))
            })
            .collect();
        let known = names(&module.line_items, |it| &it.name);
        for (column, item) in &items {
            if item.is_none() {
                let name = sheet.headers.get(*column).map_or("", |header| header.trim());
                let what = format!("{}: no line item `{name}`", sheet.shown);
                self.problems.unknown(sheet.place, what, name, known.iter().map(String::as_str));
            }
        }
        for (line, row) in &sheet.rows {
            let members: Vec<String> = row.iter().take(count).cloned().collect();
            for (column, line_item) in &items {
                let value = row.get(*column).filter(|value| !value.is_empty());
                let Some((text, line_item)) = value.zip(*line_item) else { continue };
                let members = members.clone();
                self.pending.push(Pending {
                    home,
                    target: Target::Cell { module: place, line_item, members },
                    text: text.clone(),
                    at: sheet.place,
                    what: format!("{}: the cell", sheet.line(*line)),
                });
            }
        }
    }

    /// Checks that views name dimensions of their module, and members of those.
    fn check_views(&mut self, fields: Fields<'_>, home: Home, place: usize) {
        let mut lost = Vec::new();
        if fields.tables("views").is_empty() {
            return;
        }
        if let Some(model) = self.model(home)
            && let Some(module) = model.modules.get(place)
        {
            let cube = Cube::new(model, &self.tenant.users);
            let own = module.line_items.iter().filter_map(|item| item.dimensions.as_ref());
            let dims: Vec<&Dim> = module.dimensions.iter().chain(own.flatten()).collect();
            let found: Vec<_> = dims.into_iter().filter_map(|dim| cube.dimension(dim)).collect();
            let mut known: Vec<String> = found.iter().map(|it| it.name.clone()).collect();
            known.push(LINE_ITEMS.to_owned());
            for view in fields.tables("views") {
                for node in ["pages", "rows", "columns"].iter().flat_map(|axis| view.array(axis)) {
                    let name = node.text().unwrap_or_default();
                    let is_id = found.iter().any(|dimension| dimension.id == name);
                    if !is_id && !known.iter().any(|known| known == name) {
                        lost.push((node.at, "dimension", name, known.clone()));
                    }
                }
                for entry in view.map("only") {
                    let dimension =
                        found.iter().find(|it| it.name == entry.key || it.id == entry.key);
                    let members: Vec<String> = match dimension {
                        Some(dimension) => dimension
                            .members
                            .iter()
                            .flat_map(|it| [it.name.clone(), it.label.clone(), it.id.clone()])
                            .collect(),
                        None if entry.key == LINE_ITEMS => names(&module.line_items, |it| &it.name),
                        None => {
                            lost.push((entry.at, "dimension", &entry.key, known.clone()));
                            continue;
                        }
                    };
                    for node in entry.node.array() {
                        let name = node.text().unwrap_or_default();
                        if !members.iter().any(|member| member == name) {
                            lost.push((node.at, "member", name, members.clone()));
                        }
                    }
                }
            }
        }
        for (at, what, name, known) in lost {
            self.no_such_at(at, what, name, &known);
        }
    }
}

/// The dimension that a name means.
fn dimension(model: &Model, name: &str, time: Scale) -> Option<Dim> {
    let is_subset =
        || model.lists.iter().flat_map(|it| &it.subsets).any(|it| it.name == name || it.id == name);
    match name {
        "Time" => Some(Dim::Time(time)),
        "Versions" => Some(Dim::Versions),
        "Users" => Some(Dim::Users),
        _ if model.find_list(name).is_some() => Some(Dim::list(name)),
        _ => is_subset().then(|| Dim::subset(name)),
    }
}

fn summary(word: &str) -> Summary {
    match word {
        "sum" => Summary::Sum,
        "average" => Summary::Average,
        "formula" => Summary::Formula,
        "min" => Summary::Min,
        "max" => Summary::Max,
        "closing balance" => Summary::ClosingBalance,
        _ => Summary::None,
    }
}
