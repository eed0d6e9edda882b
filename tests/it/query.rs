//! Queries over exports: the right rows for few requests.

use std::collections::{BTreeMap, HashMap};

use anaplan_sql::simulator::{Simulator, Tenant};
use anaplan_sql::{ErrorKind, Key};

use crate::support::{
    CHUNK, CHUNKS, Cell, EXPORTS, METADATA, TASK, TASKS, assert_rows, builder, cells, columns,
    connect, connect_to, connect_to_model, count_rows, counting, demo, expected, fail, query,
    requests, serve, serve_in_chunks, show,
};

/// The rows of a demo export by column name, from the generator.
fn rows(model: &str, export: &str) -> Vec<HashMap<String, String>> {
    let tenant = Tenant::demo();
    let export = tenant.export(model, export).expect("a demo export");
    let names: Vec<&String> = export.columns.iter().map(|column| &column.name).collect();
    export.rows().map(|row| names.iter().map(|name| (*name).clone()).zip(row).collect()).collect()
}

fn number(text: &str) -> f64 {
    if text.is_empty() { 0.0 } else { text.parse().expect("a number") }
}

/// Compares rows of a text and a sum with sums that were added in another order.
#[track_caller]
fn assert_sums(found: &[Vec<Cell>], expected: &BTreeMap<String, f64>) {
    let found: BTreeMap<String, f64> = found
        .iter()
        .map(|row| match row.as_slice() {
            [key, Cell::Number(sum)] => (key.to_string(), *sum),
            other => panic!("not a key and a sum: {other:?}"),
        })
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, sum) in expected {
        assert!((found[key] - sum).abs() < 0.005, "{key}: {} and {sum}", found[key]);
    }
}

async fn sales(simulator: &Simulator) -> anaplan_sql::Session {
    connect_to(simulator, "Finance", "Sales Planning").await
}

#[tokio::test]
async fn a_three_part_name_with_group_by_gives_the_generators_sums() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let batches = query(
        &session,
        r#"SELECT "Region", sum("Revenue") FROM "Finance"."Sales Planning"."Revenue by Region"
           GROUP BY "Region" ORDER BY 1"#,
    )
    .await;
    let mut expected = BTreeMap::new();
    for row in rows("Sales Planning", "Revenue by Region") {
        *expected.entry(row["Region"].clone()).or_insert(0.0) += number(&row["Revenue"]);
    }
    assert!(expected.len() > 3);
    let found = cells(&batches);
    assert_sums(&found, &expected);
    assert!(found.is_sorted_by_key(|row| row[0].to_string()));
}

#[tokio::test]
async fn two_exports_can_be_joined() {
    let simulator = demo().await;
    let session = sales(&simulator).await;
    let batches = query(
        &session,
        r#"SELECT c."Segment", sum(t."Amount")
           FROM "Transactions" t JOIN "Customers" c ON c."Code" = t."Customer Code"
           WHERE t."Returned" = false GROUP BY 1"#,
    )
    .await;
    let segments: HashMap<String, String> = rows("Sales Planning", "Customers")
        .into_iter()
        .map(|mut row| (row.remove("Code").expect("a code"), row["Segment"].clone()))
        .collect();
    let mut expected = BTreeMap::new();
    for row in rows("Sales Planning", "Transactions") {
        if row["Returned"] == "false" {
            let segment = segments[&row["Customer Code"]].clone();
            *expected.entry(segment).or_insert(0.0) += number(&row["Amount"]);
        }
    }
    assert_eq!(expected.len(), 3);
    assert_sums(&cells(&batches), &expected);
    assert_eq!(simulator.count("POST", TASKS), 2);
}

#[tokio::test]
async fn exports_of_two_models_in_two_workspaces_can_be_joined() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let batches = query(
        &session,
        r#"SELECT s."Product", sum(s."On Hand") FROM "Operations"."Demand Planning"."Stock today" s
           JOIN (SELECT DISTINCT "Product" FROM "Finance"."Sales Planning"."Revenue by Region") r
             ON r."Product" = s."Product"
           GROUP BY 1"#,
    )
    .await;
    let mut expected = BTreeMap::new();
    for row in rows("Demand Planning", "Stock today") {
        *expected.entry(row["Product"].clone()).or_insert(0.0) += number(&row["On Hand"]);
    }
    assert_sums(&cells(&batches), &expected);
}

#[tokio::test]
async fn a_self_join_runs_the_export_once() {
    let simulator = serve([counting("Big", 500)]).await;
    let session = connect_to_model(&simulator).await;
    let sql =
        r#"SELECT count(*), sum(b."Number") FROM "Big" a JOIN "Big" b ON a."Code" = b."Code""#;
    let sums = vec![vec![Cell::Number(500.0), Cell::Number(124_750.0)]];
    assert_rows(&cells(&query(&session, sql).await), &sums, sql);
    assert_eq!(simulator.count("POST", TASKS), 1);
    assert_eq!(simulator.tasks().len(), 1);
    // What has been read is not kept: figures change.
    assert_rows(&cells(&query(&session, sql).await), &sums, sql);
    assert_eq!(simulator.count("POST", TASKS), 2);
}

#[tokio::test]
async fn a_second_query_sees_what_has_changed() {
    let simulator = serve([counting("Big", 2)]).await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 2);
    simulator.edit(|tenant| {
        let export = tenant.export_mut("M", "Big").expect("Big");
        *export = counting("Big", 5).id(&export.id);
    });
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 5);
    assert_eq!(simulator.count("POST", TASKS), 2);
    // Names and columns are read once.
    assert_eq!(simulator.count("GET", EXPORTS), 1);
    assert_eq!(simulator.count("GET", METADATA), 1);
}

#[tokio::test]
async fn a_query_sends_what_it_needs_and_nothing_else() {
    let simulator = serve([counting("Big", 10), counting("Other", 10)]).await;
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    query(&session, r#"SELECT * FROM "Big""#).await;
    let tenant = simulator.tenant();
    let model = &tenant.find_model("M").expect("M").id;
    let export = &tenant.export("M", "Big").expect("Big").id;
    let task = &simulator.tasks()[0].id;
    // A task that takes no time may still be seen before its end.
    let mut log = requests(&simulator);
    log.dedup();
    assert_eq!(
        log,
        [
            format!("GET /2/0/models/{model}/exports"),
            format!("GET /2/0/models/{model}/exports/{export}"),
            format!("POST /2/0/models/{model}/exports/{export}/tasks"),
            "GET /2/0/users/me".to_owned(),
            format!("GET /2/0/models/{model}/exports/{export}/tasks/{task}"),
            format!("GET /2/0/models/{model}/files/{export}/chunks"),
            format!("GET /2/0/models/{model}/files/{export}/chunks/0"),
        ]
    );
    let agents: Vec<_> = simulator.requests().into_iter().map(|r| r.user_agent).collect();
    let agent = concat!("anaplan-sql/", env!("CARGO_PKG_VERSION"));
    assert!(agents.iter().all(|seen| seen.as_deref() == Some(agent)), "{agents:?}");
}

#[tokio::test]
async fn planning_sends_nothing_but_metadata() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql(r#"SELECT * FROM "Big""#).await.expect("a plan");
    let stream = frame.execute_stream().await.expect("a stream");
    assert_eq!(simulator.count("POST", TASKS), 0, "nobody has polled yet");
    drop(stream);
    session.settle(std::time::Duration::from_secs(5)).await;
    assert_eq!(simulator.count("*", TASK), 0);
}

#[tokio::test]
async fn columns_are_taken_in_the_order_of_the_select() {
    let simulator = demo().await;
    let session = sales(&simulator).await;
    let batches = query(
        &session,
        r#"SELECT "Active", "Code", "Credit Limit" FROM "Customers" WHERE "Region" = 'DACH'"#,
    )
    .await;
    let expected: Vec<Vec<Cell>> = rows("Sales Planning", "Customers")
        .iter()
        .filter(|row| row["Region"] == "DACH")
        .map(|row| {
            let limit = &row["Credit Limit"];
            vec![
                Cell::Boolean(row["Active"] == "true"),
                Cell::text(&row["Code"]),
                if limit.is_empty() { Cell::Null } else { Cell::Number(number(limit)) },
            ]
        })
        .collect();
    assert!(expected.iter().any(|row| row[2] == Cell::Null));
    assert_rows(&cells(&batches), &expected, "Customers");
    assert_eq!(columns(&batches[0].schema()), "Active Boolean, Code Utf8, Credit Limit Float64");
}

#[tokio::test]
async fn order_by_and_filters_work_on_every_type() {
    let simulator = demo().await;
    let session = sales(&simulator).await;
    let found = cells(
        &query(
            &session,
            r#"SELECT "Code" FROM "Customers"
               WHERE "Customer Since" >= DATE '2025-06-01' AND "Credit Limit" > 100000 AND "Active"
               ORDER BY "Credit Limit" DESC, "Code" LIMIT 20"#,
        )
        .await,
    );
    let mut expected: Vec<_> = rows("Sales Planning", "Customers")
        .into_iter()
        .filter(|row| {
            row["Customer Since"].as_str() >= "2025-06-01"
                && number(&row["Credit Limit"]) > 100_000.0
                && row["Active"] == "true"
        })
        .collect();
    expected.sort_by(|a, b| {
        let (left, right) = (number(&a["Credit Limit"]), number(&b["Credit Limit"]));
        right.total_cmp(&left).then_with(|| a["Code"].cmp(&b["Code"]))
    });
    assert!(expected.len() > 20);
    let expected: Vec<_> =
        expected.iter().take(20).map(|row| vec![Cell::text(&row["Code"])]).collect();
    assert_rows(&found, &expected, "the first 20");
}

#[tokio::test]
async fn count_needs_no_column() {
    let simulator = serve([counting("Big", 1234)]).await;
    let session = connect_to_model(&simulator).await;
    let counted = cells(&query(&session, r#"SELECT count(*) FROM "Big""#).await);
    assert_eq!(counted, [[Cell::Number(1234.0)]]);
}

#[tokio::test]
async fn blank_cells_are_null_for_every_aggregate() {
    let simulator = demo().await;
    let session = sales(&simulator).await;
    let counted = cells(
        &query(&session, r#"SELECT count(*), count("Revenue") FROM "Revenue by Region""#).await,
    );
    let all = rows("Sales Planning", "Revenue by Region");
    let filled = all.iter().filter(|row| !row["Revenue"].is_empty()).count();
    assert!(filled < all.len());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand rows")]
    let expected = [[Cell::Number(all.len() as f64), Cell::Number(filled as f64)]];
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn limit_stops_the_download() {
    // A thousand chunks of 1 KB.
    let simulator = serve_in_chunks([counting("Big", 90_000)], 1_000).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Big" LIMIT 3"#).await, @r"
    +------+--------+
    | Code | Number |
    +------+--------+
    | c0   | 0.0    |
    | c1   | 1.0    |
    | c2   | 2.0    |
    +------+--------+
    ");
    let chunks = simulator.count("GET", CHUNK);
    assert!((1..=3).contains(&chunks), "{chunks} chunks were downloaded");
}

#[tokio::test]
async fn a_limit_above_a_filter_counts_the_rows_that_pass() {
    let simulator = serve_in_chunks([counting("Big", 9_000)], 1_000).await;
    let session = connect_to_model(&simulator).await;
    // A limit that was passed on to the scan would leave nothing for the filter.
    let sql = r#"SELECT "Number" FROM "Big" WHERE "Number" >= 8990 LIMIT 2"#;
    let found = cells(&query(&session, sql).await);
    assert_eq!(found, [[Cell::Number(8990.0)], [Cell::Number(8991.0)]]);
}

#[tokio::test]
async fn an_offset_is_read_over() {
    let simulator = serve([counting("Big", 50)]).await;
    let session = connect_to_model(&simulator).await;
    let found = cells(&query(&session, r#"SELECT "Number" FROM "Big" LIMIT 2 OFFSET 7"#).await);
    assert_eq!(found, [[Cell::Number(7.0)], [Cell::Number(8.0)]]);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big" LIMIT 0"#).await, 0);
}

#[tokio::test]
async fn batches_are_as_large_as_batch_size() {
    let simulator = serve([counting("Big", 250)]).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "100")
        .connect()
        .await
        .expect("W and M are there");
    let sizes: Vec<usize> =
        query(&session, r#"SELECT * FROM "Big""#).await.iter().map(|b| b.num_rows()).collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[tokio::test]
async fn views_over_exports_run_them_when_they_are_queried() {
    let simulator = serve([counting("Big", 20)]).await;
    let session = connect_to_model(&simulator).await;
    query(&session, r#"CREATE VIEW "Even" AS SELECT * FROM "Big" WHERE "Number" % 2 = 0"#).await;
    assert_eq!(simulator.count("POST", TASKS), 0);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Even""#).await, 10);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W"."M"."Even""#).await, 10);
    assert_eq!(simulator.count("POST", TASKS), 2);
    query(&session, r#"DROP VIEW "Even""#).await;
    insta::assert_snapshot!(format!("{:?}", fail(&session, r#"SELECT * FROM "Even""#).await), @r#"
    NotFound: there is no table "Even" in "M"
      hint: did you mean "Big"?
    "#);
    insta::assert_snapshot!(
        format!("{:?}", fail(&session, r#"CREATE VIEW "Big" AS SELECT 1"#).await), @"Query: Table 'Big' already exists");
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 20);
}

#[tokio::test]
async fn what_is_anaplans_can_not_be_dropped_and_the_error_says_so() {
    let simulator = serve([counting("Big", 20)]).await;
    let session = connect_to_model(&simulator).await;
    for sql in [r#"DROP TABLE "Big""#, r#"DROP TABLE IF EXISTS "Big""#] {
        let error = fail(&session, sql).await;
        assert!(error.to_string().contains("can't be dropped"), "{error:?}");
    }
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 20);
}

#[tokio::test]
async fn local_files_join_exports() {
    let simulator = serve([counting("Big", 100)]).await;
    let session = connect_to_model(&simulator).await;
    let directory = tempfile::tempdir().expect("a directory");
    let csv = directory.path().join("names.csv");
    std::fs::write(&csv, "Code,Label\nc3,three\nc50,fifty\nc999,none\n").expect("a write");
    query(
        &session,
        &format!(
            "CREATE EXTERNAL TABLE names STORED AS CSV LOCATION '{}' OPTIONS ('format.has_header' 'true')",
            csv.display()
        ),
    )
    .await;
    insta::assert_snapshot!(
        show(
            &session,
            r#"SELECT n."Label", b."Number" FROM names n JOIN "Big" b ON b."Code" = n."Code"
               ORDER BY 2"#
        )
        .await,
        @r"
    +-------+--------+
    | Label | Number |
    +-------+--------+
    | three | 3.0    |
    | fifty | 50.0   |
    +-------+--------+
    "
    );

    // The same through Parquet that the session itself has written.
    let parquet = directory.path().join("big.parquet");
    let copy = format!(r#"COPY (SELECT * FROM "Big") TO '{}'"#, parquet.display());
    let counted = cells(&query(&session, &copy).await);
    assert_eq!(counted, [[Cell::Number(100.0)]]);
    query(
        &session,
        &format!("CREATE EXTERNAL TABLE copied STORED AS PARQUET LOCATION '{}'", parquet.display()),
    )
    .await;
    simulator.clear_requests();
    let batches = query(&session, r#"SELECT * FROM copied ORDER BY "Number""#).await;
    assert_eq!(simulator.count("*", "/**"), 0, "a local file needs no service");
    let big = counting("Big", 100);
    let schema = query(&session, r#"SELECT * FROM "Big" LIMIT 1"#).await[0].schema();
    assert_rows(&cells(&batches), &expected(&big, &schema), "copied");
    let both = r#"SELECT count(*) FROM copied c JOIN "Big" b
                  ON c."Code" = b."Code" AND c."Number" = b."Number""#;
    assert_eq!(cells(&query(&session, both).await), [[Cell::Number(100.0)]]);
}

#[tokio::test]
async fn a_local_file_that_is_not_there_is_named() {
    let simulator = serve([counting("Big", 1)]).await;
    let session = connect_to_model(&simulator).await;
    let error = fail(
        &session,
        "CREATE EXTERNAL TABLE gone STORED AS PARQUET LOCATION '/nowhere/gone.parquet'",
    )
    .await;
    assert!(format!("{error:?}").contains("/nowhere/gone.parquet"), "{error:?}");
}

#[tokio::test]
async fn a_file_of_many_chunks_is_read_in_order() {
    let simulator = serve_in_chunks([counting("Big", 3_000)], 1_000).await;
    let session = connect_to_model(&simulator).await;
    let batches = query(&session, r#"SELECT * FROM "Big""#).await;
    let big = counting("Big", 3_000);
    assert_rows(&cells(&batches), &expected(&big, &batches[0].schema()), "Big");
    assert_eq!(simulator.count("GET", CHUNKS), 1);
    let chunks = simulator.count("GET", CHUNK);
    assert!(chunks > 20, "{chunks} chunks");
    let mut paths = requests(&simulator);
    paths.retain(|path| path.contains("/chunks/"));
    let all = paths.len();
    paths.dedup();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), all, "no chunk is read twice");
}

#[tokio::test]
async fn wrong_sql_is_told_apart_from_wrong_names() {
    let simulator = serve([counting("Big", 1)]).await;
    let session = connect_to_model(&simulator).await;
    let mut told = Vec::new();
    for sql in [
        "SELEC 1",
        r#"SELECT * FROM "Big" WHERE"#,
        r#"SELECT "Code" FROM "Big" GROUP BY "Number""#,
        r#"SELECT lowerr("Code") FROM "Big""#,
        r#"SELECT 'open FROM "Big""#,
        r#"SELECT "Number" / 'x' FROM "Big""#,
        "SELECT CAST('x' AS INT)",
        "SELECT 1 / 0",
        r#"SELECT CAST("Code" AS INT) FROM (VALUES ('c0')) AS t("Code")"#,
        "SELECT arrow_cast('2024-13-01', 'Date32')",
        "SELECT sum('x')",
        "SHOW TABLES LIKE 'B%'",
        r#"SELECT * FROM "Big" WHERE "Code" = "marker""#,
        "SELECT 1; SELECT 2",
        "",
    ] {
        told.push(format!("{sql}\n{:?}", fail(&session, sql).await));
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    SELEC 1
    Query: syntax error: Expected: an SQL statement, found: SELEC at Line: 1, Column: 1

    SELECT * FROM "Big" WHERE
    Query: syntax error: Expected: an expression, found: EOF

    SELECT "Code" FROM "Big" GROUP BY "Number"
    Query: Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column "Big.Code" must appear in the GROUP BY clause or must be part of an aggregate function, currently only "Big.Number" appears in the SELECT clause satisfies this requirement

    SELECT lowerr("Code") FROM "Big"
    Query: Invalid function 'lowerr'
      hint: did you mean 'lower'?

    SELECT 'open FROM "Big"
    Query: syntax error: Unterminated string literal at Line: 1, Column: 8

    SELECT "Number" / 'x' FROM "Big"
    Query: Cannot coerce arithmetic expression Float64 / Utf8 to valid types

    SELECT CAST('x' AS INT)
    Query: a value can't be cast to Int32
      hint: TRY_CAST gives NULL where a value doesn't fit; a column of texts is compared with a text, as 'x'

    SELECT 1 / 0
    Query: division by zero

    SELECT CAST("Code" AS INT) FROM (VALUES ('c0')) AS t("Code")
    Query: a value can't be cast to Int32
      hint: TRY_CAST gives NULL where a value doesn't fit; a column of texts is compared with a text, as 'x'

    SELECT arrow_cast('2024-13-01', 'Date32')
    Query: a value can't be cast to Date32
      hint: TRY_CAST gives NULL where a value doesn't fit; a column of texts is compared with a text, as 'x'

    SELECT sum('x')
    Query: No function matches the given name and argument types 'sum(Utf8)'
      hint: there are sum(Decimal), sum(UInt64), sum(Int64), sum(Float64), sum(Duration), sum(Interval); CAST to one of them

    SHOW TABLES LIKE 'B%'
    Unsupported: SHOW TABLES FILTER not supported
      hint: SHOW TABLES alone lists those of the model that USE has chosen, and information_schema.tables can be filtered

    SELECT * FROM "Big" WHERE "Code" = "marker"
    NotFound: there is no column "marker"
      hint: did you mean "Code", "Number"?

    SELECT 1; SELECT 2
    Unsupported: The context currently only supports a single SQL statement


    Query: No SQL statements were provided in the query string
    "#);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn what_would_change_the_model_is_refused() {
    let simulator = serve([counting("Big", 1)]).await;
    let session = connect_to_model(&simulator).await;
    let (mut told, mut kinds) = (Vec::new(), Vec::new());
    for sql in [
        r#"INSERT INTO "Big" VALUES ('a', 1)"#,
        r#"UPDATE "Big" SET "Number" = 1"#,
        r#"DELETE FROM "Big""#,
        r#"CREATE SCHEMA "New""#,
    ] {
        let error = fail(&session, sql).await;
        told.push(format!("{sql}\n{error:?}"));
        kinds.push(error.kind());
    }
    assert_eq!(kinds, [ErrorKind::Unsupported; 4], "{told:?}");
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    INSERT INTO "Big" VALUES ('a', 1)
    Unsupported: INSERT INTO "Big" is refused: it is an export, which can only be read
      hint: INSERT INTO a list, UPDATE a module, or load a file with an import

    UPDATE "Big" SET "Number" = 1
    Unsupported: UPDATE "Big" is refused: it is an export, which can only be read
      hint: INSERT INTO a list, UPDATE a module, or load a file with an import

    DELETE FROM "Big"
    Unsupported: DELETE FROM "Big" is refused: it is an export, which can only be read
      hint: INSERT INTO a list, UPDATE a module, or load a file with an import

    CREATE SCHEMA "New"
    Unsupported: Registering new schemas is not supported
    "#);
    assert_eq!(simulator.tasks().len(), 0);
}
