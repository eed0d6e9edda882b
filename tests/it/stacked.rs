//! Grids with stacked column dimensions: their names stand in nothing but the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anaplan_sql::http::{BodyStream, HttpService, ReqwestOptions, ReqwestService, TransportError};
use anaplan_sql::simulator::{Axis, Export, Grid, Outcome, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use serde_json::json;

use crate::support::{
    CHUNK, CHUNKS, TASKS, assert_rows, builder, cells, columns, connect, connect_to_model,
    count_rows, demo, expected, fail, query, serve, show, tenant,
};

const HEADCOUNT: &str = r#""Finance"."FP&A Hub"."Headcount by Quarter""#;

/// Two row dimensions, and line items below quarters. A cell tells where it stands.
fn quarters(labels: &[&str]) -> Grid {
    Grid::new(|page, row, column| {
        let at = |axis: &[usize], place: usize| axis.get(place).copied().unwrap_or(0);
        format!("{}{}{}{}", at(page, 0), at(row, 0), at(column, 0), at(column, 1))
    })
    .row(Axis::list("Team", &["a", "b"]))
    .row(Axis::list("Grade", &["x"]))
    .column(Axis::time(labels))
    .column(Axis::line_items(&[("Hires", "NUMBER"), ("Leavers", "NUMBER")]))
}

fn staff() -> Export {
    Export::grid("Staff", quarters(&["Q1", "Q2"]))
}

/// The names and types of a table's columns, by planning a query of it.
async fn described(session: &Session, table: &str) -> String {
    let frame = session.sql(&format!("SELECT * FROM {table}")).await.expect(table);
    columns(frame.schema().inner())
}

const LEARNED: &str = "Team Utf8, Grade Utf8, Q1 / Hires Float64, Q1 / Leavers Float64, \
                       Q2 / Hires Float64, Q2 / Leavers Float64";
const NEUTRAL: [&str; 6] = ["Team", "Grade", "Column 3", "Column 4", "Column 5", "Column 6"];

#[tokio::test]
async fn the_labels_of_all_lines_name_the_columns_and_one_run_is_enough() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let sql = format!("SELECT * FROM {HEADCOUNT} LIMIT 1");
    let first = query(&session, &sql).await;
    let names: Vec<_> = first[0].schema().fields().iter().map(|f| f.name().clone()).collect();
    insta::assert_snapshot!(names.join(", "), @"Departments, Grades, Q1 FY26 / Opening, Q1 FY26 / Hires, Q1 FY26 / Leavers, Q1 FY26 / Closing, Q2 FY26 / Opening, Q2 FY26 / Hires, Q2 FY26 / Leavers, Q2 FY26 / Closing, Q3 FY26 / Opening, Q3 FY26 / Hires, Q3 FY26 / Leavers, Q3 FY26 / Closing, Q4 FY26 / Opening, Q4 FY26 / Hires, Q4 FY26 / Leavers, Q4 FY26 / Closing");
    assert_eq!(simulator.count("POST", TASKS), 1);
    assert_eq!(simulator.tasks().len(), 1);

    // What has been learned is kept; figures are not.
    simulator.clear_requests();
    query(&session, &sql).await;
    assert_eq!(simulator.count("POST", TASKS), 1);
    assert_eq!((simulator.count("GET", CHUNKS), simulator.count("GET", CHUNK)), (1, 1));
    // Every cell is under its name.
    let frame = session.sql(&format!("SELECT * FROM {HEADCOUNT}")).await.expect("a plan");
    let schema = std::sync::Arc::clone(frame.schema().inner());
    let found = cells(&frame.collect().await.expect("rows"));
    let tenant = simulator.tenant();
    let export = tenant.export("FP&A Hub", "Headcount by Quarter").expect("a demo export");
    assert_rows(&found, &expected(export, &schema), "Headcount");
}

#[tokio::test]
async fn the_users_own_file_is_looked_at_before_anything_runs() {
    let simulator = serve([staff()]).await;
    query(&connect_to_model(&simulator).await, r#"SELECT * FROM "Staff""#).await;
    simulator.clear_requests();
    let session = connect_to_model(&simulator).await;
    for sql in [r#"DESCRIBE "Staff""#, r#"EXPLAIN SELECT "Q1 / Hires" FROM "Staff""#] {
        query(&session, sql).await;
    }
    assert_eq!(described(&session, "\"Staff\"").await, LEARNED);
    assert_eq!(simulator.count("POST", TASKS), 0);
    assert_eq!((simulator.count("GET", CHUNKS), simulator.count("GET", CHUNK)), (1, 1));
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Staff""#).await, @r"
    +------+-------+------------+--------------+------------+--------------+
    | Team | Grade | Q1 / Hires | Q1 / Leavers | Q2 / Hires | Q2 / Leavers |
    +------+-------+------------+--------------+------------+--------------+
    | a    | x     | 0.0        | 1.0          | 10.0       | 11.0         |
    | b    | x     | 100.0      | 101.0        | 110.0      | 111.0        |
    +------+-------+------------+--------------+------------+--------------+
    ");
    assert_eq!(simulator.count("POST", TASKS), 1);
}

/// Counts the bytes of chunks as they are read.
#[derive(Debug)]
struct Counting {
    inner: ReqwestService,
    read: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl HttpService for Counting {
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        let is_chunk = request.uri().path().contains("/chunks/");
        let answer = self.inner.call(request).await?;
        let read = Arc::clone(&self.read);
        Ok(answer.map(|body| {
            let count = move |piece: &Bytes| {
                read.fetch_add(if is_chunk { piece.len() } else { 0 }, Ordering::Relaxed);
            };
            body.inspect_ok(count).boxed()
        }))
    }
}

#[tokio::test]
async fn no_more_of_a_large_file_is_read_than_its_beginning() {
    let members: Vec<String> = (0..60_000).map(|i| format!("member {i:060}")).collect();
    let grid = Grid { rows: vec![Axis::list("Team", &members)], ..quarters(&["Q1", "Q2"]) };
    // Bytes are counted as they come, so they come as they are.
    let simulator = Simulator::builder(tenant([Export::grid("Large", grid)]))
        .task_time(Duration::ZERO, Duration::ZERO)
        .gzip(false)
        .start()
        .await
        .expect("a free port");
    let read = Arc::new(AtomicUsize::new(0));
    let run = async |sql: &str| {
        let inner = ReqwestService::try_new(&ReqwestOptions { direct: true, ..Default::default() });
        let inner = inner.expect("a client");
        let session = builder(&simulator)
            .set(Key::Workspace, "W")
            .set(Key::Model, "M")
            .http_service(Arc::new(Counting { inner, read: Arc::clone(&read) }))
            .connect()
            .await
            .expect("W and M are there");
        count_rows(&session, sql).await;
        read.swap(0, Ordering::Relaxed)
    };
    let whole = run(r#"SELECT * FROM "Large""#).await;
    assert!(whole > 4_000_000, "{whole}");
    assert_eq!(simulator.count("POST", TASKS), 1);
    let beginning = run(r#"DESCRIBE "Large""#).await;
    assert!((1..1_000_000).contains(&beginning), "{beginning} of {whole}");
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn browsing_runs_nothing_and_shows_what_is_known() {
    let simulator = serve([staff()]).await;
    let session = connect_to_model(&simulator).await;
    let browsed = async || {
        let mut all = Vec::new();
        for sql in [
            "SELECT name FROM information.export_columns ORDER BY position",
            "SELECT column_name FROM information_schema.columns
             WHERE table_name = 'Staff' ORDER BY ordinal_position",
        ] {
            let found = cells(&query(&session, sql).await);
            all.push(found.iter().map(|row| row[0].to_string()).collect::<Vec<_>>().join(", "));
        }
        let found = cells(&query(&session, r#"SHOW COLUMNS FROM "Staff""#).await);
        all.push(found.iter().map(|row| row[3].to_string()).collect::<Vec<_>>().join(", "));
        // As completion does.
        let table = session.table_provider("Staff").await.expect("a table");
        let names: Vec<_> = table.schema().fields().iter().map(|f| f.name().clone()).collect();
        all.push(names.join(", "));
        all
    };
    assert_eq!(browsed().await, vec![NEUTRAL.join(", "); 4]);
    assert_eq!(simulator.count("POST", TASKS), 0);
    assert_eq!(simulator.count("GET", CHUNKS), 0);

    query(&session, r#"DESCRIBE "Staff""#).await;
    let learned = LEARNED.replace(" Utf8", "").replace(" Float64", "");
    assert_eq!(browsed().await, vec![learned; 4]);
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn a_statement_that_needs_no_columns_learns_none() {
    let simulator = serve([staff()]).await;
    let session = connect_to_model(&simulator).await;
    for sql in [
        r#"INSERT INTO "Staff" VALUES ('a')"#,
        r#"DROP TABLE "Staff""#,
        r#"CREATE TABLE "Staff" AS SELECT 1"#,
    ] {
        fail(&session, sql).await;
    }
    assert_eq!(simulator.count("POST", TASKS), 0);
}

#[tokio::test]
async fn every_kind_of_statement_reads_the_run_that_planning_took() {
    let directory = tempfile::tempdir().expect("a directory");
    let copy = format!(r#"COPY "Staff" TO '{}'"#, directory.path().join("x.csv").display());
    for (sql, runs) in [
        (r#"SELECT count(*) FROM "Staff""#, 1),
        (r#"SELECT * FROM "Staff" a JOIN "Staff" b ON a."Team" = b."Team""#, 1),
        (r#"SELECT "Q1 / Hires" FROM "Staff" UNION ALL SELECT "Q2 / Hires" FROM "Staff""#, 1),
        (r#"WITH s AS (SELECT * FROM "Staff") SELECT sum("Q1 / Hires") FROM s"#, 1),
        (r#"CREATE TABLE copy AS SELECT * FROM "Staff""#, 1),
        (copy.as_str(), 1),
        (r#"EXPLAIN ANALYZE SELECT * FROM "Staff""#, 1),
        (r#"EXPLAIN SELECT * FROM "Staff""#, 1),
    ] {
        let simulator = serve([staff()]).await;
        let session = connect_to_model(&simulator).await;
        query(&session, sql).await;
        assert_eq!(simulator.count("POST", TASKS), runs, "{sql}");
        // Nothing of it is left for the next statement.
        assert_eq!(count_rows(&session, r#"SELECT * FROM "Staff""#).await, 2);
        assert_eq!(simulator.count("POST", TASKS), runs + 1, "after {sql}");
    }
}

#[tokio::test]
async fn a_plan_that_is_run_again_reads_new_figures() {
    let simulator = serve([staff()]).await;
    let session = connect_to_model(&simulator).await;
    let kept = session.sql(r#"SELECT * FROM "Staff""#).await.expect("a plan");
    assert_eq!(simulator.count("POST", TASKS), 1);
    // Another statement doesn't get figures that are as old as a plan that somebody keeps.
    query(&session, r#"SELECT * FROM "Staff""#).await;
    assert_eq!(simulator.count("POST", TASKS), 2);
    // That run has replaced the file, so the plan needs one of its own.
    kept.clone().collect().await.expect("rows");
    assert_eq!(simulator.count("POST", TASKS), 3);
    kept.collect().await.expect("rows");
    assert_eq!(simulator.count("POST", TASKS), 4);
    // A view doesn't keep a run either.
    query(&session, r#"CREATE VIEW v AS SELECT "Q2 / Hires" FROM "Staff""#).await;
    assert_eq!(simulator.count("POST", TASKS), 4);
    for runs in [5, 6] {
        assert_eq!(count_rows(&session, "SELECT * FROM v").await, 2);
        assert_eq!(simulator.count("POST", TASKS), runs);
    }
}

#[tokio::test]
async fn a_header_that_has_changed_fails_one_statement_and_not_the_next() {
    let simulator = serve([staff()]).await;
    let session = connect_to_model(&simulator).await;
    for (labels, grid) in [
        ("other labels", quarters(&["Q2", "Q3"])),
        ("a line more", quarters(&["Q2", "Q3"]).column(Axis::list("V", &["Actual"]))),
        ("a line less", {
            let mut grid = quarters(&["Q2", "Q3"]);
            grid.columns.remove(0);
            grid.column(Axis::list("V", &["Actual", "Budget"]))
        }),
        ("another row dimension", quarters(&["Q2", "Q3"]).row(Axis::list("C", &["c"]))),
        ("fewer columns", quarters(&["Q2"])),
    ] {
        query(&session, r#"SELECT * FROM "Staff""#).await;
        simulator.edit(|tenant| {
            let export = tenant.export_mut("M", "Staff").expect("it");
            *export = Export::grid("Staff", grid).id(&export.id);
        });
        let error = fail(&session, r#"SELECT * FROM "Staff""#).await;
        assert_eq!(error.kind(), ErrorKind::Data, "{labels}: {error:?}");
        let text = format!("{error:?}");
        assert!(text.contains("is not the one that its columns came from"), "{labels}: {text}");
        assert!(text.contains("run the statement again"), "{labels}: {text}");
        assert!(!described(&session, "\"Staff\"").await.contains("Q1"), "{labels}");
    }
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Staff""#).await, @r"
    +------+-------+------------+--------------+
    | Team | Grade | Q2 / Hires | Q2 / Leavers |
    +------+-------+------------+--------------+
    | a    | x     | 0.0        | 1.0          |
    | b    | x     | 100.0      | 101.0        |
    +------+-------+------------+--------------+
    ");
}

#[tokio::test]
async fn cells_have_a_type_only_where_all_have_the_same() {
    let mixed = Grid {
        columns: vec![
            Axis::time(&["Q1", "Q2"]),
            Axis::line_items(&[("Hires", "TEXT"), ("Since", "DATE")]),
        ],
        ..quarters(&[])
    };
    // Metadata has a type for each dimension across, not for each line item.
    let numbers = Grid::new(|_, row, column| match column {
        [quarter, 0] => format!("{}", quarter + row[0]),
        [_, 1] => (row[0] == 1).to_string(),
        // Blank above.
        _ if row[0] == 0 => String::new(),
        _ => "text".to_owned(),
    });
    let numbers = Grid {
        columns: vec![
            Axis::time(&["Q1", "Q2"]),
            Axis::line_items(&[("Hires", "NUMBER"), ("Open", "BOOLEAN"), ("Note", "TEXT")]),
        ],
        rows: quarters(&[]).rows,
        ..numbers
    };
    let items = quarters(&["Q1"]).cell_type("ENTITY");
    let items = Grid {
        columns: vec![Axis::time(&["Q1"]), Axis::list("V", &["Actual", "Budget"])],
        ..items
    };
    let simulator = serve([
        staff(),
        Export::grid("Mixed", mixed),
        Export::grid("Items", items),
        Export::grid("Numbers", numbers),
    ])
    .await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(described(&session, "\"Staff\"").await, LEARNED);
    assert_eq!(
        described(&session, "\"Numbers\"").await,
        "Team Utf8, Grade Utf8, Q1 / Hires Float64, Q1 / Open Utf8, Q1 / Note Float64, \
         Q2 / Hires Float64, Q2 / Open Utf8, Q2 / Note Float64"
    );
    assert_eq!(count_rows(&session, r#"SELECT "Q1 / Hires", "Q1 / Open" FROM "Numbers""#).await, 2);
    // What the first rows don't show stays an error that says what helps.
    let error = fail(&session, r#"SELECT * FROM "Numbers""#).await;
    assert!(error.hint().is_some_and(|hint| hint.contains("ColumnTypes=Text")), "{error:?}");
    insta::assert_snapshot!(described(&session, "\"Mixed\"").await, @"Team Utf8, Grade Utf8, Q1 / Hires Utf8, Q1 / Since Utf8, Q2 / Hires Utf8, Q2 / Since Utf8");
    insta::assert_snapshot!(described(&session, "\"Items\"").await, @"Team Utf8, Grade Utf8, Q1 / Actual Utf8, Q1 / Budget Utf8");
    let as_text = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ColumnTypes, "Text")
        .connect()
        .await
        .expect("W and M are there");
    assert_eq!(described(&as_text, "\"Staff\"").await, LEARNED.replace("Float64", "Utf8"));
    insta::assert_snapshot!(
        show(
            &session,
            "SELECT name, sql_type, data_type, list_name FROM information.export_columns
             WHERE export_name = 'Staff' ORDER BY position LIMIT 4"
        )
        .await,
        @r"
    +--------------+----------+-----------+-----------+
    | name         | sql_type | data_type | list_name |
    +--------------+----------+-----------+-----------+
    | Team         | VARCHAR  |           | Team      |
    | Grade        | VARCHAR  |           | Grade     |
    | Q1 / Hires   | DOUBLE   | NUMBER    |           |
    | Q1 / Leavers | DOUBLE   | NUMBER    |           |
    +--------------+----------+-----------+-----------+
    "
    );
}

#[tokio::test]
async fn pages_below_each_other_keep_their_column() {
    let grid = quarters(&["Q1"]).page(Axis::list("Version", &["Actual", "Budget"]));
    let simulator = serve([Export::grid_all_pages("All", grid)]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "All""#).await, @r"
    +--------+------+-------+------------+--------------+
    | Page   | Team | Grade | Q1 / Hires | Q1 / Leavers |
    +--------+------+-------+------------+--------------+
    | Actual | a    | x     | 0.0        | 1.0          |
    | Actual | b    | x     | 100.0      | 101.0        |
    | Budget | a    | x     | 1000.0     | 1001.0       |
    | Budget | b    | x     | 1100.0     | 1101.0       |
    +--------+------+-------+------------+--------------+
    ");
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn names_are_unique_whatever_the_labels_are() {
    let metadata = json!({
        "columnCount": 7, "headerNames": ["Page"], "dataTypes": ["ENTITY", "MIXED"],
        "delimiter": "\"", "separator": ",", "encoding": "UTF-8", "exportFormat": "text/csv",
        "layout": "GRID_ALL_PAGES",
    });
    let export = Export::grid_all_pages("Odd", quarters(&["Q1"])).metadata(metadata);
    let file = "P\n,A,A,, Page ,\"a, \"\"b\"\"\"\n,U,U,,,\" c \"\nx,1,2,3,4,5\n";
    let simulator = serve([export.bytes(file)]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Odd""#).await, @r#"
    +------+----------+-------+-----------+----------+----------+------------+
    | Page | Page (2) | A / U | A / U (2) | Column 4 | Page (3) | a, "b" / c |
    +------+----------+-------+-----------+----------+----------+------------+
    | P    | x        | 1     | 2         | 3        | 4        | 5          |
    +------+----------+-------+-----------+----------+----------+------------+
    "#);
}

#[tokio::test]
async fn a_file_without_a_header_leaves_the_columns_unnamed() {
    let metadata = json!({
        "columnCount": 6, "headerNames": ["Team", "Grade", "Hires", "Leavers"],
        "dataTypes": ["ENTITY", "ENTITY", "NUMBER", "NUMBER"], "listNames": ["", ""],
        "exportFormat": "text/csv", "layout": "GRID_CURRENT_PAGE",
    });
    let simulator = serve([staff().metadata(metadata).bytes("")]).await;
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT count(*), count("Column 6") FROM "Staff""#).await;
    assert_eq!(cells(&found)[0][0].to_string(), "0");
    assert_eq!(simulator.count("POST", TASKS), 1, "it is looked for once");
}

#[tokio::test]
async fn a_run_that_fails_or_is_given_up_while_planning_says_so() {
    let simulator = serve([
        Export::grid("Failing", quarters(&["Q1"])).outcome(Outcome::failure("no space")),
        Export::grid("Endless", quarters(&["Q1"])).outcome(Outcome::Never),
    ])
    .await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, r#"DESCRIBE "Failing""#).await;
    assert_eq!(error.kind(), ErrorKind::Task);
    assert!(error.to_string().contains("no space"), "{error:?}");
    let planning = session.sql(r#"SELECT * FROM "Endless""#);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(200), planning).await;
    session.settle(std::time::Duration::from_secs(5)).await;
    let states: Vec<String> = simulator.tasks().into_iter().map(|task| task.state).collect();
    assert!(states.last().is_some_and(|state| state.starts_with("CANCEL")), "{states:?}");
}
