//! Catalogs, schemas, tables and columns.

use adbc_core::Connection;
use adbc_core::error::Status;
use adbc_core::options::ObjectDepth;
use adbc_driver_anaplan::AnaplanConnection;
use anaplan_sql::simulator::Simulator;
use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Int32Type};

use crate::support::{connect, connect_to, demo, read, rows};

/// Patterns: catalog, schema, table, column.
type Patterns<'a> = [Option<&'a str>; 4];

fn objects(
    connection: &AnaplanConnection,
    depth: ObjectDepth,
    [catalog, schema, table, column]: Patterns<'_>,
    types: Option<Vec<&str>>,
) -> RecordBatch {
    let reader = connection
        .get_objects(depth, catalog, schema, table, types, column)
        .unwrap_or_else(|error| panic!("{error}"));
    read(reader).expect("objects")
}

/// The names at the end of every branch: `Finance/Sales Planning/Customers/Region`. A branch that
/// ends in `?` has nothing below because nothing was asked for, or is known.
fn paths(batch: &RecordBatch) -> Vec<String> {
    let mut paths = Vec::new();
    walk(&StructArray::from(batch.clone()), "", &mut paths);
    paths
}

fn walk(objects: &StructArray, above: &str, paths: &mut Vec<String>) {
    let names = objects.column(0).as_string::<i32>();
    let below =
        objects.columns().iter().find(|column| matches!(column.data_type(), DataType::List(_)));
    for row in 0..objects.len() {
        let path = format!("{above}{}", names.value(row));
        match below {
            None => paths.push(path),
            Some(lists) if lists.is_null(row) => paths.push(format!("{path}?")),
            Some(lists) => {
                let inner = lists.as_list::<i32>().value(row);
                walk(inner.as_struct(), &format!("{path}/"), paths);
            }
        }
    }
}

fn requests_of(simulator: &Simulator, work: impl FnOnce()) -> usize {
    simulator.clear_requests();
    work();
    simulator.requests().len()
}

const NONE: Patterns<'static> = [None; 4];

#[test]
fn catalogs_and_schemas_cost_the_listings_of_names() {
    let simulator = demo();
    let connection = connect(&simulator);
    let requests = requests_of(&simulator, || {
        let all = objects(&connection, ObjectDepth::Catalogs, NONE, None);
        assert_eq!(paths(&all), ["anaplan?", "Finance?", "Operations?"]);
        let all = objects(&connection, ObjectDepth::Schemas, NONE, None);
        assert_eq!(
            paths(&all),
            [
                "anaplan/information?",
                "Finance/information?",
                "Finance/Sales Planning?",
                "Finance/FP&A Hub?",
                "Operations/information?",
                "Operations/Demand Planning?",
            ]
        );
    });
    assert_eq!(requests, 2);
}

#[test]
fn patterns_select_and_what_does_not_fit_is_left_out() {
    let simulator = demo();
    let connection = connect(&simulator);
    let find = |patterns| paths(&objects(&connection, ObjectDepth::Schemas, patterns, None));
    assert_eq!(find([Some("Fin%"), Some("%Hub"), None, None]), ["Finance/FP&A Hub?"]);
    assert_eq!(find([Some("O_erations"), Some("D%"), None, None]), ["Operations/Demand Planning?"]);
    assert!(find([Some(""), None, None, None]).is_empty());
    assert!(find([Some("finance"), None, None, None]).is_empty());
    // A catalog without a schema that fits is still there.
    let none =
        objects(&connection, ObjectDepth::Schemas, [Some("Finance"), Some("x"), None, None], None);
    assert_eq!(none.num_rows(), 1);
    assert!(none.column(1).is_valid(0));
}

#[test]
fn tables_are_listed_for_models_that_are_named_and_for_no_other() {
    let simulator = demo();
    let connection = connect(&simulator);
    let all = |schema| {
        let patterns = [Some("Finance"), schema, None, None];
        paths(&objects(&connection, ObjectDepth::Tables, patterns, None))
    };
    let mut tables = Vec::new();
    let requests = requests_of(&simulator, || tables = all(Some("Sales Planning")));
    for table in ["Customers?", "Lists.Products?", "Modules.REV02 Revenue Plan?"] {
        let path = format!("Finance/Sales Planning/{table}");
        assert!(tables.contains(&path), "{path} is not in {tables:?}");
    }
    // Workspaces and models; exports, lists, modules, line items and views of the one model.
    assert_eq!(requests, 7);
    // It is known now; the other model isn't read for a search.
    let requests = requests_of(&simulator, || {
        let known = all(Some("%"));
        assert!(known.iter().any(|path| path.starts_with("Finance/Sales Planning/Cust")));
        assert!(known.iter().any(|path| path.starts_with("Finance/information/models")));
        assert!(!known.iter().any(|path| path.starts_with("Finance/FP&A Hub/")), "{known:?}");
    });
    assert_eq!(requests, 0);
}

#[test]
fn the_default_model_is_listed_unasked_and_columns_cost_nothing() {
    let simulator = demo();
    let connection = connect_to(&simulator, "Finance", "Sales Planning");
    let mut everything = None;
    let requests = requests_of(&simulator, || {
        everything = Some(objects(&connection, ObjectDepth::All, NONE, None));
    });
    assert_eq!(requests, 5, "exports, lists, modules, line items and views");
    let all = paths(&everything.expect("objects"));
    assert!(all.contains(&"Finance/Sales Planning/Customers?".to_owned()));
    assert!(all.contains(&"Finance/information/models/name".to_owned()));
}

#[test]
fn columns_of_a_table_that_is_named_are_told() {
    let simulator = demo();
    let connection = connect_to(&simulator, "Finance", "Sales Planning");
    let patterns = [Some("Finance"), Some("Sales Planning"), Some("Lists.Products"), Some("%Pri%")];
    let found = objects(&connection, ObjectDepth::Columns, patterns, None);
    assert_eq!(paths(&found), ["Finance/Sales Planning/Lists.Products/List Price"]);
    let schemas = found.column(1).as_list::<i32>().value(0);
    let tables = schemas.as_struct().column(1).as_list::<i32>().value(0);
    let columns = tables.as_struct().column(2).as_list::<i32>().value(0);
    let get = |name: &str| columns.as_struct().column_by_name(name).expect(name).clone();
    assert_eq!(get("ordinal_position").as_primitive::<Int32Type>().value(0), 8);
    assert_eq!(get("xdbc_type_name").as_string::<i32>().value(0), "DOUBLE");
    assert_eq!(get("xdbc_is_nullable").as_string::<i32>().value(0), "YES");
    assert!(get("remarks").is_null(0));
    assert_eq!(tables.as_struct().column(3).as_list::<i32>().value(0).len(), 0);
}

#[test]
fn types_of_tables_select() {
    let simulator = demo();
    let connection = connect_to(&simulator, "Finance", "Sales Planning");
    let of = |kind| {
        let found = objects(&connection, ObjectDepth::Tables, NONE, Some(vec![kind]));
        paths(&found)
    };
    let system = of("SYSTEM TABLE");
    assert!(!system.is_empty() && system.iter().all(|path| path.contains("/information/")));
    let tables = of("TABLE");
    assert!(!tables.is_empty() && !tables.iter().any(|path| path.contains("/information/")));
    assert!(of("no such type").is_empty());
    let types = read(connection.get_table_types().expect("types")).expect("types");
    assert_eq!(rows(&types), ["TABLE", "VIEW", "SYSTEM TABLE", "LOCAL TEMPORARY", "IMPORT"]);
}

#[test]
fn an_import_is_found_by_its_name() {
    let simulator = demo();
    let connection = connect_to(&simulator, "Finance", "Sales Planning");
    let find = |schema, table, types: Option<Vec<&str>>| {
        let depth = ObjectDepth::Columns;
        let found = connection.get_objects(depth, None, schema, Some(table), types, None);
        paths(&read(found.expect("objects")).expect("objects"))
    };
    let name = "Imports.Products from products.csv";
    let found = find(None, name, None);
    let of_it: Vec<&String> = found.iter().filter(|path| path.contains(name)).collect();
    assert!(of_it.iter().any(|path| path.ends_with("/Price")), "{found:?}");
    assert!(of_it.iter().all(|path| path.contains("Sales Planning")), "{found:?}");
    assert_eq!(find(Some("Sales Planning"), name, Some(vec!["IMPORT"])), found);
    for (name, types) in
        [("Imports.Nothing", None), ("Imports.%", None), (name, Some(vec!["TABLE"]))]
    {
        let found = find(None, name, types);
        assert!(!found.iter().any(|path| path.contains("Imports.")), "{found:?}");
    }
}

#[test]
fn the_schema_of_a_table_is_that_of_its_query() {
    let simulator = demo();
    let connection = connect_to(&simulator, "Finance", "Sales Planning");
    let schema = |catalog, schema, table| connection.get_table_schema(catalog, schema, table);
    let full = schema(Some("Finance"), Some("Sales Planning"), "Lists.Products").expect("there");
    assert_eq!(
        full.field_with_name("List Price").expect("a column").data_type(),
        &DataType::Float64
    );
    assert_eq!(schema(None, None, "lists.products").expect("there"), full);
    assert_eq!(schema(None, Some("Sales Planning"), "Lists.Products").expect("there"), full);
    assert_eq!(
        schema(Some("anaplan"), Some("information"), "models").expect("there").fields().len(),
        schema(None, Some("information"), "models").expect("there").fields().len()
    );
    for missing in ["Lists.Nothing", "a\"b.c", ""] {
        let error = schema(None, None, missing).expect_err("missing");
        assert_eq!(error.status, Status::NotFound, "{}", error.message);
    }
    assert_eq!(simulator.tasks().len(), 0);
}
