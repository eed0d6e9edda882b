//! The lists and modules of the model "FP&A Hub".

use super::super::super::random::{Random, cents};
use super::super::super::tenant::{
    Dim, Fill, Format, Item, LINE_ITEMS, LineItem, List, Model, Module, Place, Property, Scale,
    Summary, View,
};
use super::super::member;
use super::super::names::{DEPARTMENTS, PEOPLE, date};
use super::exports::{ACCOUNTS, ENTITIES, VERSIONS, account};

/// The positions of months of 2026 in the exports.
const MONTHS: [&str; 12] = [
    "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "Jun 26", "Jul 26", "Aug 26", "Sep 26",
    "Oct 26", "Nov 26", "Dec 26",
];

/// Adds lists and modules.
pub(super) fn add(model: Model) -> Model {
    model
        .list(List::new("Legal Entities").top_level("Group").items(ENTITIES))
        .list(List::new("Accounts").items(ACCOUNTS))
        .list(List::new("Departments").top_level("Company").items(DEPARTMENTS))
        .list(cost_centres())
        .list(List::new("Grades").items(["Junior", "Senior", "Lead"]))
        .list(employees())
        .module(profit_and_loss())
        .module(headcount())
        .module(payroll())
}

fn cost_centres() -> List {
    let list = List::new("Cost Centres")
        .parent("Departments")
        .property("Manager", Format::text())
        .property("Valid From", Format::Date)
        .subset("Capitalised");
    (0..420_u64).fold(list, |list, number| {
        let mut random = Random::at(25, number);
        let manager = member(&PEOPLE, random.below(10));
        list.item(
            Item::new(&format!("CC{:04}", number + 1000))
                .code(&(number + 1000).to_string())
                .parent(member(&DEPARTMENTS, number))
                .properties(&[manager, &date(random.below(200)).to_string()])
                .subsets(&[number % 9 == 0]),
        )
    })
}

/// A numbered list: two people of one name are two items.
fn employees() -> List {
    let mut list = List::numbered("Employees")
        .parent("Departments")
        .property("Email", Format::text())
        .property("Grade", Format::list("Grades"))
        .property("Salary", Format::number())
        .property("Joined", Format::Date);
    list.selective_access = true;
    list.properties.push(Property {
        name: "Annual Cost".to_owned(),
        format: Format::number(),
        formula: Some("Salary * 1.21".to_owned()),
        notes: Some("Calculated: can't be written.".to_owned()),
    });
    (0..180_u64).fold(list, |list, number| {
        let mut random = Random::at(44, number);
        let salary = random.between(38_000, 145_000);
        list.item(
            Item::new("")
                .code(&format!("E{:05}", number + 1))
                .display(member(&PEOPLE, random.below(10)))
                .parent(member(&DEPARTMENTS, random.below(7)))
                .properties(&[
                    format!("employee{}@anaplan-sql.example", number + 1),
                    member(&["Junior", "Senior", "Lead"], random.below(3)).to_owned(),
                    salary.to_string(),
                    date(random.below(600)).to_string(),
                    cents(salary * 121),
                ]),
        )
    })
}

/// The same figures as the exports "P&L" for the months of 2026.
fn amount(place: &[Place<'_>]) -> Option<i64> {
    let find = |names: &[&str], at: usize| {
        let label = place.get(at)?.label;
        names.iter().position(|name| *name == label)
    };
    account(find(&VERSIONS, 3)?, find(&ENTITIES, 0)?, find(&ACCOUNTS, 1)?, find(&MONTHS, 2)?)
}

fn profit_and_loss() -> Module {
    let dimensions = vec![
        Dim::list("Legal Entities"),
        Dim::list("Accounts"),
        Dim::Time(Scale::Month),
        Dim::Versions,
    ];
    Module::new("PL01 Profit & Loss", dimensions)
        .line_item(
            LineItem::number("Amount")
                .fill_with(|place| amount(place).map_or_else(String::new, cents)),
        )
        .line_item(LineItem::number("Adjustment"))
        .line_item(LineItem::number("Reported").formula("Amount + Adjustment"))
        .line_item(LineItem::new("Comment", Format::text()))
        .view(View::new(
            "P&L",
            &["Versions", "Legal Entities", LINE_ITEMS],
            &["Accounts"],
            &["Time"],
        ))
        .view(
            View::new(
                "By entity",
                &["Time", LINE_ITEMS],
                &["Accounts"],
                &["Legal Entities", "Versions"],
            )
            .only(LINE_ITEMS, &["Amount"]),
        )
}

fn headcount() -> Module {
    let dimensions =
        vec![Dim::list("Departments"), Dim::list("Grades"), Dim::Time(Scale::Month), Dim::Versions];
    let random = |seed, low, high| Fill::Random { seed, low, high, blank_percent: 0 };
    Module::new("HC01 Headcount", dimensions)
        .line_item(LineItem::number("Opening").summary(Summary::None).fill(Fill::Random {
            seed: 61,
            low: 2000,
            high: 9000,
            blank_percent: 0,
        }))
        .line_item(LineItem::number("Hires").fill(random(62, 0, 600)))
        .line_item(LineItem::number("Leavers").fill(random(63, 0, 400)))
        .line_item(
            LineItem::number("Closing")
                .formula("Opening + Hires - Leavers")
                .summary(Summary::ClosingBalance),
        )
        .line_item(LineItem::new("Hiring Stop", Format::Boolean))
        .view(
            View::new(
                "Headcount by Quarter",
                &["Versions"],
                &["Departments", "Grades"],
                &["Time", LINE_ITEMS],
            )
            .only("Time", &["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26"])
            .only(LINE_ITEMS, &["Hires", "Leavers"]),
        )
}

fn payroll() -> Module {
    Module::new("HC02 Payroll", vec![Dim::list("Employees"), Dim::Time(Scale::Month)])
        .line_item(LineItem::number("Gross").fill(Fill::Random {
            seed: 64,
            low: 250_000,
            high: 1_100_000,
            blank_percent: 3,
        }))
        .line_item(LineItem::number("Bonus"))
        .line_item(LineItem::number("Total").formula("Gross + Bonus"))
        .line_item(LineItem::new("Cost Centre", Format::list("Cost Centres")).fill_with(|place| {
            let key = place.first().map_or(0, |place| place.key);
            format!("CC{:04}", 1000 + Random::at(65, key).below(420))
        }))
}
