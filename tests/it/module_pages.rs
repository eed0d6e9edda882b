//! Which pages of a module are read: those that filters name, those that a limit needs, or all.

use std::time::Duration;

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Fault, Item, LineItem, List, Model, Module, Scale, Simulator,
    SimulatorBuilder, Version, Workspace,
};
use anaplan_sql::{ErrorKind, Session};

use crate::support::{
    Cell, assert_rows, cells, connect_to_model, count_rows, fail, query, show, users,
};

const DATA: &str = "/2/0/models/*/views/*/data";
const READS: &str = "/2/0/models/*/views/*/readRequests";
const READ: &str = "/2/0/models/*/views/*/readRequests/*";
const PAGE: &str = "/2/0/models/*/views/*/readRequests/*/pages/*";
const LIST: &str = "/2/0/models/*/lists/*";

fn items(name: &str, count: usize) -> List {
    (0..count).fold(List::new(name).top_level(&format!("All {name}")), |list, number| {
        list.item(Item::new(&format!("{name} {number}")))
    })
}

/// A module of 351 times 201 pages of 12 rows, which are 1,199,367 cells with their sums, and one
/// of few pages over a list and a numbered one.
fn model() -> Model {
    let codes = ["Beans", "Mug"].iter().enumerate();
    let numbered = codes.fold(List::numbered("Goods"), |list, (number, label)| {
        list.item(Item::new("").code(&format!("G{number}")).display(label))
    });
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget").current())
        .list(items("A", 350))
        .list(items("B", 200))
        .list(items("Region", 5))
        .list(numbered)
        .module(
            Module::new("Big", vec![Dim::list("A"), Dim::list("B"), Dim::Time(Scale::Month)])
                .line_item(
                    LineItem::number("One")
                        .fill_with(|at| format!("{}", at[0].position * 1000 + at[1].position)),
                ),
        )
        .module(
            Module::new(
                "Small",
                vec![
                    Dim::list("Region"),
                    Dim::list("Goods"),
                    Dim::Time(Scale::Month),
                    Dim::Versions,
                ],
            )
            .line_item(LineItem::number("One").fill_with(|at| at[0].position.to_string())),
        )
}

fn builder() -> SimulatorBuilder {
    let tenant = users().workspace(Workspace::new("W").model(model()));
    Simulator::builder(tenant).task_time(Duration::ZERO, Duration::ZERO)
}

async fn connected() -> (Simulator, Session) {
    let simulator = builder().start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

/// The first rows of the large module.
fn first_rows(count: usize) -> Vec<Vec<Cell>> {
    let row = |number: usize| {
        let (a, b) = (number / 12 / 200, number / 12 % 200);
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        let value = (a * 1000 + b) as f64;
        vec![Cell::Text(format!("A {a}")), Cell::Text(format!("B {b}")), Cell::Number(value)]
    };
    (0..count).map(row).collect()
}

/// How many pages were fetched singly, large reads started, their pages fetched, and deleted.
async fn asked(simulator: &Simulator, session: &Session) -> [usize; 4] {
    session.settle(Duration::from_secs(20)).await;
    [("GET", DATA), ("POST", READS), ("GET", PAGE), ("DELETE", READ)]
        .map(|(method, path)| simulator.count(method, path))
}

#[tokio::test]
async fn a_limit_walks_pages_while_they_are_few_and_else_ends_a_large_read_early() {
    let (simulator, session) = connected().await;
    for (limit, pages, large) in [(1, 1, 0), (12, 1, 0), (30, 3, 0), (768, 64, 0), (769, 1, 1)] {
        simulator.clear_requests();
        let sql = format!(r#"SELECT "A", "B", "One" FROM "Modules.Big" LIMIT {limit}"#);
        let found = cells(&query(&session, &sql).await);
        assert_rows(&found, &first_rows(limit), &sql);
        let [singly, reads, parts, deleted] = asked(&simulator, &session).await;
        // One page may be fetched ahead.
        assert!((pages..=pages + 1).contains(&singly), "{singly} pages for {limit} rows");
        assert_eq!((reads, deleted), (large, large), "{limit} rows");
        assert!(parts <= 3 * large, "{parts} parts for {limit} rows");
    }
    simulator.clear_requests();
    assert_eq!(count_rows(&session, r#"SELECT "A" FROM "Modules.Big" LIMIT 20000"#).await, 20_000);
    let [singly, reads, parts, deleted] = asked(&simulator, &session).await;
    // 10,000 lines are on each of some 8 parts, 12 rows on each line.
    assert!(singly == 1 && reads == 1 && deleted == 1 && parts <= 3, "{singly} {reads} {parts}");
}

#[tokio::test]
async fn plans_tell_whether_pages_or_a_large_read_come() {
    let (simulator, session) = connected().await;
    let mut all = Vec::new();
    for sql in [
        r#"SELECT "One" FROM "Modules.Big" LIMIT 64"#,
        r#"SELECT "One" FROM "Modules.Big" LIMIT 65"#,
        r#"SELECT "One" FROM "Modules.Big""#,
        r#"SELECT "One" FROM "Modules.Big" WHERE "A" IN ('A 1', 'A 2')"#,
    ] {
        let plan = show(&session, &format!("EXPLAIN {sql}")).await;
        let line = plan.lines().find(|line| line.contains("ModuleExec:"));
        all.push(line.unwrap_or_else(|| panic!("{plan}")).trim_matches(['|', ' ']).to_owned());
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    ModuleExec: module="Big", model="M", projection=[One], limit=64, cells=1199367, read=pages, requests=5+, locks_model=false
    ModuleExec: module="Big", model="M", projection=[One], limit=65, cells=1199367, read=pages or large, requests=5+, locks_model=false
    ModuleExec: module="Big", model="M", projection=[One], cells=1199367, read=large, requests=8+, locks_model=false
    ModuleExec: module="Big", model="M", projection=[A, One], pages=[A=[A 1, A 2]], cells=1199367, read=large, requests=8+, locks_model=false
    "#);
    assert_eq!(asked(&simulator, &session).await, [0; 4]);
}

#[tokio::test]
async fn a_label_that_nobody_has_costs_nothing_and_hides_nothing() {
    let (simulator, session) = connected().await;
    // The condition, its rows, and how many pages or views are read.
    for (condition, rows, read) in [
        (
            r#""Region" IN ('Region 1', 'Typo') AND "Goods" = 'Mug' AND "Versions" = 'Budget'"#,
            12,
            1,
        ),
        (r#""Region" = 'Typo' AND "Goods" = 'Mug' AND "Versions" = 'Budget'"#, 0, 0),
        (r#""Region" = 'Typo'"#, 0, 0),
        (r#""Region" IN ('region 1', 'Region 2')"#, 48, 1),
        (r#""Versions" IN ('Nobody''s', 'Budget') AND "Region" = 'Region 3'"#, 24, 1),
        // Items of numbered lists may be shown under other names: that is looked up in the cells.
        (r#""Goods" = 'Typo'"#, 0, 1),
        (r#""Goods" IN ('Beans', 'Typo')"#, 120, 1),
    ] {
        simulator.clear_requests();
        let sql = format!(r#"SELECT "One" FROM "Modules.Small" WHERE {condition}"#);
        assert_eq!(count_rows(&session, &sql).await, rows, "{sql}");
        assert_eq!(asked(&simulator, &session).await, [read, 0, 0, 0], "{sql}");
    }
    // What a list is, is asked once in a session.
    simulator.clear_requests();
    assert_eq!(
        count_rows(&session, r#"SELECT "One" FROM "Modules.Small" WHERE "Region" = 'No'"#).await,
        0
    );
    assert_eq!(simulator.count("GET", LIST), 0);
}

#[tokio::test]
async fn a_refusal_for_another_reason_than_size_is_told_in_the_services_words() {
    let (simulator, session) = connected().await;
    let refuse = |message: &str| {
        let body = format!(r#"{{"status":{{"code":400,"message":"{message}"}}}}"#);
        Fault::on("GET", DATA).times(1).status(400).body("application/json", body)
    };
    let sql = r#"SELECT "One" FROM "Modules.Small""#;
    simulator.inject(refuse("The view can't be rendered"));
    let error = fail(&session, sql).await;
    assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
    assert!(format!("{error:?}").contains("The view can't be rendered"), "{error:?}");
    assert_eq!(asked(&simulator, &session).await, [1, 0, 0, 0]);
    // Nobody has shown the words for too many cells, so that no words count as these.
    for message in ["The cell count exceeds 1,000,000", "Bad Request"] {
        simulator.clear_requests();
        simulator.inject(refuse(message));
        assert_eq!(count_rows(&session, sql).await, 240, "{message}");
        let [singly, reads, _, deleted] = asked(&simulator, &session).await;
        assert_eq!([singly, reads, deleted], [1, 1, 1], "{message}");
    }
}

#[tokio::test]
async fn what_a_join_finds_chooses_pages() {
    let (simulator, session) = connected().await;
    // The statement, its rows, how many answers and large reads there are, and the items selected.
    for (sql, rows, [answers, reads], selected) in [
        (
            r#"SELECT m."One" FROM (VALUES ('Region 1')) w(r) JOIN "Modules.Small" m
               ON m."Region" = w.r"#,
            48,
            [1, 0],
            1,
        ),
        (
            r#"SELECT "One" FROM "Modules.Small" WHERE "Region" IN
               (SELECT name FROM "Lists.Region" WHERE name LIKE '%4')"#,
            48,
            [1, 0],
            1,
        ),
        (
            r#"SELECT "One" FROM "Modules.Small" WHERE "Region" IN
               (SELECT name FROM "Lists.Region" WHERE name = 'Typo')"#,
            0,
            [0, 0],
            0,
        ),
        // An item on each page dimension, of more than a million cells.
        (
            r#"SELECT m."One" FROM (VALUES ('A 7', 'B 9')) w(a, b) JOIN "Modules.Big" m
               ON m."A" = w.a AND m."B" = w.b"#,
            12,
            [1, 0],
            2,
        ),
        // Items of numbered lists may have other names than the labels that are joined.
        (
            r#"SELECT m."One" FROM (VALUES ('Mug')) w(g) JOIN "Modules.Small" m ON m."Goods" = w.g"#,
            120,
            [1, 0],
            0,
        ),
        // Rows without a partner are wanted too.
        (
            r#"SELECT m."One" FROM "Modules.Small" m LEFT JOIN (VALUES ('Region 1')) w(r)
               ON m."Region" = w.r"#,
            240,
            [1, 0],
            0,
        ),
    ] {
        simulator.clear_requests();
        assert_eq!(count_rows(&session, sql).await, rows, "{sql}");
        let [singly, large, ..] = asked(&simulator, &session).await;
        assert_eq!([singly, large], [answers, reads], "{sql}");
        let queries = simulator.requests().into_iter().filter(|it| it.path.ends_with("/data"));
        let queries: Vec<String> = queries.filter_map(|it| it.query).collect();
        let pages = queries.iter().flat_map(|query| query.split('&'));
        let pages: Vec<&str> = pages.filter_map(|pair| pair.strip_prefix("pages=")).collect();
        let items: usize = pages.iter().map(|it| it.replace("%2C", ",").split(',').count()).sum();
        assert_eq!(items, selected, "{sql}: {queries:?}");
    }
}
