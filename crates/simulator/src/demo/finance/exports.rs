//! The exports of the model "FP&A Hub".

use super::super::super::random::{Random, cents};
use super::super::super::tenant::{Axis, Column, Export, Grid, Model};
use super::super::documents::{board_pack, budget_workbook};
use super::super::member;
use super::super::names::{DEPARTMENTS, MONTHS, PEOPLE, QUARTERS, date};

pub(super) const ACCOUNTS: [&str; 9] = [
    "Revenue",
    "Cost of Goods Sold",
    "Gross Margin",
    "Personnel",
    "Marketing",
    "Travel",
    "Rent, Energy & IT",
    "Depreciation",
    "EBIT",
];
pub(super) const VERSIONS: [&str; 3] = ["Actual", "Budget", "Forecast"];
pub(super) const ENTITIES: [&str; 3] =
    ["Kaffeemaschinen AG", "Coffee Machines, Inc.", "Café France SAS"];

/// Adds the exports.
pub(super) fn add(model: Model) -> Model {
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    model
        .export(Export::grid("P&L", profit_and_loss().current_page(&[1, 0])))
        .export(Export::grid_all_pages("P&L all pages", profit_and_loss()))
        .export(headcount())
        .export(indicators())
        .export(cost_centres())
        .export(journal())
        .export(close("Ledger", 7))
        .export(close("Consolidation", 8))
        .export(Export::binary("Board pack", "application/pdf", board_pack()))
        .export(Export::binary("Budget workbook", xlsx, budget_workbook()))
        .export(Export::of_view(
            "P&L by entity",
            "PL01 Profit & Loss",
            "By entity",
            "TABULAR_MULTI_COLUMN",
        ))
}

/// Accounts by month, a page for each version and legal entity.
fn profit_and_loss() -> Grid {
    Grid::new(|page, row, column| {
        let at = |axis: &[usize], place: usize| axis.get(place).copied().unwrap_or(0);
        account(at(page, 0), at(page, 1), at(row, 0), at(column, 0)).map_or_else(String::new, cents)
    })
    .page(Axis::list("Versions", &VERSIONS))
    .page(Axis::list("Legal Entities", &ENTITIES))
    .row(Axis::list("Accounts", &ACCOUNTS))
    .column(Axis::time(MONTHS.get(12..).unwrap_or_default()))
}

/// The amount of an account in hundredths. Sums are sums of the accounts above them.
pub(super) fn account(version: usize, entity: usize, account: usize, month: usize) -> Option<i64> {
    // The year isn't over: there are actuals for six months only.
    if version == 0 && month >= 6 {
        return None;
    }
    let base = |account: usize, low: i64, high: i64| {
        let key = ((version * 3 + entity) * 16 + account) * 16 + month;
        Random::at(21, key as u64).between(low, high)
    };
    let revenue = base(0, 180_000_000, 260_000_000);
    let goods = base(1, 70_000_000, 110_000_000);
    let costs = [
        base(3, 30_000_000, 42_000_000),
        base(4, 5_000_000, 12_000_000),
        base(5, 800_000, 2_400_000),
        base(6, 9_000_000, 11_000_000),
        base(7, 4_000_000, 4_200_000),
    ];
    Some(match account {
        0 => revenue,
        1 => goods,
        2 => revenue - goods,
        8 => revenue - goods - costs.iter().sum::<i64>(),
        cost => costs.get(cost.saturating_sub(3)).copied().unwrap_or(0),
    })
}

/// Departments and grades by quarter and line item: two dimensions on rows, two stacked on columns.
fn headcount() -> Export {
    let items =
        [("Opening", "NUMBER"), ("Hires", "NUMBER"), ("Leavers", "NUMBER"), ("Closing", "NUMBER")];
    let grid = Grid::new(|_, row, column| {
        let [department, grade] = [0, 1].map(|place| row.get(place).copied().unwrap_or(0));
        let [quarter, item] = [0, 1].map(|place| column.get(place).copied().unwrap_or(0));
        let key = |quarter: usize| ((department * 4 + grade) * 8 + quarter) as u64;
        let flow = |quarter: usize| {
            let mut random = Random::at(22, key(quarter));
            (random.between(0, 6), random.between(0, 4))
        };
        let before: i64 = (0..quarter).map(flow).map(|(hires, leavers)| hires - leavers).sum();
        let opening = Random::at(23, key(0)).between(20, 90) + before;
        let (hires, leavers) = flow(quarter);
        match item {
            0 => opening.to_string(),
            1 => hires.to_string(),
            2 => leavers.to_string(),
            _ => (opening + hires - leavers).to_string(),
        }
    })
    .row(Axis::list("Departments", &DEPARTMENTS))
    .row(Axis::list("Grades", &["Junior", "Senior", "Lead"]))
    .column(Axis::time(&QUARTERS))
    .column(Axis::line_items(&items));
    Export::grid("Headcount by Quarter", grid)
}

/// Line items on rows: cells of every type in one column, so the metadata says MIXED.
fn indicators() -> Export {
    let items = [
        ("Revenue per Head", "NUMBER"),
        ("Cash Conversion", "NUMBER"),
        ("On Track", "BOOLEAN"),
        ("Review Date", "DATE"),
        ("Owner", "TEXT"),
    ];
    let grid = Grid::new(|_, row, column| {
        let item = row.first().copied().unwrap_or(0) as u64;
        let quarter = column.first().copied().unwrap_or(0) as u64;
        let mut random = Random::at(24, item * 8 + quarter);
        match item {
            0 => cents(random.between(1_500_000, 3_000_000)),
            1 => cents(random.between(60, 110)),
            2 => random.chance(70).to_string(),
            3 => date(quarter * 91 + 380).to_string(),
            _ => member(&PEOPLE, random.below(10)).to_owned(),
        }
    })
    .row(Axis::line_items(&items))
    .column(Axis::time(&QUARTERS));
    Export::grid("KPI overview", grid)
}

fn cost_centres() -> Export {
    let columns = vec![
        Column::new("Cost Centre", "ENTITY").list_name("Cost Centres"),
        Column::new("Department", "ENTITY").list_name("Departments"),
        Column::new("Manager", "TEXT"),
        Column::new("Budget", "NUMBER"),
        Column::new("Valid From", "DATE"),
    ];
    Export::tabular("Cost centres", columns).bom(true).line_ending("\r\n").generated(
        420,
        |number, row| {
            let mut random = Random::at(25, number);
            row.code("CC", number + 1000, 4);
            row.text(member(&DEPARTMENTS, number));
            row.text(member(&PEOPLE, random.below(10)));
            row.cents(random.between(1_000_000, 50_000_000));
            row.date(date(random.below(200)));
        },
    )
}

fn journal() -> Export {
    let columns = vec![
        Column::new("Posting", "TEXT"),
        Column::new("Account", "ENTITY").list_name("Accounts"),
        Column::new("Posted", "DATE"),
        Column::new("Text", "TEXT"),
        Column::new("Amount", "NUMBER"),
    ];
    Export::tabular("Journal lines", columns)
        .format("text/plain")
        .separator("\t")
        .encoding("UTF-16LE")
        .bom(true)
        .line_ending("\r\n")
        .generated(5000, |number, row| {
            let mut random = Random::at(26, number);
            row.code("J", number + 1, 6);
            row.text(member(&ACCOUNTS, random.below(9)));
            row.date(date(random.below(365)));
            let text = [
                "Miete München",
                "Réunion, Lyon",
                "\"Beans\" 10 kg",
                "研修 Tokyo",
                "Σ Umbuchung",
                "tab\there",
            ];
            row.text(member(&text, random.below(6)));
            row.cents(random.between(-500_000, 500_000));
        })
}

/// One of two exports that bear the same name, as happens when two people build the same thing.
fn close(system: &str, seed: u64) -> Export {
    let columns = vec![
        Column::new("Entity", "ENTITY").list_name("Legal Entities"),
        Column::new("Month", "TIME_ENTITY"),
        Column::new("System", "TEXT"),
        Column::new("Closed", "BOOLEAN"),
        Column::new("Difference", "NUMBER"),
    ];
    let system = system.to_owned();
    Export::tabular("Monthly close", columns).layout(None).generated(36, move |number, row| {
        let mut random = Random::at(seed, number);
        row.text(member(&ENTITIES, number / 12));
        row.text(member(&MONTHS, number % 12));
        row.text(&system);
        row.flag(number % 12 < 9);
        row.cents(random.between(-9900, 9900));
    })
}
