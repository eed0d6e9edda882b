//! Files of large chunks, which several parsers read at the same time: every row once, in order, and no more held or
//! fetched than needed.

use std::time::Duration;

use anaplan_sql::simulator::{Column, Export, Fault};
use anaplan_sql::{ErrorKind, Key};
use futures::StreamExt;

use crate::support::{
    CHUNK, Cell, TASKS, assert_rows, builder, cells, connect_to_model, counting, expected, fail,
    query, serve_in_chunks,
};

/// Large enough for several parsers, small enough for a test.
const CHUNK_SIZE: usize = 300_000;

fn chunk(number: usize) -> String {
    format!("/2/0/models/*/files/*/chunks/{number}")
}

/// Rows of which many span lines, so that chunks end inside quotes; one may hold a cell that doesn't fit.
fn wordy(rows: u64, odd: Option<u64>) -> Export {
    let columns = vec![Column::new("Text", "TEXT"), Column::new("N", "NUMBER")];
    Export::tabular("Wordy", columns).generated(rows, move |row, cells| {
        cells.text(["plain", "a\nb, \"c\"\n", "é\r\n", "\"", ""][(row % 5) as usize]);
        match odd {
            Some(odd) if odd == row => cells.text("none"),
            _ => cells.number(row),
        }
    })
}

#[tokio::test]
async fn rows_come_once_and_in_order() {
    for export in [counting("Big", 100_000), wordy(100_000, None)] {
        let simulator = serve_in_chunks([export.clone()], CHUNK_SIZE).await;
        let session = connect_to_model(&simulator).await;
        let batches = query(&session, &format!("SELECT * FROM \"{}\"", export.name)).await;
        assert_rows(&cells(&batches), &expected(&export, &batches[0].schema()), &export.name);
        let chunks = simulator.count("GET", CHUNK);
        assert!(chunks > 3, "{chunks} chunks");
        for number in 0..chunks {
            assert_eq!(simulator.count("GET", &chunk(number)), 1, "chunk {number}");
        }
        let sum = query(&session, &format!("SELECT count(*) FROM \"{}\"", export.name)).await;
        assert_eq!(cells(&sum), [[Cell::Number(100_000.0)]]);
    }
}

#[tokio::test]
async fn an_error_names_the_line_of_the_file() {
    let simulator = serve_in_chunks([wordy(100_000, Some(90_000))], CHUNK_SIZE).await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, r#"SELECT * FROM "Wordy""#).await;
    assert_eq!(error.kind(), ErrorKind::Data);
    // Five rows have eight lines, behind that of the header.
    insta::assert_snapshot!(error, @r#"export "Wordy": line 144002, column "N": a number was expected"#);
    // A column that nobody asked for is not looked at.
    let batches = query(&session, r#"SELECT "Text" FROM "Wordy""#).await;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 100_000);
}

#[tokio::test]
async fn a_chunk_whose_packing_is_damaged_is_asked_for_again_alone() {
    let export = counting("Big", 100_000);
    let simulator = serve_in_chunks([export.clone()], CHUNK_SIZE).await;
    let session = connect_to_model(&simulator).await;
    let damaged = Fault::on("GET", &chunk(2)).status(200).header("Content-Encoding", "gzip");
    simulator.inject(damaged.body("application/octet-stream", "no gzip at all"));
    let batches = query(&session, r#"SELECT * FROM "Big""#).await;
    assert_rows(&cells(&batches), &expected(&export, &batches[0].schema()), "Big");
    let counts: Vec<_> = (0..4).map(|number| simulator.count("GET", &chunk(number))).collect();
    assert_eq!(counts, [1, 1, 2, 1]);
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn whoever_stops_reading_stops_the_download() {
    // More than ten chunks.
    let simulator = serve_in_chunks([counting("Big", 300_000)], CHUNK_SIZE).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "1000")
        .connect()
        .await
        .expect("W and M are there");
    let frame = session.sql(r#"SELECT * FROM "Big""#).await.expect("a plan");
    let mut rows = frame.execute_stream().await.expect("a stream");
    rows.next().await.expect("a batch").expect("rows");
    drop(rows);
    session.settle(Duration::from_secs(5)).await;
    let chunks = simulator.count("GET", CHUNK);
    assert!((1..=6).contains(&chunks), "{chunks} chunks were downloaded");

    simulator.clear_requests();
    let batches = query(&session, r#"SELECT * FROM "Big" LIMIT 10"#).await;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 10);
    let chunks = simulator.count("GET", CHUNK);
    assert!((1..=2).contains(&chunks), "{chunks} chunks were downloaded");
}
