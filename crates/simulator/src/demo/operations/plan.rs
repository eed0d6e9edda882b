//! The lists, modules and actions of the model "Demand Planning".

use super::super::super::tenant::{
    Action, ActionKind, Dim, Fill, Format, Import, ImportTarget, Item, LineItem, List, Model,
    Module, ModuleColumn, Process, Scale, SourceFile, Summary, View,
};
use super::super::names::PRODUCTS;
use super::exports::SITES;

/// Adds lists, modules and actions.
pub(super) fn add(model: Model) -> Model {
    let sites = List::new("Sites").parent("Countries").property("Opened", Format::Date);
    let countries = ["Germany", "France", "Netherlands", "USA", "USA", "Singapore"];
    let sites = SITES.iter().zip(countries).fold(sites, |list, (site, country)| {
        list.item(Item::new(site).parent(country).properties(&["2019-05-01"]))
    });
    model
        .list(List::new("Countries").top_level("All Countries").items([
            "Germany",
            "France",
            "Netherlands",
            "USA",
            "Singapore",
        ]))
        .list(sites)
        .list(List::new("Products").top_level("All Products").items(PRODUCTS))
        .module(forecast())
        .file(
            SourceFile::new("overrides.csv", &["Site", "Product", "Week", "Line item", "Value"])
                .default_file(
                    "Site,Product,Week,Line item,Value\n\
                     Hamburg,Barista One,Week 3 FY26,Override,120\n\
                     Hamburg,Barista One,Week 3 FY26,Locked?,true\n\
                     Hamburg,Barista One,Week 3 FY26,Final Forecast,99\n",
                ),
        )
        .import(Import::from_file(
            "Overrides",
            "overrides.csv",
            ImportTarget::Module {
                module: "DP01 Forecast".to_owned(),
                columns: vec![
                    ("Site".to_owned(), ModuleColumn::Dimension("Sites".to_owned())),
                    ("Product".to_owned(), ModuleColumn::Dimension("Products".to_owned())),
                    ("Week".to_owned(), ModuleColumn::Dimension("Time".to_owned())),
                    ("Line item".to_owned(), ModuleColumn::LineItemName),
                    ("Value".to_owned(), ModuleColumn::Value),
                ],
            },
        ))
        .action(Action::new("Optimise stock", ActionKind::Optimizer))
        .process(Process::new("Weekly run", &["Overrides", "Forecast by Site"]))
}

fn forecast() -> Module {
    let dimensions = vec![Dim::list("Sites"), Dim::list("Products"), Dim::Time(Scale::Week)];
    Module::new("DP01 Forecast", dimensions)
        .line_item(LineItem::number("Statistical Forecast").fill(Fill::Random {
            seed: 71,
            low: 1000,
            high: 90_000,
            blank_percent: 0,
        }))
        .line_item(LineItem::number("Override"))
        .line_item(LineItem::number("Final Forecast").formula("Statistical Forecast + Override"))
        .line_item(LineItem::new("Locked?", Format::Boolean))
        .line_item(
            LineItem::number("Peak Week").summary(Summary::Max).formula("Statistical Forecast"),
        )
        .view(View::new("Weeks by site", &["Products"], &["Sites"], &["Time"]))
}
