//! Uploads by `UploadFile`, and `DeleteFile`.

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};

use super::{COMPLETE, FILE, FILES, Folder, lasting, passing, records, run, serve, uploaded};
use crate::support::{
    AUTHENTICATE, CHUNK, CHUNKS, Cell, USER, builder, connect_to_model, fail, requests, until,
};

/// A session that gives up soon.
async fn impatient(simulator: &Simulator) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "1")
        .connect()
        .await
        .expect("the model is there")
}

fn number(number: usize) -> Cell {
    Cell::Number(f64::from(u32::try_from(number).expect("small")))
}

/// Chunks of 1 MB, so that there are three.
fn upload(folder: &Folder) -> (Vec<u8>, String) {
    let content = records(2_500_000);
    let path = folder.write("items.csv", &content);
    (content, format!("EXEC UploadFile File = 'items.csv', InputFile = {path}, ChunkSize = 1"))
}

#[tokio::test]
async fn a_file_is_uploaded_in_chunks_that_end_with_records() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    simulator.clear_requests();
    let (content, sql) = upload(&folder);
    let row = run(&session, &sql).await;
    let id = simulator
        .tenant()
        .find_model("M")
        .expect("M")
        .find_file("items.csv")
        .expect("it")
        .id
        .clone();
    assert_eq!(row, [Cell::text(&id), number(3), number(content.len())]);
    let chunks = simulator.uploaded("M", "items.csv", USER).expect("whole");
    assert_eq!(chunks.concat(), content);
    for chunk in &chunks {
        assert!(chunk.len() <= 1_000_000 && chunk.ends_with(b"\"\n"), "{}", chunk.len());
    }
    let counts = [("GET", FILES), ("POST", FILE), ("PUT", CHUNK), ("POST", COMPLETE)]
        .map(|(method, path)| simulator.count(method, path));
    assert_eq!((counts, requests(&simulator).len()), ([1, 1, 3, 1], 6));
    let sent = simulator.requests();
    let chunk = sent.iter().find(|request| request.method == "PUT").expect("one");
    assert_eq!(chunk.content_type.as_deref(), Some("application/x-gzip"));
}

#[tokio::test]
async fn the_form_of_the_file_says_where_records_end() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    let line = "P\t'one\ntwo'\n";
    let content: Vec<u8> = line.repeat(60_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = folder.write("wide.txt", &content);
    run(
        &session,
        &format!("CALL UploadFile(File => 'WIDE.TXT', InputFile => {path}, ChunkSize => '1')"),
    )
    .await;
    let chunks = simulator.uploaded("M", "wide.txt", USER).expect("whole");
    assert_eq!(chunks.concat(), content);
    let record = 2 * line.len();
    assert_eq!(chunks.len(), 2);
    assert!(chunks.iter().all(|chunk| chunk.len() % record == 0));
}

#[tokio::test]
async fn a_fault_that_passes_sends_only_that_request_again() {
    let folder = Folder::new();
    let (content, sql) = upload(&folder);
    let second = CHUNK.replace("chunks/*", "chunks/1");
    for (method, path) in [("GET", FILES), ("POST", FILE), ("PUT", second.as_str())] {
        for (what, fault) in passing(method, path) {
            let simulator = serve().await;
            let session = connect_to_model(&simulator).await;
            simulator.inject(fault);
            let row = run(&session, &sql).await;
            assert_eq!(row[1..], [number(3), number(content.len())], "{what} at {method} {path}");
            assert_eq!(uploaded(&simulator, "items.csv").as_ref(), Some(&content), "{what}");
            assert_eq!(simulator.count(method, path), 2, "{what} at {method} {path}");
            let puts = if method == "PUT" { 4 } else { 3 };
            // A token that ends refuses what else is under way with it, too.
            let most = if what == "401" { 2 * 3 } else { puts };
            let sent = simulator.count("PUT", CHUNK);
            assert!((puts..=most).contains(&sent), "{what} at {method} {path}: {sent} chunks");
        }
    }
}

#[tokio::test]
async fn a_fault_that_lasts_is_an_error_and_leaves_nothing_that_counts() {
    let folder = Folder::new();
    let (_, sql) = upload(&folder);
    let second = CHUNK.replace("chunks/*", "chunks/1");
    for (method, path) in [("GET", FILES), ("POST", FILE), ("PUT", second.as_str())] {
        for (what, fault) in lasting(method, path) {
            let simulator = serve().await;
            let session = impatient(&simulator).await;
            simulator.inject(fault);
            let error = fail(&session, &sql).await;
            assert_ne!(error.kind(), ErrorKind::Internal, "{what} at {method} {path}: {error:?}");
            assert_eq!(uploaded(&simulator, "items.csv"), None, "{what} at {method} {path}");
            assert_eq!(simulator.count("POST", COMPLETE), 0, "{what} at {method} {path}");
        }
    }
}

#[tokio::test]
async fn where_the_end_can_not_be_told_the_chunks_are_counted() {
    let folder = Folder::new();
    let (content, sql) = upload(&folder);
    for (what, fault) in lasting("POST", COMPLETE) {
        let simulator = serve().await;
        let session = impatient(&simulator).await;
        simulator.inject(fault);
        run(&session, &sql).await;
        assert_eq!(uploaded(&simulator, "items.csv").as_ref(), Some(&content), "{what}");
        assert_eq!(simulator.count("GET", CHUNKS), 1, "{what}");
    }
    // Somebody else's upload by the same user has taken the place.
    let simulator = serve().await;
    let session = impatient(&simulator).await;
    simulator.inject(Fault::on("POST", COMPLETE).forever().status(400));
    let one = r#"{"meta":{"paging":{"currentPageSize":1,"offset":0,"totalSize":1}},"chunks":[{"id":"0","name":"Chunk 0"}]}"#;
    simulator.inject(Fault::on("GET", CHUNKS).forever().status(200).body("application/json", one));
    let error = fail(&session, &sql).await;
    assert!(error.to_string().contains("doesn't confirm that it has the whole file"), "{error:?}");
}

#[tokio::test]
async fn an_empty_file_is_one_empty_chunk() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    let path = folder.write("empty.csv", "");
    let sql = format!("CALL UploadFile(File => 'items.csv', InputFile => {path})");
    assert_eq!(run(&session, &sql).await[1..], [number(1), number(0)]);
    assert_eq!(uploaded(&simulator, "items.csv"), Some(Vec::new()));
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_never_complete() {
    for what in ["a cell in its middle", "more", "less"] {
        let (simulator, folder) = (serve().await, Folder::new());
        let session = connect_to_model(&simulator).await;
        let (mut content, sql) = upload(&folder);
        // Its chunks have been counted when it is announced.
        simulator.inject(Fault::on("POST", FILE).status(503).header("Retry-After", "1"));
        let uploading = tokio::spawn(async move { fail(&session, &sql).await });
        until(|| simulator.count("POST", FILE) > 0).await;
        match what {
            "more" => content.extend_from_slice(b"more,1\n"),
            "less" => content.truncate(900_000),
            _ => content[1_200_000] = b'!',
        }
        folder.write("items.csv", &content);
        let error = uploading.await.expect("no panic");
        assert_eq!(error.kind(), ErrorKind::Data, "{what}");
        assert!(error.to_string().ends_with("changed while it was being uploaded"), "{error:?}");
        assert_eq!(uploaded(&simulator, "items.csv"), None, "{what}");
        assert_eq!(simulator.count("POST", COMPLETE), 0, "{what}");
    }
}

#[tokio::test]
async fn what_can_not_be_uploaded_is_said_before_anything_is_sent() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    let path = folder.write("items.csv", "Code\n");
    simulator.clear_requests();
    let missing = folder.literal("no.csv");
    for (file, input, size, kind, text) in [
        ("items.csv", missing.as_str(), "1", ErrorKind::Io, "no.csv can't be read"),
        ("items.csv", "'/'", "1", ErrorKind::Io, "/ can't be read"),
        (
            "items.csv",
            &path,
            "0",
            ErrorKind::Query,
            "ChunkSize must be a whole number from 1 to 50",
        ),
        (
            "items.csv",
            &path,
            "51",
            ErrorKind::Query,
            "ChunkSize must be a whole number from 1 to 50",
        ),
        (
            "items.csv",
            &path,
            "-1",
            ErrorKind::Query,
            "ChunkSize must be a whole number from 1 to 50",
        ),
        (
            "items.csv",
            &path,
            "'5 MB'",
            ErrorKind::Query,
            "ChunkSize must be a whole number from 1 to 50",
        ),
    ] {
        let sql =
            format!("CALL UploadFile(File => '{file}', InputFile => {input}, ChunkSize => {size})");
        let error = fail(&session, &sql).await;
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.to_string().ends_with(text), "{error:?}");
        assert_eq!(requests(&simulator), [""; 0]);
    }
    for (file, text, hint) in [
        ("item.csv", "there is no file \"item.csv\"", "did you mean \"items.csv\"?"),
        ("Big", "\"Big\" is written by an export", "upload to a file that imports read"),
    ] {
        let error =
            fail(&session, &format!("CALL UploadFile(File => '{file}', InputFile => {path})"))
                .await;
        assert_eq!(error.to_string(), text);
        assert!(error.hint().is_some_and(|said| said.starts_with(hint)), "{error:?}");
        assert_eq!(simulator.count("POST", FILE), 0);
    }
}

#[tokio::test]
async fn a_read_only_connection_neither_uploads_nor_deletes() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .open()
        .expect("the settings are right");
    let path = folder.write("items.csv", "Code\n");
    for sql in [
        format!("CALL UploadFile(File => 'items.csv', InputFile => {path})"),
        "CALL DeleteFile('items.csv')".to_owned(),
    ] {
        assert_eq!(fail(&session, &sql).await.kind(), ErrorKind::Denied);
    }
    assert_eq!(requests(&simulator), [""; 0]);
    assert_eq!(simulator.count("POST", AUTHENTICATE), 0);
}

#[tokio::test]
async fn content_is_deleted_and_the_file_stays() {
    let (simulator, folder) = (serve().await, Folder::new());
    let session = connect_to_model(&simulator).await;
    let path = folder.write("items.csv", "Code\n");
    run(&session, &format!("CALL UploadFile(File => 'items.csv', InputFile => {path})")).await;
    simulator.inject(Fault::on("DELETE", FILE).lose_answer());
    assert_eq!(run(&session, "CALL DeleteFile('items.csv')").await, [Cell::Boolean(true)]);
    assert_eq!(uploaded(&simulator, "items.csv"), None);
    assert_eq!(simulator.count("DELETE", FILE), 2);
    assert!(simulator.tenant().find_model("M").expect("M").find_file("items.csv").is_some());
    let error = fail(&session, "CALL DeleteFile('item.csv')").await;
    assert_eq!(error.hint(), Some("did you mean \"items.csv\"?"));
    simulator.inject(Fault::on("DELETE", FILE).html());
    assert_eq!(fail(&session, "CALL DeleteFile('items.csv')").await.kind(), ErrorKind::Service);
}
