//! Answers that get lost, come late or say no.

use anaplan_sql::simulator::{Dim, Fault, Fill, Item, LineItem, List, Model, Module, Simulator};
use anaplan_sql::{ErrorKind, Key};

use super::{DATA, WRITES, connect_with, serve, start, update};
use crate::support::{Cell, cells, connect_to_model, fail, query, until};

const ITEMS: usize = 250_000;

/// A module that takes three calls.
async fn large() -> Simulator {
    let list = (0..ITEMS).fold(List::new("L"), |list, n| list.item(Item::new(&format!("i{n}"))));
    let module = Module::new("Wide", vec![Dim::list("L")])
        .line_item(LineItem::number("N").fill(Fill::Value("1".to_owned())));
    serve(Model::new("M").list(list).module(module)).await
}

fn written(simulator: &Simulator) -> usize {
    super::written(simulator, "Wide").get("N").copied().unwrap_or_default()
}

const SET: &str = r#"UPDATE "Modules.Wide" SET "N" = 2"#;

/// Sets three cells by one call.
const SET_THREE: &str = r#"UPDATE "Modules.Odd.name ""x""/😀" SET "Price, ""net""." = 2"#;

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_sent_again() {
    for fault in
        [Fault::on("POST", WRITES).lose_answer(), Fault::on("POST", WRITES).truncate_body(20)]
    {
        let simulator = start().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        let row = cells(&query(&session, SET_THREE).await).remove(0);
        // Nobody knows what the lost answer told, and nobody pretends to.
        assert_eq!(row[..4], [Cell::Null, Cell::Null, Cell::Number(0.0), Cell::Number(0.0)]);
        let details = "3 cells have their new values, and an answer was lost that said how many of \
                       them had others before";
        assert_eq!(row[4], Cell::text(details));
        assert_eq!(simulator.count("POST", WRITES), 2);
        let name = "Odd.name \"x\"/😀";
        assert_eq!(super::values(&simulator, name, "Price, \"net\"."), ["2", "2", "2"]);
    }
}

#[tokio::test]
async fn a_call_that_did_not_come_is_counted_when_it_is_sent_again() {
    for fault in [
        Fault::on("POST", WRITES).reset(),
        Fault::on("POST", WRITES).bad_json(),
        Fault::on("POST", WRITES).html(),
    ] {
        let simulator = start().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        assert_eq!(update(&session, SET_THREE).await, ([3, 0, 0, 0], None));
        assert_eq!(simulator.count("POST", WRITES), 2);
    }
}

#[tokio::test]
async fn pages_for_people_are_no_rows_to_write() {
    for path in [DATA, "/2/0/models/*/lists/*/items"] {
        let simulator = start().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(Fault::on("GET", path).html());
        let error = fail(&session, r#"UPDATE "Modules.Plan" SET "Amount" = 5"#).await;
        assert!(format!("{error:?}").contains("is not a file but text/html"), "{path}: {error:?}");
        assert_eq!(simulator.count("POST", WRITES), 0, "{path}");
    }
}

#[tokio::test]
async fn answers_that_get_lost_again_and_again_say_what_to_do() {
    let simulator = large().await;
    let session = connect_with(&simulator, Key::MaxRetries, "1").await;
    simulator.inject(Fault::on("POST", WRITES).forever().lose_answer());
    let error = fail(&session, SET).await;
    assert_eq!(error.to_string(), "the cells of \"Wide\" can't be written");
    let cause = &error.causes()[0];
    assert_eq!(cause, "no answer came: nobody knows whether the next 100000 cells were written");
    assert!(
        error.hint().is_some_and(|hint| hint.contains("read the cells before you run it again")),
        "{error:?}"
    );
}

#[tokio::test]
async fn that_a_call_is_refused_when_it_is_sent_again_says_nothing_of_the_first_time() {
    for status in [403, 404, 423] {
        let simulator = start().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(Fault::on("POST", WRITES).lose_answer());
        simulator.inject(Fault::on("POST", WRITES).status(status));
        let error = fail(&session, SET_THREE).await;
        let cause = &error.causes()[0];
        assert_eq!(cause, "no answer came: nobody knows whether the next 3 cells were written");
        assert!(error.hint().is_some_and(|hint| hint.contains("read the cells")), "{error:?}");
        assert_eq!(simulator.count("POST", WRITES), 2);
        let name = "Odd.name \"x\"/😀";
        assert_eq!(super::values(&simulator, name, "Price, \"net\"."), ["2", "2", "2"]);
    }
}

#[tokio::test]
async fn passing_faults_are_waited_for() {
    let simulator = large().await;
    let session = connect_to_model(&simulator).await;
    // One after the other, each at the next request.
    simulator.inject(Fault::on("POST", WRITES).status(503));
    simulator.inject(Fault::on("POST", WRITES).status(429).header("Retry-After", "0"));
    simulator.inject(Fault::on("POST", WRITES).reset());
    simulator.inject(Fault::on("POST", WRITES).expired_token());
    let (counts, _) = update(&session, SET).await;
    assert_eq!(counts, [250_000, 0, 0, 0]);
    assert_eq!(simulator.count("POST", WRITES), 7);
    assert_eq!(written(&simulator), ITEMS);
}

#[tokio::test]
async fn a_call_that_fails_for_good_ends_it_and_says_what_was_written() {
    for (fault, kind) in [
        (Fault::on("POST", WRITES).status(423), ErrorKind::Service),
        (Fault::on("POST", WRITES).status(403), ErrorKind::Denied),
    ] {
        let simulator = large().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault.skip(1));
        let error = fail(&session, SET).await;
        assert_eq!(error.kind(), kind);
        let text = error.to_string();
        assert_eq!(text, "after 100000 cells of \"Wide\" the others can't be written");
        assert_eq!(simulator.count("POST", WRITES), 2, "nothing is sent after it");
        assert!(written(&simulator) >= 100_000);
    }
}

#[tokio::test]
async fn an_answer_that_can_not_be_is_an_error() {
    let simulator = large().await;
    let session = connect_to_model(&simulator).await;
    for body in [
        r#"{"numberOfCellsChanged":100001}"#,
        r#"{"numberOfCellsChanged":1,"failures":[{"requestIndex":100000}]}"#,
    ] {
        let fault = Fault::on("POST", WRITES).status(200).body("application/json", body);
        simulator.inject(fault);
        let error = fail(&session, SET).await;
        assert_eq!(error.kind(), ErrorKind::Service);
        assert_eq!(error.to_string(), "the cells of \"Wide\" can't be written");
    }
    assert_eq!(simulator.count("POST", WRITES), 2);
}

#[tokio::test]
async fn whoever_stops_listening_stops_the_writing() {
    let simulator = large().await;
    let session = connect_to_model(&simulator).await;
    let late = std::time::Duration::from_secs(3600);
    simulator.inject(Fault::on("POST", WRITES).skip(1).delay(late));
    let frame = session.sql(SET).await.expect("a plan");
    let run = tokio::spawn(frame.collect());
    until(|| simulator.count("POST", WRITES) == 2).await;
    run.abort();
    run.await.expect_err("it was stopped");
    assert_eq!(simulator.count("POST", WRITES), 2);
    assert_eq!(written(&simulator), 100_000);
}
