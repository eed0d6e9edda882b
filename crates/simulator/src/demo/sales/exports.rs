//! The exports of the model "Sales Planning".

use super::super::super::random::Random;
use super::super::super::tenant::{Column, Export, Model, Row};
use super::super::member;
use super::super::names::{
    CUSTOMERS, MONTHS, PEOPLE, PRODUCTS, REGIONS, customer_code, customer_name, date,
};

/// The rows of a cube over region, product and month.
const CUBE: u64 = (REGIONS.len() * PRODUCTS.len() * MONTHS.len()) as u64;

/// Adds the exports.
pub(super) fn add(model: Model) -> Model {
    model
        .export(revenue())
        .export(revenue_single_column())
        .export(customers())
        .export(transactions())
        .export(open_pipeline())
        .export(dealers())
        .export(quota())
        // These show what the modules hold at the time: written cells, imported ones.
        .export(Export::of_view("Price Book", "REV01 Price Book", "", "TABULAR_MULTI_COLUMN"))
        .export(Export::of_view(
            "Plan by Month",
            "REV02 Revenue Plan",
            "Revenue by Region",
            "TABULAR_MULTI_COLUMN",
        ))
        .export(Export::of_view(
            "Board view",
            "REV02 Revenue Plan",
            "Board \"Q\" & more, v1.2",
            "TABULAR_MULTI_COLUMN",
        ))
}

/// The revenue of one cell of the cube in hundredths; about one cell in thirty is blank.
pub(super) fn revenue_of(number: u64) -> Option<i64> {
    let mut random = Random::at(1, number);
    if random.below(30) == 0 {
        return None;
    }
    let month = number % MONTHS.len() as u64;
    // Coffee machines sell before Christmas, and a little more each year.
    let season = 100 + i64::from(matches!(month % 12, 9..=11)) * 45 + i64::from(month >= 12) * 6;
    Some(random.between(150_000, 4_200_000) * season / 100)
}

/// Writes the revenue of one cell of the cube.
fn write_revenue(number: u64, row: &mut Row<'_>) {
    match revenue_of(number) {
        Some(revenue) => row.cents(revenue),
        None => row.blank(),
    }
}

/// Writes region, product and month of one cell of the cube.
fn write_cube(number: u64, row: &mut Row<'_>) {
    let months = MONTHS.len() as u64;
    let products = PRODUCTS.len() as u64;
    row.text(member(&REGIONS, number / months / products));
    row.text(member(&PRODUCTS, number / months));
    row.text(member(&MONTHS, number));
}

fn cube_columns() -> Vec<Column> {
    vec![
        Column::new("Region", "ENTITY").list_name("Regions"),
        Column::new("Product", "ENTITY").list_name("Products"),
        Column::new("Month", "TIME_ENTITY"),
    ]
}

fn revenue() -> Export {
    let mut columns = cube_columns();
    columns.extend([
        Column::new("Revenue", "NUMBER"),
        Column::new("Units", "NUMBER"),
        Column::new("Discount %", "NUMBER"),
        Column::new("On Promotion", "BOOLEAN"),
        Column::new("Last Order", "DATE"),
    ]);
    Export::tabular("Revenue by Region", columns).generated(CUBE, |number, row| {
        write_cube(number, row);
        let mut random = Random::at(2, number);
        let revenue = revenue_of(number);
        write_revenue(number, row);
        row.number(revenue.unwrap_or(0) / 34_900);
        if random.chance(20) {
            row.blank();
        } else {
            row.cents(random.between(0, 2500));
        }
        row.flag(random.chance(15));
        let month = number % MONTHS.len() as u64;
        if revenue.is_some() {
            row.date(date(month * 30 + random.below(28)));
        } else {
            row.blank();
        }
    })
}

fn revenue_single_column() -> Export {
    Export::single_column("Revenue by Region, single column", cube_columns(), "NUMBER").generated(
        CUBE,
        |number, row| {
            write_cube(number, row);
            write_revenue(number, row);
        },
    )
}

fn customers() -> Export {
    let columns = vec![
        Column::new("Customer", "ENTITY").list_name("Customers"),
        Column::new("Code", "TEXT"),
        Column::new("Region", "ENTITY").list_name("Regions"),
        Column::new("Segment", "TEXT"),
        Column::new("Credit Limit", "NUMBER"),
        Column::new("Active", "BOOLEAN"),
        Column::new("Customer Since", "DATE"),
    ];
    Export::tabular("Customers", columns).generated(CUSTOMERS, |number, row| {
        let mut random = Random::at(3, number);
        row.text(&customer_name(number));
        customer_code(number, row);
        row.text(member(&REGIONS, random.below(8)));
        row.text(member(&["Enterprise", "Mid-market", "Small business"], random.below(3)));
        if random.chance(8) {
            row.blank();
        } else {
            row.number(random.between(1, 80) * 2500);
        }
        row.flag(random.chance(90));
        row.date(date(random.below(360)));
    })
}

fn transactions() -> Export {
    let columns = vec![
        Column::new("Transaction", "TEXT"),
        Column::new("Customer Code", "TEXT"),
        Column::new("Product", "ENTITY").list_name("Products"),
        Column::new("Order Date", "DATE"),
        Column::new("Quantity", "NUMBER"),
        Column::new("Amount", "NUMBER"),
        Column::new("Sales Person", "TEXT"),
        Column::new("Returned", "BOOLEAN"),
    ];
    Export::tabular("Transactions", columns).generated(100_000, |number, row| {
        let mut random = Random::at(4, number);
        row.code("T", number + 1, 7);
        customer_code(random.below(CUSTOMERS), row);
        row.text(member(&PRODUCTS, random.below(16)));
        row.date(date(random.below(365)));
        let quantity = random.between(1, 40);
        row.number(quantity);
        row.cents(quantity * random.between(995, 249_900));
        row.text(member(&PEOPLE, random.below(10)));
        row.flag(random.chance(3));
    })
}

fn open_pipeline() -> Export {
    let columns = vec![
        Column::new("Opportunity", "ENTITY").list_name("Opportunities"),
        Column::new("Stage", "TEXT"),
        Column::new("Amount", "NUMBER"),
        Column::new("Close Date", "DATE"),
    ];
    Export::tabular("Open pipeline", columns)
}

fn dealers() -> Export {
    let columns = vec![
        Column::new("Händler", "ENTITY").list_name("Händler"),
        Column::new("Straße", "TEXT"),
        Column::new("Umsatz", "NUMBER"),
        Column::new("Geöffnet", "BOOLEAN"),
    ];
    Export::tabular("Händler.Übersicht", columns)
        .encoding("ISO-8859-1")
        .separator(";")
        .line_ending("\r\n")
        .generated(320, |number, row| {
            let mut random = Random::at(5, number);
            let town =
                member(&["Köln", "Zürich", "Graz", "Münster", "Görlitz", "Bern"], random.below(6));
            row.display(format_args!("Kaffee {town} {}", number + 1));
            row.display(format_args!("Röstgasse {}; Hof", random.between(1, 180)));
            row.cents(random.between(500_000, 90_000_000));
            row.flag(random.chance(85));
        })
}

fn quota() -> Export {
    let columns = vec![
        Column::new("Sales Person", "ENTITY").list_name("Sales People"),
        Column::new("Quota", "NUMBER"),
        Column::new("Stretch \"140 %\"", "NUMBER"),
        Column::new("Comment, if any", "TEXT"),
    ];
    Export::tabular("Quota v1.2 / \"Stretch\" 🎯", columns).generated(
        PEOPLE.len() as u64,
        |number, row| {
            let quota = Random::at(6, number).between(40, 120) * 1_000_000;
            row.text(member(&PEOPLE, number));
            row.cents(quota);
            row.cents(quota * 14 / 10);
            row.text(if number % 3 == 0 { "on target, see \"Board pack\" 👍" } else { "" });
        },
    )
}
