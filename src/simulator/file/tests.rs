//! Encoding and indexing, without a server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::nasty::ChunkEdges;
use super::super::tenant::{Axis, Column, Export, Grid};
use super::{Cut, FileReader, FileSource, Index};

fn whole(export: &Export) -> Vec<u8> {
    read(export, 1_000_000, None)
}

fn text(export: &Export) -> String {
    String::from_utf8(whole(export)).expect("UTF-8")
}

/// Reads a whole file, or one of its chunks.
fn read(export: &Export, chunk_size: usize, number: Option<usize>) -> Vec<u8> {
    let source = Arc::new(FileSource::of(export));
    let index = build(&source, chunk_size);
    let mut reader = match number {
        Some(number) => FileReader::chunk(source, &index, number).expect("a chunk"),
        None => FileReader::whole(source, &index),
    };
    let mut bytes = Vec::new();
    while let Some(block) = reader.next_block() {
        bytes.extend_from_slice(&block);
    }
    assert_eq!(reader.remaining(), 0);
    bytes
}

fn build(source: &FileSource, chunk_size: usize) -> Index {
    build_cut(source, &Cut::even(chunk_size))
}

fn build_cut(source: &FileSource, cut: &Cut) -> Index {
    Index::build(source, cut, &AtomicBool::new(false)).expect("not stopped")
}

/// Reads a file chunk by chunk.
fn pieces(export: &Export, cut: &Cut) -> Vec<Vec<u8>> {
    let source = Arc::new(FileSource::of(export));
    let index = build_cut(&source, cut);
    let read = |number| {
        let mut reader = FileReader::chunk(Arc::clone(&source), &index, number).expect("a chunk");
        let mut bytes = Vec::new();
        while let Some(block) = reader.next_block() {
            bytes.extend_from_slice(&block);
        }
        bytes
    };
    (0..index.chunks()).map(read).collect()
}

fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::new(name, "TEXT")).collect()
}

#[test]
fn cells_are_quoted_only_where_needed() {
    let export = Export::tabular("E", columns(&["a", "b \"c\""])).with_rows([
        ["plain", "with,comma"],
        ["say \"hi\"", "two\nlines"],
        ["", " blank "],
    ]);
    let expected =
        "a,\"b \"\"c\"\"\"\nplain,\"with,comma\"\n\"say \"\"hi\"\"\",\"two\nlines\"\n, blank \n";
    assert_eq!(text(&export), expected);
    let other = export.clone().separator(";").delimiter("'").line_ending("\r\n");
    assert!(
        text(&other).starts_with("a;b \"c\"\r\nplain;with,comma\r\nsay \"hi\";'two\nlines'\r\n")
    );
    assert!(text(&export.clone().separator("||").delimiter("")).contains("\nplain||with,comma\n"));
    assert!(text(&export.file_header(&["x"])).starts_with("x\nplain,"));
}

#[test]
fn letters_that_latin_1_lacks_become_question_marks() {
    let export = Export::tabular("E", columns(&["é"]))
        .with_rows([["€ñ🎯"]])
        .encoding("ISO-8859-1")
        .bom(true);
    assert_eq!(whole(&export), b"\xE9\n?\xF1?\n");
}

fn grid() -> Grid {
    Grid::new(|page, row, column| {
        format!("{page:?}{row:?}{column:?}").replace(['[', ']', ',', ' '], "")
    })
    .page(Axis::list("Versions", &["Actual", "Budget"]))
    .row(Axis::list("Region", &["North", "South, deep"]))
    .row(Axis::list("Product", &["P1", "P2"]))
    .column(Axis::time(&["Q1", "Q2"]))
    .column(Axis::line_items(&[("Units", "NUMBER"), ("Note", "TEXT")]))
}

#[test]
fn a_grid_has_its_page_line_and_a_header_for_each_column_dimension() {
    let export = Export::grid("G", grid().current_page(&[1]));
    let expected = "Budget\n,,Q1,Q1,Q2,Q2\n,,Units,Note,Units,Note\n\
        North,P1,10000,10001,10010,10011\nNorth,P2,10100,10101,10110,10111\n\
        \"South, deep\",P1,11000,11001,11010,11011\n\"South, deep\",P2,11100,11101,11110,11111\n";
    assert_eq!(text(&export), expected);
    let rows: Vec<_> = export.rows().collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[3], ["South, deep", "P2", "11100", "11101", "11110", "11111"]);

    let all = Export::grid_all_pages("G", grid());
    assert_eq!(
        text(&all),
        format!("{}{expected}", expected.replace("Budget", "Actual").replace(",1", ",0"))
    );
    assert_eq!(all.rows().count(), 8);
}

#[test]
fn metadata_of_grids() {
    let stacked = Export::grid("G", grid()).metadata_answer();
    assert_eq!(stacked["columnCount"], 6);
    assert_eq!(stacked["headerNames"], serde_json::json!(["Region", "Product", "Units", "Note"]));
    let lengths = ["headerNames", "dataTypes", "listNames"]
        .map(|key| stacked[key].as_array().expect("array").len());
    assert!(lengths.iter().all(|length| *length < 6), "{lengths:?}");

    let plain = Grid::new(|_, _, _| String::new())
        .row(Axis::time(&["Jan"]))
        .column(Axis::line_items(&[("Units", "NUMBER"), ("Note", "TEXT")]));
    let plain = Export::grid("G", plain).metadata_answer();
    assert_eq!(plain["headerNames"], serde_json::json!(["Time", "Units", "Note"]));
    assert_eq!(plain["dataTypes"], serde_json::json!(["TIME_ENTITY", "NUMBER", "TEXT"]));

    let mixed = Grid::new(|_, _, _| String::new())
        .row(Axis::line_items(&[("Units", "NUMBER")]))
        .column(Axis::time(&["Jan"]));
    assert_eq!(
        Export::grid("G", mixed).metadata_answer()["dataTypes"],
        serde_json::json!(["ENTITY", "MIXED"])
    );
}

#[test]
fn the_row_count_is_an_estimate_for_big_exports() {
    let count = |rows| {
        let export = Export::tabular("E", columns(&["a"])).generated(rows, |_, row| row.blank());
        export.metadata_answer()["rowCount"].as_u64().expect("a number")
    };
    assert_eq!(count(999), 999);
    assert!((10_100..10_500).contains(&count(10_000)));
}

#[test]
fn an_index_finds_every_chunk_of_a_generated_file() {
    let export = Export::tabular("E", columns(&["number", "text"]))
        .encoding("UTF-16LE")
        .bom(true)
        .generated(3000, |number, row| {
            row.number(number);
            row.text(&"ä\"".repeat(usize::try_from(number % 13).unwrap_or(0)));
        });
    // The straightforward way: the rows one after the other, encoded by hand.
    let mut text = String::from("\u{feff}number,text\n");
    for row in export.rows() {
        let quoted = if row[1].is_empty() {
            String::new()
        } else {
            format!("\"{}\"", row[1].replace('"', "\"\""))
        };
        text.push_str(&format!("{},{quoted}\n", row[0]));
    }
    let expected: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(whole(&export), expected);
    for size in [1001, 70_000, expected.len(), expected.len() + 1] {
        for (number, part) in expected.chunks(size).enumerate() {
            assert_eq!(read(&export, size, Some(number)), part, "{size} {number}");
        }
    }
    let source = FileSource::of(&export);
    let index = build(&source, expected.len());
    assert_eq!((index.chunks(), index.total), (1, expected.len() as u64));
    assert_eq!(build(&source, expected.len() - 1).chunks(), 2);
}

#[test]
fn counting_stops_with_the_server() {
    let export = Export::tabular("E", columns(&["a"])).generated(u64::MAX, |_, row| row.blank());
    assert!(
        Index::build(&FileSource::of(&export), &Cut::even(10), &AtomicBool::new(true)).is_none()
    );
}

#[test]
fn the_worst_edges_break_everything_that_can_break() {
    let export = Export::tabular("E", columns(&["a", "b"])).line_ending("\r\n").generated(
        300,
        |number, row| {
            row.text(["plain", "a \"quoted\" word", "comma, here", "Küche"][(number % 4) as usize]);
            row.number(number);
        },
    );
    let cut = Cut { size: 40, edges: ChunkEdges::Worst };
    let pieces = pieces(&export, &cut);
    assert_eq!(pieces.concat(), whole(&export));
    assert!(pieces.len() > 20 && pieces.iter().all(|piece| piece.len() < 200));
    let broken = pieces.iter().filter(|piece| std::str::from_utf8(piece).is_err()).count();
    let ends = |end: &[u8], start: &[u8]| {
        pieces.windows(2).filter(|two| two[0].ends_with(end) && two[1].starts_with(start)).count()
    };
    assert!(broken > 2, "inside characters");
    assert!(ends(b"\r", b"\n") > 2, "inside line endings");
    assert!(ends(b"\"", b"\"") > 2, "between doubled quotes");
}

#[test]
fn a_file_without_nasty_places_is_still_cut() {
    let export = Export::tabular("E", columns(&["a"])).generated(500, |number, row| {
        row.number(number);
    });
    let worst = pieces(&export, &Cut { size: 100, edges: ChunkEdges::Worst });
    assert_eq!(worst.concat(), whole(&export));
    assert!(worst.len() > 10, "{}", worst.len());
    let wide = export.clone().encoding("UTF-16LE").line_ending("\r\n");
    let worst = pieces(&wide, &Cut { size: 100, edges: ChunkEdges::Worst });
    assert_eq!(worst.concat(), whole(&wide));
    assert!(worst.iter().any(|piece| piece.len() % 2 == 1), "inside characters");
}

#[test]
fn chunks_begin_where_they_are_told() {
    let export = Export::tabular("E", columns(&["a"])).with_rows([["12345"], ["67890"]]);
    let at = |edges: &[u64]| Cut { size: 3, edges: ChunkEdges::At(edges.to_vec()) };
    let shown = |edges: &[u64]| -> Vec<String> {
        let pieces = pieces(&export, &at(edges)).into_iter();
        pieces.map(|piece| String::from_utf8(piece).expect("ASCII")).collect()
    };
    assert_eq!(shown(&[9, 2, 9, 4_000]), ["a\n", "12345\n6", "7890\n"]);
    assert_eq!(shown(&[]), ["a\n12345\n67890\n"]);
    let raw = Export::binary("B", "x/y", b"0123456789".to_vec());
    assert_eq!(pieces(&raw, &at(&[1, 7])), [b"0".to_vec(), b"123456".to_vec(), b"789".to_vec()]);
}
