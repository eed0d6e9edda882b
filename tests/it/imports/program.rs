//! What scripts see of imports: exit codes, and lines on standard error.

use crate::process::{Program, connection};
use crate::support::demo;

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
