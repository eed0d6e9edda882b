//! INSERT, UPDATE and DELETE of items: what the service holds afterwards, what was sent, and what is
//! refused before anything is.

mod conflict;
mod delete;
mod insert;
mod large;
mod lost;
mod plan;
mod read_only;
mod rejected;
mod update;

use anaplan_sql::Session;
use anaplan_sql::simulator::{Format, Item, List, Simulator};

use crate::lists::tenant;
use crate::support::{Cell, cells, query, start};

/// The calls that write items, and the reading of them.
const ITEMS: &str = "/2/0/models/*/lists/*/items";
/// Looking items up, and reading the names and codes of all.
const DIMENSION: &str = "/2/0/models/*/dimensions/*/items";

/// Two lists under another: `Products` with every type of property, and `Deals`, which is numbered.
async fn serve() -> Simulator {
    let families = List::new("Families")
        .item(Item::new("Beans").code("F1"))
        .item(Item::new("Grinders").code("F2"));
    let products = List::new("Products")
        .parent("Families")
        .subset("Own")
        .subset("In stock")
        .property("Price", Format::number())
        .property("Since", Format::Date)
        .property("On", Format::Boolean)
        .property("Note", Format::text())
        .property("Family", Format::list("Families"));
    let products = products
        .item(product("Arabica", "P1").parent("Beans"))
        .item(product("Robusta", "P2").parent("Beans"))
        .item(product("Mill", "P3").parent("Grinders"))
        .item(Item::new("No code"));
    let deals = List::numbered("Deals")
        .property("Amount", Format::number())
        .item(Item::new("").code("D1").display("Deal").properties(&["1"]))
        .item(Item::new("").code("D2").display("Deal").properties(&["2"]));
    start(tenant([families, products, deals])).await
}

fn product(name: &str, code: &str) -> Item {
    let values = ["9.5", "2026-01-31", "true", "a", "F1"];
    Item::new(name).code(code).properties(&values).subsets(&[true, false])
}

/// The items of a list as the service holds them, as text: `name|code|parent|subsets|properties`.
/// The items that properties hold are told by their codes.
fn state(simulator: &Simulator, list: &str) -> Vec<String> {
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("the model");
    let all = || model.lists.iter().flat_map(|list| &list.items);
    let row = |item: &Item| {
        let parent = item.parent.as_ref().and_then(|id| all().find(|it| it.id == *id));
        let subsets: String =
            item.subsets.iter().map(|is_in| if *is_in { '+' } else { '-' }).collect();
        let value = |text: &String| {
            let held = all().find(|it| it.id == *text).and_then(|it| it.code.clone());
            held.unwrap_or_else(|| text.clone())
        };
        let values: Vec<String> = item.properties.iter().map(value).collect();
        format!(
            "{}|{}|{}|{subsets}|{}",
            item.name,
            item.code.as_deref().unwrap_or_default(),
            parent.map_or("", |parent| &parent.name),
            values.join(",")
        )
    };
    model.find_list(list).expect("the list").items.iter().map(row).collect()
}

/// Runs a statement and gives its counts: written, rejected, left alone.
async fn run(session: &Session, sql: &str) -> [f64; 3] {
    tell(session, sql).await.0
}

/// The same, with why something was rejected.
async fn tell(session: &Session, sql: &str) -> ([f64; 3], Option<String>) {
    let rows = cells(&query(session, sql).await);
    match rows.as_slice() {
        [row] => match row.as_slice() {
            [Cell::Number(written), Cell::Number(rejected), Cell::Number(ignored), details] => {
                let details = match details {
                    Cell::Text(details) => Some(details.clone()),
                    _ => None,
                };
                ([*written, *rejected, *ignored], details)
            }
            other => panic!("{sql}: {other:?}"),
        },
        other => panic!("{sql}: {other:?}"),
    }
}

/// How many requests there were but for listings and metadata: calls that write, readings of items,
/// and lookups.
fn sent(simulator: &Simulator) -> [usize; 4] {
    [("POST", ITEMS), ("PUT", ITEMS), ("GET", ITEMS), ("*", DIMENSION)].map(|(method, path)| {
        match method {
            "*" => simulator.count("GET", path) + simulator.count("POST", path),
            method => simulator.count(method, path),
        }
    })
}
