//! Scenario files: served by the program, and read by the library.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anaplan_sql::Key;
use anaplan_sql::simulator::{Scenario, Tenant};

use crate::process::Program;
use crate::support::{Cell, assert_rows, builder, cells, connect_to, expected, query, signed_out};

/// A file among the examples.
fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scenarios");
    folder.join(name).display().to_string()
}

/// Writes a scenario, and returns what the program says about it.
fn complain(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("plan.toml");
    std::fs::write(&path, text).expect("a file");
    let path = path.display().to_string();
    let run = Program::new().args(["simulator", "--scenario", &path]).run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    run.stderr.replace(&path, "plan.toml")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_serves_a_scenario() {
    let mut server = Program::new()
        .args(["simulator", "--listen", "127.0.0.1:0", "--scenario", &example("small.toml")])
        .spawn();
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let line = lines.next().expect("a line").expect("text");
    let url = line.strip_prefix("listening on ").expect("the contract's words").to_owned();
    let run = Program::new()
        .args(["--connect", &format!("User=planner@example.com;Password=coffee;Endpoint={url}")])
        .args(["-c", r#"SELECT * FROM "Finance"."Sales Plan"."Headcount""#, "--format", "csv"])
        .run();
    insta::assert_snapshot!(run.stdout, @r"
    Department,Heads
    Sales,12.0
    Finance,7.0
    Research & Development,31.5
    ");
    crate::process::signal(&server, "INT");
    assert_eq!(server.wait().expect("an end").code(), Some(0), "Ctrl-C is how it ends");
    let said: Vec<String> = BufReader::new(server.stderr.take().expect("piped"))
        .lines()
        .map(|line| line.expect("text").replace(&url, "[url]"))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    connect:  anaplan-sql --connect "User=planner@example.com;Password=...;Endpoint=[url]"
    stop:     Ctrl-C
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_scenario_is_not_served() {
    insta::assert_snapshot!(complain("[[users]]\nemail = \"a@b.c\"\npasword = \"marker\"\n"), @r"
    error: plan.toml, line 3, column 1: unknown key `pasword` in [[users]]; did you mean `password`?
    hint: `anaplan-sql help scenario` lists all tables, keys and values
    ");
    let text = r#"
[[workspaces]]
name = "W"

[[models]]
name = "M"

[[lists]]
name = "Products"

[[imports]]
name = "Load"
file = "products.csv"
list = "Product"

[[exports]]
model = "N"
name = "E"

[[faults]]
on = "GET /2/0/models"
"#;
    insta::assert_snapshot!(complain(text), @r"
    error: 4 problems in plan.toml
      line 13, column 8: no file `products.csv`
      line 14, column 8: no list `Product`; did you mean `Products`?
      line 17, column 9: no model `N`
      line 20, column 1: a fault needs one of `status`, `delay`, `reset`, `lose_answer`, `truncate`, `bad_json`, `html`, `expired_token`
    hint: `anaplan-sql help scenario` lists all tables, keys and values
    ");
    let run = Program::new().args(["simulator", "--scenario", "/nowhere/plan.toml"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: /nowhere/plan.toml: can't be read"), "{}", run.stderr);
}

#[tokio::test]
async fn the_small_example_holds_what_it_says() {
    let scenario = Scenario::read(example("small.toml")).unwrap_or_else(|error| panic!("{error}"));
    let model = scenario.tenant.find_model("Sales Plan").expect("there").clone();
    assert_eq!(model.find_list("Products").expect("there").items.len(), 4);
    assert_eq!(model.find_list("Customers").expect("there").items.len(), 200);
    let simulator = scenario.builder().start().await.expect("a free port");
    let session = signed_out(&simulator)
        .set(Key::User, "planner@example.com")
        .set(Key::Password, "coffee")
        .set(Key::Workspace, "Finance")
        .set(Key::Model, "Sales Plan")
        .connect()
        .await
        .expect("the planner may sign in");
    let batches = query(&session, r#"SELECT * FROM "Orders""#).await;
    let export = simulator.tenant().export("Sales Plan", "Orders").expect("there").clone();
    assert_rows(&cells(&batches), &expected(&export, &batches[0].schema()), "Orders");
    let sql = r#"SELECT "Jan 26" FROM "Sales by month" WHERE "Products" = 'Barista One'
        AND "Regions" = 'North' AND "Versions" = 'Budget' AND "Line Items" = 'Units'"#;
    let units = query(&session, sql).await;
    // Line items of several formats stand in one column, so it is text.
    assert_eq!(cells(&units), [[Cell::Text("120".to_owned())]]);
}

#[tokio::test]
async fn a_careful_client_survives_the_nasty_example() {
    let scenario = Scenario::read(example("nasty.toml")).unwrap_or_else(|error| panic!("{error}"));
    // The rest of its limits is there to be met; waiting for its tasks shows nothing more.
    let builder = scenario.builder().task_time(Duration::ZERO, Duration::ZERO);
    let simulator = builder.start().await.expect("a free port");
    let session = connect_to(&simulator, "Finance", "Sales Planning").await;
    let batches = query(&session, r#"SELECT * FROM "Everything at once""#).await;
    let export =
        simulator.tenant().export("Sales Planning", "Everything at once").expect("there").clone();
    let found = cells(&batches);
    assert_rows(&found, &expected(&export, &batches[0].schema()), "Everything at once");
    assert!(found.iter().any(|row| row[1] == Cell::Text("\"".to_owned())));
    let chunks = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    assert!(chunks > 10, "{chunks} chunks, two of them twice");
    let tasks = simulator.tasks().len();
    assert_eq!(tasks, 1, "the lost answer to the start was not repeated blindly");
}

#[tokio::test]
async fn odd_names_can_be_listed_and_read() {
    let scenario = Scenario::parse("base = \"demo\"\n[nasty]\nodd_names = true\n").expect("right");
    let simulator = scenario
        .builder()
        .task_time(Duration::ZERO, Duration::ZERO)
        .start()
        .await
        .expect("a free port");
    let tenant: Tenant = simulator.tenant();
    let odd = tenant.workspaces.last().expect("one more");
    let session = builder(&simulator)
        .set(Key::Workspace, &*odd.name)
        .set(Key::Model, &*odd.models[0].name)
        .connect()
        .await
        .expect("names in quotes");
    for export in &odd.models[0].exports {
        // By id, because two bear the same name.
        let batches = query(&session, &format!("SELECT * FROM \"{}\"", export.id)).await;
        assert_eq!(batches[0].num_columns(), export.columns.len(), "{}", export.name);
    }
    let slash = query(&session, r#"SELECT * FROM "slash/back\slash""#).await;
    assert_eq!(slash[0].num_rows(), 1);
}
