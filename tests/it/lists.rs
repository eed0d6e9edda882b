//! Lists as tables: their columns, their items, and what reading them costs.

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

/// Lists with names that a careless program stumbles over.
fn odd_tenant() -> Tenant {
    let list = |name: &str, id: &str| List::new(name).id(id).items([name]);
    let model = Model::new("M")
        .export(counting("Goods", 5))
        .export(counting("Lists.Goods", 7).id("116000000055"))
        .list(list("Goods", "101000000001"))
        .list(list(" a.b \"c\" / 🎯", "101000000002"))
        .list(list("101000000001", "101000000003"))
        .list(list("Twice", "101000000004"))
        .list(list("Twice", "101000000005"))
        .list(list("Sales", "101000000006"))
        .list(list("SALES", "101000000007"));
    users().workspace(Workspace::new("W").model(model).model(Model::new("Lists")))
}

/// The name of the only item.
async fn item(session: &Session, table: &str) -> String {
    match cells(&query(session, &format!("SELECT name FROM {table}")).await).as_slice() {
        [row] => row[0].to_string(),
        other => panic!("{table}: {other:?}"),
    }
}

#[tokio::test]
async fn lists_are_found_by_name_by_id_in_other_cases_and_without_quotes() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    for (table, expected) in [
        (r#""Lists.Goods""#, "Goods"),
        (r#""lists.goods""#, "Goods"),
        ("\"M\".Lists.Goods", "Goods"),
        ("W.M.lists.GOODS", "Goods"),
        (r#"W.M."Lists.Goods""#, "Goods"),
        (r#""101000000001""#, "Goods"),
        (r#""Lists. a.b ""c"" / 🎯""#, " a.b \"c\" / 🎯"),
        (r#"M."LISTS. A.B ""C"" / 🎯""#, " a.b \"c\" / 🎯"),
        (r#""101000000002""#, " a.b \"c\" / 🎯"),
        (r#""Lists.101000000002""#, " a.b \"c\" / 🎯"),
        // A name comes before an id.
        (r#""Lists.101000000001""#, "101000000001"),
        (r#""Lists.101000000003""#, "101000000001"),
        (r#""Lists.Twice (101000000005)""#, "Twice"),
        (r#""101000000004""#, "Twice"),
        (r#""Lists.SALES""#, "SALES"),
    ] {
        assert_eq!(item(&session, table).await, expected, "{table}");
    }
    for sql in ["DESCRIBE lists.goods", "SHOW COLUMNS FROM M.Lists.Goods"] {
        assert_eq!(count_rows(&session, sql).await, 5, "{sql}");
    }
    // An export keeps its name, unless that looks like a list's.
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Goods""#).await, 5);
    let export = r#"SELECT * FROM "Lists.Goods (116000000055)""#;
    assert_eq!(count_rows(&session, export).await, 7);
    assert_eq!(simulator.count("GET", LISTS), 1);
    // A model may be called so.
    let session = crate::support::connect(&simulator).await;
    query(&session, "USE \"W\".\"M\"").await;
    assert_eq!(item(&session, "M.Lists.Goods").await, "Goods");
    let error = fail(&session, "SELECT * FROM Lists.Goods").await;
    assert_eq!(error.to_string(), "there is no table \"Goods\" in \"Lists\"");
}

#[tokio::test]
async fn names_that_fit_no_list_or_several_are_answered_with_near_ones() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for table in ["Lists.Twice", "Lists.sales", "Lists.Godos", "101000000099", "lists.zzz"] {
        let error = fail(&session, &format!("SELECT * FROM \"{table}\"")).await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        all.push(format!("{table}\n{error:?}"));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    Lists.Twice
    NotFound: there are several lists named "Twice"
      hint: name one of them: "Lists.Twice (101000000004)", "Lists.Twice (101000000005)"

    Lists.sales
    NotFound: there are several lists named "sales"
      hint: name one of them: "Lists.Sales", "Lists.SALES"

    Lists.Godos
    NotFound: there is no table "Lists.Godos" in "M"
      hint: did you mean "Lists.Goods", "Lists.Goods (116000000055)", "Lists.Sales", "Lists.SALES"?

    101000000099
    NotFound: there is no table "101000000099" in "M"
      hint: did you mean "Lists.101000000001"?

    lists.zzz
    NotFound: there is no table "lists.zzz" in "M"
      hint: did you mean "Lists.Goods", "Lists.Sales", "Lists.SALES"?
    "#);
}

#[tokio::test]
async fn lists_stand_among_the_tables_of_a_model() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'M'";
    let names: Vec<String> =
        cells(&query(&session, sql).await).iter().map(|row| row[0].to_string()).collect();
    insta::assert_snapshot!(names.join("\n"), @r#"
    Goods
    Lists.Goods (116000000055)
    Lists.Goods
    Lists. a.b "c" / 🎯
    Lists.101000000001
    Lists.Twice (101000000004)
    Lists.Twice (101000000005)
    Lists.Sales
    Lists.SALES
    "#);
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(simulator.count("GET", LISTS), 1);
    // Exports, lists, modules, views.
    assert_eq!(simulator.requests().len(), 4, "no columns are read for a list of tables");
    for table in names {
        let table = table.replace('"', "\"\"");
        query(&session, &format!("DESCRIBE \"{table}\"")).await;
    }
}

#[tokio::test]
async fn a_user_who_may_not_list_the_lists_still_sees_the_exports() {
    let simulator = start(odd_tenant()).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("GET", LISTS).forever().status(403));
    let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'M'";
    assert_eq!(count_rows(&session, sql).await, 2);
    let error = fail(&session, r#"SELECT * FROM "Lists.Goods""#).await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.to_string(), "the lists of model \"M\" can't be listed");
}

#[tokio::test]
async fn a_few_rows_of_a_long_list_are_a_preview() {
    let simulator = start(tenant([many("Long", 1500), many("Short", 1000)])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT "Number" FROM "Lists.Long" LIMIT 1000"#;
    assert_eq!(count_rows(&session, sql).await, 1000);
    assert_eq!((simulator.count("GET", PREVIEW), simulator.count("GET", ITEMS)), (1, 0));
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Long" LIMIT 1200"#).await, 1200);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Short" LIMIT 5"#).await, 5);
    assert_eq!((simulator.count("GET", PREVIEW), simulator.count("GET", ITEMS)), (1, 2));
}

#[tokio::test]
async fn names_and_codes_are_looked_up_where_that_is_enough() {
    let long = many("Long", 1500).top_level("All");
    let twins = long.item(Item::new("Twin").code("t")).item(Item::new("Other").code("T"));
    let simulator = start(tenant([twins])).await;
    let session = connect_to_model(&simulator).await;
    let read = async |condition: &str| {
        simulator.clear_requests();
        let sql = format!(r#"SELECT code, name FROM "Lists.Long" WHERE {condition}"#);
        let mut rows: Vec<String> = cells(&query(&session, &sql).await)
            .iter()
            .map(|row| format!("{} {}", row[0], row[1]))
            .collect();
        rows.sort();
        (rows, simulator.count("POST", LOOKUP), simulator.count("GET", ITEMS))
    };
    let rows = |rows: &[&str]| rows.iter().map(|&row| row.to_owned()).collect::<Vec<_>>();
    assert_eq!(read("code = 'c7'").await, (rows(&["c7 Item 7"]), 1, 0));
    let several = "code IN ('c1', 'c2', 'c3', 'c4', 'c5', 'none')";
    let found = rows(&["c1 Item 1", "c2 Item 2", "c3 Item 3", "c4 Item 4", "c5 Item 5"]);
    assert_eq!(read(several).await, (found, 1, 0));
    assert_eq!(read("name = 'Item 9' AND code = 'c9'").await, (rows(&["c9 Item 9"]), 1, 0));
    assert_eq!(read("name = 'Item 9' AND code = 'c8'").await, (rows(&[]), 1, 0));
    // The service takes the item above all for one of the dimension.
    assert_eq!(read("name = 'All'").await, (rows(&[]), 1, 0));
    // What it finds in another case may not be all that there is.
    assert_eq!(read("code = 'C7'").await, (rows(&[]), 1, 1));
    assert_eq!(read("code = 't'").await.0, rows(&["t Twin"]));
    assert_eq!(read("code = 'T'").await.0, rows(&["T Other"]));
    assert_eq!(read("code = ''").await, (rows(&[]), 0, 0));
    let sql = r#"SELECT "Number" FROM "Lists.Long" WHERE code = 'c7'"#;
    assert_eq!(cells(&query(&session, sql).await), [[Cell::Number(7.0)]]);
    assert_eq!(simulator.count("GET", ITEMS), 1, "a lookup doesn't tell properties");
}

/// A session over a list that is too long for one answer.
async fn too_long(builder: SimulatorBuilder) -> (Simulator, Session) {
    let builder = builder.item_limit(100).read_page_rows(300);
    let simulator = builder.start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

const LARGE: &str = r#"SELECT id, name, "Number" FROM "Lists.Large""#;

#[tokio::test]
async fn a_list_that_is_too_long_for_one_answer_is_read_in_pages() {
    for repeat in [false, true] {
        let builder = simulator([many("Large", 1000)]).repeat_read_header(repeat);
        let (simulator, session) = too_long(builder).await;
        let found = cells(&query(&session, LARGE).await);
        assert_eq!(found.len(), 1000);
        for (number, row) in found.iter().enumerate() {
            assert_eq!(row[1], Cell::text(&format!("Item {number}")));
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let expected = Cell::Number(number as f64);
            assert_eq!(row[2], expected);
        }
        assert_eq!(simulator.count("POST", READS), 1);
        assert_eq!(simulator.count("GET", PAGE), 4);
        assert_eq!(simulator.count("DELETE", READ), 1);
    }
}

#[tokio::test]
async fn pages_are_fetched_while_others_are_made() {
    let builder = simulator([many("Large", 1000)])
        .task_time(Duration::from_millis(50), Duration::from_millis(400));
    let (simulator, session) = too_long(builder).await;
    assert_eq!(count_rows(&session, LARGE).await, 1000);
    let requests = simulator.requests();
    let place = |path: &str| {
        let mut all = requests.iter().enumerate().filter(|(_, it)| it.path.ends_with(path));
        all.next().map(|(place, _)| place)
    };
    let first = place("/pages/0").expect("a page");
    let last_look = requests
        .iter()
        .rposition(|it| it.method == "GET" && !it.path.contains("/pages/"))
        .expect("a look");
    assert!(first < last_look, "the first page came before the read was complete");
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_large_read_is_deleted_when_nobody_wants_more_of_it() {
    let (simulator, session) = too_long(simulator([many("Large", 2500)])).await;
    let sql = format!("{LARGE} LIMIT 1100");
    assert_eq!(count_rows(&session, &sql).await, 1100);
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
    assert!(simulator.count("GET", PAGE) < 9, "not all pages are fetched");

    simulator.clear_requests();
    let mut rows = session.sql(LARGE).await.expect("a plan").execute_stream().await.expect("it");
    assert!(rows.next().await.is_some());
    drop(rows);
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_large_read_that_fails_is_deleted_and_fails_the_query() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    let told = async || {
        simulator.clear_requests();
        let error = fail(&session, LARGE).await;
        session.settle(Duration::from_secs(5)).await;
        assert_eq!(simulator.count("DELETE", READ), 1, "{error:?}");
        let mut text = format!("{error:?}");
        let ids = simulator.requests().into_iter().find(|it| it.path.contains("/readRequests/"));
        let id = ids.map(|it| it.path.split('/').nth(10).unwrap_or_default().to_owned());
        text = text.replace(&id.unwrap_or_default(), "READ");
        let tenant = simulator.tenant();
        text = text.replace(&tenant.find_model("M").expect("M").id, "M");
        text.replace(&tenant.find_workspace("W").expect("W").id, "W")
    };
    let mut all = Vec::new();
    simulator.fail_reads(1);
    all.push(told().await);
    simulator.inject(Fault::on("GET", PAGE).skip(2).forever().status(403));
    all.push(told().await);
    simulator.clear_faults();
    simulator.inject(Fault::on("GET", PAGE).skip(1).forever().status(404));
    all.push(told().await);
    simulator.clear_faults();
    let cancelled = r#"{"listReadRequest":{"requestId":"READ","requestState":"CANCELLED"}}"#;
    simulator.inject(Fault::on("GET", READ).status(200).body("application/json", cancelled));
    all.push(told().await);
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    Task: the items of list "Large" can't be read
      caused by: the large read of list "Large" did not succeed
      hint: run the query again; the read's id is READ, which Anaplan's support may ask for

    Denied: the items of list "Large" can't be read
      caused by: page 3 of the large read of list "Large" can't be fetched
      caused by: GET /2/0/workspaces/W/models/M/lists/101000000001/readRequests/READ/pages/2 answered 403: Forbidden
      hint: the signed-in user needs a role that allows it

    NotFound: the items of list "Large" can't be read
      caused by: the large read of list "Large" is gone
      caused by: page 2 of the large read of list "Large" can't be fetched
      caused by: GET /2/0/workspaces/W/models/M/lists/101000000001/readRequests/READ/pages/1 answered 404: Not Found
      hint: the service forgets a read whose pages are not fetched for half an hour: run the query again, and take its rows without long pauses

    Task: the items of list "Large" can't be read
      caused by: the large read of list "Large" was cancelled at the service
      hint: run the query again
    "#);
}

#[tokio::test]
async fn a_large_read_that_takes_too_long_is_given_up_and_deleted() {
    let builder = simulator([many("Large", 1000)])
        .task_time(Duration::from_secs(3600), Duration::ZERO)
        .item_limit(100);
    let simulator = builder.start().await.expect("a free port");
    let session = crate::support::builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("signed in");
    let error = fail(&session, LARGE).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_not_repeated() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    simulator.inject(Fault::on("POST", READS).lose_answer());
    let error = fail(&session, LARGE).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert_eq!(simulator.count("POST", READS), 1);
}

#[tokio::test]
async fn a_query_that_is_dropped_while_the_read_starts_leaves_nothing_behind() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    simulator.inject(Fault::on("POST", READS).delay(Duration::from_millis(200)));
    let frame = session.sql(LARGE).await.expect("a plan");
    let running = tokio::spawn(frame.collect());
    until(|| simulator.count("POST", READS) == 1).await;
    running.abort();
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_does_not_fit_is_an_error() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Lists.Goods""#;
    query(&session, sql).await;
    let header = "id,name,code,parent,parentId,listId,listName,Own,\"In, \"\"stock\"\"\",\
                  Price,Since,On,Note,code,own\n";
    let body =
        |row: &str| Fault::on("GET", ITEMS).status(200).body("text/csv", format!("{header}{row}"));
    let mut all = Vec::new();
    for fault in [
        body("1,secret,,,,,,true,false,12 apples,,,,,\n"),
        body("1,secret,,,,,,true\n"),
        Fault::on("GET", ITEMS).status(200).body("text/csv", "id,name,code,parent,parentId\n"),
        Fault::on("GET", ITEMS).forever().status(404),
    ] {
        simulator.inject(fault);
        let error = fail(&session, sql).await;
        assert!(!format!("{error:?}").contains("apples"));
        all.push(format!("{error:?}"));
        simulator.clear_faults();
    }
    let model = simulator.tenant().find_model("M").expect("M").id.clone();
    insta::assert_snapshot!(all.join("\n\n").replace(&model, "M"), @r#"
    Data: list "Goods": line 2, column "Price": a number was expected
      hint: read every column as text with ColumnTypes=Text

    Data: list "Goods": line 2 has 8 cells where the header has 15
      hint: the answer is cut short or damaged: run the query again

    Data: list "Goods": the answer has no column "Own", which the metadata announces
      hint: the list was changed in the meantime: connect again to read its new form

    NotFound: the items of list "Goods" can't be read
      caused by: GET /2/0/models/M/lists/101000000001/items answered 404: Not Found
      hint: it was deleted, or the signed-in user has no access: Anaplan answers 404 for both
    "#);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_read_on_where_it_did() {
    let list = many("Long", 900);
    let simulator = start(tenant([list])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Lists.Long""#;
    let expected = cells(&query(&session, sql).await);
    let broken = |bytes: u64| Fault::on("GET", ITEMS).truncate_body(bytes);
    simulator.clear_requests();
    for bytes in [0, 10_000, 3] {
        simulator.inject(broken(bytes));
    }
    assert_rows(&cells(&query(&session, sql).await), &expected, "Long");
    assert_eq!(simulator.count("GET", ITEMS), 4);

    simulator.clear_requests();
    simulator.inject(broken(10_000).forever());
    let error = fail(&session, sql).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert_eq!(simulator.count("GET", ITEMS), 4);
    simulator.clear_faults();

    let other =
        "id,name,code,parent,parentId,listId,listName,Number\n".to_owned() + &"x".repeat(20_000);
    for answer in [other.as_str(), "id,name"] {
        simulator.inject(broken(10_000));
        simulator.inject(Fault::on("GET", ITEMS).status(200).body("text/csv", answer.to_owned()));
        let error = fail(&session, sql).await;
        let cause = format!("{error:?}");
        assert!(cause.contains("the answer has changed since"), "{cause}");
    }
}

#[tokio::test]
async fn a_list_that_has_grown_columns_since_is_still_read() {
    let simulator = start(tenant([goods()])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT "Own", "Price", "Note" FROM "Lists.Goods" WHERE code = 'M-1'"#;
    let before = cells(&query(&session, sql).await);
    simulator.edit(|tenant| {
        let model = tenant.model_mut("M").expect("M");
        let list = model.list_mut("Goods").expect("it");
        *list = std::mem::take(list).property("New", Format::text());
    });
    assert_eq!(cells(&query(&session, sql).await), before);
}

#[tokio::test]
async fn plans_tell_the_way_the_requests_and_the_size() {
    let simulator = start(tenant([many("Long", 1500), goods()])).await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    let mut all = Vec::new();
    for sql in [
        r#"SELECT name, "Price" FROM "Lists.Goods""#,
        r#"SELECT name FROM "Lists.Long" WHERE code IN ('c1', 'c2')"#,
        r#"SELECT "Number" FROM "Lists.Long" WHERE code = 'c1'"#,
        r#"SELECT * FROM "Lists.Long" LIMIT 10"#,
    ] {
        let plan = query(&session, &format!("EXPLAIN {sql}")).await;
        let physical = cells(&plan)[1][1].to_string();
        all.push(format!("{sql}\n{physical}"));
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    SELECT name, "Price" FROM "Lists.Goods"
    CooperativeExec
      ListExec: list="Goods", model="M", projection=[name, Price], read=items, requests=1, items=3, locks_model=false

    SELECT name FROM "Lists.Long" WHERE code IN ('c1', 'c2')
    FilterExec: code@1 = c1 OR code@1 = c2, projection=[name@0]
      CooperativeExec
        ListExec: list="Long", model="M", projection=[name, code], filters=[code=[c1, c2]], read=lookup, requests=1, items=2, locks_model=false

    SELECT "Number" FROM "Lists.Long" WHERE code = 'c1'
    FilterExec: code@0 = c1, projection=[Number@1]
      CooperativeExec
        ListExec: list="Long", model="M", projection=[code, Number], read=items, requests=1, items=1500, locks_model=false

    SELECT * FROM "Lists.Long" LIMIT 10
    CooperativeExec
      ListExec: list="Long", model="M", projection=[id, name, code, parent, parent_id, Number], limit=10, read=preview, requests=1, items=1000, locks_model=false
    "#);
    assert_eq!(simulator.count("GET", ITEMS), 0);
}

#[tokio::test]
async fn the_planner_knows_how_long_lists_are() {
    let simulator = start(tenant([many("Long", 1500), goods()])).await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    for sql in [
        r#"SELECT l.name FROM "Lists.Long" l JOIN "Lists.Goods" g ON l.code = g.code"#,
        r#"SELECT l.name FROM "Lists.Goods" g JOIN "Lists.Long" l ON l.code = g.code"#,
    ] {
        let plan = cells(&query(&session, &format!("EXPLAIN {sql}")).await)[1][1].to_string();
        let place = |list: &str| plan.find(&format!("list=\"{list}\"")).expect("a scan");
        assert!(place("Goods") < place("Long"), "the shorter one is held:\n{plan}");
    }
}

#[tokio::test]
async fn names_of_columns_may_be_written_in_other_cases() {
    let simulator = demo().await;
    let session = connect_to(&simulator, "Finance", "Sales Planning").await;
    let sql = r#"
        WITH big AS (
            SELECT CUSTOMERS.region, max("customer since") AS Newest FROM customers
            WHERE ACTIVE GROUP BY region
        )
        SELECT r.NAME, r.currency, newest FROM Lists.regions r JOIN BIG b ON b.REGION = r.Name
        ORDER BY r.CODE LIMIT 2"#;
    insta::assert_snapshot!(show(&session, sql).await, @r"
    +--------+----------+------------+
    | name   | Currency | Newest     |
    +--------+----------+------------+
    | DACH   | EUR      | 2025-12-17 |
    | France | EUR      | 2025-12-24 |
    +--------+----------+------------+
    ");
    let error = fail(&session, r#"SELECT "regoin" FROM "Customers""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_export_beside_a_list_joins_it() {
    let model = Model::new("M")
        .export(
            Export::tabular(
                "Sales",
                vec![
                    anaplan_sql::simulator::Column::new("Code", "TEXT"),
                    anaplan_sql::simulator::Column::new("Amount", "NUMBER"),
                ],
            )
            .with_rows([["c1", "5"], ["c3", "6"], ["c1", "7"]]),
        )
        .list(many("Items", 10));
    let simulator = start(users().workspace(Workspace::new("W").model(model))).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT i.name, sum(s."Amount") FROM "Sales" s JOIN "Lists.Items" i
                 ON i.code = s."Code" GROUP BY i.name ORDER BY i.name"#;
    let expected =
        [[Cell::text("Item 1"), Cell::Number(12.0)], [Cell::text("Item 3"), Cell::Number(6.0)]];
    assert_eq!(cells(&query(&session, sql).await), expected);
}
