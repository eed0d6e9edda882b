use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Field, Schema};

use super::super::{CellKind, CellSource};
use super::*;

/// The cells of the column `b` of pages that are pushed in pieces of `piece` bytes.
fn read(pages: &[&str], piece: usize, limit: Option<usize>) -> Result<Vec<Option<String>>> {
    read_only(pages, piece, limit, None)
}

fn read_only(
    pages: &[&str],
    piece: usize,
    limit: Option<usize>,
    only: Option<Only>,
) -> Result<Vec<Option<String>>> {
    let schema = Arc::new(Schema::new(vec![Field::new("b", CellKind::Text.arrow(), true)]));
    let mut parser = TableParser::new(schema, 2, limit, |header: &Record<'_>| {
        let place = header.fields().position(|field| field == b"b");
        let source = place.map_or(CellSource::Missing, CellSource::Field);
        Ok(vec![Target { name: "b".to_owned(), kind: CellKind::Text, source }])
    })
    .only(only);
    let mut batches = Vec::new();
    for page in pages {
        for piece in page.as_bytes().chunks(piece) {
            batches.extend(parser.push(piece)?);
        }
        parser.end_page()?;
    }
    batches.extend(parser.finish()?);
    let cells = batches.iter().flat_map(|batch| {
        let column = batch.column(0).as_string::<i32>();
        column.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>()
    });
    Ok(cells.collect())
}

fn texts(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
}

#[test]
fn pages_are_one_table_with_or_without_their_own_header() {
    let expected = texts(&["1", "", "a,\"b\"\nc", "4", "5"]);
    let once = ["a,b\nx,1\ny,\n", "x,\"a,\"\"b\"\"\nc\"\n", "x,4\nx,5"];
    let again = ["a,b\nx,1\ny,", "a,b\nx,\"a,\"\"b\"\"\nc\"", "\u{feff}a,b\r\nx,4\r\nx,5\r\n"];
    for pages in [once, again] {
        for piece in 1..12 {
            assert_eq!(read(&pages, piece, None).expect("a table"), expected);
        }
    }
    // Only the first record of a page can be a header.
    assert_eq!(read(&["a,b\nx,1\na,b\n"], 3, None).expect("a table"), texts(&["1", "b"]));
}

#[test]
fn a_limit_ends_it_and_nothing_is_a_table_without_rows() {
    let pages = ["a,b\nx,1\nx,2\nx,3\n", "x,4\nbroken"];
    assert_eq!(read(&pages, 5, Some(4)).expect("a table"), texts(&["1", "2", "3", "4"]));
    assert_eq!(read(&["a,b\n", ""], 5, None).expect("a table"), texts(&[]));
    assert_eq!(read(&[""], 5, None).expect("a table"), texts(&[]));
}

#[test]
fn rows_of_another_width_and_texts_without_an_end_are_errors() {
    for (pages, text) in [
        (["a,b\nx,1\nx\n", ""], "line 3 has 1 cells where the header has 2"),
        (["a,b\nx,1\n", "x,1,2\n"], "line 1 has 3 cells where the header has 2"),
        (["a,b\nx,\"1\n", "x,1\n"], "ends inside the quoted text that begins in line 2"),
    ] {
        let error = read(&pages, 7, None).expect_err("no table");
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn rows_that_are_not_wanted_are_left_out_and_none_is_looked_for_behind_the_last() {
    let only =
        |column, count| Some(Only { column, texts: ["y", "z"].map(str::to_owned).into(), count });
    let pages = ["A,b\nx,1\ny,2\nx,3\n", "z,4\ny,5\nbroken"];
    for piece in 1..9 {
        let found = read_only(&pages, piece, None, only("a", Some(2))).expect("a table");
        assert_eq!(found, texts(&["2", "4"]));
    }
    assert!(read_only(&pages, 5, None, only("a", None)).is_err(), "it goes on to the end");
    assert_eq!(read_only(&pages, 5, Some(1), only("a", Some(2))).expect("it"), texts(&["2"]));
    // Without the column nothing is left out.
    let all = read_only(&pages[..1], 5, None, only("c", Some(1))).expect("a table");
    assert_eq!(all, texts(&["1", "2", "3"]));
}
