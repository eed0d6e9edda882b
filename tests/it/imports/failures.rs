//! Rejected rows: `GetImportFailures` and `import_failures`.

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Session};

use super::tenant::{IMPORTS, items, serve};
use crate::support::{
    Cell, cells, columns, connect, connect_to_model, count_rows, fail, query, requests, show,
};

const DUMP: &str = "/2/0/models/*/imports/*/tasks/*/dump/chunks/*";

/// Loads products of which two are rejected and one comes with a warning, and gives the task.
async fn load(session: &Session) -> String {
    let loaded = query(
        session,
        "INSERT INTO \"Imports.Load products\" (Code, Name, Region, Price, Launched, Old) VALUES
         ('C', 'Coffee', 'North', '2', '2026-01-02', 'true'),
         ('T', 'Other \"tea\"', 'North', 'much', '', ''),
         ('X', 'Two' || chr(10) || 'lines, é', 'Nowhere', '1', '', '')",
    )
    .await;
    match &cells(&loaded)[0][0] {
        Cell::Text(task) => task.clone(),
        other => panic!("{other} is no task"),
    }
}

#[tokio::test]
async fn rejected_rows_are_read_with_their_reasons() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let task = load(&session).await;
    simulator.clear_requests();
    let call = format!("CALL GetImportFailures(Import => 'load products', TaskId => '{task}')");
    let table = show(&session, &call).await;
    insta::assert_snapshot!(table, @r#"
    +----------+------+-------------+---------+-------+----------+-----+--------+-----------------------------------------------+
    | _Status_ | Code | Name        | Region  | Price | Launched | Old | _Line_ | _Error_1_                                     |
    +----------+------+-------------+---------+-------+----------+-----+--------+-----------------------------------------------+
    | W        | T    | Other "tea" | North   | much  |          |     | 3      | Price: much is no value of the format NUMBER. |
    | E        | X    | Two         | Nowhere | 1     |          |     | 4      | The parent Nowhere was not found.             |
    |          |      | lines, é    |         |       |          |     |        |                                               |
    +----------+------+-------------+---------+-------+----------+-----+--------+-----------------------------------------------+
    "#);
    assert_eq!(
        requests(&simulator).len(),
        3,
        "imports, pieces, the piece: {:?}",
        requests(&simulator)
    );

    // The same as a table.
    let sql = format!("SELECT * FROM import_failures('Load products', '{task}')");
    assert_eq!(show(&session, &sql).await, table);
    let sql = format!(
        "SELECT f.name, f.\"_line_\" + 1 AS next, r.\"Name\" AS known
         FROM Import_Failures('Load products', '{task}') f
         LEFT JOIN \"Lists.Regions\" r ON r.\"Name\" = f.region
         WHERE f._Status_ = 'E' ORDER BY f._Line_ DESC LIMIT 1"
    );
    insta::assert_snapshot!(show(&session, &sql).await, @r#"
    +----------+------+-------+
    | Name     | next | known |
    +----------+------+-------+
    | Two      | 5    |       |
    | lines, é |      |       |
    +----------+------+-------+
    "#);
}

#[tokio::test]
async fn columns_are_read_when_a_statement_is_planned_and_rows_when_it_is_read() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let task = load(&session).await;
    let sql = format!("SELECT \"Name\" FROM import_failures('Load products', '{task}')");
    simulator.clear_requests();
    let plan = show(&session, &format!("EXPLAIN {sql}")).await;
    assert!(
        plan.contains(&format!(
            "ImportFailuresExec: import=\"Load products\", task={task}, projection=[Name], \
             requests=0, locks_model=false"
        )),
        "{plan}"
    );
    let frame = session.sql(&sql).await.expect("a plan");
    assert_eq!(columns(&frame.schema().inner().clone()), "Name Utf8");
    let sent = simulator.count("GET", DUMP);
    assert_eq!(
        frame.collect().await.expect("rows").iter().map(|it| it.num_rows()).sum::<usize>(),
        2
    );
    assert_eq!(simulator.count("GET", DUMP), sent, "a small dump is not read again");
    let call =
        format!("EXPLAIN CALL GetImportFailures(TaskId => '{task}', Import => 'Load products')");
    assert!(show(&session, &call).await.contains("ImportFailuresExec"), "{call}");
    // A view keeps what it was made of.
    query(&session, &format!("CREATE VIEW rejected AS {sql}")).await;
    assert_eq!(count_rows(&session, "SELECT * FROM rejected").await, 2);
}

#[tokio::test]
async fn a_large_dump_comes_in_pieces() {
    let simulator = anaplan_sql::simulator::Simulator::builder(super::tenant::tenant())
        .task_time(std::time::Duration::ZERO, std::time::Duration::ZERO)
        .chunk_size(100_000)
        .start()
        .await
        .expect("a free port");
    let session = connect_to_model(&simulator).await;
    let rows = query(
        &session,
        "INSERT INTO \"Imports.Load products\"
         SELECT 'T' AS \"Code\", 'Tea ' || value AS \"Name\", 'Nowhere' AS \"Region\",
                NULL AS \"Price\", NULL AS \"Launched\", NULL AS \"Old\"
         FROM generate_series(1, 20000)",
    )
    .await;
    let Cell::Text(task) = &cells(&rows)[0][0] else { panic!("no task") };
    let table = format!("import_failures('Load products', '{task}')");
    simulator.inject(Fault::on("GET", DUMP).skip(2).reset());
    assert_eq!(
        cells(&query(&session, &format!("SELECT count(*), max(_Line_) FROM {table}")).await),
        [[Cell::Number(20_000.0), Cell::Number(20_001.0)]]
    );
    assert!(simulator.count("GET", DUMP) > 10);
    simulator.clear_requests();
    assert_eq!(count_rows(&session, &format!("SELECT * FROM {table} LIMIT 3")).await, 3);
    assert_eq!(simulator.count("GET", DUMP), 2, "the columns, and one piece");
}

#[tokio::test]
async fn an_import_that_rejected_nothing_has_no_rows() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let row = cells(&query(&session, "CALL RunImport('Load regions')").await).remove(0);
    let call = format!("CALL GetImportFailures(Import => 'Load regions', TaskId => '{}')", row[0]);
    assert_eq!(count_rows(&session, &call).await, 0);
}

#[tokio::test]
async fn a_process_shows_the_rows_of_its_step() {
    let simulator = crate::support::demo().await;
    let session = connect(&simulator).await;
    let row = cells(
        &query(
            &session,
            "CALL RunProcess(Process => 'Monthly load', Workspace => 'Finance', Model => 'Sales Planning')",
        )
        .await,
    );
    assert_eq!(row.len(), 4);
    let task = row[0][0].to_string();
    let told = session.rejected().take();
    assert_eq!(
        told.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!(
            "3 rows of import \"Revenue from revenue.csv\" in process \"Monthly load\" were rejected; \
             CALL GetImportFailures(Process => 'Monthly load', Import => 'Revenue from revenue.csv', \
             TaskId => '{task}', Workspace => 'Finance', Model => 'Sales Planning') shows them"
        )]
    );
    let shown = told[0].look.as_deref().expect("a statement");
    let table = show(&session, shown).await;
    insta::assert_snapshot!(table, @r#"
    +----------+----------+---------+-----------+----------+---------+----------------+--------+-------------------------------------------------+
    | _Status_ | Region   | SKU     | Month     | Version  | Revenue | Note           | _Line_ | _Error_1_                                       |
    +----------+----------+---------+-----------+----------+---------+----------------+--------+-------------------------------------------------+
    | E        | Atlantis | SKU-100 | Jul 26    | Forecast | 10      | unknown region | 3      | Regions: Atlantis was not found.                |
    | E        | France   | SKU-105 | Aug 26    | Forecast | many    | no number      | 4      | Revenue: many is no value of the format NUMBER. |
    | E        | DACH     | SKU-100 | Smarch 26 | Forecast | 1       | unknown month  | 6      | Time: Smarch 26 was not found.                  |
    +----------+----------+---------+-----------+----------+---------+----------------+--------+-------------------------------------------------+
    "#);
    // The only step with rejected rows need not be named, nor is it said that it is a process.
    query(&session, "USE \"Finance\".\"Sales Planning\"").await;
    for sql in [
        format!("CALL GetImportFailures(Process => 'Monthly load', TaskId => '{task}')"),
        format!("SELECT * FROM import_failures('Monthly load', '{task}')"),
        format!(
            "SELECT * FROM import_failures('Monthly load', '{task}', 'revenue from revenue.csv')"
        ),
        format!("SELECT * FROM import_failures(Process => 'Monthly load', TaskId => '{task}')"),
    ] {
        assert_eq!(show(&session, &sql).await, table, "{sql}");
    }
    let other = format!(
        "SELECT * FROM import_failures('Monthly load', '{task}', 'Products from products.csv')"
    );
    assert_eq!(count_rows(&session, &other).await, 0);
    let wrong = format!("SELECT * FROM import_failures('Monthly load', '{task}', 'Revenue')");
    assert!(fail(&session, &wrong).await.to_string().starts_with("there is no step"), "{wrong}");
}

#[tokio::test]
async fn what_is_not_there_says_why() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let task = load(&session).await;
    let told = async |simulator: &Simulator, sql: &str| {
        let error = format!("{:?}", fail(&session, sql).await);
        let model = simulator.tenant().find_model("M").expect("M").id.clone();
        format!("{sql}\n{error}").replace(&task, "TASK").replace(&model, "M")
    };
    let mut all = Vec::new();
    let none = "0".repeat(32);
    for sql in [
        format!("SELECT * FROM import_failures('Load product', '{task}')"),
        format!("SELECT * FROM import_failures('Load products', '{none}')"),
        format!("SELECT * FROM import_failures('Load regions', '{task}')"),
        format!("SELECT * FROM import_failures('Load products', '{task}', 'x')"),
        "SELECT * FROM import_failures('Load products')".to_owned(),
        "SELECT * FROM import_failures(Import => 'Load products', Task => 'x')".to_owned(),
        "SELECT * FROM import_failures(\"Load products\", 'x')".to_owned(),
        "CALL GetImportFailures('x')".to_owned(),
    ] {
        all.push(told(&simulator, &sql).await);
    }
    // The next run has other rejected rows.
    load(&session).await;
    let sql = format!("SELECT * FROM import_failures('Load products', '{task}')");
    all.push(told(&simulator, &sql).await);
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    SELECT * FROM import_failures('Load product', 'TASK')
    NotFound: there is no import "Load product"
      hint: did you mean "Load products", "Load regions"?

    SELECT * FROM import_failures('Load products', '00000000000000000000000000000000')
    NotFound: import "Load products" has no task of this id
      caused by: GET /2/0/models/M/imports/112000000001/tasks/00000000000000000000000000000000/dump/chunks answered 404: Not Found
      hint: information.tasks, with model_id and object_id, lists its tasks

    SELECT * FROM import_failures('Load regions', 'TASK')
    NotFound: import "Load regions" has no task of this id
      caused by: GET /2/0/models/M/imports/112000000004/tasks/TASK/dump/chunks answered 404: Not Found
      hint: information.tasks, with model_id and object_id, lists its tasks

    SELECT * FROM import_failures('Load products', 'TASK', 'x')
    NotFound: there is no process "Load products"
      hint: did you mean "Nightly", "Twice", "Broken", "Prompted", "Stopped", "Endless", "Nothing"?

    SELECT * FROM import_failures('Load products')
    Query: import_failures takes an import and the id of a task
      hint: import_failures('Import', 'task id'), or import_failures('Process', 'task id', 'Import'); in another model import_failures(Import => 'Import', TaskId => 'task id', Workspace => 'Workspace', Model => 'Model')

    SELECT * FROM import_failures(Import => 'Load products', Task => 'x')
    Query: GetImportFailures: there is no parameter "Task" (did you mean TaskId?); TaskId is missing
      hint: its parameters are Import, Process, TaskId (required), Workspace, Model

    SELECT * FROM import_failures("Load products", 'x')
    Query: a value of the call is no literal
      hint: a text is written in single quotes: Parameter => 'text'

    CALL GetImportFailures('x')
    Query: GetImportFailures: Import or Process is missing
      hint: its parameters are Import, Process, TaskId (required), Workspace, Model

    SELECT * FROM import_failures('Load products', 'TASK')
    NotFound: the rejected rows of import "Load products" are not there any more
      caused by: GET /2/0/models/M/imports/112000000001/tasks/TASK/dump/chunks answered 404: Not Found
      hint: they are kept for 48 hours, for the user who ran the import, until the same user runs it again
    "#);
    assert_eq!(
        fail(&session, "SELECT * FROM import_failures('Load products')").await.kind(),
        ErrorKind::Query
    );
    assert_eq!(items(&simulator, "Products").len(), 2);
    assert!(simulator.count("GET", IMPORTS) > 0);
}
