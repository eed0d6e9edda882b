//! Saved views as tables: as their builders arranged them, and what reading them costs.

use std::time::Duration;

use anaplan_sql::ErrorKind;
use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Fault, Format, LINE_ITEMS, LineItem, List, Model, Module, Place,
    Scale, Simulator, SimulatorBuilder, Version, View, Workspace,
};

use crate::support::{
    Cell, assert_rows, cells, columns, connect_to, connect_to_model, count_rows, demo, fail, query,
    show, users,
};

const VIEWS: &str = "/2/0/models/*/views";
const VIEW: &str = "/2/0/models/*/views/*";
const DATA: &str = "/2/0/models/*/views/*/data";
const VIEW_ITEMS: &str = "/2/0/models/*/views/*/dimensions/*/items";
const READS: &str = "/2/0/models/*/views/*/readRequests";
const READ: &str = "/2/0/models/*/views/*/readRequests/*";

const SITES: [&str; 3] = ["Hamburg", "Lyon", "Reno"];
const QUARTERS: [&str; 4] = ["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26"];
const VERSIONS: [&str; 2] = ["Actual", "Budget"];

/// A number for each cell, by the positions among the names above.
fn number(site: usize, quarter: usize, version: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let number = (site * 100 + quarter * 10 + version) as f64;
    number
}

fn positions(place: &[Place<'_>]) -> [usize; 3] {
    let find = |names: &[&str], at: usize| {
        names.iter().position(|name| *name == place[at].label).expect("a leaf")
    };
    [find(&SITES, 0), find(&QUARTERS, 1), find(&VERSIONS, 2)]
}

/// A module over sites, quarters and versions, and views of it.
fn simulator() -> SimulatorBuilder {
    let dims = vec![Dim::list("Sites"), Dim::Time(Scale::Quarter), Dim::Versions];
    let module = Module::new("Plan 1.2", dims)
        .line_item(LineItem::number("Amount").fill_with(|place| {
            let [site, quarter, version] = positions(place);
            number(site, quarter, version).to_string()
        }))
        .line_item(
            LineItem::new("Ok", Format::Boolean)
                .fill_with(|place| (positions(place)[0] == 1).to_string()),
        )
        .line_item(LineItem::number("Double").formula("Amount * 2"))
        .view(
            View::new("Both / \"across\"", &["Versions"], &["Sites"], &["Time", LINE_ITEMS])
                .only("Time", &["Q1 FY26", "Q2 FY26"])
                .only(LINE_ITEMS, &["Amount", "Ok"])
                .only("Sites", &["Reno", "Hamburg"]),
        )
        .view(
            View::new("Numbers", &[LINE_ITEMS, "Versions"], &["Sites"], &["Time"])
                .only(LINE_ITEMS, &["Amount", "Double"])
                .leaves_only(),
        )
        .view(View::new("Mixed", &["Versions"], &["Sites", LINE_ITEMS], &["Time"]).leaves_only())
        .view(
            View::new("Single", &[], &["Sites", "Time", "Versions"], &[LINE_ITEMS])
                .only(LINE_ITEMS, &["Amount"]),
        );
    let model = Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget").current())
        .list(List::new("Sites").top_level("World").items(SITES))
        .module(module);
    Simulator::builder(users().workspace(Workspace::new("W").model(model)))
        .task_time(Duration::ZERO, Duration::ZERO)
}

async fn start() -> Simulator {
    simulator().start().await.expect("a free port")
}

/// The rows of the view "Numbers".
fn numbers_rows() -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (item, factor) in [("Amount", 1.0), ("Double", 2.0)] {
        for (version, version_name) in VERSIONS.iter().enumerate() {
            for (site, site_name) in SITES.iter().enumerate() {
                let mut row =
                    vec![Cell::text(item), Cell::text(version_name), Cell::text(site_name)];
                let cells = (0..4).map(|quarter| number(site, quarter, version) * factor);
                row.extend(cells.map(Cell::Number));
                rows.push(row);
            }
        }
    }
    rows
}

#[tokio::test]
async fn what_goes_across_becomes_typed_columns_named_by_all_its_labels() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Views.Plan 1.2.Both / ""across""""#;
    let found = query(&session, sql).await;
    assert_eq!(
        columns(&found[0].schema()),
        "Versions Utf8, Sites Utf8, Q1 FY26 / Amount Float64, Q1 FY26 / Ok Boolean, \
         Q2 FY26 / Amount Float64, Q2 FY26 / Ok Boolean"
    );
    let mut expected = Vec::new();
    for (version, name) in VERSIONS.iter().enumerate() {
        for site in [2, 0] {
            let number = |quarter| Cell::Number(number(site, quarter, version));
            let ok = || Cell::Boolean(false);
            expected.push(vec![
                Cell::text(name),
                Cell::text(SITES[site]),
                number(0),
                ok(),
                number(1),
                ok(),
            ]);
        }
    }
    assert_rows(&cells(&found), &expected, "Both");
    // The view's axes, one page's header, then all cells at once.
    for (path, times) in [(VIEWS, 1), (VIEW, 1), (DATA, 2), (VIEW_ITEMS, 0)] {
        assert_eq!(simulator.count("GET", path), times, "{path}");
    }
    simulator.clear_requests();
    let sql = r#"SELECT "Q2 FY26 / Amount" FROM "Views.Plan 1.2.Both / ""across""" LIMIT 1"#;
    assert_eq!(cells(&query(&session, sql).await), [[Cell::Number(210.0)]]);
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test]
async fn line_items_on_pages_or_rows_type_cells_if_they_agree() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Views.Plan 1.2.Numbers""#).await;
    assert_eq!(
        columns(&found[0].schema()),
        "Line items Utf8, Versions Utf8, Sites Utf8, Q1 FY26 Float64, Q2 FY26 Float64, \
         Q3 FY26 Float64, Q4 FY26 Float64"
    );
    assert_rows(&cells(&found), &numbers_rows(), "Numbers");
    let mixed = query(
        &session,
        r#"SELECT "Line items", "Q2 FY26" FROM "Views.Plan 1.2.Mixed"
           WHERE "Versions" = 'Actual' AND "Sites" = 'Lyon'"#,
    )
    .await;
    let expected = [["Amount", "110"], ["Ok", "true"], ["Double", "220"]];
    assert_eq!(cells(&mixed), expected.map(|row| row.map(Cell::text)));
    // Sums that the view shows are part of it.
    let all = count_rows(&session, r#"SELECT * FROM "Views.Plan 1.2.Single""#).await;
    assert_eq!(all, 4 * 5 * 2);
}

#[tokio::test]
async fn filters_choose_pages() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Views.Plan 1.2.Numbers""#;
    query(&session, sql).await;
    simulator.clear_requests();
    let found = query(
        &session,
        &format!(r#"{sql} WHERE "Line items" = 'Double' AND "Versions" IN ('Actual', 'Budget')"#),
    )
    .await;
    let expected: Vec<Vec<Cell>> =
        numbers_rows().into_iter().filter(|row| row[0] == Cell::text("Double")).collect();
    assert_rows(&cells(&found), &expected, "Double");
    assert_eq!(simulator.count("GET", DATA), 2, "two pages");
    simulator.clear_requests();
    let found = query(&session, &format!(r#"{sql} WHERE "Versions" = 'Budget'"#)).await;
    assert_eq!(cells(&found).len(), 6);
    let asked = simulator.requests().into_iter().filter(|it| it.path.ends_with("/data"));
    let asked: Vec<String> = asked.filter_map(|it| it.query).collect();
    assert!(asked.len() == 1 && asked[0].starts_with("pages=20000000020"), "{asked:?}");
}

#[tokio::test]
async fn a_view_too_large_for_one_answer_comes_by_a_large_read() {
    let simulator =
        simulator().cell_limit(20).read_page_rows(5).start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Views.Plan 1.2.Numbers""#).await;
    assert_rows(&cells(&found), &numbers_rows(), "Numbers");
    assert_eq!((simulator.count("POST", READS), simulator.count("DELETE", READ)), (1, 1));
    // So large that not even one page can be asked for its header.
    let single = query(
        &session,
        r#"SELECT "Amount" FROM "Views.Plan 1.2.Single"
           WHERE "Sites" = 'Reno' AND "Time" = 'Q4 FY26' AND "Versions" = 'Budget'"#,
    )
    .await;
    assert_eq!(cells(&single), [[Cell::Number(231.0)]]);
    assert_eq!((simulator.count("POST", READS), simulator.count("DELETE", READ)), (2, 2));
}

#[tokio::test]
async fn a_view_that_changes_or_goes_is_told() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"SELECT * FROM "Views.Plan 1.2.Numbers""#;
    query(&session, sql).await;
    simulator.edit(|tenant| {
        let module = tenant.model_mut("M").and_then(|model| model.module_mut("Plan 1.2"));
        if let Some(view) =
            module.and_then(|it| it.views.iter_mut().find(|it| it.name == "Numbers"))
        {
            view.shown.push(("Time".to_owned(), vec!["Q1 FY26".to_owned()]));
        }
    });
    let error = fail(&session, sql).await;
    assert_eq!(error.kind(), ErrorKind::Data);
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Data: view "Plan 1.2.Numbers": the columns of the view are not those that it had before
      hint: the view has changed in the meantime: REFRESH METADATA, then run it again
    "#);
    simulator.edit(|tenant| {
        let module = tenant.model_mut("M").and_then(|model| model.module_mut("Plan 1.2"));
        if let Some(module) = module {
            module.views.clear();
        }
    });
    assert_eq!(fail(&session, sql).await.kind(), ErrorKind::NotFound);
    // A fault on the way is repeated, one that stays is told.
    simulator.inject(Fault::on("GET", DATA).times(100).status(500));
    assert_eq!(fail(&session, sql).await.kind(), ErrorKind::Service);
}

#[tokio::test]
async fn explain_tells_what_travels() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for sql in [
        r#"SELECT * FROM "Views.Plan 1.2.Numbers" LIMIT 2"#,
        r#"SELECT "Sites" FROM "Views.Plan 1.2.Numbers" WHERE "Versions" = 'Actual'"#,
        r#"SELECT "Sites" FROM "Views.Plan 1.2.Numbers"
           WHERE "Versions" IN ('Actual', 'Budget') AND "Line items" = 'Amount'"#,
    ] {
        let plan = show(&session, &format!("EXPLAIN {sql}")).await;
        let line = plan.lines().find(|line| line.contains("ViewExec:"));
        all.push(line.unwrap_or_else(|| panic!("{plan}")).trim_matches(['|', ' ']).to_owned());
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    ViewExec: view="Plan 1.2.Numbers", model="M", projection=[Line items, Versions, Sites, Q1 FY26, Q2 FY26, Q3 FY26, Q4 FY26], limit=2, cells=80, read=view, requests=1+, locks_model=false
    ViewExec: view="Plan 1.2.Numbers", model="M", projection=[Versions, Sites], pages=[Versions=[Actual]], cells=80, read=view, requests=2+, locks_model=false
    ViewExec: view="Plan 1.2.Numbers", model="M", projection=[Line items, Versions, Sites], pages=[Line items=[Amount], Versions=[Actual, Budget]], cells=80, read=pages, requests=4, locks_model=false
    "#);
    assert_eq!(simulator.count("GET", DATA), 1, "the header");
}

#[tokio::test]
async fn the_demos_views_can_all_be_read() {
    let simulator = demo().await;
    for (workspace, model) in
        [("Finance", "Sales Planning"), ("Finance", "FP&A Hub"), ("Operations", "Demand Planning")]
    {
        let session = connect_to(&simulator, workspace, model).await;
        let tables = query(&session, "SHOW TABLES").await;
        let names: Vec<String> = cells(&tables)
            .iter()
            .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>())
            .filter_map(|row| row.into_iter().find(|cell| cell.starts_with("Views.")))
            .collect();
        assert!(!names.is_empty(), "{model}");
        for name in names {
            let name = name.replace('"', "\"\"");
            let rows = count_rows(&session, &format!(r#"SELECT * FROM "{name}" LIMIT 5"#)).await;
            assert_eq!(rows, 5, "{name}");
        }
    }
}
