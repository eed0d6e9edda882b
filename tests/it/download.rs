//! Downloads that break: nothing is lost, nothing comes twice.

use std::time::Duration;

use anaplan_sql::simulator::{Export, Fault, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{
    AUTHENTICATE, CHUNK, CHUNKS, EXPORTS, METADATA, MODELS, TASK, TASKS, assert_rows, builder,
    cells, connect, connect_to_model, count_rows, counting, expected, fail, query, serve_in_chunks,
    tenant,
};

const ROWS: u64 = 400;

fn big() -> Export {
    counting("Big", ROWS)
}

/// A simulator with an export of several small chunks, and a session on its model.
async fn several_chunks() -> (Simulator, Session) {
    let simulator = serve_in_chunks([big()], 500).await;
    let session = connect_to_model(&simulator).await;
    (simulator, session)
}

/// Reads the export whole and compares it with its generator.
async fn assert_whole(session: &Session) {
    let batches = query(session, r#"SELECT * FROM "Big""#).await;
    assert_rows(&cells(&batches), &expected(&big(), &batches[0].schema()), "Big");
}

/// How often each chunk was asked for, in their order.
fn per_chunk(simulator: &Simulator) -> Vec<usize> {
    let total = (0..).take_while(|n| simulator.count("GET", &chunk(*n)) > 0).count();
    (0..total).map(|n| simulator.count("GET", &chunk(n))).collect()
}

fn chunk(number: usize) -> String {
    format!("/2/0/models/*/files/*/chunks/{number}")
}

#[tokio::test]
async fn a_chunk_that_breaks_is_asked_for_again_alone() {
    let third = || Fault::on("GET", &chunk(2));
    for (what, fault) in [
        ("cut after no byte", third().truncate_body(0)),
        ("cut in the middle", third().truncate_body(123)),
        ("cut before the last byte", third().truncate_body(499)),
        ("reset", third().reset()),
        ("answer lost", third().lose_answer()),
        ("500", third().status(500)),
        ("503", third().status(503).header("Retry-After", "0")),
        ("503 with a page", third().status(503).body("text/html", "<html>busy</html>")),
    ] {
        let (simulator, session) = several_chunks().await;
        simulator.inject(fault);
        assert_whole(&session).await;
        let times = per_chunk(&simulator);
        assert!(times.len() > 5, "{times:?}");
        for (number, times) in times.iter().enumerate() {
            assert_eq!(*times, if number == 2 { 2 } else { 1 }, "{what}: chunk {number}");
        }
        assert_eq!(simulator.count("POST", TASKS), 1, "{what}: the export runs once");
    }
}

#[tokio::test]
async fn chunks_that_break_again_and_again_still_come_whole() {
    let (simulator, session) = several_chunks().await;
    // Each attempt gets a little further, and every chunk is hit.
    for number in 0..4 {
        simulator.inject(Fault::on("GET", &chunk(number)).times(3).truncate_body(50));
    }
    assert_whole(&session).await;
    assert_eq!(per_chunk(&simulator)[..5], [4, 4, 4, 4, 1]);
}

#[tokio::test]
async fn a_list_of_chunks_that_breaks_is_asked_for_again() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", CHUNKS).truncate_body(20));
    assert_whole(&session).await;
    assert_eq!(simulator.count("GET", CHUNKS), 2);
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn tries_end_at_max_retries() {
    let simulator = serve_in_chunks([big()], 500).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "2")
        .connect()
        .await
        .expect("W and M are there");
    simulator.inject(Fault::on("GET", &chunk(1)).forever().reset());
    let error = fail(&session, r#"SELECT * FROM "Big""#).await;
    assert_eq!(simulator.count("GET", &chunk(1)), 3);
    assert_eq!(error.kind(), ErrorKind::Connection);
    insta::with_settings!({ filters => vec![
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"in \d+\.\d s", "in TIME"),
        // The operating system's words.
        (r"Connection reset.*|connection closed.*", "…"),
    ] }, {
        insta::assert_snapshot!(format!("{error:?}"), @r#"
        Connection: part 2 of 7 of the file of export "Big" can't be read
          caused by: the connection to HOST broke during GET /2/0/models/8AC0FCA998CDF0F1FC7562E1990E7654/files/116000000001/chunks/1 (3 tries in TIME)
          caused by: the connection broke
          caused by: …
        "#);
    });
}

#[tokio::test]
async fn a_chunk_that_is_gone_for_good_is_named() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", &chunk(3)).forever().status(404));
    let error = fail(&session, r#"SELECT * FROM "Big""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    NotFound: part 4 of 7 of the file of export "Big" can't be read
      caused by: GET /2/0/models/8AC0FCA998CDF0F1FC7562E1990E7654/files/116000000001/chunks/3 answered 404: Not Found
      hint: the file was replaced or removed while it was read, perhaps by another run of the same export by the same user: run the query again
    "#);
    assert_eq!(simulator.count("GET", &chunk(3)), 1, "404 isn't asked again");
}

#[tokio::test]
async fn a_token_that_dies_during_a_download_is_replaced_once() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", &chunk(2)).expired_token());
    assert_whole(&session).await;
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2);
    assert_eq!(simulator.count("POST", TASKS), 1);
    let refused = simulator.requests().iter().filter(|r| r.status == 401).count();
    assert!((1..=2).contains(&refused), "{refused} requests were refused");
}

#[tokio::test]
async fn a_token_that_ends_by_the_clock_is_replaced_once() {
    let simulator = serve_in_chunks([big()], 100).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "10")
        .connect()
        .await
        .expect("W and M are there");
    let frame = session.sql(r#"SELECT * FROM "Big""#).await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    let mut batches = vec![stream.next().await.expect("a batch").expect("rows")];
    let before = simulator.count("GET", CHUNK);
    simulator.clock().advance(Duration::from_secs(36 * 60));
    while let Some(batch) = stream.next().await {
        batches.push(batch.expect("rows"));
    }
    assert!(simulator.count("GET", CHUNK) > before + 10, "most of the file came after the jump");
    assert_rows(&cells(&batches), &expected(&big(), &batches[0].schema()), "Big");
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2);
}

#[tokio::test]
async fn a_service_that_refuses_every_token_is_not_asked_for_ever() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", &chunk(0)).forever().status(401));
    let error = fail(&session, r#"SELECT * FROM "Big""#).await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert_eq!(simulator.count("GET", &chunk(0)), 2);
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    SignIn: part 1 of 7 of the file of export "Big" can't be read
      caused by: GET /2/0/models/8AC0FCA998CDF0F1FC7562E1990E7654/files/116000000001/chunks/0 answered 401: Unauthorized
      hint: the token is no longer valid: sign in again, or give a fresh AuthToken
    "#);
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_they_are_told() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", &chunk(2)).status(429).header("Retry-After", "1"));
    assert_whole(&session).await;
    let at: Vec<i64> = simulator
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/chunks/2"))
        .map(|request| request.at)
        .collect();
    let [first, second] = at[..] else { panic!("{at:?}") };
    assert!(second - first >= 1000, "the chunk was asked for again after {} ms", second - first);
    // Nothing else was sent meanwhile, but for what was on its way.
    let meanwhile =
        simulator.requests().iter().filter(|r| r.at > first + 100 && r.at < first + 900).count();
    assert_eq!(meanwhile, 0);
}

#[tokio::test]
async fn a_start_that_was_one_too_many_starts_one_task() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("POST", TASKS).status(429).header("Retry-After", "1"));
    assert_whole(&session).await;
    assert_eq!(simulator.count("POST", TASKS), 2);
    assert_eq!(simulator.tasks().len(), 1);
    assert_eq!(simulator.count("GET", TASKS), 0, "nobody had to look for it");
}

#[tokio::test]
async fn the_services_own_limit_is_waited_for() {
    let simulator = Simulator::builder(tenant([counting("Big", 40)]))
        .task_time(Duration::ZERO, Duration::ZERO)
        .requests_per_minute(Some(60))
        .start()
        .await
        .expect("a free port");
    let session = connect_to_model(&simulator).await;
    // Somebody else of the tenant uses it up, and one a second comes back.
    let other = connect(&simulator).await;
    while !simulator.requests().iter().any(|request| request.status == 429) {
        count_rows(&other, "SELECT * FROM information.workspaces").await;
    }
    simulator.clear_requests();
    // Two requests more than there are by then.
    simulator.clock().advance(Duration::from_secs(4));
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 40);
    let refused = simulator.requests().iter().filter(|r| r.status == 429).count();
    assert!(refused >= 1, "the limit was met");
    assert_eq!(simulator.tasks().len(), 1);
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let (simulator, narrowed) = several_chunks().await;
    let session = connect(&simulator).await;
    let mut all = Vec::new();
    for (what, fault) in [
        ("HTML", Fault::on("GET", MODELS).html()),
        ("half of a document", Fault::on("GET", MODELS).bad_json()),
        ("empty", Fault::on("GET", MODELS).status(200)),
        (
            "a field of another type",
            Fault::on("GET", MODELS).status(200).body(
                "application/json",
                r#"{"meta":{},"models":[{"id":"A","name":"a","currentWorkspaceId":"w"},{"id":"B","name":7}]}"#,
            ),
        ),
        (
            "another document",
            Fault::on("GET", MODELS).status(200).body("application/json", r#"{"hello":"world"}"#),
        ),
        ("an error in HTML", Fault::on("GET", MODELS).status(403).body("text/html", "<h1>No</h1>")),
        ("an error without words", Fault::on("GET", MODELS).status(418)),
        (
            "an error in the envelope",
            Fault::on("GET", MODELS).status(400).body(
                "application/json",
                r#"{"status":{"code":400,"message":"Bad\n limit"},"path":"/2/0/models"}"#,
            ),
        ),
    ] {
        simulator.inject(fault);
        let error = fail(&session, "SELECT * FROM information.models").await;
        all.push(format!("{what}\n{error:?}"));
        simulator.clear_faults();
    }
    insta::assert_snapshot!(all.join("\n\n"), @r"
    HTML
    Service: the answer to GET /2/0/models is not JSON but 91 bytes of text/html
      hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile

    half of a document
    Service: the answer to GET /2/0/models is not JSON but 30 bytes of damaged JSON
      hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile

    empty
    Service: the answer to GET /2/0/models is not JSON but an empty body
      hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile

    a field of another type
    Service: the answer to GET /2/0/models is not what was expected at models[1].name: invalid type: integer `7`, expected a string at line 1 column 86
      hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile

    another document
    Service: the answer to GET /2/0/models is not what was expected: neither `models` nor `meta` is there at line 1 column 17
      hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile

    an error in HTML
    Denied: GET /2/0/models answered 403: Forbidden
      hint: the signed-in user needs a role that allows it

    an error without words
    Service: GET /2/0/models answered 418: I'm a teapot

    an error in the envelope
    Service: GET /2/0/models answered 400: Bad limit
    ");
    // None of them was asked again, and the session is none the worse.
    assert_eq!(simulator.count("GET", MODELS), 8);
    assert_eq!(count_rows(&session, "SELECT * FROM information.models").await, 1);
    assert_whole(&narrowed).await;
}

#[tokio::test]
async fn odd_answers_in_the_middle_of_a_query_are_errors_too() {
    for path in [EXPORTS, METADATA, CHUNKS] {
        let (simulator, session) = several_chunks().await;
        simulator.inject(Fault::on("GET", path).forever().html());
        let error = fail(&session, r#"SELECT * FROM "Big""#).await;
        assert_eq!(error.kind(), ErrorKind::Service, "{path}: {error:?}");
        assert!(format!("{error:?}").contains("of text/html"), "{path}: {error:?}");
        session.settle(Duration::from_secs(5)).await;
        let running = simulator.tasks().iter().filter(|t| t.state == "IN_PROGRESS").count();
        assert_eq!(running, 0, "{path}");
    }
    // A task goes on whether anybody can look at it or not.
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", TASK).times(2).html());
    assert_whole(&session).await;
}

#[tokio::test]
async fn columns_that_can_not_be_read_name_the_export() {
    let (simulator, session) = several_chunks().await;
    simulator.inject(Fault::on("GET", METADATA).bad_json());
    let error = fail(&session, r#"SELECT * FROM "Big""#).await;
    let text =
        format!("{error:?}").replace(&simulator.tenant().find_model("M").expect("M").id, "M");
    insta::assert_snapshot!(text, @r#"
        Service: the columns of export "Big" can't be read
          caused by: the answer to GET /2/0/models/M/exports/116000000001 is not JSON but 30 bytes of damaged JSON
          hint: something between here and Anaplan may have answered instead (a proxy, a sign-in page), or Anaplan changed the format: run with Verbosity=5 and a Logfile
        "#);
    // It is asked for again the next time.
    assert_whole(&session).await;
}
