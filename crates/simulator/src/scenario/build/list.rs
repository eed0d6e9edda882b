//! Lists and their items.

use std::collections::HashSet;

use super::super::super::tenant::{
    Format, Item, List, NumberFormat, Property, Scale, Subset, TextKind,
};
use super::super::fields::Fields;
use super::pending::{Pending, Target};
use super::sheet::Sheet;
use super::{Build, Home, names};

/// A list that was added: its table, its model, its position there.
type Added<'a> = (Fields<'a>, Home, usize);

impl Build<'_> {
    pub(super) fn lists(&mut self, root: Fields<'_>) {
        let mut added: Vec<Added<'_>> = Vec::new();
        for fields in root.tables("lists") {
            let Some(home) = self.home(fields) else { continue };
            let list = self.one_list(fields, home);
            let Some(model) = self.model_mut(home) else { continue };
            model.lists.push(list);
            added.push((fields, home, model.lists.len() - 1));
        }
        // Lists may name each other, so all are there before any is filled.
        for (fields, home, place) in &added {
            self.check_names(*fields, *home);
            self.add_items(*fields, *home, *place);
            if let Some(sheet) = self.sheet(*fields, "csv") {
                self.add_sheet(&sheet, *home, *place);
            }
        }
        // Made items know their parents and values by id.
        for (_, home, _) in &added {
            if let Some(model) = self.model_mut(*home) {
                model.fill_ids();
            }
        }
        for (fields, home, place) in added {
            self.make_items(fields, home, place);
            self.check_items(fields, home, place);
        }
    }

    fn one_list(&mut self, fields: Fields<'_>, home: Home) -> List {
        let name = fields.text("name").unwrap_or_default();
        if self.model(home).is_some_and(|model| model.lists.iter().any(|it| it.name == name)) {
            let problem = format!("there is a list `{name}` already");
            self.problems.add(fields.place("name"), problem);
        }
        let own = |key: &str| fields.text(key).map(str::to_owned);
        let mut list = List::new(name);
        list.id = own("id").unwrap_or_default();
        list.numbered = fields.flag("numbered").unwrap_or(false);
        (list.parent, list.top_level) = (own("parent"), own("top_level"));
        (list.category, list.production_data) =
            (own("category"), fields.flag("production_data").unwrap_or(false));
        list.top_level_as_page_default = fields.flag("top_level_as_page_default").unwrap_or(false);
        list.workflow = fields.flag("workflow").unwrap_or(false);
        list.data_tags = fields.texts("data_tags");
        list.selective_access = fields.flag("selective_access").unwrap_or(false);
        for property in fields.tables("properties") {
            let format = self.format(property, "text");
            list.properties.push(Property {
                name: property.text("name").unwrap_or_default().to_owned(),
                format,
                formula: property.text("formula").map(str::to_owned),
                notes: property.text("notes").map(str::to_owned),
            });
        }
        let subset = |name: String| Subset { id: String::new(), name };
        list.subsets = fields.texts("subsets").into_iter().map(subset).collect();
        list
    }

    /// Reads the keys of a format.
    pub(super) fn format(&mut self, fields: Fields<'_>, default: &str) -> Format {
        let format = fields.text("format").unwrap_or(default);
        let companions = [
            ("list", "list"),
            ("period", "time"),
            ("decimal_places", "number"),
            ("units", "number"),
            ("custom_units", "number"),
        ];
        for (key, of) in companions {
            if fields.has(key) && format != of {
                let problem = format!("`{key}` goes with `format = \"{of}\"` only");
                self.problems.add(fields.place(key), problem);
            }
        }
        match format {
            "number" => Format::Number(NumberFormat {
                decimal_places: fields.whole("decimal_places").unwrap_or(-1),
                units_type: fields.text("units").unwrap_or("NONE").to_owned(),
                custom_units: fields.text("custom_units").map(str::to_owned),
                ..NumberFormat::default()
            }),
            "email" => Format::Text(TextKind::Email),
            "link" => Format::Text(TextKind::Link),
            "boolean" => Format::Boolean,
            "date" => Format::Date,
            "list" => {
                if !fields.has("list") {
                    self.problems.add(fields.place("format"), "`format = \"list\"` needs `list`");
                }
                Format::list(fields.text("list").unwrap_or_default())
            }
            "time" => Format::Time(scale(fields.text("period").unwrap_or("month"))),
            "none" => Format::None,
            _ => Format::text(),
        }
    }

    /// Checks that the list of a format is there.
    pub(super) fn check_format(&mut self, fields: Fields<'_>, home: Home) {
        let Some(name) = fields.text("list").filter(|name| *name != "Users") else { return };
        let Some(model) = self.model(home) else { return };
        if model.find_list(name).is_none() {
            let known = names(&model.lists, |it| &it.name);
            self.no_such(fields, "list", "list", name, &known);
        }
    }

    fn check_names(&mut self, fields: Fields<'_>, home: Home) {
        for property in fields.tables("properties") {
            self.check_format(property, home);
        }
        let Some((name, model)) = fields.text("parent").zip(self.model(home)) else { return };
        if model.find_list(name).is_none() {
            let known = names(&model.lists, |it| &it.name);
            self.no_such(fields, "parent", "list", name, &known);
        }
    }

    fn add_items(&mut self, fields: Fields<'_>, home: Home, place: usize) {
        let Some(list) = self.model(home).and_then(|model| model.lists.get(place)).cloned() else {
            return;
        };
        for (number, item) in fields.tables("items").into_iter().enumerate() {
            if !item.has("name") && !list.numbered {
                self.problems.add(item.at, "`name` is missing in [[lists.items]]");
            }
            for subset in item.array("subsets") {
                let name = subset.text().unwrap_or_default();
                if !list.subsets.iter().any(|it| it.name == name) {
                    let known = names(&list.subsets, |it| &it.name);
                    self.no_such_at(subset.at, "subset", name, &known);
                }
            }
            for entry in item.map("properties") {
                let Some(property) = list.properties.iter().position(|it| it.name == entry.key)
                else {
                    let known = names(&list.properties, |it| &it.name);
                    self.no_such_at(entry.at, "property", &entry.key, &known);
                    continue;
                };
                self.pending.push(Pending {
                    home,
                    target: Target::Property { list: place, item: number, property },
                    text: entry.node.scalar().unwrap_or_default().to_owned(),
                    at: entry.node.at,
                    what: format!("the value of `{}`", entry.key),
                });
            }
            for node in ["read", "write"].iter().flat_map(|key| item.array(key)) {
                let email = node.text().unwrap_or_default();
                if self.tenant.find_user(email).is_none() {
                    let known = names(&self.tenant.users, |it| &it.email);
                    self.no_such_at(node.at, "user", email, &known);
                }
            }
            let own = |key: &str| item.text(key).map(str::to_owned);
            let members = item.texts("subsets");
            let made = Item {
                id: own("id").unwrap_or_default(),
                name: own("name").unwrap_or_default(),
                code: own("code"),
                parent: own("parent"),
                properties: vec![String::new(); list.properties.len()],
                subsets: list.subsets.iter().map(|it| members.contains(&it.name)).collect(),
                display: own("display"),
                read: item.texts("read"),
                write: item.texts("write"),
            };
            self.push_item(home, place, made);
        }
    }

    fn push_item(&mut self, home: Home, place: usize, item: Item) {
        if let Some(list) = self.model_mut(home).and_then(|model| model.lists.get_mut(place)) {
            list.items.push(item);
        }
    }

    fn add_sheet(&mut self, sheet: &Sheet, home: Home, place: usize) {
        let Some(list) = self.model(home).and_then(|model| model.lists.get(place)).cloned() else {
            return;
        };
        let special = ["Name", "Code", "Parent", "Display"];
        for header in sheet.headers.iter().map(|header| header.trim()) {
            let known = special
                .into_iter()
                .chain(list.properties.iter().map(|it| it.name.as_str()))
                .chain(list.subsets.iter().map(|it| it.name.as_str()));
            if !known.clone().any(|known| known.eq_ignore_ascii_case(header)) {
                let what = format!("{}: no property or subset `{header}`", sheet.shown);
                self.problems.unknown(sheet.place, what, header, known);
            }
        }
        let name = sheet.column("Name");
        if name.is_none() && !list.numbered {
            self.problems.add(sheet.place, format!("{}: no column `Name`", sheet.shown));
        }
        let [code, parent, display] =
            ["Code", "Parent", "Display"].map(|header| sheet.column(header));
        let properties: Vec<Option<usize>> =
            list.properties.iter().map(|it| sheet.column(&it.name)).collect();
        let subsets: Vec<Option<usize>> =
            list.subsets.iter().map(|it| sheet.column(&it.name)).collect();
        for (number, (line, row)) in sheet.rows.iter().enumerate() {
            let cell = |column: Option<usize>| {
                column.and_then(|at| row.get(at)).filter(|cell| !cell.is_empty()).cloned()
            };
            let item = list.items.len() + number;
            for (property, column) in properties.iter().enumerate() {
                let Some(text) = cell(*column) else { continue };
                let target = Target::Property { list: place, item, property };
                let what = format!("{}: the property", sheet.line(*line));
                self.pending.push(Pending { home, target, text, at: sheet.place, what });
            }
            let is_in = |column: &Option<usize>| {
                cell(*column).is_some_and(|cell| cell.eq_ignore_ascii_case("true"))
            };
            let made = Item {
                name: cell(name).unwrap_or_default(),
                code: cell(code),
                parent: cell(parent),
                display: cell(display),
                properties: vec![String::new(); list.properties.len()],
                subsets: subsets.iter().map(is_in).collect(),
                ..Item::default()
            };
            self.push_item(home, place, made);
        }
    }

    /// Checks that names and codes are unique, and that parents are there.
    fn check_items(&mut self, fields: Fields<'_>, home: Home, place: usize) {
        let Some(model) = self.model(home) else { return };
        let Some(list) = model.lists.get(place).filter(|list| !list.items.are_made()) else {
            return;
        };
        let above = list.parent.as_deref().and_then(|name| model.find_list(name));
        let known: HashSet<&str> = above
            .into_iter()
            .chain([list])
            .flat_map(|list| &list.items)
            .flat_map(|item| [item.name.as_str(), item.id.as_str()])
            .collect();
        let inline = fields.tables("items");
        let (mut taken, mut found) = (HashSet::new(), Vec::new());
        for (number, item) in list.items.iter().enumerate() {
            // Inline items come first; those behind them have no place of their own.
            let at = |key: &str| inline.get(number).map(|item| item.place(key));
            let parent = item.parent.as_deref().filter(|parent| !known.contains(parent));
            if let Some(parent) = parent {
                let what = format!("no item `{parent}` that could be a parent");
                found.push((at("parent"), what, Some(parent.to_owned())));
            }
            for (key, text) in [("name", Some(&item.name)), ("code", item.code.as_ref())] {
                let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
                if !taken.insert((key, text)) {
                    let what = format!("there is an item with the {key} `{text}` already");
                    found.push((at(key), what, None));
                }
            }
        }
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let source = fields.text("csv").map_or_else(String::new, |path| format!("{path}: "));
        let elsewhere = fields.place(if fields.has("csv") { "csv" } else { "generate" });
        for (at, what, parent) in found {
            let what = if at.is_some() { what } else { format!("{source}{what}") };
            let known = known.iter().map(String::as_str);
            match parent {
                Some(parent) => {
                    self.problems.unknown(at.unwrap_or(elsewhere), what, &parent, known);
                }
                None => self.problems.add(at.unwrap_or(elsewhere), what),
            }
        }
    }
}

/// Puts a number in the place of `#`, with zeros before it.
pub(super) fn numbered(pattern: &str, number: u64) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find('#') {
        let (before, from) = rest.split_at(start);
        let digits = from.find(|c| c != '#').unwrap_or(from.len());
        text.push_str(before);
        text.push_str(&format!("{number:0digits$}"));
        rest = from.get(digits..).unwrap_or_default();
    }
    text + rest
}

/// The length of periods that a word names.
pub(super) fn scale(word: &str) -> Scale {
    match word {
        "day" => Scale::Day,
        "week" => Scale::Week,
        "quarter" => Scale::Quarter,
        "half-year" => Scale::HalfYear,
        "year" => Scale::Year,
        "all" => Scale::All,
        _ => Scale::Month,
    }
}
