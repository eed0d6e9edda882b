//! What goes wrong with large reads: at their start, when they are looked at, at a page, and when they
//! are deleted. None stays behind.

use std::time::Duration;

use anaplan_sql::simulator::{
    Dim, Fault, Format, Item, LineItem, List, Model, Module, Simulator, Workspace,
};
use anaplan_sql::{Key, Session};
use datafusion::arrow::array::RecordBatch;

use crate::support::{builder, count_rows, fail, query, try_query, users};

/// A list and a module that are too large for one answer.
async fn start() -> Simulator {
    let list = (0..500).fold(List::new("Long").property("Number", Format::number()), |list, n| {
        list.item(Item::new(&format!("Item {n}")).properties(&[n.to_string()]))
    });
    let module = Module::new("Wide", vec![Dim::list("Long")])
        .line_item(LineItem::number("One").fill_with(|at| at[0].position.to_string()));
    let model = Model::new("M").list(list).module(module);
    Simulator::builder(users().workspace(Workspace::new("W").model(model)))
        .task_time(Duration::ZERO, Duration::ZERO)
        .item_limit(100)
        .cell_limit(100)
        .read_page_rows(100)
        .start()
        .await
        .expect("a free port")
}

async fn session(simulator: &Simulator) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "1")
        .set(Key::Summaries, "Include")
        .connect()
        .await
        .expect("the model is there")
}

const LIST: &str = r#"SELECT name, "Number" FROM "Lists.Long""#;
/// Nothing but the view is read.
const MODULE: &str = r#"SELECT "One" FROM "Modules.Wide""#;
const KINDS: [(&str, &str); 2] = [(LIST, "lists"), (MODULE, "views")];

fn path(kind: &str, end: &str) -> String {
    format!("/2/0/models/*/{kind}/*/readRequests{end}")
}

/// What is wrong, whether the rows come all the same, how many reads are started and how often they
/// are deleted.
type Case = (&'static str, &'static str, fn(Fault) -> Fault, bool, [usize; 2]);

#[rustfmt::skip]
const CASES: [Case; 26] = [
    // A start is never repeated: it may have begun.
    ("POST", "", |it| it.status(400), false, [1, 0]),
    ("POST", "", |it| it.status(404), false, [1, 0]),
    ("POST", "", |it| it.status(409), false, [1, 0]),
    ("POST", "", |it| it.status(500), false, [1, 0]),
    ("POST", "", |it| it.lose_answer(), false, [1, 0]),
    // This one has not.
    ("POST", "", |it| it.status(429).header("Retry-After", "0"), true, [2, 1]),
    ("POST", "", |it| it.expired_token(), true, [2, 1]),
    ("GET", "/*", |it| it.status(400), false, [1, 1]),
    ("GET", "/*", |it| it.status(404), false, [1, 1]),
    ("GET", "/*", |it| it.status(409), false, [1, 1]),
    ("GET", "/*", |it| it.status(500), true, [1, 1]),
    ("GET", "/*", |it| it.reset(), true, [1, 1]),
    ("GET", "/*", |it| it.status(500).forever(), false, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).status(400), false, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).status(404), false, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).status(409), false, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).status(500), true, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).truncate_body(20), true, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).expired_token(), true, [1, 1]),
    ("GET", "/*/pages/*", |it| it.skip(2).status(503).forever(), false, [1, 1]),
    // Whatever becomes of the deletion, the rows are there.
    ("DELETE", "/*", |it| it.status(400), true, [1, 1]),
    ("DELETE", "/*", |it| it.status(404), true, [1, 1]),
    ("DELETE", "/*", |it| it.status(409), true, [1, 1]),
    ("DELETE", "/*", |it| it.status(500), true, [1, 2]),
    ("DELETE", "/*", |it| it.lose_answer(), true, [1, 2]),
    ("DELETE", "/*", |it| it.status(500).forever(), true, [1, 2]),
];

#[tokio::test]
async fn every_fault_is_told_or_mended_and_no_read_is_left() {
    let simulator = start().await;
    for (sql, kind) in KINDS {
        for (number, (method, end, fault, comes, asked)) in CASES.into_iter().enumerate() {
            let what = format!("{method} {kind}{end}, case {number}");
            let session = session(&simulator).await;
            simulator.inject(fault(Fault::on(method, &path(kind, end)).times(1)));
            simulator.clear_requests();
            let rows = try_query(&session, sql).await;
            session.settle(Duration::from_secs(20)).await;
            simulator.clear_faults();
            match rows {
                Ok(rows) => {
                    assert!(comes, "{what}");
                    assert_eq!(rows.iter().map(|it| it.num_rows()).sum::<usize>(), 500, "{what}");
                }
                Err(error) => assert!(!comes, "{what}: {error:?}"),
            }
            let found = [("POST", ""), ("DELETE", "/*")]
                .map(|(method, end)| simulator.count(method, &path(kind, end)));
            assert_eq!(found, asked, "{what}");
        }
    }
}

#[tokio::test]
async fn reads_at_the_same_time_are_each_their_own() {
    let simulator = start().await;
    let (first, second) = (session(&simulator).await, session(&simulator).await);
    for (sql, kind) in KINDS {
        simulator.clear_requests();
        // One of them ends early.
        let limited = format!("{sql} LIMIT 150");
        let (whole, part) = tokio::join!(query(&first, sql), query(&second, &limited));
        let count =
            |rows: &[RecordBatch]| -> usize { rows.iter().map(RecordBatch::num_rows).sum() };
        assert_eq!((count(&whole), count(&part)), (500, 150), "{sql}");
        for session in [&first, &second] {
            session.settle(Duration::from_secs(20)).await;
        }
        let reads = [("POST", ""), ("DELETE", "/*")]
            .map(|(method, end)| simulator.count(method, &path(kind, end)));
        assert_eq!(reads, [2, 2], "{sql}");
    }
}

#[tokio::test]
async fn a_read_that_says_it_is_complete_but_not_how_long_it_is_gives_no_rows_for_all() {
    let simulator = start().await;
    let session = session(&simulator).await;
    for (sql, kind) in KINDS {
        let answer = format!(
            r#"{{"{}ReadRequest":{{"requestId":"R","requestState":"COMPLETE","successful":true}}}}"#,
            &kind[..4]
        );
        let look = Fault::on("GET", &path(kind, "/*")).status(200).forever();
        simulator.inject(look.body("application/json", answer));
        let error = fail(&session, sql).await;
        assert!(format!("{error:?}").contains("how many pages"), "{error:?}");
        simulator.clear_faults();
        assert_eq!(count_rows(&session, sql).await, 500);
    }
}
