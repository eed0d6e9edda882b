//! The lists of the model "Sales Planning".

use super::super::super::random::{Random, cents};
use super::super::super::tenant::{Format, Item, List, Model, Scale, TextKind};
use super::super::member;
use super::super::names::{CUSTOMERS, PEOPLE, PRODUCTS, REGIONS, customer_name, date};

/// The families that the products belong to, in the order of the products.
const FAMILIES: [&str; 16] = [
    "Machines",
    "Machines",
    "Machines",
    "Machines",
    "Machines",
    "Machines",
    "Machines",
    "Machines",
    "Grinders",
    "Grinders",
    "Accessories",
    "Accessories",
    "Accessories",
    "Beans",
    "Beans",
    "Service",
];

/// Adds the lists.
pub(super) fn add(model: Model) -> Model {
    model
        .list(List::new("Territories").top_level("World").items(["EMEA", "Americas", "APAC"]))
        .list(regions())
        .list(List::new("Product Families").top_level("All Products").items([
            "Machines",
            "Grinders",
            "Accessories",
            "Beans",
            "Service",
        ]))
        .list(products())
        .list(people())
        .list(List::new("Segments").items(["Enterprise", "Mid-market", "Small business"]))
        .list(customers())
        .list(opportunities())
        .list(List::new("Empty list"))
}

fn regions() -> List {
    let territory = |region: &str| match region {
        "US East" | "US West" => "Americas",
        "Asia Pacific" => "APAC",
        _ => "EMEA",
    };
    let list = List::new("Regions")
        .parent("Territories")
        .property("Currency", Format::text())
        .property("Manager", Format::list("Sales People"))
        .subset("Own sales force");
    REGIONS.iter().enumerate().fold(list, |list, (number, region)| {
        let currency = match *region {
            "US East" | "US West" => "USD",
            "UK & Ireland" => "GBP",
            "Asia Pacific" => "SGD",
            _ => "EUR",
        };
        list.item(
            Item::new(region)
                .code(&format!("R{:02}", number + 1))
                .parent(territory(region))
                .properties(&[currency, member(&PEOPLE, number as u64)])
                .subsets(&[number % 3 != 2]),
        )
    })
}

fn products() -> List {
    let list = List::new("Products")
        .parent("Product Families")
        .property("List Price", Format::number())
        .property("Launched", Format::Date)
        .property("Discontinued", Format::Boolean)
        .property("Supplier", Format::text())
        .property("First Full Month", Format::Time(Scale::Month))
        .subset("Hardware")
        .subset("Recurring");
    PRODUCTS.iter().zip(FAMILIES).enumerate().fold(list, |list, (number, (product, family))| {
        let mut random = Random::at(41, number as u64);
        let price = cents(random.between(995, 249_900));
        let launched = date(random.below(300)).to_string();
        let supplier = if number % 5 == 4 { "" } else { "Möller, Söhne & \"Co\"" };
        list.item(
            Item::new(product)
                .code(&format!("SKU-{:03}", 100 + number * 5))
                .parent(family)
                .properties(&[
                    price.as_str(),
                    &launched,
                    if number == 6 { "true" } else { "false" },
                    supplier,
                    "Jan 26",
                ])
                .subsets(&[number < 10, number > 10]),
        )
    })
}

fn people() -> List {
    let list = List::new("Sales People")
        .property("Email", Format::Text(TextKind::Email))
        .property("Profile", Format::Text(TextKind::Link))
        .property("Quota", Format::number());
    PEOPLE.iter().enumerate().fold(list, |list, (number, person)| {
        let mail = format!("seller{}@anaplan-sql.example", number + 1);
        let link = format!("https://people.anaplan-sql.example/{}", number + 1);
        let quota = cents(Random::at(6, number as u64).between(40, 120) * 1_000_000);
        list.item(
            Item::new(person).code(&format!("P{}", number + 1)).properties(&[mail, link, quota]),
        )
    })
}

fn customers() -> List {
    let list = List::new("Customers")
        .parent("Segments")
        .top_level("All Customers")
        .property("Region", Format::list("Regions"))
        .property("Credit Limit", Format::number())
        .property("Active", Format::Boolean)
        .property("Customer Since", Format::Date)
        .property("Delete?", Format::Boolean);
    (0..CUSTOMERS).fold(list, |list, number| {
        // The same draws as in the export "Customers", so that both tell the same.
        let mut random = Random::at(3, number);
        let region = member(&REGIONS, random.below(8));
        let segment = member(&["Enterprise", "Mid-market", "Small business"], random.below(3));
        let limit = if random.chance(8) {
            String::new()
        } else {
            (random.between(1, 80) * 2500).to_string()
        };
        let active = random.chance(90);
        let since = date(random.below(360)).to_string();
        list.item(
            Item::new(&customer_name(number)).code(&code_of(number)).parent(segment).properties(&[
                region.to_owned(),
                limit,
                active.to_string(),
                since,
                (!active && number % 7 == 0).to_string(),
            ]),
        )
    })
}

/// Deals: a numbered list whose labels repeat, as they do when people name deals after customers.
fn opportunities() -> List {
    let list = List::numbered("Opportunities")
        .property("Customer", Format::list("Customers"))
        .property("Amount", Format::number())
        .property("Close Date", Format::Date)
        .property("Stage", Format::text());
    (0..240_u64).fold(list, |list, number| {
        let mut random = Random::at(43, number);
        let customer = random.below(CUSTOMERS / 10);
        let stage = member(&["Lead", "Offer", "Won", "Lost"], random.below(4));
        list.item(
            Item::new("")
                .code(&format!("OPP-{number:04}"))
                .display(&customer_name(customer))
                .properties(&[
                    code_of(customer),
                    cents(random.between(100_000, 25_000_000)),
                    date(random.below(700)).to_string(),
                    stage.to_owned(),
                ]),
        )
    })
}

/// The code of a customer, as the exports write it.
fn code_of(number: u64) -> String {
    format!("C{:05}", number + 1)
}
