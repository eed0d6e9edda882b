//! `RunImport` and `RunProcess`: what they answer, and how they fail.

use std::time::Duration;

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use super::tenant::{START, START_PROCESS, TASK, cells, items, serve, states};
use crate::support::{
    Cell, builder, cells as rows, connect_to_model, fail, query, requests, until,
};

/// The cells of a result without the ids of tasks.
async fn run(session: &Session, simulator: &Simulator, sql: &str) -> Vec<String> {
    let found = rows(&query(session, sql).await);
    let task = simulator.tasks().last().map(|task| task.id.clone()).unwrap_or_default();
    found
        .iter()
        .map(|row| {
            let row: Vec<String> = row.iter().map(ToString::to_string).collect();
            row.join("|").replace(&task, "TASK")
        })
        .collect()
}

/// An error as people see it, without ids that differ from run to run.
async fn told(session: &Session, simulator: &Simulator, sql: &str) -> String {
    let mut text = format!("{:?}", fail(session, sql).await);
    for task in simulator.tasks() {
        text = text.replace(&task.id, "TASK");
    }
    text.replace(&simulator.tenant().find_model("M").expect("M").id, "M")
}

#[tokio::test]
async fn an_import_says_what_became_of_its_rows() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let row = run(&session, &simulator, "CALL RunImport('load REGIONS')").await;
    insta::assert_snapshot!(row.join("\n"), @"TASK|112000000004|Load regions|COMPLETE|true|false|Regions: 2 (2/0) rows successful, 0 ignored|2|0|0");
    assert_eq!(items(&simulator, "Regions"), ["North|||", "South|||", "East|||", "West|||"]);
    let sent = requests(&simulator);
    assert_eq!(sent.len(), 3, "listing, start, look: {sent:?}");
    // A second run changes nothing.
    let row =
        run(&session, &simulator, "EXEC RunImport Import = '112000000004', Locale = 'de_DE'").await;
    insta::assert_snapshot!(row.join("\n"), @"TASK|112000000004|Load regions|COMPLETE|true|false|Regions: 2 (0/2) rows successful, 0 ignored|2|0|0");
    assert_eq!(session.rejected().total(), 0);
}

#[tokio::test]
async fn a_process_has_a_row_for_each_step() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let found = run(&session, &simulator, "CALL RunProcess('Nothing')").await;
    assert_eq!(found, [""; 0]);
    insta::assert_snapshot!(told(&session, &simulator, "CALL RunProcess('Nightly')").await, @r#"
    Task: process "Nightly" did not succeed: Load regions: Regions: 2 (2/0) rows successful, 0 ignored; Load products: The uploaded file is no longer available. Upload it again.
      hint: the task's id is TASK; upload the file before: CALL UploadFile(File => '…', InputFile => '…'); what the steps before have done stays done
    "#);
    // What the steps before have done stays done.
    assert_eq!(items(&simulator, "Regions").len(), 4);
    let error = fail(&session, "CALL RunImport('Load products')").await;
    assert!(error.hint().is_some_and(|hint| hint.contains("; give InputFile =>")), "{error:?}");
}

#[tokio::test]
async fn prompts_are_answered_by_mapping() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let rows = "VALUES ('T', 'Jan 26', 7, 'x')";
    insta::assert_snapshot!(
        told(&session, &simulator, &format!("INSERT INTO \"Imports.Load sales\" {rows}")).await, @r#"
        Task: import "Load sales" did not succeed: No mapping was given for Versions.
          hint: the task's id is TASK; answer it: CALL RunImport(Import => 'Load sales', Mapping => 'Versions:…')
        "#
    );
    // The file is there now.
    query(&session, "CALL RunImport(Import => 'Load sales', Mapping => 'Versions:Actual')").await;
    assert_eq!(
        (cells(&simulator, "Units"), cells(&simulator, "Remark")),
        (vec!["7".into()], vec!["x".into()])
    );
    query(
        &session,
        "CALL RunProcess(Process => 'Prompted', Mapping => 'load sales/Versions = Forecast')",
    )
    .await;
    assert_eq!(cells(&simulator, "Units"), ["7", "7"]);
    let error = fail(
        &session,
        "CALL RunProcess(Process => 'Prompted', Mapping => 'Load sale/Versions:Forecast')",
    )
    .await;
    assert_eq!(error.to_string(), "there is no step \"Load sale\"");
    assert_eq!(error.hint(), Some("did you mean \"Load sales\"?"));
    for wrong in ["marker", "Versions:", "Load sales/Versions:marker"] {
        let sql = format!("CALL RunImport(Import => 'Load sales', Mapping => '{wrong}')");
        simulator.clear_requests();
        let error = fail(&session, &sql).await;
        assert_eq!(error.kind(), ErrorKind::Query, "{wrong}");
        assert!(!format!("{error:?}").contains("marker"), "{error:?}");
        assert_eq!(requests(&simulator), [""; 0]);
    }
}

#[tokio::test]
async fn each_way_to_fail_is_told_apart() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for sql in [
        "CALL RunImport('Break')",
        "CALL RunImport('Stopped')",
        "CALL RunImport('From a view')",
        "CALL RunProcess('Broken')",
        "CALL RunImport('Lod regions')",
    ] {
        all.push(format!("{sql}\n{}", told(&session, &simulator, sql).await));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    CALL RunImport('Break')
    Task: import "Break" did not succeed: The list is full.
      hint: the task's id is TASK; a model builder can look it up

    CALL RunImport('Stopped')
    Task: import "Stopped" was cancelled at the service by 8a00000000000000000000000000beef
      hint: ask who cancelled it and why before it is run again

    CALL RunImport('From a view')
    Task: import "From a view" did not succeed: The source lacks these columns: Name.
      hint: the task's id is TASK; a model builder can look it up

    CALL RunProcess('Broken')
    Task: process "Broken" did not succeed: Load regions: Regions: 2 (2/0) rows successful, 0 ignored; Break: The list is full.
      hint: the task's id is TASK; a model builder can look it up; what the steps before have done stays done

    CALL RunImport('Lod regions')
    NotFound: there is no import "Lod regions"
      hint: did you mean "Load regions", "Load products", "Load sales"?
    "#);
    assert_eq!(simulator.count("DELETE", TASK), 0);
}

#[tokio::test]
async fn a_locked_or_absent_model_is_told() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.edit(|tenant| tenant.model_mut("M").expect("M").state = "LOCKED".to_owned());
    insta::assert_snapshot!(told(&session, &simulator, "CALL RunImport('Load regions')").await, @r#"
    Service: import "Load regions" can't be run
      caused by: POST /2/0/models/M/imports/112000000004/tasks answered 423: Model is locked
      hint: the model is locked: wait until it is unlocked
    "#);
    assert_eq!(simulator.count("POST", START), 1, "423 is not tried again");
}

#[tokio::test]
async fn nothing_is_started_twice() {
    for (sql, path) in
        [("CALL RunImport('Load regions')", START), ("CALL RunProcess('Nothing')", START_PROCESS)]
    {
        for (fault, posts) in [
            (Fault::on("POST", path).html(), 2),
            (Fault::on("POST", path).reset(), 2),
            (Fault::on("POST", path).status(503), 2),
            (Fault::on("POST", path).status(429).header("retry-after", "0"), 2),
            (Fault::on("POST", path).status(401), 2),
        ] {
            let simulator = serve().await;
            let session = connect_to_model(&simulator).await;
            simulator.inject(fault);
            query(&session, sql).await;
            assert_eq!(simulator.count("POST", path), posts, "{sql}");
            assert_eq!(states(&simulator), ["COMPLETE"], "{sql}: exactly one task");
        }
    }
}

#[tokio::test]
async fn what_may_run_already_is_named_and_not_started_again() {
    for (sql, path) in
        [("CALL RunImport('Load regions')", START), ("CALL RunProcess('Nothing')", START_PROCESS)]
    {
        for fault in
            [Fault::on("POST", path).lose_answer(), Fault::on("POST", path).truncate_body(5)]
        {
            let simulator = serve().await;
            let session = connect_to_model(&simulator).await;
            simulator.inject(fault);
            let error = fail(&session, sql).await;
            assert_eq!(error.kind(), ErrorKind::Task, "{sql}: {error:?}");
            let task = simulator.tasks().remove(0);
            assert!(error.causes()[0].contains(&task.id), "{sql}: {error:?}");
            assert_eq!(simulator.count("POST", path), 1, "{sql}");
            session.settle(Duration::from_secs(5)).await;
            assert_eq!(states(&simulator), ["COMPLETE"], "{sql}: nobody has cancelled it");
        }
    }
}

#[tokio::test]
async fn a_start_that_may_still_come_is_not_repeated() {
    // While a model is busy, the service lets a request wait for longer than anybody listens.
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", START).status(504));
    insta::assert_snapshot!(told(&session, &simulator, "CALL RunImport('Load regions')").await, @r#"
    Task: import "Load regions" can't be run
      caused by: the answer to the start of import "Load regions" was lost: it is not running now, but the service may still start it
      caused by: POST /2/0/models/M/imports/112000000004/tasks answered 504: Gateway Timeout
      hint: look at information.tasks before it is run again, or raise Timeout if the model is busy for long
    "#);
    assert_eq!(simulator.count("POST", START), 1);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_cancelled() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql("CALL RunImport('Never')").await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        () = until(|| states(&simulator) == ["IN_PROGRESS"]) => {}
    }
    drop(stream);
    session.settle(Duration::from_secs(10)).await;
    assert_eq!(simulator.count("DELETE", TASK), 1);
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(states(&simulator), ["CANCELLED"]);
    assert_eq!(items(&simulator, "Regions").len(), 2);
}

#[tokio::test]
async fn waiting_for_a_busy_model_is_told_from_running() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql("CALL RunImport('Never')").await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    let hasty = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("W and M are there");
    let waiting = async {
        until(|| states(&simulator) == ["IN_PROGRESS"]).await;
        told(&hasty, &simulator, "CALL RunImport('Load regions')").await
    };
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        text = waiting => insta::assert_snapshot!(text, @r#"
        Timeout: import "Load regions" took longer than 1 s: it was still waiting for the model to be free; it has been cancelled
          hint: raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet
        "#),
    }
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(states(&simulator), ["IN_PROGRESS", "CANCELLED"]);
}

#[tokio::test]
async fn read_only_connections_run_nothing() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .open()
        .expect("the settings are right");
    for sql in ["CALL RunImport('Load regions')", "EXEC RunProcess 'Nightly'"] {
        assert_eq!(fail(&session, sql).await.kind(), ErrorKind::Denied);
    }
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn modules_show_new_items_after_an_import() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = "SELECT count(DISTINCT \"Products\") FROM \"Modules.Sales\"";
    assert_eq!(rows(&query(&session, sql).await), [[Cell::Number(1.0)]]);
    query(
        &session,
        "INSERT INTO \"Imports.Load products\" \
         VALUES ('C', 'Coffee', 'North', 2, DATE '2026-01-02', true)",
    )
    .await;
    assert_eq!(rows(&query(&session, sql).await), [[Cell::Number(2.0)]]);
}

#[tokio::test]
async fn an_input_file_is_uploaded_before_the_import_runs() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("my products.csv");
    let text = "Code,Name,Region,Price,Launched,Old\nC,\"Coffee, \"\"fresh\"\"\",North,2,,\n";
    std::fs::write(&path, text).expect("written");
    simulator.clear_requests();
    let sql =
        format!("CALL RunImport(Import => 'Load products', InputFile => '{}')", path.display());
    let row = run(&session, &simulator, &sql).await;
    insta::assert_snapshot!(row.join("\n"), @"TASK|112000000001|Load products|COMPLETE|true|false|Products: 1 (1/0) rows successful, 0 ignored|1|0|0");
    assert_eq!(items(&simulator, "Products")[1], "Coffee, \"fresh\"|C|North|2||");
    let sent: Vec<String> = simulator.requests().iter().map(|it| it.method.clone()).collect();
    assert_eq!(
        sent,
        ["GET", "GET", "POST", "PUT", "POST", "POST", "GET"],
        "{:?}",
        requests(&simulator)
    );

    // What can't be uploaded runs nothing.
    simulator.clear_requests();
    for wrong in ["missing.csv", "."] {
        let sql = format!("CALL RunImport(Import => 'Load products', InputFile => '{wrong}')");
        assert_eq!(fail(&session, &sql).await.kind(), ErrorKind::Io);
    }
    assert_eq!(requests(&simulator), [""; 0]);
    let sql = format!("CALL RunImport(Import => 'From a view', InputFile => '{}')", path.display());
    let error = fail(&session, &sql).await;
    assert_eq!(error.to_string(), "import \"From a view\" does not read a file");
    simulator.inject(Fault::on("POST", super::tenant::COMPLETE).forever().status(500));
    simulator.inject(Fault::on("GET", "/2/0/models/*/files/*/chunks").forever().status(500));
    let sql =
        format!("CALL RunImport(Import => 'Load products', InputFile => '{}')", path.display());
    fail(&session, &sql).await;
    assert_eq!(simulator.tasks().len(), 1);
}
