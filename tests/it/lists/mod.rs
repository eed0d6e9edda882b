//! Lists as tables: their columns, their items, and what reading them costs.

mod broken;
mod large;
mod naming;
mod ways;

use std::time::Duration;

use anaplan_sql::simulator::{
    Export, Fault, Format, Item, List, Model, Simulator, SimulatorBuilder, Tenant, Workspace,
};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{
    Cell, EXPORTS, assert_rows, builder, cells, columns, connect_to, connect_to_model, count_rows,
    counting, demo, fail, query, show, start, until, users,
};

const LISTS: &str = "/2/0/models/*/lists";
const LIST: &str = "/2/0/models/*/lists/*";
const ITEMS: &str = "/2/0/models/*/lists/*/items";
const PREVIEW: &str = "/2/0/models/*/lists/*/preview";
const LOOKUP: &str = "/2/0/models/*/dimensions/*/items";
const READS: &str = "/2/0/models/*/lists/*/readRequests";
const READ: &str = "/2/0/models/*/lists/*/readRequests/*";
const PAGE: &str = "/2/0/models/*/lists/*/readRequests/*/pages/*";

/// A tenant of one workspace `W` with one model `M` that holds these lists.
pub(crate) fn tenant(lists: impl IntoIterator<Item = List>) -> Tenant {
    let model = lists.into_iter().fold(Model::new("M"), Model::list);
    users().workspace(Workspace::new("W").model(model))
}

fn simulator(lists: impl IntoIterator<Item = List>) -> SimulatorBuilder {
    Simulator::builder(tenant(lists)).task_time(Duration::ZERO, Duration::ZERO)
}

/// A list with what CSV trips over, and every type.
fn goods() -> List {
    let list = List::new("Goods")
        .top_level("All goods")
        .subset("Own")
        .subset("In, \"stock\"")
        .property("Price", Format::number())
        .property("Since", Format::Date)
        .property("On", Format::Boolean)
        .property("Note", Format::text())
        .property("code", Format::text())
        .property("own", Format::number());
    let item = |name: &str, code: &str, values: [&str; 6], subsets: [bool; 2]| {
        let item = Item::new(name).properties(&values).subsets(&subsets);
        if code.is_empty() { item } else { item.code(code) }
    };
    list.item(item(
        "Möller, \"A\"",
        "M-1",
        ["12.5", "2026-01-31", "true", "two\nlines; \"q\"", "x", "1"],
        [true, false],
    ))
    .item(item(" leading blank", "", ["", "", "", "", "", ""], [false, true]))
    .item(item("😀", "M-3", ["-0.001", "1999-12-31", "false", ",", "y", "2"], [true, true]))
}

/// The rows of `goods`, in the types of its columns.
fn goods_rows(simulator: &Simulator) -> Vec<Vec<Cell>> {
    let tenant = simulator.tenant();
    let list = tenant.find_model("M").and_then(|model| model.find_list("Goods")).expect("it");
    let number = |text: &str| text.parse().map_or(Cell::Null, Cell::Number);
    let rows = list.items.iter().map(|item| {
        let values = &item.properties;
        vec![
            Cell::text(&item.id),
            Cell::text(&item.name),
            Cell::text(item.code.as_deref().unwrap_or_default()),
            Cell::Null,
            Cell::Null,
            Cell::Boolean(item.subsets[0]),
            Cell::Boolean(item.subsets[1]),
            number(&values[0]),
            values[1].parse().map_or(Cell::Null, Cell::Date),
            values[2].parse().map_or(Cell::Null, Cell::Boolean),
            Cell::text(&values[3]),
            Cell::text(&values[4]),
            number(&values[5]),
        ]
    });
    rows.collect()
}

/// A list of many items, whose codes are `c0`, `c1`, … and whose one property counts along.
fn many(name: &str, count: usize) -> List {
    let list = List::new(name).property("Number", Format::number());
    (0..count).fold(list, |list, number| {
        let item = Item::new(&format!("Item {number}")).code(&format!("c{number}"));
        list.item(item.properties(&[number.to_string()]))
    })
}
#[tokio::test]
async fn every_item_is_a_row_with_subsets_and_properties_in_their_types() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Lists.Goods""#).await;
    assert_eq!(
        columns(&found[0].schema()),
        "id Utf8, name Utf8, code Utf8, parent Utf8, parent_id Utf8, Own Boolean, \
         In, \"stock\" Boolean, Price Float64, Since Date32, On Boolean, Note Utf8, \
         code (property) Utf8, own (property) Float64"
    );
    assert_rows(&cells(&found), &goods_rows(&simulator), "Goods");
    for (path, times) in [(LISTS, 1), (LIST, 1), (ITEMS, 1), (EXPORTS, 0)] {
        assert_eq!(simulator.count("GET", path), times, "{path}");
    }
    // The second time, only the items are read.
    simulator.clear_requests();
    let sql = r#"SELECT "Price", name FROM "Lists.Goods" WHERE "Own" ORDER BY "Price""#;
    let expected = [
        [Cell::Number(-0.001), Cell::text("😀")],
        [Cell::Number(12.5), Cell::text("Möller, \"A\"")],
    ];
    assert_eq!(cells(&query(&session, sql).await), expected);
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test]
async fn subsets_and_properties_are_only_asked_for_when_they_are_wanted() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(count_rows(&session, r#"SELECT name, code FROM "Lists.Goods""#).await, 3);
    let count = query(&session, r#"SELECT count(*) FROM "Lists.Goods""#).await;
    assert_eq!(cells(&count), [[Cell::Number(3.0)]]);
    assert_eq!(count_rows(&session, r#"SELECT "Note" FROM "Lists.Goods""#).await, 3);
    let asked: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with("/items"))
        .map(|request| request.query.unwrap_or_default())
        .collect();
    assert_eq!(asked, ["", "", "includeAll=true"]);
}

#[tokio::test]
async fn cells_are_text_where_that_is_asked_for() {
    let simulator = start(tenant([goods()])).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ColumnTypes, "Text")
        .connect()
        .await
        .expect("signed in");
    let sql = r#"SELECT "Own", "Price", "Since", "On" FROM "Lists.Goods" WHERE code = 'M-1'"#;
    let expected = ["true", "12.5", "2026-01-31", "true"].map(Cell::text);
    assert_eq!(cells(&query(&session, sql).await), [expected]);
}

#[tokio::test]
async fn lists_without_items_are_tables_without_rows() {
    let empty = List::new("Empty").subset("S").property("P", Format::number());
    let only_top = List::new("Top").top_level("All");
    let simulator = start(tenant([empty, only_top])).await;
    let session = connect_to_model(&simulator).await;
    for list in ["Empty", "Top"] {
        assert_eq!(count_rows(&session, &format!(r#"SELECT * FROM "Lists.{list}""#)).await, 0);
    }
}

#[tokio::test]
async fn parents_and_numbered_items_are_told() {
    let simulator = demo().await;
    let session = connect_to(&simulator, "Finance", "Sales Planning").await;
    insta::assert_snapshot!(
        show(
            &session,
            r#"SELECT r.name, r.code, r.parent, r.parent_id = t.id AS fits, "Own sales force",
                      "Currency", "Manager"
               FROM "Lists.Regions" r JOIN "Lists.Territories" t ON r.parent = t.name
               ORDER BY r.code LIMIT 3"#
        )
        .await,
        @r"
    +--------+------+--------+------+-----------------+----------+---------------+
    | name   | code | parent | fits | Own sales force | Currency | Manager       |
    +--------+------+--------+------+-----------------+----------+---------------+
    | DACH   | R01  | EMEA   | true | true            | EUR      | Aylin Yılmaz  |
    | France | R02  | EMEA   | true | true            | EUR      | Björn Åkesson |
    | Iberia | R03  | EMEA   | true | false           | EUR      | Carla Núñez   |
    +--------+------+--------+------+-----------------+----------+---------------+
    "
    );
    insta::assert_snapshot!(
        show(
            &session,
            r#"SELECT name, code, "Customer", "Amount", "Close Date", "Stage"
               FROM "Lists.Opportunities" ORDER BY code LIMIT 3"#
        )
        .await,
        @r"
    +------+----------+--------------------+-----------+------------+-------+
    | name | code     | Customer           | Amount    | Close Date | Stage |
    +------+----------+--------------------+-----------+------------+-------+
    | #1   | OPP-0000 | Ember Roasters 120 | 170977.58 | 2026-05-07 | Won   |
    | #2   | OPP-0001 | Harbour Coffee 47  | 216064.16 | 2025-09-18 | Lead  |
    |      |          | 2nd floor, rear    |           |            |       |
    | #3   | OPP-0002 | Lónguez Foods 24   | 8688.4    | 2025-11-08 | Won   |
    +------+----------+--------------------+-----------+------------+-------+
    "
    );
}
