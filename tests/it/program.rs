//! The program as a process: what scripts rely on.
//!
//! Waiting for a process blocks the test's thread; the simulator runs on others.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use anaplan_sql::simulator::{Column, Export, Fault, Outcome, Simulator, Tenant};

use crate::process::{Program, Run, connection};
use crate::support::{USER, counting, demo, serve, serve_in_chunks};

/// The columns and rows of CSV text.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_lists_its_models() {
    let run = Program::new()
        .args(["--demo", "-c", "SELECT name, workspace_name FROM information.models ORDER BY 1"])
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout, @r"
    name,workspace_name
    Demand Planning,Operations
    FP&A Hub,Finance
    Sales Planning,Finance
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_groups_an_export_as_the_generator_does() {
    let tenant = Tenant::demo();
    let export = tenant.export("Sales Planning", "Revenue by Region").expect("a demo export");
    let mut expected = std::collections::BTreeMap::<String, f64>::new();
    for row in export.rows() {
        *expected.entry(row[0].clone()).or_default() += row[3].parse::<f64>().unwrap_or_default();
    }
    let sql = r#"SELECT "Region", round(sum("Revenue"), 2) FROM "Finance"."Sales Planning"."Revenue by Region" GROUP BY 1 ORDER BY 1"#;
    let run = Program::new().args(["--demo", "-c", sql, "--format", "csv"]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rows = parse_csv(&run.stdout);
    assert_eq!(rows.len(), expected.len() + 1);
    for (row, (region, sum)) in rows[1..].iter().zip(&expected) {
        assert_eq!(&row[0], region);
        let found: f64 = row[1].parse().expect("a number");
        assert!((found - sum).abs() < 0.006, "{region}: {found} and {sum}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_of_its_own_process_serves_another() {
    let mut server = Program::new().args(["simulator", "--listen", "127.0.0.1:0"]).spawn();
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let line = lines.next().expect("a line").expect("text");
    let url = line.strip_prefix("listening on ").expect("the contract's words").to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let run = Program::new()
        .args(["--connect", &format!("User={USER};Password=demo;Endpoint={url}")])
        .args(["-c", r#"SELECT count(*) AS n FROM "Finance"."Sales Planning"."Customers""#])
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let rows = Tenant::demo().export("Sales Planning", "Customers").expect("there").row_count();
    assert_eq!(run.stdout, format!("n\n{rows}\n"));
    crate::process::signal(&server, "TERM");
    assert!(server.wait().expect("an end").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_what_went_wrong() {
    let simulator = demo().await;
    let good = connection(&simulator);
    let cases: &[(&[&str], i32)] = &[
        (&["--connect", &good, "-c", "SELECT 1"], 0),
        (&["--connect", &good, "-c", "SELEKT 1"], 1),
        (&["--connect", &good, "-c", "SELECT * FROM nowhere"], 1),
        (
            &[
                "--connect",
                &good,
                "-c",
                r#"SELECT * FROM "Operations"."Demand Planning"."Rejected forecast""#,
            ],
            1,
        ),
        (&["--connect", "Colour=red", "-c", "SELECT 1"], 2),
        (&["--connect", "User=x", "-c", "SELECT 1"], 2),
        (&["--no-such-option"], 2),
        (&["--demo", "--format", "papyrus", "-c", "SELECT 1"], 2),
        (&["-c", "SELECT 1"], 2),
        (&["help", "cooking"], 2),
    ];
    for (args, code) in cases {
        let run = Program::new().args(args.iter().copied()).run();
        assert_eq!(run.code, *code, "{args:?}: {}{}", run.stdout, run.stderr);
        if *code != 0 {
            assert!(run.stderr.starts_with("error: "), "{args:?}: {}", run.stderr);
            assert_eq!(run.stdout, "", "{args:?}");
        }
    }
    let wrong = good.replace("Password=demo", "Password=guess");
    let run = Program::new().args(["--connect", &wrong, "-c", "SELECT 1"]).run();
    assert_eq!(run.code, 3);
    assert!(!run.stderr.contains("guess"));
    insta::assert_snapshot!(run.stderr, @"
    error: Anaplan refused the sign-in of demo@anaplan-sql.example: Invalid user name or password.
    hint: check User and Password (passwords expire); in workspaces with single sign-on only exception users can sign in with a password
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_every_kind_read_well() {
    let simulator = demo().await;
    let good = connection(&simulator);
    for (name, args) in [
        ("unknown_key", vec!["--connect", "Usr=x;Regoin=EU1;Timeout=soon", "-c", "SELECT 1"]),
        (
            "unknown_table",
            vec![
                "--connect",
                &good,
                "-c",
                r#"SELECT * FROM "Finance"."Sales Planning"."Revenue by Regoin""#,
            ],
        ),
        (
            "unknown_model",
            vec![
                "--connect",
                &good,
                "-c",
                r#"SELECT * FROM "Finance"."Sales Planing"."Customers""#,
            ],
        ),
        (
            "unknown_workspace",
            vec![
                "--connect",
                &good,
                "-c",
                r#"SELECT * FROM "Finanz"."Sales Planning"."Customers""#,
            ],
        ),
        ("unknown_column", vec!["--connect", &good, "-c", "SELECT nmae FROM information.models"]),
        ("syntax", vec!["--connect", &good, "-c", "SELECT (1"]),
        (
            "unsuccessful",
            vec![
                "--connect",
                &good,
                "-c",
                r#"SELECT * FROM "Operations"."Demand Planning"."Rejected forecast""#,
            ],
        ),
        (
            "no_table",
            vec!["--connect", &good, "-c", r#"SELECT * FROM "Finance"."FP&A Hub"."Board pack""#],
        ),
        (
            "ambiguous",
            vec!["--connect", &good, "-c", r#"SELECT * FROM "Finance"."FP&A Hub"."Monthly close""#],
        ),
        ("second_statement", vec!["--connect", &good, "-c", "SELECT 1; SELECT\n nope"]),
    ] {
        let run = Program::new().args(args).run();
        let text = run.stderr.replace(&simulator.url(), "[url]");
        // The only text that differs from run to run is the id of a task.
        let text = regex_lite(&text);
        insta::assert_snapshot!(format!("error_{name}"), text);
    }
}

/// Hides ids of tasks.
fn regex_lite(text: &str) -> String {
    text.split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(|word| {
            let id = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
            if id.len() == 32 { word.replace(id, "[id]") } else { word.to_owned() }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_answer_is_named() {
    // Bound but never accepting.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let run = Program::new()
        .args(["--connect", &format!("User=a;Password=b;Endpoint={url};Timeout=1;MaxRetries=0")])
        .args(["-c", "SELECT 1"])
        .run();
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("127.0.0.1") && run.stderr.contains("within 1 s"),
        "{}",
        run.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_come_from_options_files_and_standard_input_in_order() {
    let home = tempfile::tempdir().expect("a directory");
    let script = home.path().join("script.sql");
    std::fs::write(&script, "SELECT 2 AS two; -- a comment; with a semicolon\nSELECT ';' AS three")
        .expect("a file");
    let script = script.to_str().expect("a plain path");
    let run = Program::new()
        .args(["--demo", "-c", "SELECT 1 AS one", "-f", script, "-c", "SELECT 4 AS four"])
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, "one\n1\ntwo\n2\nthree\n;\nfour\n4\n");

    let run = Program::new().args(["--demo"]).input("SELECT 5 AS five;\nSELECT 6 AS six;\n").run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "five\n5\nsix\n6\n"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_failure_ends_a_script() {
    let run = Program::new()
        .args(["--demo"])
        .input("SELECT 1 AS one;\n\nSELECT nope;\nSELECT 3 AS three;\n")
        .run();
    assert_eq!((run.code, run.stdout.as_str()), (1, "one\n1\n"));
    assert!(run.stderr.contains("statement 2") && run.stderr.contains("line 3"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_may_come_from_a_file_or_the_environment() {
    let simulator = demo().await;
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("connection");
    std::fs::write(&file, format!("{}\n", connection(&simulator))).expect("a file");
    let at_file = format!("@{}", file.display());
    let sql = "SELECT count(*) AS n FROM information.workspaces";
    let expected = "n\n2\n";
    let check =
        |run: Run| assert_eq!((run.code, run.stdout.as_str()), (0, expected), "{}", run.stderr);
    check(Program::new().args(["--connect", &at_file, "-c", sql]).run());
    let whole = connection(&simulator);
    check(Program::new().env("ANAPLAN_SQL_CONNECTION", &whole).args(["-c", sql]).run());
    check(
        Program::new()
            .env("ANAPLAN_SQL_USER", USER)
            .env("ANAPLAN_SQL_PASSWORD", "demo")
            .env("ANAPLAN_SQL_ENDPOINT", &simulator.url())
            .args(["-c", sql])
            .run(),
    );
    // What the environment says of a real tenant stays away from the demo.
    check(
        Program::new()
            .env("ANAPLAN_SQL_USER", "somebody")
            .env("ANAPLAN_SQL_ENDPOINT", "http://127.0.0.1:1")
            .env("ANAPLAN_SQL_WORKSPACE", "nowhere")
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .args(["--demo", "-c", sql])
            .run(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_enough_ends_the_program_quietly() {
    let simulator = serve_in_chunks([counting("Big", 400_000)], 100_000).await;
    let mut child = Program::new()
        .args(["--connect", &connection(&simulator)])
        .args(["-c", r#"SELECT * FROM "W"."M"."Big""#])
        .spawn();
    let mut stdout = child.stdout.take().expect("piped");
    let mut start = [0; 12];
    stdout.read_exact(&mut start).expect("a header");
    assert_eq!(&start, b"Code,Number\n");
    drop(stdout);
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let chunks = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    assert!(chunks < 30, "{chunks} of more than 50 chunks were fetched for a reader who left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_cancels_the_task_at_the_service() {
    let never = Export::tabular("Never", vec![Column::new("A", "TEXT")]).outcome(Outcome::Never);
    let simulator = serve([never]).await;
    for (signal, code) in [("INT", 130), ("TERM", 130), ("HUP", 130)] {
        // Elsewhere a process can't see whether it should ignore that.
        if signal == "HUP" && !cfg!(target_os = "linux") {
            continue;
        }
        let child = Program::new()
            .args(["--connect", &connection(&simulator)])
            .args(["-c", r#"SELECT * FROM "W"."M"."Never""#])
            .spawn();
        wait_until(&simulator, |state| state == "IN_PROGRESS").await;
        crate::process::signal(&child, signal);
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(code), "{signal}");
        let states: Vec<String> = simulator.tasks().into_iter().map(|task| task.state).collect();
        assert!(states.iter().all(|state| state.starts_with("CANCEL")), "{states:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_names_a_task_that_can_not_be_cancelled() {
    let never = Export::tabular("Never", vec![Column::new("A", "TEXT")]).outcome(Outcome::Never);
    let simulator = serve([never]).await;
    simulator.inject(Fault::on("DELETE", "/2/0/models/*/exports/*/tasks/*").forever().status(403));
    let child = Program::new()
        .args(["--connect", &connection(&simulator)])
        .args(["-c", r#"SELECT * FROM "W"."M"."Never""#])
        .spawn();
    wait_until(&simulator, |state| state == "IN_PROGRESS").await;
    crate::process::signal(&child, "INT");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let task = simulator.tasks().remove(0).id;
    assert!(told.contains("can't be cancelled") && told.contains(&task), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_nohup_a_closed_terminal_ends_nothing() {
    let minute = Duration::from_secs(60);
    let simulator = serve([counting("Big", 10).task_time(Duration::ZERO, minute)]).await;
    let child = Program::through("nohup", &[])
        .args(["--connect", &format!("{};BulkPollingInterval=10", connection(&simulator))])
        .args(["-c", r#"SELECT count(*) AS n FROM "W"."M"."Big""#])
        .spawn();
    wait_until(&simulator, |state| state == "IN_PROGRESS").await;
    crate::process::signal(&child, "HUP");
    let looks = || simulator.count("GET", "/2/0/models/*/exports/*/tasks/*");
    let before = looks();
    crate::support::until(|| looks() > before + 5).await;
    simulator.clock().advance(minute);
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "n\n10\n");
}

/// Waits until the newest task is in a state.
async fn wait_until(simulator: &Simulator, wanted: impl Fn(&str) -> bool) {
    for _ in 0..500 {
        if simulator.tasks().last().is_some_and(|task| wanted(&task.state)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the task never got there: {:?}", simulator.tasks());
}

#[tokio::test(flavor = "multi_thread")]
async fn results_can_be_had_in_every_format() {
    let sql =
        "SELECT * FROM (VALUES (1, 'a,\"b\"', DATE '2024-02-29'), (NULL, '', NULL)) AS t(n, s, d)";
    let show = |format: &str| {
        let run = Program::new().args(["--demo", "-c", sql, "--format", format]).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{format}");
        run.stdout
    };
    insta::assert_snapshot!(show("csv"), @r#"
    n,s,d
    1,"a,""b""",2024-02-29
    ,"",
    "#);
    insta::assert_snapshot!(show("tsv"), @r#"
    n	s	d
    1	"a,""b"""	2024-02-29
    	""
    "#);
    insta::assert_snapshot!(show("json"), @r#"
    [
    {"n":1,"s":"a,\"b\"","d":"2024-02-29"},
    {"n":null,"s":"","d":null}
    ]
    "#);
    insta::assert_snapshot!(show("ndjson"), @r#"
    {"n":1,"s":"a,\"b\"","d":"2024-02-29"}
    {"n":null,"s":"","d":null}
    "#);
    insta::assert_snapshot!(show("markdown"), @r#"
    | n | s | d |
    | ---: | --- | --- |
    | 1 | a,"b" | 2024-02-29 |
    |  |  |  |
    "#);
    insta::assert_snapshot!(show("table"), @r#"
    +---+-------+------------+
    | n | s     | d          |
    +---+-------+------------+
    | 1 | a,"b" | 2024-02-29 |
    |   |       |            |
    +---+-------+------------+
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_line_by_line() {
    let run = Program::new()
        .args(["--demo", "--format", "table", "-c"])
        .args([
            r#"EXPLAIN SELECT "Product" FROM "Finance"."Sales Planning"."Transactions" LIMIT 5"#,
        ])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout, @r#"
    +---------------+----------------------------------------------------------------------------------------------------------------------------------------+
    | plan_type     | plan                                                                                                                                   |
    +---------------+----------------------------------------------------------------------------------------------------------------------------------------+
    | logical_plan  | Limit: skip=0, fetch=5                                                                                                                 |
    |               |   TableScan: Finance.Sales Planning.Transactions projection=[Product], fetch=5                                                         |
    | physical_plan | CooperativeExec                                                                                                                        |
    |               |   ExportExec: export="Transactions", model="Sales Planning", projection=[Product], limit=5, rows=103030, requests=4+, locks_model=true |
    +---------------+----------------------------------------------------------------------------------------------------------------------------------------+
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_file_is_whole_or_not_there() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("out.parquet");
    let file = path.to_str().expect("a plain path");
    let export = r#"SELECT * FROM "Finance"."Sales Planning"."Transactions""#;
    let run = Program::new().args(["--demo", "-c", export, "--output", file]).run();
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let before = std::fs::read(&path).expect("a file");
    assert_eq!(&before[..4], b"PAR1");

    // The file can be read back, and has every row.
    let count =
        format!("SELECT count(*) AS n, count(DISTINCT \"Customer Code\") > 10 AS ok FROM '{file}'");
    let run = Program::new().args(["--demo", "-c", &count]).run();
    assert_eq!(run.stdout, "n,ok\n100000,true\n", "{}", run.stderr);

    let failing = r#"SELECT * FROM "Operations"."Demand Planning"."Rejected forecast""#;
    let run = Program::new().args(["--demo", "-c", failing, "--output", file]).run();
    assert_eq!(run.code, 1);
    assert_eq!(std::fs::read(&path).expect("still there"), before, "the old file is kept");
    let left: Vec<_> = std::fs::read_dir(home.path()).expect("a directory").collect();
    assert_eq!(left.len(), 1, "no half files are left behind: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_one_result_which_is_seen_before_anything_runs() {
    let simulator = serve([counting("Big", 10)]).await;
    let home = tempfile::tempdir().expect("a directory");
    let path = |name: &str| home.path().join(name).display().to_string();
    let script = path("two.sql");
    std::fs::write(&script, "SELECT 1 AS a;\nSELECT * FROM \"W\".\"M\".\"Big\";").expect("a file");
    let big = r#"SELECT * FROM "W"."M"."Big""#;
    let two = format!("{big}; SELECT 1");
    for (output, args) in [
        ("x.csv", ["-c", &two, "--quiet"]),
        ("x.json", ["-f", &script, "--quiet"]),
        ("x.parquet", ["-c", big, "--command=SELECT 2"]),
    ] {
        let run = Program::new()
            .args(["--connect", &connection(&simulator), "--output", &path(output)])
            .args(args)
            .run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{output}: {}", run.stderr);
        assert!(run.stderr.contains("holds one result only"), "{output}: {}", run.stderr);
        assert!(!home.path().join(output).exists(), "{output}");
        assert_eq!(simulator.requests().len(), 0, "{output}");
    }
    // What comes from a pipe is only seen when it is there.
    let run = Program::new()
        .args(["--demo", "--output", &path("x.csv")])
        .input("SELECT 1 AS a;\nSELECT 2 AS b;\n")
        .run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(!home.path().join("x.csv").exists());
    // For people, and with a file for each, several are fine.
    let run = Program::new()
        .args(["--demo", "--output", &path("x.md"), "-c", "SELECT 1 AS a; SELECT 2 AS b"])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(std::fs::read_to_string(path("x.md")).expect("a file").contains("| b |"));
    let each =
        format!("\\o {}\nSELECT 1 AS a;\n\\o {}\nSELECT 2 AS b;", path("a.csv"), path("b.csv"));
    let run = Program::new().args(["--demo"]).input(&each).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(path("b.csv")).expect("a file"), "b\n2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_leaves_nothing_in_the_state_directory() {
    let simulator = serve([counting("Big", 10)]).await;
    let home = tempfile::tempdir().expect("a directory");
    let state = home.path().display().to_string();
    let notes = |program: Program, sql: &str| {
        let run = program.env("XDG_STATE_HOME", &state).args(["-c", sql]).run();
        assert_eq!(run.code, 0, "{}", run.stderr);
        std::fs::read_dir(home.path()).expect("a directory").count()
    };
    let demo = Program::new().args(["--demo"]);
    let sql = r#"SELECT count(*) FROM "Finance"."Sales Planning"."Customers""#;
    assert_eq!(notes(demo, sql), 0);
    if cfg!(target_os = "linux") {
        // A real tenant's runs are noted there.
        let tenant = Program::new().args(["--connect", &connection(&simulator)]);
        assert_eq!(notes(tenant, r#"SELECT count(*) FROM "W"."M"."Big""#), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_rows_copy_wrote_is_a_note_and_no_result() {
    let home = tempfile::tempdir().expect("a directory");
    let path = |name: &str| home.path().join(name).display().to_string();
    let copy = format!("COPY (VALUES (1), (2), (3)) TO '{}'", path("x.csv"));
    let output = path("q.csv");
    let run = Program::new().args(["--demo", "-c", &copy, "--output", &output]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("written: (3 rows"), "{}", run.stderr);
    assert!(home.path().join("x.csv").exists() && !home.path().join("q.csv").exists());
    // Beside a result, and not at all if nobody wants to know.
    let run = Program::new()
        .args(["--demo", "--quiet", "-c", &copy, "-c", "SELECT 1 AS a", "--output", &output])
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(&output).expect("a file"), "a\n1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_runs_itself_is_stopped() {
    let home = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, text.replace("HOME", &home.path().display().to_string()))
            .expect("a file");
        path.display().to_string()
    };
    let own = write("own.sql", "SELECT 1 AS one;\n\\i HOME/own.sql\n");
    write("b.sql", "\\i HOME/./a.sql\n");
    let round = write("a.sql", "\\i HOME/b.sql\n");
    let told = |args: [&str; 2]| {
        let run = Program::new().args(["--demo"]).args(args).run();
        assert_eq!(run.code, 2, "{}", run.stderr);
        run.stderr.replace(&home.path().display().to_string(), "HOME")
    };
    insta::assert_snapshot!(told(["-f", &own]), @"error: statement 2, line 2 of HOME/own.sql: the script HOME/own.sql would run itself for ever");
    insta::assert_snapshot!(told(["-f", &round]), @"error: statement 1, line 1 of HOME/a.sql: statement 1, line 1 of HOME/b.sql: the script HOME/./a.sql would run itself for ever");
    // One after the other is something else.
    let twice = write("twice.sql", "\\i HOME/c.sql\n\\i HOME/c.sql\n");
    write("c.sql", "SELECT 1 AS one;");
    let run = Program::new().args(["--demo", "-f", &twice]).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "one\n1\none\n1\n"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn help_explains_what_there_is() {
    for (topic, word) in [
        ("connection", "OAuthSettingsLocation"),
        ("demo", "demo@anaplan-sql.example"),
        ("scenario", "[[exports.columns]]"),
        ("formats", "parquet"),
        ("commands", "\\timing"),
        ("exit-codes", "130"),
    ] {
        let run = Program::new().args(["help", topic]).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{topic}");
        assert!(run.stdout.contains(word), "{topic}: {}", run.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_the_result() {
    // Debug builds are slow, so the sizes are small.
    let simulator =
        serve_in_chunks([counting("Small", 20_000), counting("Large", 600_000)], 1 << 20).await;
    let mut peaks = Vec::new();
    for table in ["Small", "Large"] {
        let mut child = Program::new()
            .args(["--connect", &connection(&simulator)])
            .args(["-c", &format!(r#"SELECT * FROM "W"."M"."{table}""#), "--format", "csv"])
            .spawn();
        let mut stdout = child.stdout.take().expect("piped");
        let mut buffer = vec![0; 1 << 16];
        let mut peak = 0;
        while stdout.read(&mut buffer).expect("bytes") > 0 {
            peak = crate::process::peak_memory(&child).unwrap_or(peak);
        }
        assert!(child.wait().expect("an end").success());
        peaks.push(peak);
    }
    // 600,000 rows are 14 MB of text and much more as rows.
    if cfg!(target_os = "linux") {
        assert!(peaks[0] > 0 && peaks[1] < peaks[0] + (24 << 20), "{peaks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_may_hold_commands() {
    let mut child = Program::new().args(["--demo", "--format", "csv"]).spawn();
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"\\d models\n\\dn\nSELECT 1 AS one;\n").expect("a pipe");
    drop(stdin);
    let output = child.wait_with_output().expect("an end");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        text.contains("workspace_name") && text.contains("FP&A Hub") && text.ends_with("one\n1\n"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_the_one_of_several_inputs() {
    let told = |inputs: &[&str]| {
        let args = inputs.iter().flat_map(|input| ["-c", input]);
        let run = Program::new().args(["--demo"]).args(args).run();
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert!(
        told(&["SELECT 1", "SELECT * FROM nowhere"])
            .starts_with("error: statement 1, line 1 of -c number 2: ")
    );
    assert_eq!(
        told(&["SELECT 1;\n SELEC 2"]),
        "error: statement 2, line 2, column 2: syntax error: Expected: an SQL statement, found: SELEC"
    );
}
