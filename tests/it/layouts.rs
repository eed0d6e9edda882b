//! Every layout, encoding and odd file: each cell as the generator made it, in its type.

use anaplan_sql::simulator::{Axis, Column, Export, Grid, Outcome, Tenant};
use anaplan_sql::{ErrorKind, Key, Session};
use serde_json::json;

use crate::support::{
    CHUNK, Cell, TASKS, Trace, assert_rows, builder, cells, columns, connect, connect_to,
    connect_to_model, count_rows, demo, expected, fail, query, serve, serve_in_chunks, show,
};

/// The demo's tables: workspace, model, and the name of the table.
fn demo_tables() -> Vec<(String, String, String, Export)> {
    let tenant = Tenant::demo();
    let mut tables = Vec::new();
    for workspace in &tenant.workspaces {
        for model in &workspace.models {
            for export in &model.exports {
                let text = export.format.starts_with("text/");
                if !text || !matches!(export.outcome, Outcome::Success) {
                    continue;
                }
                let shared = model.exports.iter().filter(|e| e.name == export.name).count() > 1;
                let table = if shared {
                    format!("{} ({})", export.name, export.id)
                } else {
                    export.name.clone()
                };
                let place = (workspace.name.clone(), model.name.clone());
                tables.push((place.0, place.1, table, export.clone()));
            }
        }
    }
    tables
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[tokio::test]
async fn every_demo_table_has_the_types_that_its_metadata_gives() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let mut all = String::new();
    for (workspace, model, table, _) in demo_tables() {
        let name = [workspace, model.clone(), table.clone()].map(|part| quoted(&part)).join(".");
        let frame = session.sql(&format!("SELECT * FROM {name}")).await.expect(&name);
        all.push_str(&format!("{model} / {table}\n    {}\n", columns(frame.schema().inner())));
    }
    // Only the grid whose columns its metadata leaves to the file.
    assert_eq!(simulator.count("POST", TASKS), 1);
    insta::assert_snapshot!(all, @r#"
    Sales Planning / Revenue by Region
        Region Utf8, Product Utf8, Month Utf8, Revenue Float64, Units Float64, Discount % Float64, On Promotion Boolean, Last Order Date32
    Sales Planning / Revenue by Region, single column
        Region Utf8, Product Utf8, Month Utf8, Value Float64
    Sales Planning / Customers
        Customer Utf8, Code Utf8, Region Utf8, Segment Utf8, Credit Limit Float64, Active Boolean, Customer Since Date32
    Sales Planning / Transactions
        Transaction Utf8, Customer Code Utf8, Product Utf8, Order Date Date32, Quantity Float64, Amount Float64, Sales Person Utf8, Returned Boolean
    Sales Planning / Open pipeline
        Opportunity Utf8, Stage Utf8, Amount Float64, Close Date Date32
    Sales Planning / Händler.Übersicht
        Händler Utf8, Straße Utf8, Umsatz Float64, Geöffnet Boolean
    Sales Planning / Quota v1.2 / "Stretch" 🎯
        Sales Person Utf8, Quota Float64, Stretch "140 %" Float64, Comment, if any Utf8
    Sales Planning / Price Book
        Products Utf8, List Price Float64, Unit Cost Float64, Margin % Float64, On Sale Boolean, Profitable Boolean, Valid From Date32, Launch Quarter Utf8, Successor Utf8, Owner Utf8, Comment Utf8, — Audit — Utf8
    Sales Planning / Plan by Month
        Products Utf8, Versions Utf8, Line Items Utf8, Regions Utf8, Jan 25 Utf8, Feb 25 Utf8, Mar 25 Utf8, Q1 FY25 Utf8, Apr 25 Utf8, May 25 Utf8, Jun 25 Utf8, Q2 FY25 Utf8, Jul 25 Utf8, Aug 25 Utf8, Sep 25 Utf8, Q3 FY25 Utf8, Oct 25 Utf8, Nov 25 Utf8, Dec 25 Utf8, Q4 FY25 Utf8, FY25 Utf8, Jan 26 Utf8, Feb 26 Utf8, Mar 26 Utf8, Q1 FY26 Utf8, Apr 26 Utf8, May 26 Utf8, Jun 26 Utf8, Q2 FY26 Utf8, Jul 26 Utf8, Aug 26 Utf8, Sep 26 Utf8, Q3 FY26 Utf8, Oct 26 Utf8, Nov 26 Utf8, Dec 26 Utf8, Q4 FY26 Utf8, FY26 Utf8, All Periods Utf8
    Sales Planning / Board view
        Versions Utf8, Regions Utf8, Products Utf8, Time Utf8, Revenue Float64, Units Float64
    FP&A Hub / P&L
        Accounts Utf8, Jan 26 Float64, Feb 26 Float64, Mar 26 Float64, Apr 26 Float64, May 26 Float64, Jun 26 Float64, Jul 26 Float64, Aug 26 Float64, Sep 26 Float64, Oct 26 Float64, Nov 26 Float64, Dec 26 Float64
    FP&A Hub / P&L all pages
        Page Utf8, Accounts Utf8, Jan 26 Float64, Feb 26 Float64, Mar 26 Float64, Apr 26 Float64, May 26 Float64, Jun 26 Float64, Jul 26 Float64, Aug 26 Float64, Sep 26 Float64, Oct 26 Float64, Nov 26 Float64, Dec 26 Float64
    FP&A Hub / Headcount by Quarter
        Departments Utf8, Grades Utf8, Q1 FY26 / Opening Float64, Q1 FY26 / Hires Float64, Q1 FY26 / Leavers Float64, Q1 FY26 / Closing Float64, Q2 FY26 / Opening Float64, Q2 FY26 / Hires Float64, Q2 FY26 / Leavers Float64, Q2 FY26 / Closing Float64, Q3 FY26 / Opening Float64, Q3 FY26 / Hires Float64, Q3 FY26 / Leavers Float64, Q3 FY26 / Closing Float64, Q4 FY26 / Opening Float64, Q4 FY26 / Hires Float64, Q4 FY26 / Leavers Float64, Q4 FY26 / Closing Float64
    FP&A Hub / KPI overview
        Line items Utf8, Q1 FY26 Utf8, Q2 FY26 Utf8, Q3 FY26 Utf8, Q4 FY26 Utf8
    FP&A Hub / Cost centres
        Cost Centre Utf8, Department Utf8, Manager Utf8, Budget Float64, Valid From Date32
    FP&A Hub / Journal lines
        Posting Utf8, Account Utf8, Posted Date32, Text Utf8, Amount Float64
    FP&A Hub / Monthly close (116000000007)
        Entity Utf8, Month Utf8, System Utf8, Closed Boolean, Difference Float64
    FP&A Hub / Monthly close (116000000008)
        Entity Utf8, Month Utf8, System Utf8, Closed Boolean, Difference Float64
    FP&A Hub / P&L by entity
        Time Utf8, Line Items Utf8, Accounts Utf8, Legal Entities Utf8, Actual Utf8, Budget Utf8, Forecast Utf8, Variance Utf8
    Demand Planning / Forecast by Site
        Site Utf8, Product Utf8, Week Utf8, Statistical Forecast Float64, Override Float64, Locked? Boolean, Planner Note Utf8
    Demand Planning / Stock today
        Site Utf8, Product Utf8, On Hand Float64, Safety Stock Float64, Days of Cover Float64
    Demand Planning / Weeks by Site
        Products Utf8, Line Items Utf8, Sites Utf8, Time Utf8, Value Utf8
    "#);
}

#[tokio::test]
async fn every_demo_table_is_the_generators_cell_by_cell() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let tables = demo_tables();
    assert!(tables.len() > 15);
    // What exports of views hold is worked out from the model.
    for (workspace, model, table, export) in tables.into_iter().filter(|it| it.3.view.is_none()) {
        let name = [workspace, model, table].map(|part| quoted(&part)).join(".");
        let frame = session.sql(&format!("SELECT * FROM {name}")).await.expect(&name);
        let schema = std::sync::Arc::clone(frame.schema().inner());
        let mut found = cells(&frame.collect().await.expect(&name));
        if export.export_type == "GRID_ALL_PAGES" {
            // Looked at in a test of its own.
            found.iter_mut().for_each(|row| drop(row.remove(0)));
            let rest = (1..schema.fields().len()).collect::<Vec<_>>();
            let schema = std::sync::Arc::new(schema.project(&rest).expect("columns"));
            assert_rows(&found, &expected(&export, &schema), &name);
        } else {
            assert_rows(&found, &expected(&export, &schema), &name);
        }
    }
}

#[tokio::test]
async fn the_page_column_tells_the_pages_apart() {
    let simulator = demo().await;
    let session = connect_to(&simulator, "Finance", "FP&A Hub").await;
    let found = cells(&query(&session, r#"SELECT "Page" FROM "P&L all pages""#).await);
    let tenant = Tenant::demo();
    let export = tenant.export("FP&A Hub", "P&L all pages").expect("a demo export");
    let anaplan_sql::simulator::Data::Grid(grid) = &*export.data else { panic!("a grid") };
    let mut pages = Vec::new();
    for version in &grid.pages[0].members {
        for entity in &grid.pages[1].members {
            let page = vec![Cell::Text(format!("{version} / {entity}"))];
            pages.extend(std::iter::repeat_n(page, grid.rows[0].members.len()));
        }
    }
    assert!(pages.len() > 50);
    assert_rows(&found, &pages, "pages");
    insta::assert_snapshot!(
        show(
            &session,
            r#"SELECT split_part("Page", ' / ', 1) AS "Version", count(*), count("Jan 26"), count("Dec 26")
               FROM "P&L all pages" GROUP BY 1 ORDER BY 1"#
        )
        .await,
        @r"
    +----------+----------+-----------------------------+-----------------------------+
    | Version  | count(*) | count(P&L all pages.Jan 26) | count(P&L all pages.Dec 26) |
    +----------+----------+-----------------------------+-----------------------------+
    | Actual   | 27       | 27                          | 0                           |
    | Budget   | 27       | 27                          | 27                          |
    | Forecast | 27       | 27                          | 27                          |
    +----------+----------+-----------------------------+-----------------------------+
    "
    );
}

/// A table of every type, with everything that has ever broken a CSV reader in its cells.
fn awkward() -> Export {
    let columns = vec![
        Column::new("Näme, \"x\"", "ENTITY").list_name("Names"),
        Column::new("N", "NUMBER"),
        Column::new("B", "BOOLEAN"),
        Column::new("D", "DATE"),
        Column::new("T", "TEXT"),
    ];
    Export::tabular("Awkward", columns).with_rows([
        ["é;\"q\"", "-1.5", "true", "2024-02-29", "a\r\nb"],
        ["", "", "", "", ""],
        ["\"", "1e3", "false", "1969-12-31", "\n"],
        ["x\ty,z", "0", "true", "2026-01-01", "''"],
    ])
}

/// A column with blank cells alone: each is a blank line.
fn lone() -> Export {
    Export::tabular("Lone", vec![Column::new("C", "TEXT")]).with_rows([["a"], [""], ["b"], [""]])
}

fn small_grid() -> Grid {
    Grid::new(|page, row, column| {
        let at = |axis: &[usize]| axis.first().copied().unwrap_or(9);
        if at(row) == 1 && at(column) == 0 {
            String::new()
        } else {
            format!("{}{}{}.5", at(page), at(row), at(column))
        }
    })
    .row(Axis::list("Région", &["N", "S, \"x\""]))
    .column(Axis::time(&["Q1", "Q2"]))
}

fn stacked() -> Grid {
    Grid::new(|_, row, column| format!("{row:?}{column:?}"))
        .row(Axis::list("A", &["a1", "a2"]))
        .row(Axis::list("B", &["b1"]))
        .column(Axis::time(&["Q1", "Q2"]))
        .column(Axis::line_items(&[("U", "TEXT"), ("V", "NUMBER")]))
}

fn paged() -> Grid {
    small_grid().page(Axis::list("Version", &["Act, 1", "Büd"])).current_page(&[1])
}

/// Every form of file that an export can write, small enough to be cut into single bytes.
fn forms() -> Vec<(&'static str, Export)> {
    let crlf = |export: Export| export.line_ending("\r\n");
    vec![
        ("comma", awkward()),
        ("CRLF", crlf(awkward())),
        ("semicolon", awkward().separator(";")),
        ("tab", awkward().separator("\t")),
        ("apostrophes", crlf(awkward().delimiter("'"))),
        ("BOM", crlf(awkward().bom(true))),
        ("Latin-1", awkward().encoding("ISO-8859-1")),
        ("UTF-16", crlf(awkward().encoding("UTF-16LE"))),
        ("UTF-16 with BOM", awkward().encoding("UTF-16LE").bom(true)),
        ("lone column", lone()),
        ("lone column, CRLF", crlf(lone())),
        (
            "single column",
            Export::single_column("S", vec![Column::new("D", "ENTITY")], "NUMBER")
                .with_rows([["a", "1"], ["b", ""]]),
        ),
        ("grid", Export::grid("G", small_grid())),
        ("grid of a page", crlf(Export::grid("G", paged()))),
        ("stacked grid", Export::grid("G", stacked())),
        ("grid in UTF-16", Export::grid("G", paged()).encoding("UTF-16LE").bom(true)),
        (
            "no quotes",
            Export::tabular("N", vec![Column::new("A", "TEXT"), Column::new("B", "NUMBER")])
                .delimiter("")
                .separator("|")
                .with_rows([["it's \"so\"", "1"], ["", "2"]]),
        ),
    ]
}

#[tokio::test]
async fn a_file_may_be_cut_anywhere() {
    for (form, export) in forms() {
        let mut whole = None;
        for size in [10_000_000, 64, 7, 3, 2, 1] {
            let simulator = serve_in_chunks([export.clone()], size).await;
            let session = connect_to_model(&simulator).await;
            let sql = format!("SELECT * FROM {}", quoted(&export.name));
            let batches = query(&session, &sql).await;
            let found = cells(&batches);
            let what = format!("{form} in chunks of {size}");
            assert_rows(&found, &expected(&export, &batches[0].schema()), &what);
            assert_eq!(*whole.get_or_insert_with(|| found.clone()), found, "{what}");
            let chunks = simulator.count("GET", CHUNK);
            assert!(chunks > 1 || size >= 64, "{what}: {chunks} chunks");
        }
    }
}

#[tokio::test]
async fn all_pages_may_be_cut_anywhere() {
    let export = Export::grid_all_pages("G", paged());
    for size in [10_000_000, 64, 7, 3, 2, 1] {
        let simulator = serve_in_chunks([export.clone()], size).await;
        let session = connect_to_model(&simulator).await;
        let table = show(&session, r#"SELECT * FROM "G""#).await;
        insta::allow_duplicates! { insta::assert_snapshot!(table, @r#"
        +--------+--------+-------+-------+
        | Page   | Région | Q1    | Q2    |
        +--------+--------+-------+-------+
        | Act, 1 | N      | 0.5   | 1.5   |
        | Act, 1 | S, "x" |       | 11.5  |
        | Büd    | N      | 100.5 | 101.5 |
        | Büd    | S, "x" |       | 111.5 |
        +--------+--------+-------+-------+
        "#); }
    }
}

#[tokio::test]
async fn limit_and_batch_size_do_not_change_the_rows_of_pages() {
    let export = Export::grid_all_pages("G", paged());
    let simulator = serve([export]).await;
    let one_by_one = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "1")
        .connect()
        .await
        .expect("W and M are there");
    let all = cells(&query(&one_by_one, r#"SELECT * FROM "G""#).await);
    assert_eq!(all.len(), 4);
    for limit in 0..=5 {
        let some = cells(&query(&one_by_one, &format!(r#"SELECT * FROM "G" LIMIT {limit}"#)).await);
        assert_rows(&some, &all[..limit.min(4)], &format!("LIMIT {limit}"));
    }
}

#[tokio::test]
async fn labels_of_a_page_that_are_as_wide_as_a_row_are_still_a_page() {
    // Three page dimensions above rows of three cells.
    let grid = Grid::new(|page, row, column| format!("{}{}{}", page[2], row[0], column[0]))
        .page(Axis::list("P", &["p"]))
        .page(Axis::list("Q", &["q"]))
        .page(Axis::list("R", &["r1", "r2"]))
        .row(Axis::list("Row", &["a", "b"]))
        .column(Axis::time(&["Q1", "Q2"]));
    let simulator = serve([Export::grid_all_pages("G", grid)]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "G""#).await, @r"
    +------------+-----+-------+-------+
    | Page       | Row | Q1    | Q2    |
    +------------+-----+-------+-------+
    | p / q / r1 | a   | 0.0   | 1.0   |
    | p / q / r1 | b   | 10.0  | 11.0  |
    | p / q / r2 | a   | 100.0 | 101.0 |
    | p / q / r2 | b   | 110.0 | 111.0 |
    +------------+-----+-------+-------+
    ");
    assert_eq!(count_rows(&session, r#"SELECT "Q1" FROM "G" LIMIT 3"#).await, 3);
}

#[tokio::test]
async fn a_grid_of_list_items_keeps_its_columns() {
    let grid = Grid::new(|_, row, column| format!("item {}{}", row[0], column[0]))
        .cell_type("ENTITY")
        .row(Axis::list("Row", &["a", "b"]))
        .column(Axis::time(&["Q1", "Q2"]));
    let simulator = serve([Export::grid("G", grid)]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "G""#).await, @r"
    +-----+---------+---------+
    | Row | Q1      | Q2      |
    +-----+---------+---------+
    | a   | item 00 | item 01 |
    | b   | item 10 | item 11 |
    +-----+---------+---------+
    ");
}

#[tokio::test]
async fn a_grid_without_pages_has_null_for_the_page() {
    let simulator = serve([Export::grid_all_pages("G", small_grid())]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT "Page", "Q2" FROM "G""#).await, @r"
    +------+-------+
    | Page | Q2    |
    +------+-------+
    |      | 901.5 |
    |      | 911.5 |
    +------+-------+
    ");
}

#[tokio::test]
async fn column_types_text_gives_the_cells_as_they_are() {
    let simulator = serve([awkward()]).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ColumnTypes, "Text")
        .connect()
        .await
        .expect("W and M are there");
    let batches = query(&session, r#"SELECT "N", "B", "D" FROM "Awkward""#).await;
    assert_eq!(columns(&batches[0].schema()), "N Utf8, B Utf8, D Utf8");
    let expected: Vec<Vec<Cell>> = awkward()
        .rows()
        .map(|row| row[1..4].iter().map(|cell| Cell::text(cell)).collect())
        .collect();
    assert_rows(&cells(&batches), &expected, "as text");
    let types = r#"SELECT DISTINCT sql_type FROM anaplan.information.export_columns"#;
    assert_eq!(cells(&query(&session, types).await), [[Cell::text("VARCHAR")]]);
}

fn two_columns(name: &str) -> Export {
    Export::tabular(name, vec![Column::new("Code", "TEXT"), Column::new("Number", "NUMBER")])
}

#[tokio::test]
async fn an_empty_file_is_no_rows_and_a_warning() {
    let simulator = serve([
        two_columns("Nothing").bytes(""),
        two_columns("Header alone").with_rows([[""; 0]; 0]),
    ])
    .await;
    let session = connect_to_model(&simulator).await;
    let trace = Trace::start();
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Header alone""#).await, 0);
    let warnings = |text: &str| text.lines().filter(|line| line.contains(" WARN ")).count();
    assert_eq!(warnings(&trace.text()), 0, "{}", trace.text());

    assert_eq!(count_rows(&session, r#"SELECT * FROM "Nothing""#).await, 0);
    let text = trace.text();
    let warning = text.lines().find(|line| line.contains(" WARN ")).expect("a warning");
    assert!(warning.contains("the export's file is empty"), "{warning}");
    assert!(warning.contains("Nothing"), "{warning}");
    assert_eq!(warnings(&text), 1);
    let counted = cells(&query(&session, r#"SELECT count(*) FROM "Nothing""#).await);
    assert_eq!(counted, [[Cell::Number(0.0)]]);
}

#[tokio::test]
async fn metadata_whose_arrays_disagree_gives_text() {
    let metadata = json!({
        "columnCount": 3, "rowCount": 2, "headerNames": ["Code", "Number", "Extra"],
        "dataTypes": ["TEXT", "NUMBER"], "listNames": [],
        "delimiter": "\"", "separator": ",", "encoding": "UTF-8", "exportFormat": "text/csv",
        "layout": "TABULAR_MULTI_COLUMN",
    });
    let export = two_columns("Odd").metadata(metadata).bytes("Code,Number,Extra\na,1,x\nb,,y\n");
    let simulator = serve([export]).await;
    let session = connect_to_model(&simulator).await;
    let batches = query(&session, r#"SELECT * FROM "Odd""#).await;
    assert_eq!(columns(&batches[0].schema()), "Code Utf8, Number Utf8, Extra Utf8");
    let row = |cells: [&str; 3]| cells.map(Cell::text).to_vec();
    assert_rows(&cells(&batches), &[row(["a", "1", "x"]), row(["b", "", "y"])], "Odd");
}

#[tokio::test]
async fn a_type_that_nobody_knows_is_text() {
    let export = Export::tabular("New", vec![Column::new("A", "HOLOGRAM")]).with_rows([["x"]]);
    let simulator = serve([export]).await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(cells(&query(&session, r#"SELECT "A" FROM "New""#).await), [[Cell::text("x")]]);
}

#[tokio::test]
async fn columns_in_another_order_are_found_by_their_names() {
    let export = two_columns("Swapped").bytes("Number,Code\n1,a\n2,b\n");
    let simulator = serve([export]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Swapped""#).await, @r"
    +------+--------+
    | Code | Number |
    +------+--------+
    | a    | 1.0    |
    | b    | 2.0    |
    +------+--------+
    ");
}

#[tokio::test]
async fn a_header_that_is_not_the_metadatas_stops_the_query() {
    let simulator = serve([
        two_columns("Renamed").file_header(&["Code", "Amount"]),
        two_columns("Wider").file_header(&["Code", "Number", "Extra"]),
        two_columns("Narrower").file_header(&["Code"]),
    ])
    .await;
    let session = connect_to_model(&simulator).await;
    let mut told = Vec::new();
    for table in ["Renamed", "Wider", "Narrower"] {
        let error = fail(&session, &format!("SELECT * FROM {}", quoted(table))).await;
        assert_eq!(error.kind(), ErrorKind::Data);
        told.push(format!("{error:?}"));
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    Data: export "Renamed": the header of the file is not the one that the metadata announces; missing: "Number"; new: "Amount"
      hint: the export was changed in the meantime: connect again to read its new form

    Data: export "Wider": the header of the file has 3 columns where the metadata announces 2
      hint: the export was changed in the meantime: connect again to read its new form

    Data: export "Narrower": the header of the file has 1 columns where the metadata announces 2
      hint: the export was changed in the meantime: connect again to read its new form
    "#);
}

async fn told(session: &Session, table: &str) -> String {
    let error = fail(session, &format!("SELECT * FROM {}", quoted(table))).await;
    assert_eq!(error.kind(), ErrorKind::Data, "{error:?}");
    format!("{error:?}")
}

#[tokio::test]
async fn a_cell_that_does_not_fit_is_named_by_line_and_column_but_not_shown() {
    let typed = |name: &str, kind: &str, cell: &str| {
        Export::tabular(name, vec![Column::new("Code", "TEXT"), Column::new("Value", kind)])
            .with_rows([["a\nb", ""], ["c", ""], ["d", cell]])
    };
    let simulator = serve([
        typed("Number", "NUMBER", "confidential"),
        typed("Boolean", "BOOLEAN", "confidential"),
        typed("Date", "DATE", "confidential"),
        two_columns("Ragged").bytes("Code,Number\na,1\nconfidential\n"),
        two_columns("Open").bytes("Code,Number\na,1\n\"confidential,2\n"),
        two_columns("Bytes").bytes(b"Code,Number\nconfidential\xff,2\n".to_vec()),
    ])
    .await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for table in ["Number", "Boolean", "Date", "Ragged", "Open", "Bytes"] {
        all.push(told(&session, table).await);
    }
    let all = all.join("\n\n");
    assert!(!all.contains("confidential"), "{all}");
    insta::assert_snapshot!(all, @r#"
    Data: export "Number": line 5, column "Value": a number was expected
      hint: read every column as text with ColumnTypes=Text

    Data: export "Boolean": line 5, column "Value": true or false was expected
      hint: read every column as text with ColumnTypes=Text

    Data: export "Date": line 5, column "Value": a date such as 2021-01-31 was expected
      hint: read every column as text with ColumnTypes=Text

    Data: export "Ragged": line 3 has 1 cells where the header has 2
      hint: are the export's separator and text delimiter those of its metadata?

    Data: export "Open": the file ends inside the quoted text that begins in line 3
      hint: the file is cut short: run the query again

    Data: export "Bytes": line 2, column "Code": the text is not in the encoding that the metadata names
      hint: have a model builder export it as UTF-8
    "#);
    // A column that isn't asked for is not parsed, so it can't fail.
    assert_eq!(count_rows(&session, r#"SELECT "Code" FROM "Number""#).await, 3);
}

#[tokio::test]
async fn column_types_text_is_the_way_out_of_a_cell_that_does_not_fit() {
    let export = two_columns("E").with_rows([["a", "n/a"]]);
    let simulator = serve([export]).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ColumnTypes, "Text")
        .connect()
        .await
        .expect("W and M are there");
    let found = cells(&query(&session, r#"SELECT * FROM "E""#).await);
    assert_eq!(found, [[Cell::text("a"), Cell::text("n/a")]]);
}

#[tokio::test]
async fn exports_that_are_no_text_are_listed_but_not_tables() {
    let simulator = demo().await;
    let session = connect_to(&simulator, "Finance", "FP&A Hub").await;
    insta::assert_snapshot!(
        show(
            &session,
            "SELECT name, table_name, queryable, export_format FROM information.exports
             WHERE NOT queryable ORDER BY name"
        )
        .await,
        @r"
    +-----------------+------------+-----------+-------------------------------------------------------------------+
    | name            | table_name | queryable | export_format                                                     |
    +-----------------+------------+-----------+-------------------------------------------------------------------+
    | Board pack      |            | false     | application/pdf                                                   |
    | Budget workbook |            | false     | application/vnd.openxmlformats-officedocument.spreadsheetml.sheet |
    +-----------------+------------+-----------+-------------------------------------------------------------------+
    "
    );
    let error = fail(&session, r#"SELECT * FROM "Board pack""#).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Unsupported: export "Board pack" writes application/pdf, so it is not a table
      hint: have a model builder add an export of the same view as CSV
    "#);
    let tables = show(&session, "SHOW TABLES").await;
    assert!(tables.contains("P&L") && !tables.contains("Board pack"), "{tables}");
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn what_no_reader_knows_is_refused_before_the_export_runs() {
    let simulator =
        serve([two_columns("Ebcdic").encoding("IBM1047"), two_columns("Wide").separator("||")])
            .await;
    let session = connect_to_model(&simulator).await;
    let mut told = Vec::new();
    for table in ["Ebcdic", "Wide"] {
        let error = fail(&session, &format!("SELECT * FROM {}", quoted(table))).await;
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        told.push(format!("{error:?}"));
    }
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    Unsupported: the export's encoding "IBM1047" can't be read
      hint: have a model builder choose UTF-8 in the export's settings

    Unsupported: the export's separator is "||", which is not a single ASCII character
      hint: have a model builder choose another one in the export's settings
    "#);
    assert_eq!(simulator.tasks().len(), 0);
    // One odd export does not hide the others.
    assert_eq!(count_rows(&session, "SELECT * FROM information.exports").await, 2);
}
