//! Files as a job moves them: by a process, through pipes, and interrupted.

use std::io::Read;

use anaplan_sql::simulator::{Fault, Simulator};

use super::{COMPLETE, FILE, Folder, records, serve, uploaded};
use crate::process::{Program, connection, signal};
use crate::support::{CHUNK, until};

/// The program on the model, with one statement.
fn statement(simulator: &Simulator, sql: &str) -> Program {
    let connection =
        format!("{};Workspace=W;Model=M;BulkPollingInterval=10", connection(simulator));
    Program::new().args(["--connect", &connection, "-c", sql])
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_and_output_are_files() {
    let simulator = serve().await;
    let content = String::from_utf8(records(3_000)).expect("UTF-8");
    let sql = "CALL UploadFile(File => 'items.csv', InputFile => '-')";
    let run = statement(&simulator, sql).input(&content).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, format!("FileId,Chunks,Bytes\n113000000001,1,{}\n", content.len()));
    assert_eq!(uploaded(&simulator, "items.csv"), Some(content.clone().into_bytes()));
    assert_eq!(simulator.count("POST", COMPLETE), 1);

    // Standard output is the file's alone; the result goes elsewhere.
    let sql = "CALL DownloadFile(File => 'items.csv', OutputFile => '-')";
    let run = statement(&simulator, sql).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, content.as_str()));
    assert_eq!(run.stderr, format!("Chunks,Bytes\n1,{}\n", content.len()));
    let run = statement(&simulator, sql).args(["--quiet"]).run();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (content.as_str(), ""));
    let folder = Folder::new();
    let result = folder.path("result.json").display().to_string();
    let run = statement(&simulator, sql).args(["--output", &result]).run();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (content.as_str(), ""));
    let result = String::from_utf8(folder.read("result.json")).expect("UTF-8");
    assert!(result.contains("\"Chunks\":1"), "{result}");
    let run = statement(&simulator, "CALL RunExport(Export => 'Big', OutputFile => '-')").run();
    assert_eq!((run.code, run.stdout.lines().count()), (0, 401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_on_standard_input_is_no_file() {
    let simulator = serve().await;
    let connection = format!("{};Workspace=W;Model=M", connection(&simulator));
    let sql = "CALL UploadFile(File => 'items.csv', InputFile => '-');\nSELECT 1;\n";
    let run = Program::new().args(["--connect", &connection]).input(sql).run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("standard input can't be uploaded"), "{}", run.stderr);
    assert_eq!(simulator.count("POST", FILE), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_failure() {
    let simulator = serve().await;
    let connection = format!("{};Workspace=W;Model=M", connection(&simulator));
    let line = r#"{ "$0" --connect "$1" -c "$2"; echo "code $?" >&2; } | head -c 10"#;
    let run = Program::through("bash", &["-c", line])
        .args([connection.as_str(), "CALL RunExport(Export => 'Big', OutputFile => '-')"])
        .run();
    assert_eq!(run.stdout, "Code,Numbe");
    assert!(run.stderr.ends_with("code 0\n"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_download_leaves_the_old_file() {
    let (simulator, folder) = (serve().await, Folder::new());
    let path = folder.write("big.csv", "old");
    assert_eq!(statement(&simulator, "CALL RunExport('Big')").run().code, 0);
    let stuck = CHUNK.replace("chunks/*", "chunks/3");
    simulator.inject(Fault::on("GET", &stuck).delay(std::time::Duration::from_secs(600)));
    let sql = format!("CALL DownloadFile(File => 'Big', OutputFile => {path})");
    let mut child = statement(&simulator, &sql).spawn();
    until(|| simulator.count("GET", &stuck) > 0).await;
    assert_eq!(folder.list().len(), 2);
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!((folder.read("big.csv"), folder.list().len()), (b"old".to_vec(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_upload_does_not_count() {
    let (simulator, folder) = (serve().await, Folder::new());
    let path = folder.write("items.csv", records(3_000_000));
    let stuck = CHUNK.replace("chunks/*", "chunks/1");
    simulator.inject(Fault::on("PUT", &stuck).delay(std::time::Duration::from_secs(600)));
    let sql = format!("CALL UploadFile(File => 'items.csv', InputFile => {path}, ChunkSize => 1)");
    let mut child = statement(&simulator, &sql).spawn();
    until(|| simulator.count("PUT", &stuck) > 0).await;
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert_eq!(said, "error: interrupted\n");
    assert_eq!(uploaded(&simulator, "items.csv"), None);
    assert_eq!(simulator.count("POST", COMPLETE), 0);
}
