//! The modules of the model "Sales Planning".

use super::super::super::random::{Random, cents};
use super::super::super::tenant::{
    Dim, Fill, Format, LINE_ITEMS, LineItem, Model, Module, NumberFormat, Place, Scale, Summary,
    View,
};
use super::super::member;
use super::super::names::{MONTHS, PEOPLE, PRODUCTS, REGIONS};
use super::exports::revenue_of;

/// Adds the modules.
pub(super) fn add(model: Model) -> Model {
    model
        .module(price_book())
        .module(revenue_plan())
        .module(assumptions())
        .module(customer_plan())
        .module(Module::new("SYS Empty module", vec![]))
}

fn price_book() -> Module {
    let text = |place: &[Place<'_>], values: &[&str]| {
        let key = place.first().map_or(0, |place| place.key);
        member(values, Random::at(51, key).below(values.len() as u64)).to_owned()
    };
    let percent = Format::Number(NumberFormat {
        decimal_places: 1,
        units_type: "PERCENTAGE".to_owned(),
        ..NumberFormat::default()
    });
    Module::new("REV01 Price Book", vec![Dim::list("Products")])
        .line_item(LineItem::number("List Price").summary(Summary::Average).fill(Fill::Random {
            seed: 52,
            low: 995,
            high: 249_900,
            blank_percent: 0,
        }))
        .line_item(LineItem::number("Unit Cost").summary(Summary::Average).fill(Fill::Random {
            seed: 53,
            low: 300,
            high: 80_000,
            blank_percent: 0,
        }))
        .line_item(
            LineItem::new("Margin %", percent)
                .formula("(List Price - Unit Cost) / List Price")
                .summary(Summary::Formula)
                .notes("Margin before freight, rebates and \"goodwill\"."),
        )
        .line_item(LineItem::new("On Sale", Format::Boolean).fill(Fill::Value("true".to_owned())))
        .line_item(LineItem::new("Profitable", Format::Boolean).formula("List Price > Unit Cost"))
        .line_item(
            LineItem::new("Valid From", Format::Date).fill(Fill::Value("2026-01-01".to_owned())),
        )
        .line_item(LineItem::new("Launch Quarter", Format::Time(Scale::Quarter)))
        .line_item(LineItem::new("Successor", Format::list("Products")))
        .line_item(LineItem::new("Owner", Format::list("Users")))
        .line_item(LineItem::new("Comment", Format::text()).fill_with(move |place| {
            text(place, &["", "", "new price list, see \"Q3\"", "bulky;\ncheck freight"])
        }))
        .line_item(LineItem::new("— Audit —", Format::None))
        .view(View::new("Machines only", &[], &["Products"], &[LINE_ITEMS]).only(
            "Products",
            &["Barista One", "Barista Pro", "Barista Pro, Twin", "Office 200", "Office 400"],
        ))
}

/// The revenue of a region, product, month and version in hundredths. Actual agrees with the export
/// "Revenue by Region"; budgets are round, forecasts near the budget.
fn revenue(place: &[Place<'_>]) -> Option<i64> {
    let find = |names: &[&str], at: usize| {
        let label = place.get(at)?.label;
        names.iter().position(|name| *name == label)
    };
    let (region, product, month) = (find(&REGIONS, 0)?, find(&PRODUCTS, 1)?, find(&MONTHS, 2)?);
    let number = ((region * PRODUCTS.len() + product) * MONTHS.len() + month) as u64;
    let actual = revenue_of(number);
    match place.get(3)?.label {
        // The second half of 2026 hasn't happened yet.
        "Actual" => actual.filter(|_| month < 18),
        "Budget" => actual.map(|amount| amount / 100_000 * 104_000),
        _ => actual.map(|amount| amount / 100 * Random::at(54, number).between(92, 111)),
    }
}

fn revenue_plan() -> Module {
    let dimensions =
        vec![Dim::list("Regions"), Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions];
    Module::new("REV02 Revenue Plan", dimensions)
        .line_item(
            LineItem::number("Revenue")
                .fill_with(|place| revenue(place).map_or_else(String::new, cents)),
        )
        .line_item(LineItem::number("Units").fill_with(|place| {
            revenue(place).map_or_else(String::new, |amount| (amount / 34_900).to_string())
        }))
        .line_item(
            LineItem::number("Average Price").formula("Revenue / Units").summary(Summary::Formula),
        )
        .line_item(LineItem::number("Discount %").summary(Summary::Average).fill(Fill::Random {
            seed: 55,
            low: 0,
            high: 2500,
            blank_percent: 20,
        }))
        .line_item(LineItem::number("Net Revenue").formula("Revenue * (100 - 'Discount %') / 100"))
        .line_item(
            LineItem::number("Machines in Field")
                .summary(Summary::ClosingBalance)
                .fill(Fill::Random { seed: 56, low: 10_000, high: 90_000, blank_percent: 0 }),
        )
        .line_item(LineItem::new("On Promotion", Format::Boolean).fill_with(|place| {
            let key = place.iter().fold(57, |sum, place| sum * 31 + place.position as u64);
            Random::at(57, key).chance(15).to_string()
        }))
        .line_item(LineItem::new("Planner", Format::list("Sales People")))
        .line_item(LineItem::new("Note", Format::text()))
        .line_item(
            LineItem::number("Regional Target")
                .dimensions(vec![Dim::list("Regions"), Dim::Time(Scale::Quarter)])
                .fill(Fill::Random {
                    seed: 58,
                    low: 50_000_000,
                    high: 400_000_000,
                    blank_percent: 0,
                }),
        )
        .view(
            View::new(
                "Revenue by Region",
                &["Products", "Versions", LINE_ITEMS],
                &["Regions"],
                &["Time"],
            )
            .only(LINE_ITEMS, &["Revenue", "Units", "Net Revenue"]),
        )
        .view(
            View::new(
                "Board \"Q\" & more, v1.2",
                &["Versions"],
                &["Regions", "Products"],
                &["Time", LINE_ITEMS],
            )
            .only(LINE_ITEMS, &["Revenue", "Units"])
            .only("Time", &["Jan 26", "Feb 26", "Mar 26"])
            .leaves_only(),
        )
}

fn assumptions() -> Module {
    let value = |name: &str, format, value: &str| {
        LineItem::new(name, format).fill(Fill::Value(value.to_owned()))
    };
    Module::new("REV03 Assumptions", vec![])
        .line_item(value("Growth %", Format::number(), "4.5"))
        .line_item(value("Reporting Currency", Format::text(), "EUR"))
        .line_item(value("Budget Locked", Format::Boolean, "false"))
        .line_item(value("Board Meeting", Format::Date, "2026-11-30"))
        .line_item(LineItem::new("Lead Planner", Format::list("Sales People")))
}

/// More cells than a view may be read with: 1,204 customers, 22 products, 35 periods.
fn customer_plan() -> Module {
    let dimensions = vec![Dim::list("Customers"), Dim::list("Products"), Dim::Time(Scale::Month)];
    Module::new("REV04 Customer Plan", dimensions)
        .line_item(LineItem::number("Order Value").fill(Fill::Random {
            seed: 59,
            low: 100,
            high: 900_000,
            blank_percent: 60,
        }))
        .line_item(
            LineItem::new("Account Manager", Format::list("Sales People"))
                .dimensions(vec![Dim::list("Customers")])
                .fill_with(|place| {
                    let key = place.first().map_or(0, |place| place.key);
                    member(&PEOPLE, Random::at(60, key).below(PEOPLE.len() as u64)).to_owned()
                }),
        )
        .view(
            View::new("Customers by quarter", &["Products"], &["Customers"], &["Time"])
                .only(LINE_ITEMS, &["Order Value"])
                .only("Time", &["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26"]),
        )
}
