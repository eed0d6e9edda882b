//! Options, known and unknown.

use adbc_core::error::Status;
use adbc_core::options::{OptionConnection, OptionStatement};
use adbc_core::{Connection, Database, Optionable};

use crate::support::{connect, connect_to, database_with, demo, query, rows};

#[test]
fn unknown_options_are_answered_as_the_specification_says() {
    let simulator = demo();
    let mut database = database_with(&simulator, &[]);
    let mut connection = database.new_connection().expect("signed in");
    let mut statement = connection.new_statement().expect("a statement");
    macro_rules! check {
        ($object:ident) => {
            let set = $object.set_option("x.y".into(), "1".into());
            assert_eq!(set.expect_err("unknown").status, Status::NotImplemented);
            for status in [
                $object.get_option_string("x.y".into()).expect_err("unknown").status,
                $object.get_option_bytes("x.y".into()).expect_err("unknown").status,
                $object.get_option_int("x.y".into()).expect_err("unknown").status,
                $object.get_option_double("x.y".into()).expect_err("unknown").status,
            ] {
                assert_eq!(status, Status::NotFound);
            }
        };
    }
    check!(database);
    check!(connection);
    check!(statement);
}

#[test]
fn settings_can_be_read_but_secrets() {
    let simulator = demo();
    let database = database_with(&simulator, &[("adbc.anaplan.PageSize", "77")]);
    assert_eq!(database.get_option_int("adbc.anaplan.pagesize".into()), Ok(77));
    let password = database.get_option_string("password".into());
    assert_eq!(password.expect_err("kept").status, Status::NotFound);
}

#[test]
fn catalog_and_schema_can_be_set_in_any_order_and_read() {
    let simulator = demo();
    let database = database_with(&simulator, &[]);
    let place = |connection: &dyn Optionable<Option = OptionConnection>| {
        let get = |key| connection.get_option_string(key).expect("known");
        [get(OptionConnection::CurrentCatalog), get(OptionConnection::CurrentSchema)]
    };
    let options = [
        (OptionConnection::CurrentSchema, "sales planning".into()),
        (OptionConnection::CurrentCatalog, "finance".into()),
    ];
    let mut connection = database.new_connection_with_opts(options).expect("both are there");
    assert_eq!(place(&connection), ["Finance", "Sales Planning"]);
    assert_eq!(rows(&query(&mut connection, r#"SELECT count(*) FROM "Customers""#)), ["1200"]);
    connection.set_option(OptionConnection::CurrentCatalog, "Operations".into()).expect("there");
    assert_eq!(place(&connection), ["Operations", "information"]);
    for (key, name) in [
        (OptionConnection::CurrentCatalog, "Finnance"),
        (OptionConnection::CurrentSchema, "Sales Planning"),
    ] {
        let error = connection.set_option(key, name.into()).expect_err("not there");
        assert_eq!(error.status, Status::NotFound, "{}", error.message);
    }
    assert_eq!(place(&connection), ["Operations", "information"]);
    connection.set_option(OptionConnection::CurrentCatalog, "anaplan".into()).expect("there");
    let planning = "Sales Planning".into();
    connection.set_option(OptionConnection::CurrentSchema, planning).expect("one has this name");
    assert_eq!(place(&connection), ["Finance", "Sales Planning"]);
    connection.set_option(OptionConnection::CurrentSchema, "information".into()).expect("there");
    assert_eq!(place(&connection), ["Finance", "information"]);
}

#[test]
fn whether_it_is_read_only_is_the_databases_business() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let key = || OptionConnection::ReadOnly;
    assert_eq!(connection.get_option_string(key()).as_deref(), Ok("false"));
    connection.set_option(key(), false.into()).expect("as it is");
    let set = connection.set_option(key(), true.into());
    assert_eq!(set.expect_err("refused").status, Status::NotImplemented);
}

#[test]
fn a_statement_knows_what_was_set() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let mut statement = connection.new_statement().expect("a statement");
    let get = statement.get_option_string(OptionStatement::TargetTable);
    assert_eq!(get.expect_err("unset").status, Status::NotFound);
    statement.set_option(OptionStatement::TargetTable, "Lists.Products".into()).expect("set");
    let get = statement.get_option_string(OptionStatement::TargetTable);
    assert_eq!(get.as_deref(), Ok("Lists.Products"));
    statement.set_option(OptionStatement::Temporary, "false".into()).expect("as it is");
    for (key, value, status) in [
        (OptionStatement::Temporary, "true", Status::NotImplemented),
        (OptionStatement::IngestMode, "x", Status::InvalidArguments),
        (OptionStatement::Incremental, "true", Status::NotImplemented),
    ] {
        assert_eq!(statement.set_option(key, value.into()).expect_err("refused").status, status);
    }
}
