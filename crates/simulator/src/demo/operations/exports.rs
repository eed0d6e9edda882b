//! The exports of the model "Demand Planning".

use super::super::super::random::Random;
use super::super::super::tenant::{Column, Export, Model, Outcome};
use super::super::member;
use super::super::names::PRODUCTS;

pub(super) const SITES: [&str; 6] = ["Hamburg", "Lyon", "Rotterdam", "Newark", "Reno", "Singapore"];

/// Adds the exports.
pub(super) fn add(model: Model) -> Model {
    model.export(forecast()).export(stock()).export(rejected()).export(Export::of_view(
        "Weeks by Site",
        "DP01 Forecast",
        "Weeks by site",
        "TABULAR_SINGLE_COLUMN",
    ))
}

fn forecast() -> Export {
    let columns = vec![
        Column::new("Site", "ENTITY").list_name("Sites"),
        Column::new("Product", "ENTITY").list_name("Products"),
        Column::new("Week", "TIME_ENTITY"),
        Column::new("Statistical Forecast", "NUMBER"),
        Column::new("Override", "NUMBER"),
        Column::new("Locked?", "BOOLEAN"),
        Column::new("Planner Note", "TEXT"),
    ];
    Export::tabular("Forecast by Site", columns).export_type("TABULAR_ALL_LINE_ITEMS").generated(
        6 * 16 * 52,
        |number, row| {
            let mut random = Random::at(31, number);
            row.text(member(&SITES, number / 52 / 16));
            row.text(member(&PRODUCTS, number / 52));
            row.display(format_args!("Week {} FY26", number % 52 + 1));
            row.cents(random.between(1000, 90_000));
            if random.chance(12) {
                row.cents(random.between(1000, 120_000));
            } else {
                row.blank();
            }
            row.flag(random.chance(25));
            row.text(if random.chance(4) { "promo week,\r\ncheck capacity" } else { "" });
        },
    )
}

fn stock() -> Export {
    let columns = vec![
        Column::new("Site", "ENTITY").list_name("Sites"),
        Column::new("Product", "ENTITY").list_name("Products"),
        Column::new("On Hand", "NUMBER"),
        Column::new("Safety Stock", "NUMBER"),
        Column::new("Days of Cover", "NUMBER"),
    ];
    Export::tabular("Stock today", columns).export_type("TABULAR_CURRENT_LINE_ITEM").generated(
        6 * 16,
        |number, row| {
            let mut random = Random::at(32, number);
            row.text(member(&SITES, number / 16));
            row.text(member(&PRODUCTS, number));
            row.number(random.between(0, 2400));
            row.number(random.between(50, 400));
            if random.chance(10) {
                row.blank();
            } else {
                row.cents(random.between(100, 9000));
            }
        },
    )
}

fn rejected() -> Export {
    let columns =
        vec![Column::new("Site", "ENTITY").list_name("Sites"), Column::new("Forecast", "NUMBER")];
    let text = "Export failed: the saved view \"Forecast Review.Rejected\" no longer exists.";
    Export::tabular("Rejected forecast", columns).outcome(Outcome::failure(text))
}
