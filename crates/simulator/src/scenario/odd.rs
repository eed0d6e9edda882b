//! The nasty switches that change a tenant: other encodings, odd names.

use super::super::tenant::{
    Column, Data, Dim, Export, Fill, Format, LINE_ITEMS, LineItem, List, Model, Module, Tenant,
    View, Workspace,
};
use super::fields::Fields;

/// Names that are legal, and that careless clients trip over.
const NAMES: &[&str] = &[
    "with.dots.in.it",
    "it's \"quoted\"",
    "slash/back\\slash",
    "100% & more? #1 + a=b;c",
    " blank at both ends ",
    "two  blanks",
    "Größe – naïve",
    "東京の予算",
    "تقرير المبيعات",
    "👩🏽‍💻 emoji",
    "116000000001",
    "8a81b09e5f2c4d6f0000000000000001",
    "select",
    "information",
    "SAME NAME",
    "same name",
    "same name",
    "[brackets] {braces} `ticks`",
    "$HOME %20 ../..",
    "'; DROP TABLE x; --",
];

/// Does to a tenant what the switches say.
pub(super) fn apply(fields: Fields<'_>, tenant: &mut Tenant) {
    if fields.flag("odd_names") == Some(true) {
        *tenant = std::mem::take(tenant).workspace(odd_workspace());
    }
    let models = tenant.workspaces.iter_mut().flat_map(|workspace| &mut workspace.models);
    for export in models.flat_map(|model| &mut model.exports) {
        if matches!(*export.data, Data::Bytes(_)) {
            continue;
        }
        if fields.flag("bom") == Some(true) {
            export.bom = true;
        }
        if let Some(encoding) = fields.text("encoding") {
            encoding.clone_into(&mut export.encoding);
        }
        if let Some(ending) = fields.text("line_ending") {
            export.line_ending = if ending == "CRLF" { "\r\n" } else { "\n" }.to_owned();
        }
    }
}

/// A workspace with a model in which everything has odd names.
fn odd_workspace() -> Workspace {
    let columns: Vec<Column> = NAMES.iter().map(|name| Column::new(name, "TEXT")).collect();
    let row: Vec<String> = NAMES.iter().map(|&name| name.to_owned()).collect();
    let model = NAMES.iter().fold(Model::new("Model: \"odd\" / 100% 'names'"), |model, name| {
        model.export(Export::tabular(name, columns.clone()).with_rows([row.clone()]))
    });
    let long = "A name of two hundred letters ".repeat(7);
    let long = Export::tabular(long.trim(), columns).with_rows([row]);
    let mut model = model.export(long);
    // Unlike exports, lists and modules can't share a name.
    let mut names: Vec<&str> = NAMES.to_vec();
    names.dedup();
    for name in &names {
        let item = LineItem::new(name, Format::text()).fill(Fill::Value((*name).to_owned()));
        let module = Module::new(name, vec![Dim::list(name)]).line_item(item).view(View::new(
            name,
            &[LINE_ITEMS],
            &[name],
            &[],
        ));
        model = model.list(List::new(name).items(&names)).module(module);
    }
    Workspace::new("Workspace. With, \"odd\" & 'names'").model(model)
}
