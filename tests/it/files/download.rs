//! Downloads by `DownloadFile`, `DownloadFileChunk` and `RunExport`.

use std::time::Duration;

use anaplan_sql::simulator::{Fault, Outcome, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};

use super::{FILES, Folder, lasting, passing, records, run, serve};
use crate::support::{
    CHUNK, CHUNKS, Cell, METADATA, TASKS, builder, cells, connect_to_model, counting, fail, query,
    requests, until,
};

/// The file of the export `Big`.
fn big() -> Vec<u8> {
    let mut text = String::from("Code,Number\n");
    for row in counting("Big", 400).rows() {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// A simulator on which `Big` has been run, and a session that gives up soon.
async fn written() -> (Simulator, Session) {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    run(&session, "CALL RunExport('Big')").await;
    simulator.clear_requests();
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .set(Key::MaxRetries, "1")
        .connect()
        .await
        .expect("the model is there");
    (simulator, session)
}

fn numbers(row: &[Cell]) -> Vec<Option<f64>> {
    row.iter()
        .map(|cell| if let Cell::Number(number) = cell { Some(*number) } else { None })
        .collect()
}

fn data(batches: &[RecordBatch]) -> Vec<u8> {
    let column = batches[0].column_by_name("FileData").expect("the column");
    column.as_binary::<i32>().value(0).to_vec()
}

#[tokio::test]
async fn a_file_comes_whole_and_takes_the_place_of_the_old_one() {
    let ((simulator, session), folder) = (written().await, Folder::new());
    let path = folder.write("big.csv", "old");
    let sql = format!("EXEC DownloadFile File = 'Big', OutputFile = {path}");
    simulator.clear_requests();
    let batches = query(&session, &sql).await;
    let columns: Vec<String> =
        batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(columns, ["Chunks", "Bytes"]);
    let bytes = u32::try_from(big().len()).expect("small");
    let (chunks, length) = (batches[0].column(0), batches[0].column(1));
    let value = |column: &dyn Array| {
        column.as_primitive::<datafusion::arrow::datatypes::Int64Type>().value(0)
    };
    let count = value(chunks);
    assert!(count > 5, "{count}");
    assert_eq!(value(length), i64::from(bytes));
    assert_eq!(folder.read("big.csv"), big());
    assert_eq!(folder.list(), ["big.csv"]);
    assert_eq!((simulator.count("GET", FILES), simulator.count("GET", CHUNKS)), (1, 2));
    // The first and the last chunk are fetched again at the end.
    assert_eq!(simulator.count("GET", CHUNK), usize::try_from(count).expect("small") + 2);
}

#[tokio::test]
async fn faults_that_pass_are_not_seen() {
    let third = CHUNK.replace("chunks/*", "chunks/2");
    for path in [FILES, CHUNKS, third.as_str()] {
        let broken = Fault::on("GET", path).truncate_body(20);
        for (what, fault) in passing("GET", path).into_iter().chain([("cut", broken)]) {
            let ((simulator, session), folder) = (written().await, Folder::new());
            simulator.inject(fault);
            let path = folder.literal("big.csv");
            run(&session, &format!("CALL DownloadFile(File => 'Big', OutputFile => {path})")).await;
            assert_eq!(folder.read("big.csv"), big(), "{what} at {path}");
            assert_eq!(
                simulator.count("GET", &third),
                if path.contains("chunks/2") { 2 } else { simulator.count("GET", &third) }
            );
        }
    }
}

#[tokio::test]
async fn faults_that_last_leave_the_old_file_alone() {
    let third = CHUNK.replace("chunks/*", "chunks/2");
    for path in [FILES, CHUNKS, third.as_str()] {
        for (what, fault) in lasting("GET", path) {
            let ((simulator, session), folder) = (written().await, Folder::new());
            simulator.inject(fault);
            let file = folder.write("big.csv", "old");
            let sql = format!("CALL DownloadFile(File => 'Big', OutputFile => {file})");
            let error = fail(&session, &sql).await;
            assert_ne!(error.kind(), ErrorKind::Internal, "{what} at {path}: {error:?}");
            assert_eq!(
                (folder.read("big.csv"), folder.list().len()),
                (b"old".to_vec(), 1),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_is_replaced_meanwhile_is_an_error() {
    let ((simulator, session), folder) = (written().await, Folder::new());
    let one = r#"{"meta":{"paging":{"currentPageSize":1,"offset":0,"totalSize":1}},"chunks":[{"id":"0","name":"Chunk 0"}]}"#;
    simulator.inject(Fault::on("GET", CHUNKS).skip(1).status(200).body("application/json", one));
    let path = folder.write("big.csv", "old");
    let error =
        fail(&session, &format!("CALL DownloadFile(File => 'Big', OutputFile => {path})")).await;
    assert_eq!(error.to_string(), "file \"Big\" was replaced while it was downloaded");
    assert_eq!(folder.read("big.csv"), b"old");
}

#[tokio::test]
async fn a_file_that_is_replaced_by_one_of_as_many_chunks_is_an_error() {
    let last = (big().len() - 1) / 500;
    for place in [0, last] {
        let ((simulator, session), folder) = (written().await, Folder::new());
        let path = CHUNK.replace("chunks/*", &format!("chunks/{place}"));
        let other = Fault::on("GET", &path).skip(1).status(200);
        simulator.inject(other.body("application/octet-stream", b"other".to_vec()));
        let file = folder.write("big.csv", "old");
        let sql = format!("CALL DownloadFile(File => 'Big', OutputFile => {file})");
        let error = fail(&session, &sql).await;
        assert_eq!(error.to_string(), "file \"Big\" was replaced while it was downloaded");
        assert_eq!((folder.read("big.csv"), folder.list().len()), (b"old".to_vec(), 1));
    }
}

#[tokio::test]
async fn what_an_interrupted_upload_has_left_is_no_file() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    let content = records(2_500_000);
    let source = folder.write("items.csv", &content);
    let upload = format!("EXEC UploadFile File = 'items.csv', InputFile = {source}, ChunkSize = 1");
    let third = CHUNK.replace("chunks/*", "chunks/2");
    simulator.inject(Fault::on("PUT", &third).delay(Duration::from_secs(3600)));
    let (other, sql) = (session.clone(), upload.clone());
    let uploading = tokio::spawn(async move { query(&other, &sql).await });
    until(|| {
        let sent = simulator.requests();
        sent.iter().filter(|it| it.method == "PUT" && it.status == 204).count() == 2
    })
    .await;
    uploading.abort();
    uploading.await.expect_err("it was stopped");
    let file = folder.write("out.csv", "old");
    let download = format!("CALL DownloadFile(File => 'items.csv', OutputFile => {file})");
    for sql in [download.as_str(), "CALL DownloadFile('items.csv')"] {
        let error = fail(&session, sql).await;
        let expected = "file \"items.csv\" is incomplete: it has 2 of 3 chunks";
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().is_some_and(|hint| hint.contains("DownloadFileChunk")), "{error:?}");
    }
    assert_eq!(folder.read("out.csv"), b"old");
    // The service goes on to list the chunks of what is deleted.
    run(&session, "CALL DeleteFile('items.csv')").await;
    let error = fail(&session, &download).await;
    assert_eq!(error.to_string(), "file \"items.csv\" has no content for this user");
    simulator.clear_faults();
    run(&session, &upload).await;
    run(&session, &download).await;
    assert_eq!(folder.read("out.csv"), content);
}

#[tokio::test]
async fn without_a_local_file_the_bytes_are_a_cell() {
    let (simulator, session) = written().await;
    assert_eq!(data(&query(&session, "CALL DownloadFile('Big')").await), big());
    let chunk = data(&query(&session, "EXEC DownloadFileChunk File = 'big', ChunkId = 1").await);
    assert_eq!(chunk, big()[500..1000]);
    let error = fail(&session, "EXEC DownloadFileChunk File = 'Big', ChunkId = 99").await;
    assert_eq!(error.to_string(), "file \"Big\" has no chunk 99 for this user");
    let error = fail(&session, "CALL DownloadFile('Bit')").await;
    assert_eq!(error.hint(), Some("did you mean \"Big\"?"));
    // What nobody has uploaded.
    let error = fail(&session, "CALL DownloadFile('items.csv')").await;
    assert_eq!(error.to_string(), "file \"items.csv\" has no content for this user");

    let large = vec![b'x'; 9_000_000];
    simulator.inject(
        Fault::on("GET", CHUNK).forever().status(200).body("application/octet-stream", large),
    );
    let error = fail(&session, "CALL DownloadFile('Big')").await;
    assert_eq!(error.to_string(), "file \"Big\" has more than 50000000 bytes");
    assert!(error.hint().is_some_and(|hint| hint.contains("OutputFile")), "{error:?}");
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_said_before_anything_is_sent() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    for place in [folder.literal("no/big.csv"), format!("'{}'", folder.path(".").display())] {
        for sql in [
            format!("CALL DownloadFile(File => 'Big', OutputFile => {place})"),
            format!("CALL RunExport(Export => 'Big', OutputFile => {place})"),
        ] {
            let error = fail(&session, &sql).await;
            assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
        }
    }
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn an_export_is_run_and_its_file_written() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let path = folder.literal("big.csv");
    let row = run(&session, &format!("EXEC RunExport Export = 'Big', OutputFile = {path}")).await;
    assert_eq!(row[2..5], [Cell::text("Big"), Cell::text("COMPLETE"), Cell::Boolean(true)]);
    assert_eq!(numbers(&row)[7], Some(400.0));
    assert_eq!(folder.read("big.csv"), big());
    assert_eq!((simulator.count("POST", TASKS), simulator.count("GET", METADATA)), (1, 1));

    let path = folder.literal("plan.pdf");
    let row = run(&session, &format!("EXEC RunExport Export = 'Plan', OutputFile = {path}")).await;
    assert_eq!(row[7], Cell::Null);
    assert_eq!(folder.read("plan.pdf"), b"%PDF\n1\n2\n");

    simulator.edit(|tenant| {
        tenant.export_mut("M", "Big").expect("it").outcome = Outcome::failure("No.");
    });
    let path = folder.write("big.csv", "old");
    let error =
        fail(&session, &format!("EXEC RunExport Export = 'Big', OutputFile = {path}")).await;
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(folder.read("big.csv"), b"old");
    let rows = cells(&query(&session, "SELECT count(*) FROM information.files").await);
    assert_eq!(rows.len(), 1);
}
