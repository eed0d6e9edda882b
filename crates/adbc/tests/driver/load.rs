//! Bound rows that become rows of a table.

use std::sync::Arc;

use adbc_core::error::Status;
use adbc_core::options::OptionStatement;
use adbc_core::{Connection, Database, Optionable, Statement};
use adbc_driver_anaplan::{AnaplanConnection, AnaplanStatement};
use anaplan_sql::simulator::{Format, Item, List, Model, Simulator, Tenant, User, Workspace};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, RecordBatchIterator, StringArray};
use arrow::error::ArrowError;

use crate::support::{
    PASSWORD, USER, connect_to, database_with, demo, query, read, rows, start, statement,
};

const ITEMS: &str = "/2/0/models/*/lists/*/items";
const IMPORT_TASKS: &str = "/2/0/models/*/imports/*/tasks";

fn simulator() -> Simulator {
    let products = List::new("Products")
        .property("Price", Format::number())
        .item(Item::new("Arabica").code("P1").properties(&["9.5"]));
    let model = Model::new("M").list(products);
    start(Tenant::new().user(User::new(USER, PASSWORD)).workspace(Workspace::new("W").model(model)))
}

/// The codes of the items that the service holds.
fn codes(simulator: &Simulator) -> Vec<String> {
    let tenant = simulator.tenant();
    let list = tenant.find_model("M").and_then(|model| model.find_list("Products"));
    let items = &list.expect("the list").items;
    items.iter().map(|item| item.code.clone().unwrap_or_default()).collect()
}

fn products(codes: &[&str]) -> RecordBatch {
    let names: Vec<String> = codes.iter().map(|code| format!("Coffee {code}")).collect();
    let prices: Vec<f64> = codes.iter().map(|_| 1.5).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("Price", Arc::new(Float64Array::from(prices))),
        ("code", Arc::new(StringArray::from(codes.to_vec()))),
        ("name", Arc::new(StringArray::from(names))),
    ];
    RecordBatch::try_from_iter(columns).expect("a batch")
}

fn loading(connection: &mut AnaplanConnection, mode: &str) -> AnaplanStatement {
    let mut statement = connection.new_statement().expect("a statement");
    for (key, value) in
        [(OptionStatement::TargetTable, "Lists.Products"), (OptionStatement::IngestMode, mode)]
    {
        statement.set_option(key, value.into()).expect("known");
    }
    statement
}

#[test]
fn batches_are_appended_in_one_statement() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    let batches = [products(&["P2", "P3"]), products(&["P4"])];
    let schema = batches[0].schema();
    let reader = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
    load.bind_stream(Box::new(reader)).expect("bound");
    assert_eq!(load.execute_update(), Ok(Some(3)));
    assert_eq!(codes(&simulator), ["P1", "P2", "P3", "P4"]);
    assert_eq!(simulator.count("POST", ITEMS), 1);
    // The rows served once.
    assert_eq!(load.execute_update().expect_err("nothing is bound").status, Status::InvalidState);
    // Nothing is left of the way that they took.
    let mut tables = statement(&mut connection, "SHOW TABLES FROM anaplan.information");
    if let Ok(reader) = tables.execute() {
        let listed = rows(&read(reader).expect("rows"));
        assert!(!listed.iter().any(|row| row.contains("adbc")), "{listed:?}");
    }
    let mut select = statement(&mut connection, r#"SELECT count(*) FROM "Lists.Products""#);
    assert_eq!(rows(&read(select.execute().expect("rows")).expect("rows")), ["4"]);
}

#[test]
fn the_target_may_be_named_in_full() {
    let simulator = simulator();
    let database = database_with(&simulator, &[]);
    let mut connection = database.new_connection().expect("signed in");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    load.set_option(OptionStatement::TargetCatalog, "W".into()).expect("known");
    load.set_option(OptionStatement::TargetDbSchema, "M".into()).expect("known");
    load.bind(products(&["P2"])).expect("bound");
    assert_eq!(load.execute_update(), Ok(Some(1)));
    load.set_option(OptionStatement::TargetTable, "Lists.Nothing".into()).expect("known");
    load.bind(products(&["P3"])).expect("bound");
    assert_eq!(load.execute_update().expect_err("missing").status, Status::NotFound);
    assert_eq!(codes(&simulator), ["P1", "P2"]);
}

#[test]
fn batches_are_loaded_through_an_import_in_one_run() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    let target = "Imports.Products from products.csv";
    load.set_option(OptionStatement::TargetTable, target.into()).expect("known");
    let batch = |code: &str, families: [&str; 2]| {
        let text = |cells: [&str; 2]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
        let (one, two) = (format!("{code}1"), format!("{code}2"));
        RecordBatch::try_from_iter([
            // In an order of its own: columns are found by name.
            ("Code", text([&one, &two])),
            ("Price", Arc::new(Float64Array::from(vec![Some(0.1), None])) as ArrayRef),
            ("Product", text([&format!("{one}, \"x\""), &format!("{two}\ny")])),
            ("Launch", text(["2026-05-20", ""])),
            ("Family", text(families)),
        ])
        .expect("a batch")
    };
    let good = ["Accessories", "Accessories"];
    let batches = [batch("A", good), batch("B", good)];
    let reader = RecordBatchIterator::new(batches.clone().map(Ok), batches[0].schema());
    load.bind_stream(Box::new(reader)).expect("bound");
    assert_eq!(load.execute_update(), Ok(Some(4)));
    assert_eq!(simulator.count("POST", IMPORT_TASKS), 1);

    // What the import refuses is an error, though the rest is in the model.
    load.bind(batch("C", ["Accessories", "Nowhere"])).expect("bound");
    let error = load.execute_update().expect_err("a row was refused");
    assert!(
        error.message.contains("CALL GetImportFailures(Import => 'Products"),
        "{}",
        error.message
    );
    assert_eq!(simulator.count("POST", IMPORT_TASKS), 2);

    // Nothing is sent for columns that the import doesn't have.
    load.bind(products(&["D1"])).expect("bound");
    let error = load.execute_update().expect_err("other columns");
    assert!(error.message.contains("Family"), "{}", error.message);
    assert_eq!(simulator.count("POST", IMPORT_TASKS), 2);

    let sql = r#"SELECT code, "List Price" FROM "Lists.Products" WHERE code IN ('A1', 'B2', 'C1', 'C2') ORDER BY 1"#;
    let found = rows(&query(&mut connection, sql));
    assert_eq!(found, ["A1|0.1", "B2|NULL", "C1|0.1"]);
}

#[test]
fn tables_are_neither_made_nor_replaced() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    for mode in ["adbc.ingest.mode.create", "adbc.ingest.mode.replace"] {
        let mut load = loading(&mut connection, mode);
        load.bind(products(&["P2"])).expect("bound");
        let error = load.execute_update().expect_err("refused");
        assert_eq!(error.status, Status::NotImplemented);
        assert!(error.message.contains("append"), "{}", error.message);
    }
    assert_eq!(codes(&simulator), ["P1"]);
}

#[test]
fn an_insert_of_parameters_is_one_statement_for_all_rows() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let sql = r#"INSERT INTO "Lists.Products" ("Price", code, name) VALUES (?, ?, ?)"#;
    let mut insert = statement(&mut connection, sql);
    insert.bind(products(&["P2", "P3", "P4"])).expect("bound");
    let result = read(insert.execute().expect("done")).expect("a row");
    assert_eq!(rows(&result), ["3|0|0|NULL"]);
    assert_eq!(simulator.count("POST", ITEMS), 1);
    // A single row too, and then as literals.
    insert.bind(products(&["P'5"])).expect("bound");
    assert_eq!(insert.execute_update(), Ok(Some(1)));
    assert_eq!(codes(&simulator), ["P1", "P2", "P3", "P4", "P'5"]);
    insert.bind(products(&["P6", "P7"]).project(&[0, 1]).expect("two")).expect("bound");
    let error = insert.execute_update().expect_err("one too few");
    assert_eq!(error.status, Status::InvalidArguments);
}

#[test]
fn what_is_to_be_done_on_a_conflict_stays() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let sql = r#"INSERT INTO "Lists.Products" ("Price", code, name) VALUES (?, ?, ?)
                 ON CONFLICT (code) DO UPDATE SET "Price" = excluded."Price""#;
    let mut insert = statement(&mut connection, sql);
    insert.bind(products(&["P1", "P2"])).expect("bound");
    assert_eq!(insert.execute_update(), Ok(Some(2)));
    assert_eq!(codes(&simulator), ["P1", "P2"]);
}

#[test]
fn other_changes_run_for_each_row() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let sql = r#"DELETE FROM "Lists.Products" WHERE code = ?"#;
    let mut delete = statement(&mut connection, sql);
    let codes_column: ArrayRef = Arc::new(StringArray::from(vec!["P1", "no such"]));
    let batch = RecordBatch::try_from_iter([("code", codes_column)]).expect("a batch");
    delete.bind(batch).expect("bound");
    assert_eq!(delete.execute_update(), Ok(Some(1)));
    assert!(codes(&simulator).is_empty());
}

#[test]
fn rows_that_can_not_be_read_change_nothing() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    let batches = [Ok(products(&["P2"])), Err(ArrowError::ComputeError("on purpose".into()))];
    let schema = products(&[]).schema();
    load.bind_stream(Box::new(RecordBatchIterator::new(batches, schema))).expect("bound");
    let error = load.execute_update().expect_err("unreadable");
    assert_eq!(error.status, Status::InvalidData, "{}", error.message);
    assert!(error.message.contains("on purpose"), "{}", error.message);
    assert_eq!(simulator.count("POST", ITEMS), 0);
}

#[test]
fn rows_that_the_service_refuses_are_an_error() {
    let simulator = simulator();
    let mut connection = connect_to(&simulator, "W", "M");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    // A code that is there already is another item's.
    load.bind(products(&["P2", "P1"])).expect("bound");
    let error = load.execute_update().expect_err("refused");
    assert_eq!(error.status, Status::Integrity, "{}", error.message);
    assert_eq!(error.sqlstate.map(|byte| byte as u8), *b"23000");
    assert!(error.message.contains("taken 1 rows and refused 1"), "{}", error.message);
    assert!(error.message.contains("DUPLICATE_CODE"), "{}", error.message);
    assert!(error.message.contains("information.rejected_rows"), "{}", error.message);
}

#[test]
fn a_read_only_database_loads_nothing() {
    let simulator = simulator();
    let more = [
        ("adbc.anaplan.ReadOnly", "true"),
        ("adbc.anaplan.Workspace", "W"),
        ("adbc.anaplan.Model", "M"),
    ];
    let database = database_with(&simulator, &more);
    let mut connection = database.new_connection().expect("signed in");
    let mut load = loading(&mut connection, "adbc.ingest.mode.append");
    load.bind(products(&["P2"])).expect("bound");
    assert_eq!(load.execute_update().expect_err("refused").status, Status::Unauthorized);
    assert_eq!(codes(&simulator), ["P1"]);
}
