//! `INSERT INTO "Imports.…"`: rows into the file of an import, and the import over them.

use std::time::Duration;

use anaplan_sql::simulator::Fault;
use anaplan_sql::{ErrorKind, Key};
use futures::StreamExt;

use super::tenant::{ANNOUNCE, CHUNK, COMPLETE, METADATA, START, cells, items, serve, states};
use crate::support::{
    Cell, builder, cells as rows, connect_to_model, count_rows, fail, query, requests, show, until,
};

const VALUES: &str = "VALUES ('C', 'Coffee', 'North', 2.5, DATE '2026-01-02', true),
                             (NULL, 'Ice, \"cold\"', 'South', NULL, NULL, false)";

#[tokio::test]
async fn rows_become_items() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SELECT 1").await;
    simulator.clear_requests();
    let found =
        rows(&query(&session, &format!("INSERT INTO \"Imports.Load products\" {VALUES}")).await);
    let task = simulator.tasks()[0].id.clone();
    assert_eq!(
        found,
        [[Cell::Text(task), Cell::Number(2.0), Cell::Number(0.0), Cell::Number(0.0)]]
    );
    assert_eq!(
        items(&simulator, "Products"),
        [
            "Tea|T|North|1.5|2020-01-31|false",
            "Coffee|C|North|2.5|2026-01-02|true",
            "Ice, \"cold\"||South|||false"
        ]
    );
    for (method, path, count) in [
        ("GET", METADATA, 1),
        ("POST", ANNOUNCE, 1),
        ("PUT", CHUNK, 1),
        ("POST", COMPLETE, 1),
        ("POST", START, 1),
    ] {
        assert_eq!(simulator.count(method, path), count, "{method} {path}");
    }
    assert_eq!(session.rejected().total(), 0);
}

#[tokio::test]
async fn columns_are_matched_by_their_names() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    query(
        &session,
        "INSERT INTO imports.\"load products\"
         SELECT false AS old, 'N' || CAST(\"Number\" AS BIGINT) AS \"NAME\", \"Code\", 'South' AS region,
                CAST(\"Number\" AS DECIMAL(9, 2)) AS \"Price\", NULL AS \"Launched\"
         FROM \"Codes\" WHERE \"Number\" < 2",
    )
    .await;
    query(
        &session,
        "INSERT INTO \"Imports.Load products\" (\"Name\", code, \"Region\", \"Price\", \"Launched\", \"Old\")
         SELECT 'Listed', 'L', 'North', 1, '', ''",
    )
    .await;
    assert_eq!(
        items(&simulator, "Products")[1..],
        ["N0|c0|South|0||false", "N1|c1|South|1||false", "Listed|L|North|1||"]
    );
}

#[tokio::test]
async fn missing_and_surplus_columns_are_refused_before_anything_is_written() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for sql in [
        "INSERT INTO \"Imports.Load products\" SELECT 'C' AS code, 'Coffee' AS nmae, 1 AS \"Extra\"",
        "INSERT INTO \"Imports.Load products\" (\"Name\", \"Name\") VALUES ('a', 'b')",
        "INSERT INTO \"Imports.Load products\" (\"Name\", \"Code\") VALUES ('a')",
        "INSERT INTO \"Imports.Load products\" VALUES ('a')",
        "INSERT INTO \"Imports.Load regions\" SELECT make_array('a') AS \"Name\"",
        "INSERT INTO \"Imports.Lod products\" VALUES ('a')",
        "INSERT INTO \"Imports.From a view\" VALUES ('a')",
        "SELECT * FROM \"Imports.Load products\"",
        "UPDATE \"Imports.Load products\" SET \"Name\" = 'a'",
        "DELETE FROM \"Imports.Load products\"",
    ] {
        all.push(format!("{sql}\n{:?}", fail(&session, sql).await));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    INSERT INTO "Imports.Load products" SELECT 'C' AS code, 'Coffee' AS nmae, 1 AS "Extra"
    Query: INSERT INTO "Imports.Load products": the file has no column "nmae", "Extra"; nothing is given for "Name", "Region", "Price", "Launched", "Old"
      hint: name the columns of the rows by AS, and leave none out; the file's are "Code", "Name", "Region", "Price", "Launched", "Old"

    INSERT INTO "Imports.Load products" ("Name", "Name") VALUES ('a', 'b')
    Query: INSERT INTO "Imports.Load products": given twice: "Name"; nothing is given for "Code", "Region", "Price", "Launched", "Old"
      hint: name the columns of the rows by AS, and leave none out; the file's are "Code", "Name", "Region", "Price", "Launched", "Old"

    INSERT INTO "Imports.Load products" ("Name", "Code") VALUES ('a')
    Query: INSERT INTO "Imports.Load products": the rows have 1 columns where 2 are named
      hint: give a value for each of "Name", "Code"

    INSERT INTO "Imports.Load products" VALUES ('a')
    Query: INSERT INTO "Imports.Load products": the rows have 1 columns where 6 are named
      hint: give a value for each of "Code", "Name", "Region", "Price", "Launched", "Old"

    INSERT INTO "Imports.Load regions" SELECT make_array('a') AS "Name"
    Query: INSERT INTO "Imports.Load regions": column "Name" is of type List(Utf8), which no cell of a file can hold
      hint: take a part of it, or CAST it to VARCHAR

    INSERT INTO "Imports.Lod products" VALUES ('a')
    NotFound: there is no import "Lod products"
      hint: did you mean "Load products", "Load regions"?

    INSERT INTO "Imports.From a view" VALUES ('a')
    Unsupported: import "From a view" takes no rows: it does not read a file
      hint: run it as it is: CALL RunImport(Import => …)

    SELECT * FROM "Imports.Load products"
    Unsupported: import "Load products" can't be read: rows only go into it
      hint: read the list or module that it fills: SHOW TABLES lists them

    UPDATE "Imports.Load products" SET "Name" = 'a'
    Unsupported: UPDATE "Imports.Load products" is refused: rows only go into an import
      hint: INSERT INTO it: whether it adds, changes or replaces is the import's own business

    DELETE FROM "Imports.Load products"
    Unsupported: DELETE FROM "Imports.Load products" is refused: rows only go into an import
      hint: INSERT INTO it: whether it adds, changes or replaces is the import's own business
    "#);
    assert_eq!(simulator.count("POST", ANNOUNCE), 0);
    assert_eq!(simulator.tasks().len(), 0);
    let tables = show(&session, "SHOW TABLES").await;
    assert!(!tables.contains("Imports."), "they are no tables to read: {tables}");
}

#[tokio::test]
async fn the_form_of_the_file_is_kept() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    // UTF-16, semicolons, single quotes, decimal commas, a header on the second line.
    let name = r#""Imports.It's ""odd""/wide.v1""#;
    query(
        &session,
        &format!(
            "INSERT INTO {name} VALUES
             ('é;1', 'It''s' || chr(10) || 'Größe 😀', 'South', 1234.5, DATE '2026-12-31', true)"
        ),
    )
    .await;
    assert_eq!(items(&simulator, "Products")[1], "It's\nGröße 😀|é;1|South|1234.5|2026-12-31|true");
    // One byte for a character, tabs, and no quotes.
    let sql = "INSERT INTO \"Imports.Load sales\" VALUES ('T', 'Jan 26', 7, '€')";
    let error = fail(&session, sql).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Data: row 1, column "Remark": the cell has a character that the file's encoding lacks
      hint: change it in the SELECT, or have a model builder change the file's form
    "#);
    let sql = "INSERT INTO \"Imports.Load sales\" VALUES ('T', 'Jan 26', 7, 'a' || chr(9) || 'b')";
    let error = fail(&session, sql).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Data: row 1, column "Remark": the cell has a line break or a separator, and the file no quotes
      hint: change it in the SELECT, or have a model builder change the file's form
    "#);
    assert_eq!(simulator.count("POST", COMPLETE), 1, "only the first one is complete");
    assert_eq!(simulator.tasks().len(), 1);
}

#[tokio::test]
async fn rejected_rows_are_counted_and_told() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = "INSERT INTO \"Imports.Load products\"
               VALUES ('C', 'Coffee', 'North', 1, NULL, NULL), ('X', 'Odd', 'Nowhere', 1, NULL, NULL)";
    let found = rows(&query(&session, sql).await);
    assert_eq!(found[0][1..], [Cell::Number(1.0), Cell::Number(1.0), Cell::Number(0.0)]);
    let told = session.rejected().take();
    assert_eq!((told.len(), session.rejected().total()), (1, 1));
    let look = told[0].look.as_deref().expect("a statement");
    assert_eq!(count_rows(&session, look).await, 1);
}

#[tokio::test]
async fn a_select_that_fails_in_the_middle_runs_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = "INSERT INTO \"Imports.Load regions\"
               SELECT CAST(100 / (15000 - value) AS VARCHAR) AS \"Name\" FROM generate_series(1, 20000)";
    let error = fail(&session, sql).await;
    assert!(error.to_string().to_lowercase().contains("zero"), "{error:?}");
    assert_eq!((simulator.count("POST", COMPLETE), simulator.count("POST", START)), (0, 0));
    // What fails before its first row sends nothing at all.
    simulator.clear_requests();
    let sql = "INSERT INTO \"Imports.Load regions\" SELECT CAST(1 / (value - value) AS VARCHAR) AS \"Name\"
               FROM generate_series(1, 2)";
    fail(&session, sql).await;
    assert_eq!(simulator.count("POST", ANNOUNCE), 0);
    // And no rows are nothing to do.
    let found =
        query(&session, "INSERT INTO \"Imports.Load regions\" SELECT 'x' AS \"Name\" WHERE false")
            .await;
    assert_eq!(
        rows(&found),
        [[Cell::Null, Cell::Number(0.0), Cell::Number(0.0), Cell::Number(0.0)]]
    );
    assert_eq!((simulator.count("POST", ANNOUNCE), simulator.tasks().len()), (0, 0));
}

#[tokio::test]
async fn explain_writes_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let plan =
        show(&session, &format!("EXPLAIN INSERT INTO \"Imports.Load products\" {VALUES}")).await;
    assert!(
        plan.contains(
            "ImportInsertExec: import=\"Load products\", model=\"M\", \
             columns=[Code, Name, Region, Price, Launched, Old], changes=true, locks_model=true"
        ),
        "{plan}"
    );
    assert_eq!((simulator.count("POST", ANNOUNCE), simulator.tasks().len()), (0, 0));
    let columns = show(&session, "DESCRIBE \"Imports.Load products\"").await;
    assert!(columns.contains("Launched"), "{columns}");
}

#[tokio::test]
async fn many_rows_go_up_in_chunks_and_faults_are_overcome() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("PUT", CHUNK).reset());
    simulator.inject(Fault::on("PUT", CHUNK).skip(1).status(503));
    simulator.inject(Fault::on("PUT", CHUNK).skip(2).status(401));
    simulator.inject(Fault::on("POST", START).reset());
    let padding = "x".repeat(1000);
    let sql = format!(
        "INSERT INTO \"Imports.Load regions\"
         SELECT 'R' || value || ' {padding}' AS \"Name\" FROM generate_series(1, 25000)"
    );
    let found = rows(&query(&session, &sql).await);
    assert_eq!(found[0][1..], [Cell::Number(25_000.0), Cell::Number(0.0), Cell::Number(0.0)]);
    assert_eq!(items(&simulator, "Regions").len(), 25_002);
    assert!(simulator.count("PUT", CHUNK) >= 3 + 3, "three chunks, three of them again");
    assert_eq!(
        (simulator.count("POST", START), states(&simulator)),
        (2, vec!["COMPLETE".to_owned()])
    );
}

#[tokio::test]
async fn statements_into_one_file_take_turns() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let insert = |name: &'static str| {
        let session = session.clone();
        async move {
            query(&session, &format!("INSERT INTO \"Imports.Load regions\" VALUES ('{name}')"))
                .await
        }
    };
    tokio::join!(insert("a"), insert("b"), insert("c"));
    let mut names = items(&simulator, "Regions");
    names.sort();
    assert_eq!(names, ["North|||", "South|||", "a|||", "b|||", "c|||"]);
}

#[tokio::test]
async fn what_is_dropped_runs_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("PUT", CHUNK).delay(Duration::from_secs(60)));
    let frame =
        session.sql("INSERT INTO \"Imports.Load regions\" VALUES ('a')").await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("the chunk takes a minute"),
        () = until(|| simulator.count("PUT", CHUNK) == 1) => {}
    }
    drop(stream);
    session.settle(Duration::from_secs(10)).await;
    assert_eq!((simulator.count("POST", COMPLETE), simulator.tasks().len()), (0, 0));
    // The next one has the file to itself.
    query(&session, "INSERT INTO \"Imports.Load regions\" VALUES ('b')").await;
    assert_eq!(items(&simulator, "Regions"), ["North|||", "South|||", "b|||"]);
}

#[tokio::test]
async fn a_read_only_connection_refuses() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .open()
        .expect("the settings are right");
    let error = fail(&session, "INSERT INTO \"Imports.Load regions\" VALUES ('a')").await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(requests(&simulator), [""; 0]);
    assert_eq!(cells(&simulator, "Units"), [""; 0]);
}

#[tokio::test]
async fn rows_come_from_files_and_from_other_models() {
    let simulator = crate::support::demo().await;
    let session = crate::support::connect(&simulator).await;
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("centres.parquet");
    query(
        &session,
        &format!(
            "COPY (VALUES ('CC-901', 'New centre', 'Marketing', 'Dana Fox')) TO '{}'",
            path.display()
        ),
    )
    .await;
    query(
        &session,
        &format!("CREATE EXTERNAL TABLE centres STORED AS PARQUET LOCATION '{}'", path.display()),
    )
    .await;
    let found = query(
        &session,
        "INSERT INTO \"Finance\".\"FP&A Hub\".\"Imports.Cost centres\"
         SELECT c.column1 AS \"Code\", c.column2 AS \"Name\", d.\"Name\" AS \"Department\",
                c.column4 AS \"Manager\"
         FROM centres c LEFT JOIN \"Finance\".\"FP&A Hub\".\"Lists.Departments\" d ON d.\"Name\" = c.column3",
    )
    .await;
    let found = rows(&found);
    assert_eq!(found[0][1..3], [Cell::Number(1.0), Cell::Number(0.0)], "{found:?}");
}
