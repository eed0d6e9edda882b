//! Signing in, and what connections share.

use adbc_core::error::Status;
use adbc_core::options::{OptionConnection, OptionDatabase};
use adbc_core::{Connection, Database, Driver, Optionable};
use adbc_driver_anaplan::AnaplanDriver;

use crate::support::{connect, database_with, demo, fail, query, rows};

#[test]
fn connections_of_a_database_share_sign_in_and_names() {
    let simulator = demo();
    let database = database_with(&simulator, &[]);
    assert_eq!(simulator.requests().len(), 0, "opening sends nothing");
    let mut first = database.new_connection().expect("signed in");
    let mut second = database.new_connection().expect("signed in");
    assert_eq!(simulator.requests().len(), 1);
    let sql = r#"SELECT count(*) FROM "Finance"."Sales Planning"."Customers""#;
    assert_eq!(rows(&query(&mut first, sql)), ["1200"]);
    simulator.clear_requests();
    assert_eq!(rows(&query(&mut second, sql)), ["1200"]);
    assert_eq!(simulator.count("POST", "/token/authenticate"), 0);
    for names in ["/2/0/workspaces", "/2/0/models", "/2/0/models/*/exports"] {
        assert_eq!(simulator.count("GET", names), 0, "{names}");
    }
}

#[test]
fn defaults_and_views_of_a_connection_are_its_own() {
    let simulator = demo();
    let database = database_with(&simulator, &[]);
    let mut first = database.new_connection().expect("signed in");
    let mut second = database.new_connection().expect("signed in");
    query(&mut first, r#"USE "Finance"."Sales Planning""#);
    query(&mut first, r#"CREATE VIEW mine AS SELECT 1 AS x"#);
    assert_eq!(rows(&query(&mut first, "SELECT x FROM mine")), ["1"]);
    assert_eq!(fail(&mut second, "SELECT x FROM mine").status, Status::NotFound);
    let schema = second.get_option_string(OptionConnection::CurrentSchema);
    assert_eq!(schema.as_deref(), Ok("information"));
}

#[test]
fn a_wrong_password_is_told_when_connecting() {
    let simulator = demo();
    let database = database_with(&simulator, &[("adbc.anaplan.Password", "marker")]);
    let error = database.new_connection().expect_err("refused");
    assert_eq!(error.status, Status::Unauthenticated);
    assert_eq!(error.sqlstate.map(|byte| byte as u8), *b"28000");
    assert!(error.message.contains("hint: "), "{}", error.message);
    assert!(!error.message.contains("marker"), "{}", error.message);
}

#[test]
fn wrong_settings_are_told_at_once_and_all_together() {
    let options = [
        (OptionDatabase::Uri, "anaplan://nowhere".into()),
        (OptionDatabase::Other("adbc.anaplan.PageSize".into()), "many".into()),
    ];
    let error = AnaplanDriver::default().new_database_with_opts(options).expect_err("wrong");
    assert_eq!(error.status, Status::InvalidArguments);
    for part in ["Region", "PageSize"] {
        assert!(error.message.contains(part), "{}", error.message);
    }
}

#[test]
fn the_demo_needs_nothing() {
    let options = [(OptionDatabase::Uri, "anaplan://demo/Finance/Sales%20Planning".into())];
    let database = AnaplanDriver::default().new_database_with_opts(options).expect("sound");
    let mut connection = database.new_connection().expect("signed in");
    drop(database);
    assert_eq!(rows(&query(&mut connection, r#"SELECT count(*) FROM "Customers""#)), ["1200"]);
}

#[test]
fn there_are_no_transactions() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let off = connection.set_option(OptionConnection::AutoCommit, false.into());
    assert_eq!(off.expect_err("refused").status, Status::NotImplemented);
    connection.set_option(OptionConnection::AutoCommit, true.into()).expect("as it is");
    assert_eq!(connection.commit().expect_err("none").status, Status::InvalidState);
    assert_eq!(connection.rollback().expect_err("none").status, Status::InvalidState);
}
