//! What the program says, and how it ends.

use super::{start, written};
use crate::process::{Program, connection};

#[tokio::test(flavor = "multi_thread")]
async fn rejected_cells_end_the_program_with_code_4() {
    let simulator = start().await;
    let sql = r#"UPDATE "W"."M"."Modules.Plan" SET "Amount" = 5
        WHERE "Sites" = 'Hamburg' AND "Products" = 'Mug' AND "Time" = 'Jan 26';
        SELECT table_name, name, reason FROM information.rejected_rows"#;
    let connection = connection(&simulator);
    let args = ["--connect", &connection, "--format", "csv", "-c", sql];
    let program = Program::new().args(args);
    let run = tokio::task::spawn_blocking(|| program.run()).await.expect("it runs");
    let row = r#"Modules.Plan,"""Amount"" of Hamburg, Mug, Jan 26, Mix",cellIsCalculated"#;
    assert!(run.stdout.contains(row), "{}", run.stdout);
    assert!(
        run.stderr.contains(
            "1 cell of module \"Plan\" was rejected: 1 cellIsCalculated (row 3); SELECT * FROM \
             information.rejected_rows shows it"
        ),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, 4);
    assert_eq!(written(&simulator, "Plan"), [("Amount".to_owned(), 2)].into());
}
