//! What scripts see of imports: exit codes, and lines on standard error.

use super::tenant::{TASK, items, serve, states};
use crate::process::{Program, connection, signal};
use crate::support::{demo, until};

const REVENUE: &str = "CALL RunImport(Import => 'Revenue from revenue.csv', Workspace => 'Finance', \
     Model => 'Sales Planning')";

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_end_the_program_with_code_4() {
    let simulator = demo().await;
    let good = connection(&simulator);
    let run = Program::new().args(["--connect", &good, "-c", REVENUE, "-c", "SELECT 1"]).run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    let task = run.stdout.lines().nth(1).and_then(|line| line.split(',').next()).expect("a row");
    assert_eq!(
        run.stderr,
        format!(
            "warning: 3 rows of import \"Revenue from revenue.csv\" were rejected; CALL \
             GetImportFailures(Import => 'Revenue from revenue.csv', TaskId => '{task}', \
             Workspace => 'Finance', Model => 'Sales Planning') shows them\n"
        )
    );
    assert!(run.stdout.ends_with("\n1\n"), "the script goes on: {}", run.stdout);

    // A failure counts for more.
    let run = Program::new().args(["--connect", &good, "--quiet"]);
    let run = run.args(["-c", REVENUE, "-c", "SELECT * FROM nowhere"]).run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("warning: 3 rows of import"), "{}", run.stderr);
    assert!(run.stderr.contains("\nerror: "), "{}", run.stderr);

    // From a script that another one includes, too.
    let home = tempfile::tempdir().expect("a directory");
    let script = home.path().join("load.sql");
    std::fs::write(&script, format!("SELECT 1;\n{REVENUE};\n")).expect("written");
    let input = format!("\\i {}\nSELECT 2;\n", script.display());
    let run = Program::new().args(["--connect", &good]).input(&input).run();
    assert_eq!(run.code, 4, "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insert_that_is_rejected_in_part_ends_with_code_4_too() {
    let simulator = serve().await;
    let connect = format!("{};Workspace=W;Model=M", connection(&simulator));
    let insert = "INSERT INTO \"Imports.Load products\" (Code, Name, Region, Price, Launched, Old) \
                  VALUES ('C', 'Coffee', 'North', 2, NULL, NULL), ('X', 'Odd', 'Nowhere', 1, NULL, NULL)";
    let run = Program::new().args(["--connect", &connect, "--format", "json", "-c", insert]).run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.starts_with("warning: 1 row of import \"Load products\" was rejected"));
    let found: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&found[0]["RowsSucceeded"], &found[0]["RowsFailed"]), (&1.into(), &1.into()));
    assert_eq!(items(&simulator, "Products").len(), 2);

    let run = Program::new()
        .args(["--connect", &connect, "-c", "SELECT 1;\nCALL RunImport('Break');\nSELECT 2"])
        .run();
    assert_eq!((run.code, run.stdout.as_str()), (1, "Int64(1)\n1\n"), "{}", run.stderr);
    let said = "error: statement 2, line 2: import \"Break\" did not succeed: The list is full.\n";
    assert!(run.stderr.starts_with(said), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_drops_of_a_row_is_not_passed_over() {
    let simulator = serve().await;
    let connect = format!("{};Workspace=W;Model=M", connection(&simulator));
    let insert = "INSERT INTO \"Imports.Load products\" (Code, Name, Region, Price, Launched, Old) \
                  VALUES ('T', 'Tea', 'North', 'much', NULL, NULL)";
    let run = Program::new().args(["--connect", &connect, "--format", "json", "-c", insert]).run();
    let found: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&found[0]["RowsSucceeded"], &found[0]["RowsFailed"]), (&1.into(), &0.into()));
    let said = "import \"Load products\" has not loaded all of 1 row, though it rejected no row; CALL \
                GetImportFailures(Import => 'Load products', TaskId => ";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    // The row is there.
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_cancels_an_import_at_the_service() {
    let simulator = serve().await;
    let connect = format!("{};Workspace=W;Model=M", connection(&simulator));
    let mut child =
        Program::new().args(["--connect", &connect, "-c", "CALL RunImport('Never')"]).spawn();
    until(|| states(&simulator) == ["IN_PROGRESS"]).await;
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(simulator.count("DELETE", TASK), 1);
    simulator.clock().advance(std::time::Duration::from_secs(1));
    assert_eq!(states(&simulator), ["CANCELLED"]);
    assert_eq!(items(&simulator, "Regions").len(), 2);
}
