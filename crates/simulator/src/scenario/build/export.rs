//! Exports.

use std::sync::Arc;

use super::super::super::random::Random;
use super::super::super::tenant::{Column, Data, Detail, Export, Outcome};
use super::super::fields::Fields;
use super::super::node::{Node, Table, Value};
use super::super::problem::count;
use super::column::Maker;
use super::{Build, Home};

/// Where an export's rows come from: one of these keys.
const SOURCES: &[&str] = &["rows", "csv", "generate", "of_view", "file"];

/// The types of exports that can show a view.
const VIEW_TYPES: &[&str] =
    &["TABULAR_MULTI_COLUMN", "TABULAR_SINGLE_COLUMN", "GRID_CURRENT_PAGE", "GRID_ALL_PAGES"];

impl Build<'_> {
    pub(super) fn exports(&mut self, root: Fields<'_>) {
        for fields in root.tables("exports") {
            let Some(home) = self.home(fields) else { continue };
            let export = self.one_export(fields, home);
            if let Some(model) = self.model_mut(home) {
                model.exports.push(export);
            }
        }
    }

    fn one_export(&mut self, fields: Fields<'_>, home: Home) -> Export {
        let name = fields.text("name").unwrap_or_default();
        let columns = fields.tables("columns").into_iter().map(column).collect();
        let mut export = Export::tabular(name, columns);
        self.fill(fields, home, &mut export);
        fields.text("id").unwrap_or_default().clone_into(&mut export.id);
        let own = |key: &str, target: &mut String| {
            if let Some(text) = fields.text(key) {
                text.clone_into(target);
            }
        };
        if let Some(kind) = fields.text("type") {
            export = export.export_type(kind);
        }
        if let Some(layout) = fields.text("layout") {
            export.layout = Some(layout.to_owned()).filter(|layout| !layout.is_empty());
        }
        own("format", &mut export.format);
        own("separator", &mut export.separator);
        own("delimiter", &mut export.delimiter);
        own("encoding", &mut export.encoding);
        export.bom = fields.flag("bom").unwrap_or(false);
        if let Some(ending) = fields.text("line_ending") {
            export.line_ending = if ending == "CRLF" { "\r\n" } else { "\n" }.to_owned();
        }
        if fields.has("header") {
            export.file_header = Some(fields.texts("header"));
        }
        export.metadata = fields.node("metadata").map(json);
        export.outcome = self.outcome(fields);
        let (queued, running) = (fields.duration("task_queued"), fields.duration("task_running"));
        if queued.is_some() || running.is_some() {
            let usual = super::super::super::limits::Limits::default();
            export.task_time =
                Some((queued.unwrap_or(usual.task_queued), running.unwrap_or(usual.task_running)));
        }
        export
    }

    /// Reads where the rows come from.
    fn fill(&mut self, fields: Fields<'_>, home: Home, export: &mut Export) {
        let given: Vec<&str> = SOURCES.iter().copied().filter(|key| fields.has(key)).collect();
        if let [first, second, ..] = given.as_slice() {
            let problem = format!("only one of `{first}` and `{second}` can be");
            self.problems.add(fields.place(second), problem);
        }
        let needs_columns = matches!(given.as_slice(), [] | ["rows" | "generate", ..]);
        if needs_columns && export.columns.is_empty() {
            self.problems.add(fields.at, "`columns` is missing in [[exports]]");
        }
        match given.first().copied() {
            Some("rows") => {
                let rows = self.rows(fields, export.columns.len());
                export.data = Arc::new(Data::Rows(rows));
            }
            Some("csv") => {
                let Some(sheet) = self.sheet(fields, "csv") else { return };
                if export.columns.is_empty() {
                    export.columns =
                        sheet.headers.iter().map(|it| Column::new(it, "TEXT")).collect();
                } else if export.columns.len() != sheet.headers.len() {
                    let problem = format!(
                        "{} has {}, but `columns` names {}",
                        sheet.shown,
                        count(sheet.headers.len(), "column"),
                        export.columns.len()
                    );
                    self.problems.add(sheet.place, problem);
                }
                let rows = sheet.rows.into_iter().map(|(_, row)| row).collect();
                export.data = Arc::new(Data::Rows(rows));
            }
            Some("generate") => {
                let Some(rule) = fields.inner("generate") else { return };
                let makers: Vec<Maker> = fields
                    .tables("columns")
                    .into_iter()
                    .map(|column| self.maker(column, home))
                    .collect();
                let seed = rule.whole("seed").unwrap_or(1);
                let rows = rule.whole("rows").unwrap_or(0);
                export.data = Arc::new(Data::generated(rows, move |number, row| {
                    let mut random = Random::at(seed, number);
                    for maker in &makers {
                        maker.write(number, &mut random, row);
                    }
                }));
            }
            Some("of_view") => self.of_view(fields, home, export),
            Some("file") => {
                let bytes = self.bytes(fields, "file").unwrap_or_default();
                export.data = Arc::new(Data::Bytes(bytes));
            }
            _ => {}
        }
        let kind = fields.text("type").unwrap_or_default();
        if kind.starts_with("GRID") && !matches!(given.as_slice(), ["of_view" | "file"]) {
            let problem = "a grid needs `of_view`, or `file`";
            self.problems.add(fields.place("type"), problem);
        }
        if given.first() != Some(&"generate") {
            self.refuse_makers(fields);
        }
    }

    /// Reads which view is shown.
    fn of_view(&mut self, fields: Fields<'_>, home: Home, export: &mut Export) {
        let Some(view) = fields.inner("of_view") else { return };
        self.check_view(view, home);
        if let Some(kind) = fields.text("type")
            && !VIEW_TYPES.contains(&kind)
        {
            let problem = format!("a view is shown by {} only", VIEW_TYPES.join(", "));
            self.problems.add(fields.place("type"), problem);
        }
        if fields.has("columns") {
            let problem = "a view has its own columns: `columns` doesn't go with `of_view`";
            self.problems.add(fields.place("columns"), problem);
        }
        let own = |key: &str| view.text(key).unwrap_or_default().to_owned();
        export.view = Some((own("module"), own("view")));
    }

    /// The keys that say how a column is made are for generated exports.
    fn refuse_makers(&mut self, fields: Fields<'_>) {
        let keys =
            ["words", "sequence", "range", "decimals", "days", "true_percent", "nasty", "blanks"];
        for column in fields.tables("columns") {
            for key in keys.into_iter().filter(|key| column.has(key)) {
                self.problems.add(column.place(key), format!("`{key}` goes with `generate` only"));
            }
        }
    }

    fn rows(&mut self, fields: Fields<'_>, columns: usize) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for row in fields.array("rows") {
            let cells: Vec<String> =
                row.array().iter().map(|it| it.scalar().unwrap_or_default().to_owned()).collect();
            if cells.len() != columns {
                let (found, columns) = (count(cells.len(), "cell"), count(columns, "column"));
                let problem = format!("{found}, but {columns}");
                self.problems.add(row.at, problem);
            }
            rows.push(cells);
        }
        rows
    }

    /// Reads how tasks end.
    pub(super) fn outcome(&mut self, fields: Fields<'_>) -> Outcome {
        let word = fields.text("outcome").unwrap_or("success");
        if fields.has("message") && word != "failure" {
            let problem = "`message` goes with `outcome = \"failure\"` only";
            self.problems.add(fields.place("message"), problem);
        }
        match word {
            "failure" => Outcome::Failure {
                details: vec![Detail {
                    kind: "actionFailed".to_owned(),
                    text: fields.text("message").unwrap_or("The action failed.").to_owned(),
                    values: Vec::new(),
                }],
            },
            "cancelled" => Outcome::CancelledByOther,
            "never" => Outcome::Never,
            _ => Outcome::Success,
        }
    }
}

fn column(fields: Fields<'_>) -> Column {
    let name = fields.text("name").unwrap_or_default();
    let column = Column::new(name, fields.text("type").unwrap_or("TEXT"));
    column.list_name(fields.text("list").unwrap_or_default())
}

/// Turns a part of the tree into JSON.
fn json(node: &Node) -> serde_json::Value {
    let object = |table: &Table| {
        table.entries.iter().map(|entry| (entry.key.clone(), json(&entry.node))).collect()
    };
    match &node.value {
        Value::Text(text) | Value::Moment(text) => text.clone().into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Value::Boolean(flag) => (*flag).into(),
        Value::Null => serde_json::Value::Null,
        Value::Array(nodes) => nodes.iter().map(json).collect(),
        Value::Table(table) => serde_json::Value::Object(object(table)),
    }
}
