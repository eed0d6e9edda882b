//! Encoding and indexing, without a server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::nasty::ChunkEdges;
use super::super::tenant::{Axis, Column, Export, Grid};
use super::{Cut, FileReader, FileSource, GzipCache, GzipReader, Index};

fn text(export: &Export) -> String {
    String::from_utf8(whole(export)).expect("UTF-8")
}

fn whole(export: &Export) -> Vec<u8> {
    let source = Arc::new(FileSource::of(export));
    let index = build(&source, 1_000_000);
    drain(FileReader::whole(source, &index))
}

/// Reads a file chunk by chunk.
fn chunks(export: &Export, chunk_size: usize) -> Vec<Vec<u8>> {
    pieces(export, &Cut::even(chunk_size))
}

fn drain(mut reader: FileReader) -> Vec<u8> {
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

/// Reads a file chunk by chunk, cut so.
fn pieces(export: &Export, cut: &Cut) -> Vec<Vec<u8>> {
    let source = Arc::new(FileSource::of(export));
    let index = build_cut(&source, cut);
    assert!(FileReader::chunk(Arc::clone(&source), &index, index.chunks()).is_none());
    let read = |number| FileReader::chunk(Arc::clone(&source), &index, number).expect("a chunk");
    (0..index.chunks()).map(read).map(drain).collect()
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
    for size in [1001, 70_000, expected.len() - 1, expected.len(), expected.len() + 1] {
        assert!(chunks(&export, size).iter().eq(expected.chunks(size)), "{size}");
    }
}

#[test]
fn every_form_may_be_cut_anywhere() {
    let rows = [["a", "b,c"], ["", ""], ["ä \"ö\"", "two\r\nlines"], ["", "🎯"]];
    let tabular = || Export::tabular("E", columns(&["é", "n"]));
    let made = tabular().generated(4, move |number, row| {
        row.text(rows[usize::try_from(number).expect("small")][0]);
        row.cents(-12_345_678_901 * i64::try_from(number).expect("small"));
    });
    for export in [
        tabular(),
        tabular().with_rows(rows),
        tabular().with_rows(rows).separator(";;").delimiter("'"),
        tabular().with_rows(rows).delimiter(""),
        made,
        Export::grid("G", grid()),
        Export::grid_all_pages("G", grid()),
        Export::binary("B", "application/pdf", (0..100).collect()),
        Export::tabular("N", Vec::new()).line_ending(""),
        Export::tabular("N", Vec::new()).bytes(Vec::new()),
    ] {
        for encoding in ["UTF-8", "ISO-8859-1", "UTF-16LE"] {
            for bom in [false, true] {
                let export = export.clone().encoding(encoding).bom(bom).line_ending("\r\n");
                let whole = whole(&export);
                for size in 1..whole.len() + 2 {
                    let chunks = chunks(&export, size);
                    assert_eq!(chunks.len(), whole.len().div_ceil(size).max(1));
                    assert!(chunks.concat() == whole, "{} {encoding} {size}", export.export_type);
                    assert!(chunks.split_last().expect("one").1.iter().all(|c| c.len() == size));
                }
            }
        }
    }
}

#[test]
fn chunks_may_start_where_the_index_has_a_mark_and_beside() {
    let export = Export::tabular("E", columns(&["a"]))
        .generated(1000, |number, row| row.code("", number, 4))
        .line_ending("\r\n");
    let whole = whole(&export);
    // The header has three bytes, each row six; there is a mark every 128 lines.
    for mark in [3 + 127 * 6, 3 + 255 * 6, 3 + 511 * 6] {
        for size in [mark - 1, mark, mark + 1] {
            assert!(chunks(&export, size).iter().eq(whole.chunks(size)), "{size}");
        }
    }
}

#[test]
fn a_long_file_is_measured_in_parts() {
    let export = Export::tabular("E", columns(&["a"])).generated(200_000, |number, row| {
        row.number(number * number);
    });
    let whole = whole(&export);
    let digits: usize = (0..200_000_u64).map(|number| (number * number).to_string().len()).sum();
    assert_eq!(whole.len(), 2 + digits + 200_000);
    assert!(chunks(&export, 123_457).iter().eq(whole.chunks(123_457)));
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

#[test]
fn the_cache_of_compressed_chunks_has_a_bound() {
    let export = Export::tabular("E", columns(&["a"])).generated(30_000, |number, row| {
        row.number(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    });
    let source = Arc::new(FileSource::of(&export));
    let index = build(&source, 100_000);
    let reader = |number| FileReader::chunk(Arc::clone(&source), &index, number).expect("a chunk");
    let pack = |number, cache: &Arc<GzipCache>| {
        let mut gzip = GzipReader::new(reader(number), Arc::clone(cache));
        std::iter::from_fn(|| gzip.next_block()).collect::<Vec<_>>().concat()
    };
    let size = pack(0, &Arc::new(GzipCache::new(0))).len();
    // There is room for two and a half.
    let cache = Arc::new(GzipCache::new(size * 5 / 2));
    let known = |number| cache.get(reader(number).id().expect("a chunk"));
    pack(0, &cache);
    let one = pack(1, &cache);
    assert!(known(0).is_some());
    pack(2, &cache);
    assert_eq!([0, 1, 2].map(|number| known(number).is_some()), [true, false, true]);
    assert_eq!(pack(1, &cache), one);
    assert_eq!(known(1).as_deref(), Some(one.as_slice()));
    let none = Arc::new(GzipCache::new(size - 1));
    pack(0, &none);
    assert!(none.get(reader(0).id().expect("a chunk")).is_none());
    // A chunk that nobody reads to its end isn't kept.
    let mut gzip = GzipReader::new(reader(3), Arc::clone(&cache));
    assert!(gzip.next_block().is_some());
    drop(gzip);
    assert!(known(3).is_none());
}
