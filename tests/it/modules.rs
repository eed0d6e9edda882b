//! Modules as tables: their rows, their columns, and what reading them costs.

use std::time::Duration;

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Fault, Fill, Format, Item, LineItem, List, Model, Module, Place,
    Scale, Simulator, SimulatorBuilder, Tenant, Version, Workspace,
};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{
    Cell, EXPORTS, assert_rows, builder, cells, columns, connect_to, connect_to_model, count_rows,
    demo, fail, query, show, start, until, users,
};

const MODULES: &str = "/2/0/models/*/modules";
const LINE_ITEMS: &str = "/2/0/models/*/modules/*/lineItems";
const VIEW: &str = "/2/0/models/*/views/*";
const DATA: &str = "/2/0/models/*/views/*/data";
const VIEW_ITEMS: &str = "/2/0/models/*/views/*/dimensions/*/items";
const LIST_ITEMS: &str = "/2/0/models/*/lists/*/items";
const READS: &str = "/2/0/models/*/views/*/readRequests";
const READ: &str = "/2/0/models/*/views/*/readRequests/*";
const PAGE: &str = "/2/0/models/*/views/*/readRequests/*/pages/*";

const SITES: [&str; 3] = ["Hamburg", "Lyon, \"Sud\"", "Singapore"];
const MONTHS: [&str; 12] = [
    "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "Jun 26", "Jul 26", "Aug 26", "Sep 26",
    "Oct 26", "Nov 26", "Dec 26",
];
const VERSIONS: [&str; 2] = ["Actual", "Budget"];

/// A number for each cell, by the positions among the names above.
fn number(site: usize, product: usize, month: usize, version: usize) -> Option<f64> {
    let number = ((site * 10 + product) * 100 + month) * 10 + version;
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let number = number as f64 / 4.0;
    // Some cells are blank.
    (month != 6).then_some(number)
}

/// The positions of a cell among the names above; products by their place, since two share a name.
fn positions(place: &[Place<'_>]) -> [usize; 4] {
    let find = |names: &[&str], at: usize| {
        names.iter().position(|name| *name == place[at].label).expect("a leaf")
    };
    [find(&SITES, 0), place[1].position, find(&MONTHS, 2), find(&VERSIONS, 3)]
}

/// Sites below countries below the world; the country Singapore has a site of its name. Products
/// are numbered and two of them share a label. Line items of every format, and two over others.
fn plan() -> Model {
    let sites = SITES.iter().zip(["Germany", "France", "Singapore"]);
    let sites = sites.fold(List::new("Sites").parent("Countries"), |list, (site, country)| {
        list.item(Item::new(site).parent(country).subsets(&[*site != "Hamburg"]))
    });
    let products = ["Beans", "Mug", "Beans"].iter().enumerate();
    let products = products.fold(List::numbered("Products"), |list, (number, label)| {
        list.item(Item::new("").code(&format!("P{number}")).display(label))
    });
    let text = |format: Format, text: fn([usize; 4]) -> String| {
        move |name: &str| {
            LineItem::new(name, format.clone()).fill_with(move |at| text(positions(at)))
        }
    };
    let dims =
        vec![Dim::list("Sites"), Dim::list("Products"), Dim::Time(Scale::Month), Dim::Versions];
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget").current())
        .list(List::new("Countries").top_level("World").items(["Germany", "France", "Singapore"]))
        .list(sites.subset("Overseas"))
        .list(products)
        .module(
            Module::new("Plan", dims)
                .line_item(LineItem::number("Amount").fill_with(|at| {
                    let [site, product, month, version] = positions(at);
                    number(site, product, month, version)
                        .map_or_else(String::new, |n| n.to_string())
                }))
                .line_item(text(Format::Boolean, |at| (at[2] % 2 == 0).to_string())("Even?"))
                .line_item(text(Format::Date, |at| format!("2026-{:02}-28", at[2] + 1))("Due"))
                .line_item(text(Format::text(), |at| match at[2] {
                    0 => String::new(),
                    1 => "two\nlines, \"q\"".to_owned(),
                    _ => "=SUM(1)".to_owned(),
                })("Note"))
                .line_item(text(Format::list("Sites"), |at| SITES[at[0]].to_owned())("Source"))
                .line_item(
                    LineItem::number("Target")
                        .dimensions(vec![Dim::list("Sites"), Dim::Time(Scale::Quarter)])
                        .fill_with(|at| at[1].label.len().to_string()),
                ),
        )
        .module(
            Module::new("Odd.name \"x\"/😀", vec![Dim::list("Products")])
                .line_item(LineItem::number("Price").fill(Fill::Value("2.5".to_owned()))),
        )
        .module(
            Module::new("Facts", vec![])
                .line_item(LineItem::number("Rate").fill(Fill::Value("4.5".to_owned())))
                .line_item(LineItem::new("Locked", Format::Boolean)),
        )
        .module(Module::new("Empty", vec![]))
        .module(
            Module::new("Abroad", vec![Dim::subset("Overseas")])
                .line_item(LineItem::number("Staff").fill(Fill::Value("1".to_owned()))),
        )
}

fn tenant(model: Model) -> Tenant {
    users().workspace(Workspace::new("W").model(model))
}

fn simulator(model: Model) -> SimulatorBuilder {
    Simulator::builder(tenant(model)).task_time(Duration::ZERO, Duration::ZERO)
}

/// The rows of the module "Plan", in its order: leaves only.
fn plan_rows() -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (site, site_name) in SITES.iter().enumerate() {
        for (product, product_name) in ["Beans", "Mug", "Beans"].iter().enumerate() {
            for (version, version_name) in VERSIONS.iter().enumerate() {
                for (month, month_name) in MONTHS.iter().enumerate() {
                    let day = u32::try_from(month + 1).expect("a month");
                    rows.push(vec![
                        Cell::text(site_name),
                        Cell::text(product_name),
                        Cell::text(month_name),
                        Cell::text(version_name),
                        number(site, product, month, version).map_or(Cell::Null, Cell::Number),
                        Cell::Boolean(month % 2 == 0),
                        chrono::NaiveDate::from_ymd_opt(2026, day, 28)
                            .map_or(Cell::Null, Cell::Date),
                        match month {
                            0 => Cell::Null,
                            1 => Cell::text("two\nlines, \"q\""),
                            _ => Cell::text("=SUM(1)"),
                        },
                        Cell::text(site_name),
                    ]);
                }
            }
        }
    }
    rows
}

fn sum(rows: &[Vec<Cell>], wanted: impl Fn(&[Cell]) -> bool) -> f64 {
    let amount = |row: &Vec<Cell>| match (&row[4], wanted(row)) {
        (Cell::Number(amount), true) => *amount,
        _ => 0.0,
    };
    rows.iter().map(amount).sum()
}

#[tokio::test]
async fn a_row_is_a_tuple_of_leaves_with_a_column_for_each_line_item() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Modules.Plan""#).await;
    assert_eq!(
        columns(&found[0].schema()),
        "Sites Utf8, Products Utf8, Time Utf8, Versions Utf8, Amount Float64, Even? Boolean, \
         Due Date32, Note Utf8, Source Utf8"
    );
    assert_rows(&cells(&found), &plan_rows(), "Plan");
    // Planning: modules, axes, line items. For cells one request; before it those for the two
    // lists' items and, since a site has a country's name, for what gives their order and tells how
    // many line items the view shows.
    for (path, times) in [
        (MODULES, 1),
        (VIEW, 1),
        (LINE_ITEMS, 1),
        (DATA, 1),
        (VIEW_ITEMS, 5),
        (LIST_ITEMS, 3),
        (EXPORTS, 0),
    ] {
        assert_eq!(simulator.count("GET", path), times, "{path}");
    }
    simulator.clear_requests();
    let batches = query(&session, r#"SELECT sum("Amount") FROM "Modules.Plan""#).await;
    assert_eq!(cells(&batches), [[Cell::Number(sum(&plan_rows(), |_| true))]]);
    assert_eq!(simulator.count("GET", VIEW) + simulator.count("GET", LINE_ITEMS), 0);
}

#[tokio::test]
async fn summaries_are_included_on_demand_and_told_apart() {
    let simulator = start(tenant(plan())).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::Summaries, "Include")
        .connect()
        .await
        .expect("the model is there");
    // Sites 3 + countries 3 + 1, products 3, periods 12 + 4 + 1, versions 2.
    let all = count_rows(&session, r#"SELECT "Amount" FROM "Modules.Plan""#).await;
    assert_eq!(all, 7 * 3 * 17 * 2);
    assert_eq!(simulator.count("GET", VIEW_ITEMS), 0, "nobody wants to know which are sums");
    let leaves = query(
        &session,
        r#"SELECT "Sites", "Products", "Time", "Versions", "Amount", "Even?", "Due", "Note", "Source"
           FROM "Modules.Plan" WHERE NOT is_summary"#,
    )
    .await;
    assert_rows(&cells(&leaves), &plan_rows(), "leaves");
    let total = query(
        &session,
        r#"SELECT "Amount", is_summary FROM "Modules.Plan" WHERE "Sites" = 'World'
           AND "Products" = 'Mug' AND "Time" = 'FY26' AND "Versions" = 'Budget'"#,
    )
    .await;
    let mug = |row: &[Cell]| row[1] == Cell::text("Mug") && row[3] == Cell::text("Budget");
    let expected = [[Cell::Number(sum(&plan_rows(), mug)), Cell::Boolean(true)]];
    assert_eq!(cells(&total), expected);
}

#[tokio::test]
async fn line_items_over_other_dimensions_are_tables_of_their_own() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, r#"SELECT "Target" FROM "Modules.Plan""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    let hint = r#"it has a table of its own: "Modules.Plan.Target""#;
    assert_eq!(error.hint(), Some(hint));
    let found = query(&session, r#"SELECT * FROM "Modules.Plan.Target""#).await;
    assert_eq!(columns(&found[0].schema()), "Sites Utf8, Time Utf8, Target Float64");
    let mut expected = Vec::new();
    for site in SITES {
        for quarter in ["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26"] {
            expected.push(vec![Cell::text(site), Cell::text(quarter), Cell::Number(7.0)]);
        }
    }
    assert_rows(&cells(&found), &expected, "Target");
    let missing = fail(&session, r#"SELECT * FROM "Modules.Plan.Amount""#).await;
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    assert_eq!(missing.hint(), Some(r#"it is a column of "Modules.Plan""#));
}

#[tokio::test]
async fn modules_without_time_versions_lists_or_line_items_can_be_read() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(
        cells(&query(&session, r#"SELECT * FROM "Modules.Odd.name ""x""/😀""#).await),
        ["Beans", "Mug", "Beans"].map(|it| [Cell::text(it), Cell::Number(2.5)])
    );
    let facts = query(&session, r#"SELECT * FROM "modules.facts""#).await;
    assert_eq!(cells(&facts), [[Cell::Number(4.5), Cell::Boolean(false)]]);
    let empty = query(&session, r#"SELECT count(*) FROM "Modules.Empty""#).await;
    assert_eq!(cells(&empty), [[Cell::Number(0.0)]]);
    let error = fail(&session, r#"SELECT * FROM "Modules.Empty""#).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    NotFound: module "Empty" has no columns: no dimensions, and no line items of its own that the signed-in user sees
      hint: if it got some since this session began, REFRESH METADATA shows them
    "#);
    // By its id.
    let id = simulator.tenant().find_model("M").expect("it").modules[2].id.clone();
    let facts = query(&session, &format!(r#"SELECT "Rate" FROM "{id}""#)).await;
    assert_eq!(cells(&facts), [[Cell::Number(4.5)]]);
}

#[tokio::test]
async fn leaves_of_a_subset_are_the_items_in_it() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let rows = query(&session, r#"SELECT * FROM "Modules.Abroad""#).await;
    let expected: Vec<Vec<Cell>> =
        SITES[1..].iter().map(|site| vec![Cell::text(site), Cell::Number(1.0)]).collect();
    assert_rows(&cells(&rows), &expected, "Abroad");
}

#[tokio::test]
async fn filters_on_page_dimensions_travel() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let rows = plan_rows();
    let is = |row: &[Cell], at: usize, text: &str| row[at] == Cell::text(text);
    // One item of each page dimension but products, whose label two have.
    for (sql, expected, requests, pages) in [
        (
            r#""Versions" = 'Budget'"#,
            sum(&rows, |row| is(row, 3, "Budget")),
            1,
            "pages=20000000020",
        ),
        (
            r#""Sites" = 'Singapore' AND "Products" IN ('Beans', 'Mug') AND "Versions" = 'Actual'"#,
            sum(&rows, |row| is(row, 0, "Singapore") && is(row, 3, "Actual")),
            3,
            "pages=101",
        ),
        (r#""Versions" = 'Nobody''s'"#, 0.0, 0, ""),
        // Not one of the dimensions whose items select pages.
        (r#""Time" = 'Feb 26'"#, sum(&rows, |row| is(row, 2, "Feb 26")), 1, "exportType"),
        // In other cases there is none.
        (r#""Versions" = 'budget'"#, 0.0, 0, ""),
    ] {
        simulator.clear_requests();
        let sql = format!(r#"SELECT coalesce(sum("Amount"), 0) FROM "Modules.Plan" WHERE {sql}"#);
        assert_eq!(cells(&query(&session, &sql).await), [[Cell::Number(expected)]], "{sql}");
        assert_eq!(simulator.count("GET", DATA), requests, "{sql}");
        let data = simulator.requests().into_iter().filter(|it| it.path.ends_with("/data"));
        for request in data {
            let asked = request.query.unwrap_or_default();
            assert!(asked.replace("%3A", ":").starts_with(pages), "{sql}: {asked}");
        }
    }
}

#[tokio::test]
async fn a_limit_reads_a_few_lines() {
    let simulator = simulator(big(40)).start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Modules.Big" LIMIT 3"#).await;
    assert_rows(&cells(&found), &big_rows(40)[..3], "Big");
    let asked = simulator.requests().into_iter().filter(|it| it.path.ends_with("/data"));
    let asked: Vec<String> = asked.filter_map(|it| it.query).collect();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("maxRows="), "{asked:?}");
}

/// A module over `count` items, ten others, and a year: two line items.
fn big(count: usize) -> Model {
    let items = |name: &str, count: usize| {
        (0..count).fold(List::new(name).top_level(&format!("All {name}")), |list, number| {
            list.item(Item::new(&format!("{name} {number}")))
        })
    };
    let value = |factor: usize| {
        move |at: &[Place<'_>]| {
            let month = MONTHS.iter().position(|it| *it == at[2].label).unwrap_or_default();
            ((at[0].position * 10 + at[1].position) * 12 + month).wrapping_mul(factor).to_string()
        }
    };
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .list(items("A", count))
        .list(items("B", 10))
        .module(
            Module::new("Big", vec![Dim::list("A"), Dim::list("B"), Dim::Time(Scale::Month)])
                .line_item(LineItem::number("One").fill_with(value(1)))
                .line_item(LineItem::number("Two").fill_with(value(2))),
        )
}

fn big_rows(count: usize) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for a in 0..count {
        for b in 0..10 {
            for (month, name) in MONTHS.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "it is small")]
                let value = ((a * 10 + b) * 12 + month) as f64;
                rows.push(vec![
                    Cell::Text(format!("A {a}")),
                    Cell::Text(format!("B {b}")),
                    Cell::text(name),
                    Cell::Number(value),
                    Cell::Number(value * 2.0),
                ]);
            }
        }
    }
    rows
}

/// A service that gives fewer cells at once, so that a small module is a large one. The client
/// doesn't know that, and asks for the view before.
async fn strict(count: usize) -> Simulator {
    simulator(big(count))
        .cell_limit(5_000)
        .read_page_rows(97)
        .repeat_read_header(true)
        .start()
        .await
        .expect("a free port")
}

#[tokio::test]
async fn what_is_too_large_for_one_answer_comes_by_a_large_read_that_is_deleted() {
    let simulator = strict(40).await;
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Modules.Big""#).await;
    assert_rows(&cells(&found), &big_rows(40), "Big");
    // 41 · 11 · 2 lines, 97 on a page.
    for (method, path, times) in
        [("GET", DATA, 1), ("POST", READS, 1), ("GET", PAGE, 10), ("DELETE", READ, 1)]
    {
        assert_eq!(simulator.count(method, path), times, "{method} {path}");
    }
    // A filter leaves little enough for one answer.
    simulator.clear_requests();
    let sql = r#"SELECT count(*), sum("Two") FROM "Modules.Big" WHERE "A" = 'A 7'"#;
    let rows: Vec<_> = big_rows(40).into_iter().filter(|row| row[0] == Cell::text("A 7")).collect();
    let expected = [[Cell::Number(120.0), Cell::Number(sum(&rows, |_| true))]];
    assert_eq!(cells(&query(&session, sql).await), expected);
    assert_eq!((simulator.count("GET", DATA), simulator.count("POST", READS)), (1, 0));
}

#[tokio::test]
async fn a_large_read_is_deleted_after_errors_and_when_nobody_wants_it_any_more() {
    let simulator = strict(40).await;
    let session = connect_to_model(&simulator).await;
    // It fails halfway.
    simulator.fail_reads(1);
    let error = fail(&session, r#"SELECT * FROM "Modules.Big""#).await;
    assert_eq!(error.kind(), ErrorKind::Task, "{error:?}");
    // A page gets lost, and is asked for again.
    simulator.inject(Fault::on("GET", PAGE).skip(2).times(1).status(503));
    let found = query(&session, r#"SELECT * FROM "Modules.Big""#).await;
    assert_rows(&cells(&found), &big_rows(40), "Big");
    // It is gone while it is read.
    simulator.inject(Fault::on("GET", PAGE).skip(2).times(1).status(404));
    let error = fail(&session, r#"SELECT * FROM "Modules.Big""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    // Its reader goes away.
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "10")
        .connect()
        .await
        .expect("the model is there");
    let frame = session.sql(r#"SELECT * FROM "Modules.Big""#).await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    stream.next().await.expect("a batch").expect("rows");
    drop(stream);
    session.settle(Duration::from_secs(20)).await;
    until(|| simulator.count("DELETE", READ) == 4).await;
    assert_eq!(simulator.count("POST", READS), 4);
}

#[tokio::test]
async fn sums_are_told_over_a_list_of_too_many_items_for_one_answer() {
    let simulator = simulator(big(40)).item_limit(30).start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Modules.Big""#).await;
    assert_rows(&cells(&found), &big_rows(40), "Big");
    let list_reads = "/2/0/models/*/lists/*/readRequests";
    assert_eq!(simulator.count("POST", list_reads), 1);
    assert_eq!(simulator.count("DELETE", &format!("{list_reads}/*")), 1);
}

#[tokio::test]
async fn a_tenant_that_refuses_plain_csv_is_asked_once() {
    let simulator = simulator(plan()).refuse_plain_csv(true).start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    let found = query(&session, r#"SELECT * FROM "Modules.Plan""#).await;
    assert_rows(&cells(&found), &plan_rows(), "Plan");
    assert_eq!(simulator.count("GET", DATA), 2);
    query(&session, r#"SELECT * FROM "Modules.Facts""#).await;
    assert_eq!(simulator.count("GET", DATA), 3);
}

#[tokio::test]
async fn cells_that_do_not_fit_name_module_column_line_and_the_way_out() {
    let model = Model::new("M").list(List::new("L").items(["a", "b"])).module(
        Module::new("Bad", vec![Dim::list("L")]).line_item(
            LineItem::new("Day", Format::Date).fill_with(|at| match at[0].position {
                0 => "2026-01-31".to_owned(),
                _ => "secret".to_owned(),
            }),
        ),
    );
    let simulator = start(tenant(model)).await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, r#"SELECT * FROM "Modules.Bad""#).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Data: module "Bad": line 3, column "Day": a date such as 2021-01-31 was expected
      hint: read every column as text with ColumnTypes=Text
    "#);
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ColumnTypes, "Text")
        .connect()
        .await
        .expect("the model is there");
    let found = query(&session, r#"SELECT "Day" FROM "Modules.Bad""#).await;
    assert_eq!(cells(&found), [[Cell::text("2026-01-31")], [Cell::text("secret")]]);
}

#[tokio::test]
async fn no_access_and_faults_are_told_and_what_passes_is_repeated() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("GET", DATA).times(2).status(503));
    simulator.expire_tokens();
    let found = query(&session, r#"SELECT * FROM "Modules.Plan""#).await;
    assert_rows(&cells(&found), &plan_rows(), "Plan");
    simulator.edit(|tenant| {
        if let Some(model) = tenant.model_mut("M") {
            model.no_access = true;
        }
    });
    let error = fail(&session, r#"SELECT * FROM "Modules.Plan""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("no access")), "{error:?}");
}

#[tokio::test]
async fn explain_tells_what_travels_how_many_cells_there_are_and_that_nothing_is_locked() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for sql in [
        r#"SELECT * FROM "Modules.Plan""#,
        r#"SELECT "Amount" FROM "Modules.Plan" WHERE "Versions" = 'Actual' AND "Amount" > 5"#,
        r#"SELECT "Amount" FROM "Modules.Plan" WHERE "Versions" IN ('Actual', 'Budget')
           AND "Sites" = 'Lyon' AND "Products" = 'Mug'"#,
        r#"SELECT "Amount" FROM "Modules.Plan" LIMIT 5"#,
    ] {
        let plan = show(&session, &format!("EXPLAIN {sql}")).await;
        let line = plan.lines().find(|line| line.contains("ModuleExec:"));
        all.push(line.unwrap_or_else(|| panic!("{plan}")).trim_matches(['|', ' ']).to_owned());
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    ModuleExec: module="Plan", model="M", projection=[Sites, Products, Time, Versions, Amount, Even?, Due, Note, Source], cells=4284, read=view, requests=5, locks_model=false
    ModuleExec: module="Plan", model="M", projection=[Versions, Amount], pages=[Versions=[Actual]], cells=4284, read=view, requests=6, locks_model=false
    ModuleExec: module="Plan", model="M", projection=[Sites, Products, Versions, Amount], pages=[Sites=[Lyon], Products=[Mug], Versions=[Actual, Budget]], cells=4284, read=pages, requests=7, locks_model=false
    ModuleExec: module="Plan", model="M", projection=[Amount], limit=5, cells=4284, read=view, requests=5, locks_model=false
    "#);
    assert_eq!(simulator.count("GET", DATA) + simulator.count("GET", VIEW_ITEMS), 0);
}

#[tokio::test]
async fn modules_are_listed_beside_exports_and_lists() {
    let simulator = start(tenant(plan())).await;
    let session = connect_to_model(&simulator).await;
    let tables = show(&session, "SHOW TABLES").await;
    for name in
        ["Modules.Plan ", "Modules.Plan.Target", "Modules.Odd.name \"x\"/😀", "Modules.Empty"]
    {
        assert!(tables.contains(name), "{tables}");
    }
    assert_eq!(simulator.count("GET", MODULES), 1);
    assert_eq!(simulator.count("GET", VIEW) + simulator.count("GET", LINE_ITEMS), 0);
    // With those of single line items, and without: nothing else tells them apart.
    assert_eq!(simulator.count("GET", "/2/0/models/*/views"), 2);
}

/// The demo's modules and exports are made of the same figures.
#[tokio::test]
async fn the_demos_revenue_plan_agrees_with_its_export() {
    let simulator = demo().await;
    let session: Session = connect_to(&simulator, "Finance", "Sales Planning").await;
    let tenant = simulator.tenant();
    let export = tenant.export("Sales Planning", "Revenue by Region").expect("the export");
    let mut expected: Vec<Vec<Cell>> = export
        .rows()
        .map(|row| {
            let revenue = row[3].parse().map_or(Cell::Null, Cell::Number);
            vec![Cell::text(&row[0]), Cell::text(&row[1]), Cell::text(&row[2]), revenue]
        })
        .filter(|row| !row[2].to_string().ends_with("26") || first_half(&row[2].to_string()))
        .collect();
    expected.sort_by_key(|row| row[..3].iter().map(ToString::to_string).collect::<Vec<_>>());
    let found = query(
        &session,
        r#"SELECT "Regions", "Products", "Time", "Revenue" FROM "Modules.REV02 Revenue Plan"
           WHERE "Versions" = 'Actual'
           AND ("Time" LIKE '%25' OR "Time" IN ('Jan 26','Feb 26','Mar 26','Apr 26','May 26','Jun 26'))
           ORDER BY 1, 2, 3"#,
    )
    .await;
    assert_rows(&cells(&found), &expected, "Revenue");
}

fn first_half(month: &str) -> bool {
    MONTHS[..6].contains(&month)
}
