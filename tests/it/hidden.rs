//! Line items that a module's default view hides.

use std::time::Duration;

use anaplan_sql::simulator::{
    Calendar, CalendarKind, Dim, Fault, Format, Item, LineItem, List, Model, Module, Scale,
    Simulator, SimulatorBuilder, Version, Workspace,
};
use anaplan_sql::{ErrorKind, Key, Session};
use datafusion::arrow::array::RecordBatch;

use crate::support::{
    assert_rows, builder, cells, columns, connect_to_model, count_rows, fail, query, show, users,
};

const VIEW: &str = "/2/0/models/*/views/*";
const DATA: &str = "/2/0/models/*/views/*/data";
const LINE_ITEMS: &str = "/2/0/models/*/modules/*/lineItems";
const READS: &str = "/2/0/models/*/views/*/readRequests";
const READ: &str = "/2/0/models/*/views/*/readRequests/*";

/// Three modules whose line items stand on rows, across, and on rows alone. Sites are below
/// countries, one of which has the name of a site; goods are numbered, and two share a label.
fn model(hides: bool) -> Model {
    let sites = ["Hamburg", "Lyon", "Singapore"].iter().zip(["Germany", "France", "Singapore"]);
    let sites = sites.fold(List::new("Sites").parent("Countries"), |list, (site, country)| {
        list.item(Item::new(site).parent(country))
    });
    let goods = ["Beans", "Mug", "Beans"].iter().enumerate();
    let goods = goods.fold(List::numbered("Goods"), |list, (number, label)| {
        list.item(Item::new("").code(&format!("G{number}")).display(label))
    });
    let fill = |factor: usize| {
        move |at: &[anaplan_sql::simulator::Place<'_>]| {
            let place = at.iter().fold(0, |sum, it| sum * 20 + it.position);
            (place * factor).to_string()
        }
    };
    let hide = |item: LineItem| if hides { item.hidden() } else { item };
    let filled = |module: Module| {
        module
            .line_item(LineItem::number("One").fill_with(fill(1)))
            .line_item(hide(LineItem::number("Two").fill_with(fill(2))))
            .line_item(hide(LineItem::new("Three", Format::text()).fill_with(fill(3))))
            .line_item(hide(LineItem::new("Heading", Format::None)))
    };
    let dims = || vec![Dim::list("Sites"), Dim::list("Goods")];
    Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2026, 0, 0))
        .version(Version::new("Actual").actual())
        .version(Version::new("Budget").current())
        .list(
            ["Germany", "France", "Singapore"]
                .iter()
                .fold(List::new("Countries").top_level("World"), |list, name| {
                    list.item(Item::new(name))
                }),
        )
        .list(sites)
        .list(goods)
        .module(filled(Module::new(
            "Down",
            [dims(), vec![Dim::Time(Scale::Month), Dim::Versions]].concat(),
        )))
        .module(filled(Module::new("Across", dims())))
        .module(filled(Module::new("Alone", Vec::new())))
}

fn simulator(hides: bool) -> SimulatorBuilder {
    let tenant = users().workspace(Workspace::new("W").model(model(hides)));
    Simulator::builder(tenant).task_time(Duration::ZERO, Duration::ZERO)
}

async fn session(hides: bool) -> (Simulator, Session) {
    let simulator = simulator(hides).start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

const QUERIES: [&str; 9] = [
    r#"SELECT * FROM "Modules.Down""#,
    r#"SELECT * FROM "Modules.Across""#,
    r#"SELECT * FROM "Modules.Alone""#,
    r#"SELECT "Two" FROM "Modules.Down" LIMIT 7"#,
    r#"SELECT "Three", "Time", "One" FROM "Modules.Down" WHERE "Sites" = 'Singapore'"#,
    r#"SELECT "Three", "Two", "One" FROM "Modules.Down"
       WHERE "Sites" IN ('Lyon', 'Hamburg') AND "Goods" = 'Beans' AND "Versions" = 'Budget'"#,
    r#"SELECT * FROM "Modules.Down"
       WHERE "Sites" = 'Lyon' AND "Goods" = 'Mug' AND "Versions" = 'Budget'"#,
    r#"SELECT "Two" FROM "Modules.Across" WHERE "Goods" = 'Typo'"#,
    r#"SELECT a."Two", b."One", b."Three" FROM "Modules.Across" a JOIN "Modules.Down" b
       ON a."Sites" = b."Sites" AND a."Goods" = b."Goods" WHERE b."Time" = 'Mar 26'
       ORDER BY 1, 2, 3"#,
];

#[tokio::test]
async fn hidden_line_items_are_read_by_views_of_their_own() {
    let (shown, _) = session(false).await;
    let (hidden, _) = session(true).await;
    for (summaries, size) in [("Exclude", "8192"), ("Include", "7")] {
        let connected = async |simulator: &Simulator| {
            let builder = builder(simulator)
                .set(Key::Workspace, "W")
                .set(Key::Model, "M")
                .set(Key::Summaries, summaries)
                .set(Key::BatchSize, size);
            builder.connect().await.expect("the model is there")
        };
        let (expected, found) = (connected(&shown).await, connected(&hidden).await);
        for sql in QUERIES {
            // As long as nobody knows, and then.
            for _ in 0..2 {
                let (expected, found) = (query(&expected, sql).await, query(&found, sql).await);
                let schema = |rows: &[RecordBatch]| rows.first().map(|it| columns(&it.schema()));
                assert_eq!(schema(&found), schema(&expected));
                let (mut expected, mut found) = (cells(&expected), cells(&found));
                if sql.contains("WHERE") {
                    // Behind a filter they come in no order.
                    for rows in [&mut expected, &mut found] {
                        rows.sort_by_key(|row| format!("{row:?}"));
                    }
                }
                assert_rows(&found, &expected, sql);
            }
        }
    }
}

#[tokio::test]
async fn each_costs_what_its_view_costs_and_others_nothing() {
    let (simulator, session) = session(true).await;
    // The statement, how often axes, line items and cells are read.
    for (sql, views, items, data) in [
        (r#"SELECT "One" FROM "Modules.Down""#, 1, 1, 1),
        // The view that hides it is read in vain, once.
        (r#"SELECT "Two" FROM "Modules.Down""#, 2, 1, 2),
        (r#"SELECT "Two" FROM "Modules.Down""#, 0, 0, 1),
        (r#"SELECT "One", "Two" FROM "Modules.Down""#, 0, 0, 2),
        (r#"SELECT * FROM "Modules.Down""#, 1, 0, 3),
        (r#"SELECT count(*) FROM "Modules.Down""#, 0, 0, 1),
        (r#"SELECT "One", "Heading" FROM "Modules.Down""#, 0, 0, 1),
    ] {
        simulator.clear_requests();
        query(&session, sql).await;
        let found = [VIEW, LINE_ITEMS, DATA].map(|path| simulator.count("GET", path));
        assert_eq!(found, [views, items, data], "{sql}");
    }
    let plan = show(&session, r#"EXPLAIN SELECT "One", "Two" FROM "Modules.Down""#).await;
    assert!(plan.contains("apart=[Two], requests=10+, "), "{plan}");
    query(&session, "REFRESH METADATA").await;
    let plan = show(&session, r#"EXPLAIN SELECT "One", "Two" FROM "Modules.Down""#).await;
    assert!(!plan.contains("apart="), "{plan}");
}

#[tokio::test]
async fn views_that_are_too_large_for_one_answer_come_by_large_reads_that_are_deleted() {
    let simulator = simulator(true).cell_limit(100).read_page_rows(50).start().await;
    let simulator = simulator.expect("a free port");
    let session = connect_to_model(&simulator).await;
    let (_shown, expected) = self::session(false).await;
    let sql = QUERIES[0];
    for _ in 0..2 {
        let (found, expected) = (query(&session, sql).await, query(&expected, sql).await);
        assert_rows(&cells(&found), &cells(&expected), sql);
    }
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Modules.Down" LIMIT 3"#).await, 3);
    session.settle(Duration::from_secs(20)).await;
    assert_eq!(simulator.count("POST", READS), simulator.count("DELETE", READ));
    assert!(simulator.count("POST", READS) > 3);
}

#[tokio::test]
async fn where_the_service_gives_no_view_only_statements_that_need_it_fail() {
    let refuses = simulator(true).no_hidden_views(true).start().await.expect("a free port");
    let absent = simulator(true).start().await.expect("a free port");
    for simulator in [&refuses, &absent] {
        let session = connect_to_model(simulator).await;
        let others = r#"SELECT "Sites", "One" FROM "Modules.Down""#;
        let rows = count_rows(&session, others).await;
        // The default view's axes are looked at before.
        absent.inject(Fault::on("GET", VIEW).skip(1).status(404).forever());
        for sql in [r#"SELECT * FROM "Modules.Down""#, r#"SELECT max("Two") FROM "Modules.Down""#] {
            for _ in 0..2 {
                let error = fail(&session, sql).await;
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
                assert_eq!(
                    error.to_string(),
                    "line item \"Two\" can't be read: the default view of module \"Down\" hides \
                     it, and the service gives no view of it alone"
                );
                assert!(error.hint().is_some_and(|it| it.contains("saved view")), "{error:?}");
            }
        }
        assert_eq!(count_rows(&session, others).await, rows);
        absent.clear_faults();
    }
}

#[tokio::test]
async fn views_that_show_other_rows_mix_nothing_up() {
    let (simulator, session) = session(true).await;
    let sql = r#"SELECT "One", "Two" FROM "Modules.Across""#;
    assert_eq!(count_rows(&session, sql).await, 9);
    let own = r#"SELECT id FROM information.line_items
                 WHERE module_name = 'Across' AND name = 'Two' AND model_name = 'M'"#;
    let id = cells(&query(&session, own).await).remove(0).remove(0).to_string();
    let rows = |sites: &[&str]| {
        let lines = sites
            .iter()
            .flat_map(|site| ["Beans", "Mug", "Beans"].map(|good| format!("{good},{site},1\n")));
        format!("Goods,Sites,Two\n{}", lines.collect::<String>())
    };
    for sites in [&["Hamburg", "Lyon"][..], &["Lyon", "Hamburg", "Singapore"], &[]] {
        let path = format!("/2/0/models/*/views/{id}/data");
        let fault = Fault::on("GET", &path).status(200).body("text/csv", rows(sites)).forever();
        simulator.inject(fault);
        let error = fail(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::Data, "{error:?}");
        simulator.clear_faults();
    }
    assert_eq!(count_rows(&session, sql).await, 9);
}
