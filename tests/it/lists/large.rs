//! Lists that are too long for one answer.

use super::*;

/// A session over a list that is too long for one answer.
async fn too_long(builder: SimulatorBuilder) -> (Simulator, Session) {
    let builder = builder.item_limit(100).read_page_rows(300);
    let simulator = builder.start().await.expect("a free port");
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

const LARGE: &str = r#"SELECT id, name, "Number" FROM "Lists.Large""#;

#[tokio::test]
async fn a_list_that_is_too_long_for_one_answer_is_read_in_pages() {
    for repeat in [false, true] {
        let builder = simulator([many("Large", 1000)]).repeat_read_header(repeat);
        let (simulator, session) = too_long(builder).await;
        let found = cells(&query(&session, LARGE).await);
        assert_eq!(found.len(), 1000);
        for (number, row) in found.iter().enumerate() {
            assert_eq!(row[1], Cell::text(&format!("Item {number}")));
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let expected = Cell::Number(number as f64);
            assert_eq!(row[2], expected);
        }
        assert_eq!(simulator.count("POST", READS), 1);
        assert_eq!(simulator.count("GET", PAGE), 4);
        assert_eq!(simulator.count("DELETE", READ), 1);
    }
}

#[tokio::test]
async fn pages_are_fetched_while_others_are_made() {
    let builder = simulator([many("Large", 1000)])
        .task_time(Duration::from_millis(50), Duration::from_millis(400));
    let (simulator, session) = too_long(builder).await;
    assert_eq!(count_rows(&session, LARGE).await, 1000);
    let requests = simulator.requests();
    let place = |path: &str| {
        let mut all = requests.iter().enumerate().filter(|(_, it)| it.path.ends_with(path));
        all.next().map(|(place, _)| place)
    };
    let first = place("/pages/0").expect("a page");
    let last_look = requests
        .iter()
        .rposition(|it| it.method == "GET" && !it.path.contains("/pages/"))
        .expect("a look");
    assert!(first < last_look, "the first page came before the read was complete");
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_large_read_is_deleted_when_nobody_wants_more_of_it() {
    let (simulator, session) = too_long(simulator([many("Large", 2500)])).await;
    let sql = format!("{LARGE} LIMIT 1100");
    assert_eq!(count_rows(&session, &sql).await, 1100);
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
    assert!(simulator.count("GET", PAGE) < 9, "not all pages are fetched");

    simulator.clear_requests();
    let mut rows = session.sql(LARGE).await.expect("a plan").execute_stream().await.expect("it");
    assert!(rows.next().await.is_some());
    drop(rows);
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_large_read_that_fails_is_deleted_and_fails_the_query() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    let told = async || {
        simulator.clear_requests();
        let error = fail(&session, LARGE).await;
        session.settle(Duration::from_secs(5)).await;
        assert_eq!(simulator.count("DELETE", READ), 1, "{error:?}");
        let mut text = format!("{error:?}");
        let ids = simulator.requests().into_iter().find(|it| it.path.contains("/readRequests/"));
        let id = ids.map(|it| it.path.split('/').nth(10).unwrap_or_default().to_owned());
        text = text.replace(&id.unwrap_or_default(), "READ");
        let tenant = simulator.tenant();
        text = text.replace(&tenant.find_model("M").expect("M").id, "M");
        text.replace(&tenant.find_workspace("W").expect("W").id, "W")
    };
    let mut all = Vec::new();
    simulator.fail_reads(1);
    all.push(told().await);
    simulator.inject(Fault::on("GET", PAGE).skip(2).forever().status(403));
    all.push(told().await);
    simulator.clear_faults();
    simulator.inject(Fault::on("GET", PAGE).skip(1).forever().status(404));
    all.push(told().await);
    simulator.clear_faults();
    let cancelled = r#"{"listReadRequest":{"requestId":"READ","requestState":"CANCELLED"}}"#;
    simulator.inject(Fault::on("GET", READ).status(200).body("application/json", cancelled));
    all.push(told().await);
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    Task: the items of list "Large" can't be read
      caused by: the large read of list "Large" did not succeed
      hint: run the query again; the read's id is READ, which Anaplan's support may ask for

    Denied: the items of list "Large" can't be read
      caused by: page 3 of the large read of list "Large" can't be fetched
      caused by: GET /2/0/workspaces/W/models/M/lists/101000000001/readRequests/READ/pages/2 answered 403: Forbidden
      hint: the signed-in user needs a role that allows it

    NotFound: the items of list "Large" can't be read
      caused by: the large read of list "Large" is gone
      caused by: page 2 of the large read of list "Large" can't be fetched
      caused by: GET /2/0/workspaces/W/models/M/lists/101000000001/readRequests/READ/pages/1 answered 404: Not Found
      hint: the service forgets a read whose pages are not fetched for half an hour: run the query again, and take its rows without long pauses

    Task: the items of list "Large" can't be read
      caused by: the large read of list "Large" was cancelled at the service
      hint: run the query again
    "#);
}

#[tokio::test]
async fn a_large_read_that_takes_too_long_is_given_up_and_deleted() {
    let builder = simulator([many("Large", 1000)])
        .task_time(Duration::from_secs(3600), Duration::ZERO)
        .item_limit(100);
    let simulator = builder.start().await.expect("a free port");
    let session = crate::support::builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("signed in");
    let error = fail(&session, LARGE).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_not_repeated() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    simulator.inject(Fault::on("POST", READS).lose_answer());
    let error = fail(&session, LARGE).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert_eq!(simulator.count("POST", READS), 1);
}

#[tokio::test]
async fn a_query_that_is_dropped_while_the_read_starts_leaves_nothing_behind() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    simulator.inject(Fault::on("POST", READS).delay(Duration::from_millis(200)));
    let frame = session.sql(LARGE).await.expect("a plan");
    let running = tokio::spawn(frame.collect());
    until(|| simulator.count("POST", READS) == 1).await;
    running.abort();
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", READ), 1);
}

#[tokio::test]
async fn items_that_a_filter_names_end_the_read_when_they_have_come() {
    let list = many("Large", 1000).item(Item::new("Twin").code("C7").properties(&["1"]));
    let (simulator, session) = too_long(simulator([list])).await;
    // The rows, lookups, reads that are started and deleted, and pages of 300 rows.
    for (condition, rows, lookups, reads, pages) in [
        ("code = 'c70'", &["Item 70"][..], 1, 1, 1),
        ("code IN ('c1', 'c350')", &["Item 1", "Item 350"], 1, 1, 2),
        ("name = 'Item 999'", &["Item 999"], 1, 1, 4),
        ("name IN ('Item 2', 'Nowhere')", &["Item 2"], 1, 1, 1),
        ("code = 'none'", &[], 1, 0, 0),
        ("code = 'c5' AND name = 'Item 6'", &[], 1, 1, 1),
        ("code = 'c7'", &["Item 7"], 1, 1, 1),
        ("code = 'C7'", &["Twin"], 1, 1, 4),
        // In another case it may be another item.
        ("code = 'C8'", &[], 1, 1, 4),
    ] {
        simulator.clear_requests();
        let sql = format!(r#"SELECT name, "Number" FROM "Lists.Large" WHERE {condition}"#);
        let found = cells(&query(&session, &sql).await);
        let names: Vec<String> = found.iter().map(|row| row[0].to_string()).collect();
        assert_eq!(names, rows, "{sql}");
        session.settle(Duration::from_secs(5)).await;
        let asked = [("POST", LOOKUP), ("POST", READS), ("GET", PAGE), ("DELETE", READ)];
        let asked = asked.map(|(method, path)| simulator.count(method, path));
        assert_eq!(asked, [lookups, reads, pages, reads], "{sql}");
    }
}

#[tokio::test]
async fn a_refusal_for_another_reason_than_size_is_told_and_lookups_may_be_refused() {
    let (simulator, session) = too_long(simulator([many("Large", 1000)])).await;
    let refuse = |method: &str, path: &str, message: &str| {
        let body = format!(r#"{{"status":{{"code":400,"message":"{message}"}}}}"#);
        simulator
            .inject(Fault::on(method, path).times(1).status(400).body("application/json", body));
    };
    refuse("GET", ITEMS, "The list is being restructured");
    let error = fail(&session, LARGE).await;
    assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
    assert!(format!("{error:?}").contains("The list is being restructured"), "{error:?}");
    assert_eq!(simulator.count("POST", READS), 0);
    for message in ["More than 1,000,000 records", "Bad Request"] {
        refuse("GET", ITEMS, message);
        assert_eq!(count_rows(&session, LARGE).await, 1000, "{message}");
    }
    simulator.clear_requests();
    refuse("POST", LOOKUP, "Not for you");
    let sql = r#"SELECT name, "Number" FROM "Lists.Large" WHERE code = 'c7'"#;
    assert_eq!(count_rows(&session, sql).await, 1);
    assert_eq!(simulator.count("GET", PAGE), 4, "without a lookup all pages are read");
}
