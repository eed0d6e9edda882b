//! Procedures by CALL and EXEC: how arguments are bound, when they run, what they send.

use anaplan_sql::simulator::{Calendar, CalendarKind, Model, Simulator, Workspace};
use anaplan_sql::{ErrorKind, Key, Session};

use crate::support::{
    AUTHENTICATE, Cell, Trace, builder, cells, connect, connect_to_model, count_rows, fail, query,
    requests, show, start, try_query, users,
};

const OPEN: &str = "/2/0/models/*/open";
const CLOSE: &str = "/2/0/models/*/close";
const PERIOD: &str = "/2/0/models/*/currentPeriod";

/// Two workspaces: `W` with the models `M` and `N`, and `V` with another `N`.
async fn serve() -> Simulator {
    let model =
        |name| Model::new(name).calendar(Calendar::new(CalendarKind::Months).years(2024, 1, 1));
    let one = Workspace::new("W").model(model("M")).model(model("N"));
    start(users().workspace(one).workspace(Workspace::new("V").model(model("N")))).await
}

/// The current period of a model of `W`.
fn period(simulator: &Simulator, model: &str) -> Option<String> {
    let tenant = simulator.tenant();
    let day = tenant.find_model(model).expect("the model").calendar.current_period;
    day.map(|day| day.to_string())
}

/// Runs a call and gives its one row.
async fn run(session: &Session, sql: &str) -> Vec<Cell> {
    let mut rows = cells(&query(session, sql).await);
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0)
}

#[tokio::test]
async fn exec_execute_and_call_run_a_procedure() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (month, sql) in [
        ("2024-01", "EXEC SetCurrentPeriod Date = '2024-01-31'"),
        ("2024-02", "execute setcurrentperiod @DATE = '2024-02-01', Model = NULL"),
        ("2024-03", "CALL SetCurrentPeriod(Date => '2024-03-31')"),
        (
            "2024-04",
            "call SETCURRENTPERIOD(date := DATE '2024-04-30', Workspace => 'W', Model => 'M')",
        ),
        ("2024-05", "EXEC SetCurrentPeriod '2024-05-31'"),
        ("2024-06", "EXECUTE SetCurrentPeriod('2024-06-30')"),
        ("2024-07", "CALL SetCurrentPeriod('2024-07-31');"),
        ("2024-08", "CALL SetCurrentPeriod(Date = '2024-08-31')"),
    ] {
        assert_eq!(run(&session, sql).await, [Cell::Boolean(true)], "{sql}");
        assert_eq!(&period(&simulator, "M").expect("a period")[..7], month, "{sql}");
    }
    assert_eq!(simulator.count("PUT", PERIOD), 8);
    assert_eq!(requests(&simulator).len(), 3 + 8);
}

#[tokio::test]
async fn a_model_is_opened_and_closed() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    run(&session, "CALL OpenModel()").await;
    assert_eq!((simulator.count("POST", OPEN), simulator.count("POST", CLOSE)), (1, 0));
    run(&session, "CALL CloseModel").await;
    assert_eq!((simulator.count("POST", OPEN), simulator.count("POST", CLOSE)), (1, 1));
}

#[tokio::test]
async fn the_model_is_named_or_the_default_one() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let id = simulator.tenant().find_model("M").expect("M").id.clone();
    run(&session, &format!("EXEC SetCurrentPeriod Date = '2024-03-01', Model = '{id}'")).await;
    assert!(period(&simulator, "M").is_some());

    let session = connect(&simulator).await;
    let error = fail(&session, "EXEC SetCurrentPeriod '2024-01-01'").await;
    assert_eq!(error.kind(), ErrorKind::Query);
    assert!(error.hint().is_some_and(|hint| hint.contains("USE")), "{error:?}");
    // Two models have this name.
    let error = fail(&session, "CALL SetCurrentPeriod('2024-01-01', Model => 'N')").await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    run(&session, "CALL SetCurrentPeriod('2024-01-01', Workspace => 'V', Model => 'N')").await;
    // Beside the default model, it is that one.
    query(&session, r#"USE "W"."M""#).await;
    run(&session, "CALL SetCurrentPeriod('2024-01-01', Model => 'N')").await;
    let error = fail(&session, "CALL OpenModel(Model => 'Mm', Workspace => 'W')").await;
    assert_eq!(error.hint(), Some("did you mean \"M\"?"));
}

#[tokio::test]
async fn wrong_calls_are_refused_before_anything_is_sent() {
    let simulator = serve().await;
    let session = builder(&simulator).open().expect("the settings are right");
    for (sql, message, hint) in [
        (
            "CALL OpenModle()",
            "there is no procedure \"OpenModle\"",
            "did you mean \"OpenModel\", \"CloseModel\"?",
        ),
        (
            "EXEC SetPeriod Date = '2024-01-01'",
            "there is no procedure \"SetPeriod\"",
            "did you mean \"SetCurrentPeriod\"",
        ),
        (
            "EXEC SetCurrentPeriod",
            "SetCurrentPeriod: Date is missing",
            "its parameters are Date (required), Workspace, Model",
        ),
        (
            "EXEC SetCurrentPeriod Dat = 'marker', Model = 'marker', Model = 'marker'",
            "SetCurrentPeriod: there is no parameter \"Dat\" (did you mean Date?); Model is given \
             twice; Date is missing",
            "its parameters are Date (required), Workspace, Model",
        ),
        (
            "CALL SetCurrentPeriod(Date => 'marker')",
            "SetCurrentPeriod: Date must be a day, written 'YYYY-MM-DD'",
            "its parameters are Date (required), Workspace, Model",
        ),
        (
            "CALL SetCurrentPeriod(Date => $1)",
            "a call takes no placeholders",
            "write the value as a literal: Parameter => 'value'",
        ),
        (
            "CALL SetCurrentPeriod(Date => ?)",
            "a call takes no placeholders",
            "write the value as a literal: Parameter => 'value'",
        ),
        (
            "EXEC SetCurrentPeriod Date = \"marker\"",
            "a value of the call is no literal",
            "a text is written in single quotes: Parameter => 'text'",
        ),
        (
            "CALL \"W\".\"M\".OpenModel()",
            "procedure OpenModel is named alone, without a model",
            "name the model by the parameters Workspace and Model",
        ),
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.to_string(), message, "{sql}");
        assert!(error.hint().is_some_and(|said| said.starts_with(hint)), "{sql}: {error:?}");
        assert!(!format!("{error:?}").contains("marker"), "{error:?}");
        assert!(!session.needs_sign_in(sql), "{sql}");
    }
    let error = fail(&session, "CALL SetCurrentPeriod(Date => 'mar' || 'ker')").await;
    assert_eq!(error.to_string(), "a value of the call is no literal");
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn prepared_statements_are_executed_as_before() {
    let simulator = serve().await;
    let session = connect(&simulator).await;
    query(&session, "PREPARE later AS SELECT 41 + $1").await;
    assert_eq!(run(&session, "EXECUTE later(1)").await, [Cell::Number(42.0)]);
    let error = fail(&session, "EXECUTE latter(1)").await;
    assert_eq!(error.to_string(), "there is no procedure \"latter\"");
}

#[tokio::test]
async fn nothing_runs_before_the_result_is_read_and_then_once() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let frame = session.sql("CALL OpenModel()").await.expect("a plan");
    let again = frame.clone();
    drop(session.sql("CALL OpenModel()").await.expect("a plan"));
    drop(frame.clone().execute_stream().await.expect("a stream"));
    let plan = show(&session, "EXPLAIN CALL OpenModel(Model => 'M')").await;
    assert!(
        plan.contains(
            "ProcedureExec: procedure=OpenModel, arguments=[Model], projection=[Successful], \
             changes=true"
        ),
        "{plan}"
    );
    assert_eq!(requests(&simulator), [""; 0]);
    frame.collect().await.expect("it runs");
    assert_eq!(simulator.count("POST", OPEN), 1);
    let error = anaplan_sql::Error::from(again.collect().await.expect_err("it has run"));
    assert_eq!(error.to_string(), "this call of OpenModel has run already");
    assert_eq!(simulator.count("POST", OPEN), 1);
    count_rows(&session, "EXPLAIN ANALYZE CALL OpenModel()").await;
    assert_eq!(simulator.count("POST", OPEN), 2);
}

#[tokio::test]
async fn a_read_only_connection_refuses_what_changes_something() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .open()
        .expect("the settings are right");
    for sql in [
        "CALL OpenModel()",
        "CALL CloseModel()",
        "EXEC SetCurrentPeriod '2024-01-01'",
        "EXPLAIN ANALYZE CALL OpenModel()",
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{sql}");
        assert!(error.to_string().contains("read-only"), "{error:?}");
        assert!(!session.needs_sign_in(sql), "{sql}");
    }
    query(&session, "EXPLAIN CALL OpenModel()").await;
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn what_the_service_refuses_is_an_error() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, "EXEC SetCurrentPeriod '2030-01-01'").await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.to_string(), "the current period of model \"M\" can't be set");
    assert!(error.causes()[0].contains("out of timescale range"), "{error:?}");
    assert_eq!(period(&simulator, "M"), None);
}

#[tokio::test]
async fn an_open_session_signs_in_with_its_first_statement() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .open()
        .expect("the settings are right");
    assert!(!session.is_signed_in());
    let (one, two) =
        tokio::join!(try_query(&session, "CALL OpenModel()"), try_query(&session, "SELECT 1"),);
    one.and(two).expect("both work");
    assert!(session.is_signed_in());
    assert_eq!(simulator.count("POST", AUTHENTICATE), 1);
    assert_eq!(simulator.count("POST", OPEN), 1);
    assert_eq!(session.defaults(), ("W".to_owned(), "M".to_owned()));
}

#[tokio::test]
async fn procedures_are_listed_without_a_request() {
    let simulator = serve().await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    let found = query(
        &session,
        "SELECT p.name, q.name, q.data_type, q.required, p.changes
         FROM information.procedures p
         JOIN information.procedure_parameters q ON q.procedure_name = p.name
         WHERE p.name = 'SetCurrentPeriod' ORDER BY q.position",
    )
    .await;
    let text = Cell::text;
    let row = |name, kind, required| {
        [
            text("SetCurrentPeriod"),
            text(name),
            text(kind),
            Cell::Boolean(required),
            Cell::Boolean(true),
        ]
    };
    assert_eq!(
        cells(&found),
        [
            row("Date", "DATE", true),
            row("Workspace", "VARCHAR", false),
            row("Model", "VARCHAR", false)
        ]
    );
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn values_stay_out_of_the_log() {
    let simulator = serve().await;
    let session = connect(&simulator).await;
    let trace = Trace::start();
    fail(&session, "EXEC OpenModel Model = 'marker', Workspace = NULL").await;
    query(&session, "EXPLAIN VERBOSE CALL OpenModel(Model => 'marker')").await;
    assert!(!trace.text().contains("marker"), "{}", trace.text());
}

#[test]
fn every_procedure_has_the_parameters_and_columns_that_scripts_rely_on() {
    const RUN: &str =
        "TaskId, ObjectId, ObjectName, State, Successful, FailureDumpAvailable, Details";
    const LOADED: &str = "RowsSucceeded, RowsFailed, RowsIgnored";
    const TOKENS: &str = "OAuthAccessToken, OAuthRefreshToken, ExpiresIn";
    let contract = [
        (
            "GetOAuthAuthorizationUrl",
            "AuthMode, CallbackURL, State, Scope",
            "URL, State".to_owned(),
        ),
        ("GetOAuthAccessToken", "AuthMode, Verifier, CallbackURL, State", TOKENS.to_owned()),
        ("RefreshOAuthAccessToken", "OAuthRefreshToken*", TOKENS.to_owned()),
        ("RunExport", "Export*, Locale, OutputFile", format!("{RUN}, RowsWritten")),
        ("RunImport", "Import*, InputFile, Mapping, Locale", format!("{RUN}, {LOADED}")),
        ("RunProcess", "Process*, Mapping, Locale", format!("{RUN}, {LOADED}")),
        ("RunAction", "Action*, Locale", format!("{RUN}, RowsWritten")),
        ("CancelExport", "Export*, TaskId*", "TaskId, State".to_owned()),
        ("CancelTask", "Object*, TaskId*", "TaskId, State".to_owned()),
        ("UploadFile", "File*, InputFile*, ChunkSize", "FileId, Chunks, Bytes".to_owned()),
        ("DownloadFile", "File*, OutputFile", "Chunks, Bytes, FileData".to_owned()),
        ("DownloadFileChunk", "File*, ChunkId*", "FileData".to_owned()),
        ("DeleteFile", "File*", "Successful".to_owned()),
        ("OpenModel", "", "Successful".to_owned()),
        ("CloseModel", "", "Successful".to_owned()),
        ("SetCurrentPeriod", "Date*", "Successful".to_owned()),
        ("SetVersionSwitchover", "Version*, Date*", "Successful".to_owned()),
        ("ResetListIndex", "List*", "Successful".to_owned()),
        ("Logout", "", "Successful".to_owned()),
    ];
    for (name, parameters, columns) in &contract {
        let found = anaplan_sql::procedure::procedure(name).unwrap_or_else(|| panic!("no {name}"));
        let own = found.parameters().filter(|it| !["Workspace", "Model"].contains(&it.name));
        let mut own: Vec<String> =
            own.map(|it| format!("{}{}", it.name, if it.required { "*" } else { "" })).collect();
        own.sort();
        let mut expected: Vec<&str> = parameters.split(", ").filter(|it| !it.is_empty()).collect();
        expected.sort_unstable();
        assert_eq!(own, expected, "{name}");
        let found: Vec<&str> = found.columns.iter().map(|it| it.name).collect();
        assert_eq!(found.join(", "), *columns, "{name}");
    }
    let failures = anaplan_sql::procedure::procedure("GetImportFailures").expect("it is there");
    let needed: Vec<(&str, bool, bool)> =
        failures.parameters().map(|it| (it.name, it.required, it.alternative)).take(3).collect();
    assert_eq!(
        needed,
        [("Import", false, true), ("Process", false, true), ("TaskId", true, false)]
    );
    assert_eq!(anaplan_sql::procedure::PROCEDURES.len(), contract.len() + 1);
}
